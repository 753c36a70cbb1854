"""What happens to a kept form later: cancelled, finished, erased, or deleted because its time is over.

Everything here runs inside one transaction that somebody else commits. A seat that comes free goes to the person who
has waited longest, by ticket and never by clock, in the same transaction; so a seat is never given twice.
Sessions are touched before rows, so that two nodes cannot wait for one another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from forms_api.commands import OPEN_STATES, State
from forms_api.store import statements
from forms_api.store.protocol import Ended
from forms_api.store.sql import Sql
from forms_api.store.submissions import THAI_TIME, local_minute, stamp
from site_builder.forms import Form
from site_builder.forms.places import SessionChoice

_LOCK = "UPDATE training_session SET taken = taken WHERE id = ?"
_LESS = {
    "seated": "UPDATE training_session SET taken = taken - 1 WHERE id = ?",
    "waiting": "UPDATE training_session SET waiting = waiting - 1 WHERE id = ?",
}
_SEAT_FREE = (
    "UPDATE training_session SET taken = taken + 1, waiting = waiting - 1"
    " WHERE id = ? AND taken < capacity AND waiting > 0 AND starts_at > ? RETURNING id"
)
_FORGET = "UPDATE idempotency SET body_hash = '', position = NULL, erased_at = ? WHERE form_id = ? AND key = ?"
_FORGET_KEY = "DELETE FROM idempotency WHERE form_id = ? AND key = ?"
_OLD_KEYS = "DELETE FROM idempotency WHERE erased_at < ?"


@dataclass(frozen=True)
class Due:
    """A row whose time was over when somebody looked."""

    row_id: int
    session_id: int | None
    reference: str


def bounds(first_day: str) -> tuple[str, str]:
    """Return when the first day to keep (ISO, in Thailand) begins, as rows are stamped, and as sessions are."""
    return stamp(datetime.combine(date.fromisoformat(first_day), time(), THAI_TIME)), first_day


@dataclass(frozen=True)
class _Found:
    table: str
    state: State
    session_id: int | None
    key: str


class Lifecycle:
    """Transitions of the rows of a set of forms."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._tables = tuple(form.id for form in forms)
        self._with_sessions = tuple(
            form.id for form in forms if any(isinstance(field, SessionChoice) for field in form.fields)
        )

    def cancel(self, sql: Sql, reference: str, now: datetime) -> Ended | None:
        """Cancel a form that is open and give its seat on; None where there is none, or it has ended before."""
        return self._end(sql, reference, "cancelled", OPEN_STATES, now)

    def finish(self, sql: Sql, reference: str, now: datetime) -> Ended | None:
        """Close a help request; None where there is none, it asks for a session, or it has ended before."""
        found = self._find(sql, reference)
        if found is None or found.table in self._with_sessions:
            return None
        return self._end(sql, reference, "done", ("received",), now)

    def erase(self, sql: Sql, reference: str, now: datetime) -> Ended | None:
        """Delete a form for good and give its seat on; its key keeps nothing again. None where there is none."""
        found = self._find(sql, reference)
        if found is None:
            return None
        ended = self.cancel(sql, reference, now)
        sql.execute(statements.delete(found.table), (reference,))
        sql.execute(_FORGET, (stamp(now), found.table, found.key))
        return ended or Ended(found.table, found.state)

    def purge(self, sql: Sql, form: Form, first_day: str, listed: Iterable[Due], now: datetime) -> tuple[str, ...]:
        """Delete those of the listed forms whose time is still over; return their references."""
        still_due = statements.still_due(form.id, form.keeping.start)
        deleted = []
        for one in sorted(listed, key=lambda due: (due.session_id or 0, due.row_id)):
            found = sql.execute(still_due, (*bounds(first_day), one.reference)).fetchone()
            if found is None:
                continue
            state, key = found
            if state in OPEN_STATES:
                self.cancel(sql, one.reference, now)
            sql.execute(statements.delete(form.id), (one.reference,))
            sql.execute(_FORGET_KEY, (form.id, key))
            deleted.append(one.reference)
        return tuple(deleted)

    def purge_keys(self, sql: Sql, before: str) -> int:
        """Delete the keys of answers that were erased before a moment; return their number."""
        return sql.execute(_OLD_KEYS, (before,)).rowcount

    def _end(self, sql: Sql, reference: str, state: State, allowed: Sequence[State], now: datetime) -> Ended | None:
        found = self._find(sql, reference)
        if found is None:
            return None
        if found.session_id is not None:
            sql.execute(_LOCK, (found.session_id,))
        before = self._find(sql, reference)  # again, now that nobody else can move it
        if before is None or before.state not in allowed:
            return None
        sql.execute(statements.end(before.table), (state, stamp(now), reference, before.state))
        if before.session_id is None:
            return Ended(before.table, before.state)
        sql.execute(_LESS[before.state], (before.session_id,))
        return Ended(before.table, before.state, self.promote(sql, before.session_id, now))

    def promote(self, sql: Sql, session_id: int, now: datetime) -> tuple[str, ...]:
        """Give every free seat of a session that lies ahead to those who wait, first come first; return who."""
        next_in_line = statements.first_waiting(self._with_sessions)
        promoted = []
        while sql.execute(_SEAT_FREE, (session_id, local_minute(now))).fetchall():
            _ticket, reference, table = sql.execute(next_in_line, (session_id,) * len(self._with_sessions)).fetchone()
            sql.execute(statements.seat(table), (reference,))
            promoted.append(reference)
        return tuple(promoted)

    def _find(self, sql: Sql, reference: str) -> _Found | None:
        for table in self._tables:
            if row := sql.execute(statements.one(table), (reference,)).fetchone():
                return _Found(table, *row)
        return None
