"""The hot path: each submitted form becomes one row, one seat or ticket, and one remembered answer.

All of it runs inside the writer's transaction; nothing here commits. Whoever runs it is the only one who writes, so a
whole batch is read, worked out here in its order, and written, with a few statements for all of it: between two
statements Python's lock changes hands, which would cost more than SQLite's own work.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from forms_api.commands import Outcome, State, Submit
from forms_api.errors import Erased, KeyReused, StoreError
from forms_api.references import new_reference
from forms_api.store.schema import FIXED_COLUMNS, columns, index_column, indexed
from forms_api.store.seats import Seats
from forms_api.store.sql import Sql
from forms_api.store.statements import insert_all, used_references
from forms_api.vault import Vault
from site_builder.forms import Form

Clock = Callable[[], datetime]
THAI_TIME = timezone(timedelta(hours=7))  # Thailand has one offset and no summer time

_SEEN = (
    "SELECT kept.form_id, kept.key, kept.body_hash, kept.reference, kept.state, kept.position, kept.erased_at"
    " FROM json_each(?) AS asked CROSS JOIN idempotency AS kept"
    " ON kept.form_id = asked.value ->> 0 AND kept.key = asked.value ->> 1"
)
_REMEMBERED = ("form_id", "key", "body_hash", "reference", "state", "position", "created_at")

Seen = tuple[str, str, State, int | None, str | None]  # hash of the body, reference, state, position, erased at


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


@dataclass
class _Batch:
    """What a batch has found and will write: answers to keys, seats, references nobody has, and the new rows."""

    seen: dict[tuple[str, str], Seen]
    seats: Seats
    references: list[str]
    created_at: str
    rows: dict[str, list[list[object]]] = field(default_factory=lambda: defaultdict(list))
    remembered: list[list[object]] = field(default_factory=list)


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
        self._inserts = {table: insert_all(table, self._rows.names(table)) for table in self._tables}
        self._remember = insert_all("idempotency", _REMEMBERED)
        self._used = used_references(self._tables)

    def keep(self, sql: Sql, command: Submit) -> Outcome:
        """Keep one command, or give the first answer again; raise KeyReused, Erased or SessionClosed."""
        (answer,) = self.keep_all(sql, (command,))
        if isinstance(answer, StoreError):
            raise answer
        return answer

    def keep_all(self, sql: Sql, commands: Sequence[Submit]) -> list[Outcome | StoreError]:
        """Keep commands in their order; return for each its answer, or KeyReused, Erased or SessionClosed.

        Any other fault is raised, and nothing may then be kept of them all.
        """
        batch = self._begun(sql, commands)
        answers: list[Outcome | StoreError] = []
        for command in commands:
            try:
                answers.append(self._answer(batch, command))
            except StoreError as error:
                answers.append(error)
        batch.seats.write(sql)
        for table, rows in batch.rows.items():
            sql.execute(self._inserts[table], (_told(rows),))
        if batch.remembered:
            sql.execute(self._remember, (_told(batch.remembered),))
        return answers

    def _begun(self, sql: Sql, commands: Sequence[Submit]) -> _Batch:
        asked = _told([[command.form_id, command.key] for command in commands])
        seen = {(form_id, key): tuple(answer) for form_id, key, *answer in sql.execute(_SEEN, (asked,)).fetchall()}
        new = [command for command in commands if (command.form_id, command.key) not in seen]
        now = self._clock()
        wanted = {command.session_id for command in new if command.session_id is not None}
        seats = Seats(sql, wanted, local_minute(now))
        return _Batch(seen, seats, self._unused_references(sql, len(new)), stamp(now))

    def _answer(self, batch: _Batch, command: Submit) -> Outcome:
        print_of_body = self._vault.fingerprint(command.body_hash)
        if seen := batch.seen.get((command.form_id, command.key)):
            return first_answer(seen, print_of_body)
        state, ticket, position = batch.seats.take(command.session_id)
        outcome = Outcome(batch.references.pop(), state, position, replayed=False)
        batch.rows[command.form_id].append(self._rows.values(command, outcome, ticket, batch.created_at))
        answer = (outcome.reference, outcome.state, outcome.position)
        batch.remembered.append([command.form_id, command.key, print_of_body, *answer, batch.created_at])
        batch.seen[command.form_id, command.key] = (print_of_body, *answer, None)
        return outcome

    def _unused_references(self, sql: Sql, count: int) -> list[str]:
        # One writer at a time: what is free here stays free until we commit.
        free: set[str] = set()
        while len(free) < count:
            drawn = {self._references() for _ in range(count - len(free))}
            used = sql.execute(self._used, (_told(list(drawn)),) * len(self._tables)).fetchall()
            free |= drawn - {reference for (reference,) in used}
        return list(free)


def first_answer(seen: tuple[str, str, State, int | None, str | None], print_of_body: str) -> Outcome:
    """Return what a key was answered at first; raise Erased or KeyReused."""
    kept_print, reference, state, position, erased_at = seen
    if erased_at is not None:
        raise Erased
    if kept_print != print_of_body:
        raise KeyReused(reference)
    return Outcome(reference, state, position, replayed=True)


def _told(rows: Sequence[object]) -> str:
    """Return values as one JSON array, which SQLite takes apart again."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
