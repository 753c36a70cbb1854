"""Who gets a seat: the counters of the sessions that a batch asks for, read once and written back once.

The caller holds the only writing transaction, so nobody else moves the counters in between.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from forms_api.commands import State
from forms_api.errors import SessionClosed
from forms_api.store.sql import Sql

_READ = (
    "SELECT id, capacity, taken, waiting, next_ticket FROM training_session"
    " WHERE id IN (SELECT value FROM json_each(?)) AND state = 'open' AND starts_at > ?"
)
_WRITE = (
    "UPDATE training_session SET taken = given.value ->> 1, waiting = given.value ->> 2,"
    " next_ticket = given.value ->> 3 FROM json_each(?) AS given WHERE training_session.id = given.value ->> 0"
)


@dataclass
class _Counters:
    """Those of one session."""

    capacity: int
    taken: int
    waiting: int
    next_ticket: int


class Seats:
    """The open sessions among `wanted`, by id; `now` is the local minute."""

    def __init__(self, sql: Sql, wanted: Iterable[int], now: str) -> None:
        listed = sorted(wanted)
        found = sql.execute(_READ, (json.dumps(listed), now)).fetchall() if listed else ()
        self._open = {number: _Counters(*counters) for number, *counters in found}
        self._moved: set[int] = set()

    def take(self, session_id: int | None) -> tuple[State, int | None, int | None]:
        """Give a seat, or a place in the queue where the session is full; return state, ticket and position.

        Who asks for no session is received; raises SessionClosed where the session takes no more names.
        """
        if session_id is None:
            return "received", None, None
        session = self._open.get(session_id)
        if session is None:
            raise SessionClosed
        self._moved.add(session_id)
        ticket = session.next_ticket
        session.next_ticket += 1
        if session.taken < session.capacity and not session.waiting:
            session.taken += 1
            return "seated", ticket, None
        session.waiting += 1
        return "waiting", ticket, session.waiting

    def write(self, sql: Sql) -> None:
        """Write back what has moved; the table's own CHECK stands behind the capacity."""
        moved = [(number, self._open[number]) for number in sorted(self._moved)]
        if moved:
            told = [[number, one.taken, one.waiting, one.next_ticket] for number, one in moved]
            sql.execute(_WRITE, (json.dumps(told),))
