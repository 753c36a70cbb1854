"""Training sessions in SQLite: what officers add, import and close, and what the forms offer."""

from collections.abc import Sequence
from datetime import datetime

from forms_api.store.protocol import Imported, NewSession, Session
from forms_api.store.sql import Sql

_ADD = "INSERT INTO training_session (province, starts_at, place, capacity) VALUES (?, ?, ?, ?) RETURNING id"
_FIND = "SELECT id, province, starts_at, place, capacity, taken, waiting, state FROM training_session WHERE id = ?"
_LIST = (
    "SELECT id, province, starts_at, place, capacity, taken, waiting, state FROM training_session"
    "{where} ORDER BY starts_at, place, id"
)
_SAME = "SELECT 1 FROM training_session WHERE province = ? AND starts_at = ? AND place = ?"


def add(sql: Sql, new: NewSession) -> int:
    """Keep a session; return its id."""
    rows = sql.execute(_ADD, (*_identity(new), new.capacity)).fetchall()
    return int(rows[0][0])


def told(new: NewSession) -> str:
    """Return a session for the audit log."""
    return f"province={new.province} starts_at={_identity(new)[1]} capacity={new.capacity}"


def add_missing(sql: Sql, new: Sequence[NewSession]) -> Imported:
    """Keep the sessions that have no twin (same province, time and place)."""
    missing = [session for session in new if not sql.execute(_SAME, _identity(session)).fetchone()]
    return Imported(tuple(add(sql, session) for session in missing), already=len(new) - len(missing))


def seed(sql: Sql, new: Sequence[NewSession]) -> int:
    """Keep the sessions when the table is empty; return how many were added."""
    if sql.execute("SELECT 1 FROM training_session LIMIT 1").fetchone():
        return 0
    return len([add(sql, session) for session in new])


def close(sql: Sql, session_id: int) -> bool:
    """Take no more names; False when there is no such session."""
    return sql.execute("UPDATE training_session SET state = 'closed' WHERE id = ?", (session_id,)).rowcount == 1


def find(sql: Sql, session_id: int) -> Session | None:
    """Return one session, whatever its state."""
    row = sql.execute(_FIND, (session_id,)).fetchone()
    return _session(row) if row else None


def listed(sql: Sql, province: str | None, open_after: str | None) -> list[Session]:
    """Return sessions, soonest first; with `open_after` (local minute) only open ones that start later."""
    wanted = {"province = ?": province, "state = 'open' AND starts_at > ?": open_after}
    given = {condition: value for condition, value in wanted.items() if value is not None}
    where = f" WHERE {' AND '.join(given)}" if given else ""
    return [_session(row) for row in sql.execute(_LIST.format(where=where), tuple(given.values()))]


def _identity(session: NewSession) -> tuple[str, str, str]:
    return session.province, session.starts_at.strftime("%Y-%m-%dT%H:%M"), session.place


def _session(row: tuple[int, str, str, str, int, int, int, str]) -> Session:
    number, province, starts_at, place, capacity, taken, waiting, state = row
    at = datetime.fromisoformat(starts_at)
    return Session(number, province, at, place, capacity, taken, waiting, "closed" if state == "closed" else "open")
