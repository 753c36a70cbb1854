"""The hot path: one submitted form becomes one row, one seat or ticket, and one remembered answer.

All of it runs inside the writer's transaction; nothing here commits.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone

from forms_api.commands import Outcome, State, Submit
from forms_api.errors import KeyReused, SessionClosed
from forms_api.references import new_reference
from forms_api.store._sqlite import Connection
from forms_api.store.schema import FIXED_COLUMNS, columns
from forms_api.store.statements import insert, reference_used
from site_builder.forms import Form

Clock = Callable[[], datetime]
THAI_TIME = timezone(timedelta(hours=7))  # Thailand has one offset and no summer time

_SEEN = "SELECT body_hash, reference, state, position FROM idempotency WHERE form_id = ? AND key = ?"
_REMEMBER = (
    "INSERT INTO idempotency (form_id, key, body_hash, reference, state, position, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_TAKE_SEAT = (
    "UPDATE training_session SET taken = taken + 1, next_ticket = next_ticket + 1"
    " WHERE id = ? AND taken < capacity AND state = 'open' AND starts_at > ? RETURNING next_ticket - 1"
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


class Submissions:
    """Statements for the tables of a set of forms, written once."""

    def __init__(self, forms: Iterable[Form], clock: Clock, references: Callable[[], str] = new_reference) -> None:
        self._clock = clock
        self._references = references
        self._columns = {form.id: tuple(columns(form)) for form in forms}
        self._inserts = {table: insert(table, (*FIXED_COLUMNS, *names)) for table, names in self._columns.items()}
        self._used = reference_used(self._columns)

    def keep(self, connection: Connection, command: Submit) -> Outcome:
        """Keep the command, or give the first answer again; raise KeyReused or SessionClosed."""
        seen = connection.execute(_SEEN, (command.form_id, command.key)).fetchone()
        if seen:
            body_hash, reference, state, position = seen
            if body_hash != command.body_hash:
                raise KeyReused(reference)
            return Outcome(reference, state, position, replayed=True)
        now = self._clock()
        state, ticket, position = _seat(connection, command.session_id, local_minute(now))
        outcome = Outcome(self._unused_reference(connection), state, position, replayed=False)
        self._insert(connection, command, outcome, ticket, now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z")
        return outcome

    def _insert(
        self, connection: Connection, command: Submit, outcome: Outcome, ticket: int | None, created_at: str
    ) -> None:
        fixed = (outcome.reference, command.key, command.form_version, created_at, command.channel, outcome.state)
        answers = [command.values[name] for name in self._columns[command.form_id]]
        connection.execute(self._inserts[command.form_id], [*fixed, command.session_id, ticket, *answers])
        answer = (outcome.reference, outcome.state, outcome.position, created_at)
        connection.execute(_REMEMBER, (command.form_id, command.key, command.body_hash, *answer))

    def _unused_reference(self, connection: Connection) -> str:
        # One writer at a time: what is free here stays free until we commit.
        while True:
            reference = self._references()
            if not connection.execute(self._used, (reference,)).fetchone()[0]:
                return reference


def _seat(connection: Connection, session_id: int | None, now: str) -> tuple[State, int | None, int | None]:
    """Take a seat or a place in the queue; return state, ticket and position."""
    if session_id is None:
        return "received", None, None
    # RETURNING must be read to its end before the savepoint can be released.
    if seated := connection.execute(_TAKE_SEAT, (session_id, now)).fetchall():
        return "seated", seated[0][0], None
    if queued := connection.execute(_JOIN_QUEUE, (session_id, now)).fetchall():
        ticket, position = queued[0]
        return "waiting", ticket, position
    raise SessionClosed
