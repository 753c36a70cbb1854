"""The hot path: one submitted form becomes one row, one seat or ticket, and one remembered answer.

All of it runs inside the writer's transaction; nothing here commits.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone

from forms_api.commands import Outcome, State, Submit
from forms_api.errors import Erased, KeyReused, SessionClosed
from forms_api.references import new_reference
from forms_api.store.schema import FIXED_COLUMNS, columns, index_column, indexed
from forms_api.store.sql import Sql
from forms_api.store.statements import insert, reference_used
from forms_api.vault import Vault
from site_builder.forms import Form

Clock = Callable[[], datetime]
THAI_TIME = timezone(timedelta(hours=7))  # Thailand has one offset and no summer time

_SEEN = "SELECT body_hash, reference, state, position, erased_at FROM idempotency WHERE form_id = ? AND key = ?"
_REMEMBER = (
    "INSERT INTO idempotency (form_id, key, body_hash, reference, state, position, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_TAKE_SEAT = (
    "UPDATE training_session SET taken = taken + 1, next_ticket = next_ticket + 1"
    " WHERE id = ? AND taken < capacity AND waiting = 0 AND state = 'open' AND starts_at > ? RETURNING next_ticket - 1"
)
_JOIN_QUEUE = (
    "UPDATE training_session SET waiting = waiting + 1, next_ticket = next_ticket + 1"
    " WHERE id = ? AND state = 'open' AND starts_at > ? RETURNING next_ticket - 1, waiting"
)


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


def local_minute(moment: datetime) -> str:
    """An aware moment as sessions are kept: naive Thai time, `2026-12-15T09:00`."""
    return moment.astimezone(THAI_TIME).strftime("%Y-%m-%dT%H:%M")


def stamp(moment: datetime) -> str:
    """An aware moment as rows are stamped: UTC to the millisecond, `2026-12-15T02:00:00.000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Rows:
    """The columns and values of kept forms: which there are, and how answers are sealed into them."""

    def __init__(self, forms: Iterable[Form], vault: Vault) -> None:
        forms = tuple(forms)
        self._vault = vault
        self._answers = {form.id: tuple(columns(form)) for form in forms}
        self._secret = {form.id: frozenset(one.name for one in form.fields if one.secret) for form in forms}
        self._indexed = {form.id: tuple(indexed(form)) for form in forms}

    def names(self, form_id: str) -> tuple[str, ...]:
        """Return the columns of a table, in the order of `values`."""
        hashed = (index_column(name) for name in self._indexed[form_id])
        return (*FIXED_COLUMNS, *self._answers[form_id], *hashed)

    def values(self, command: Submit, outcome: Outcome, ticket: int | None, created_at: str) -> list[object]:
        """Return one row: who, when, where in the queue, the answers with the secret ones sealed, their hashes."""
        fixed = (outcome.reference, command.key, command.form_version, created_at, command.channel, outcome.state)
        return [*fixed, command.session_id, ticket, *self.answers(command, outcome.reference)]

    def answers(self, command: Submit, reference: str) -> list[object]:
        """Return the answers of a command as they are kept under a reference, then the hashes to find them by."""
        table, secret = command.form_id, self._secret[command.form_id]
        kept: list[object] = []
        for name in self._answers[table]:
            value = command.values[name]
            sealed = name in secret and isinstance(value, str)
            kept.append(self._vault.seal(table, reference, name, str(value)) if sealed else value)
        for name in self._indexed[table]:
            value = command.values[name]
            kept.append(self._vault.index(value) if isinstance(value, str) else None)
        return kept


class Submissions:
    """Statements for the tables of a set of forms, written once."""

    def __init__(
        self,
        forms: Iterable[Form],
        vault: Vault,
        clock: Clock = utc_now,
        references: Callable[[], str] = new_reference,
    ) -> None:
        self._rows, self._vault, self._clock, self._references = Rows(forms, vault), vault, clock, references
        self._tables = tuple(form.id for form in forms)
        self._inserts = {table: insert(table, self._rows.names(table)) for table in self._tables}
        self._used = reference_used(self._tables)

    def keep(self, sql: Sql, command: Submit) -> Outcome:
        """Keep the command, or give the first answer again; raise KeyReused, Erased or SessionClosed."""
        print_of_body = self._vault.fingerprint(command.body_hash)
        if seen := sql.execute(_SEEN, (command.form_id, command.key)).fetchone():
            return first_answer(seen, print_of_body)
        now = self._clock()
        state, ticket, position = _seat(sql, command.session_id, local_minute(now))
        outcome = Outcome(self._unused_reference(sql), state, position, replayed=False)
        created_at = stamp(now)
        sql.execute(self._inserts[command.form_id], self._rows.values(command, outcome, ticket, created_at))
        answer = (outcome.reference, outcome.state, outcome.position, created_at)
        sql.execute(_REMEMBER, (command.form_id, command.key, print_of_body, *answer))
        return outcome

    def _unused_reference(self, sql: Sql) -> str:
        # One writer at a time: what is free here stays free until we commit.
        while True:
            reference = self._references()
            if not sql.execute(self._used, (reference,) * len(self._tables)).fetchone():
                return reference


def first_answer(seen: tuple[str, str, State, int | None, str | None], print_of_body: str) -> Outcome:
    """Return what a key was answered at first; raise Erased or KeyReused."""
    kept_print, reference, state, position, erased_at = seen
    if erased_at is not None:
        raise Erased
    if kept_print != print_of_body:
        raise KeyReused(reference)
    return Outcome(reference, state, position, replayed=True)


def _seat(sql: Sql, session_id: int | None, now: str) -> tuple[State, int | None, int | None]:
    """Take a seat or a place in the queue; return state, ticket and position."""
    if session_id is None:
        return "received", None, None
    # RETURNING must be read to its end before the savepoint can be released.
    if seated := sql.execute(_TAKE_SEAT, (session_id, now)).fetchall():
        return "seated", seated[0][0], None
    if queued := sql.execute(_JOIN_QUEUE, (session_id, now)).fetchall():
        ticket, position = queued[0]
        return "waiting", ticket, position
    raise SessionClosed
