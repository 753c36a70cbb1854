"""SQL that is put together from the forms' definitions: the only place where names are written into statements.

Every name goes through `quoted`; every value goes in by a placeholder.
"""

# ruff: noqa: S608 - names are our own and checked by `quoted`, values are placeholders

import re
from collections.abc import Iterable

from forms_api.errors import SettingsError

NAME = re.compile("[a-z][a-z0-9_]{0,62}")

# A person's place in the queue of their session: how many wait with the same or an earlier ticket.
_POSITION = (
    "CASE kept.state WHEN 'waiting' THEN (SELECT count(*) FROM {table} AS ahead"
    " WHERE ahead.state = 'waiting' AND ahead.session_id = kept.session_id AND ahead.ticket <= kept.ticket) END"
)


def quoted(name: str) -> str:
    """Return a table or column name for SQL; raise SettingsError for anything but a-z, 0-9 and _."""
    if not NAME.fullmatch(name):
        raise SettingsError(f"{name!r} cannot be the name of a table or column: use a-z, 0-9 and _")
    return f'"{name}"'


def insert(table: str, names: Iterable[str]) -> str:
    """Return the statement that keeps one row, values in the order of `names`."""
    columns = [quoted(name) for name in names]
    return f"INSERT INTO {quoted(table)} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def reference_used(tables: Iterable[str]) -> str:
    """Return the statement that tells (1 or 0) whether a reference stands in any of the tables."""
    lookups = [f"EXISTS (SELECT 1 FROM {quoted(table)} WHERE reference = ?1)" for table in tables]
    return f"SELECT {' OR '.join(lookups)}"


def count(table: str, province_column: str | None) -> str:
    """Return the statement that counts rows, of one province when a column is given."""
    return f"SELECT count(*) FROM {quoted(table)} AS kept{_of_province(province_column)}"


def rows(table: str, fixed: Iterable[str], answers: Iterable[str], province_column: str | None) -> str:
    """Return the statement that reads rows with their session and place in the queue, oldest first."""
    sources = {
        "position": _POSITION.format(table=quoted(table)),
        "session_starts_at": "session.starts_at",
        "session_place": "session.place",
    }
    selected = [f"{sources.get(name, f'kept.{name}')} AS {name}" for name in fixed]
    selected += [f"kept.{quoted(name)}" for name in answers]
    return (
        f"SELECT {', '.join(selected)} FROM {quoted(table)} AS kept"
        " LEFT JOIN training_session AS session ON session.id = kept.session_id"
        f"{_of_province(province_column)} ORDER BY kept.row_id"
    )


def status(table: str, phone_column: str | None) -> str:
    """Return the statement for one reference: state, position, phone, session."""
    phone = f"kept.{quoted(phone_column)}" if phone_column else "''"
    position = _POSITION.format(table=quoted(table))
    return f"SELECT kept.state, {position}, {phone}, kept.session_id FROM {quoted(table)} AS kept WHERE reference = ?"


def wrong_counters(tables: Iterable[str]) -> str:
    """Return the statement that lists sessions whose seats or queue are not what the rows of the tables say."""
    kept = " UNION ALL ".join(f"SELECT session_id, state FROM {quoted(table)}" for table in tables)
    return (
        f"WITH kept AS ({kept}), counted AS ("
        " SELECT session_id, sum(state = 'seated') AS taken, sum(state = 'waiting') AS waiting"
        " FROM kept WHERE session_id IS NOT NULL GROUP BY session_id)"
        " SELECT session.id FROM training_session AS session LEFT JOIN counted ON counted.session_id = session.id"
        " WHERE session.taken <> coalesce(counted.taken, 0) OR session.waiting <> coalesce(counted.waiting, 0)"
        " ORDER BY session.id"
    )


def _of_province(column: str | None) -> str:
    return f" WHERE kept.{quoted(column)} = ?" if column else ""
