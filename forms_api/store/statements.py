"""SQL that is put together from the forms' definitions: the only place where names are written into statements.

Every name goes through `quoted`; every value goes in by a placeholder.
"""

# ruff: noqa: S608 - names are our own and checked by `quoted`, values are placeholders

import re
from collections.abc import Iterable

from forms_api.errors import SettingsError

NAME = re.compile("[a-z][a-z0-9_]{0,62}")

REMEMBERED = "SELECT count(*) FROM idempotency WHERE form_id = ? AND erased_at IS NULL"

# A person's place in the queue of their session: how many wait with the same or an earlier ticket.
_POSITION = (
    "CASE kept.state WHEN 'waiting' THEN (SELECT count(*) FROM {table} AS ahead"
    " WHERE ahead.state = 'waiting' AND ahead.session_id = kept.session_id AND ahead.ticket <= kept.ticket) END"
)
# The same for many people at once: counted once along each queue, not anew for each person in it.
_QUEUE = (
    "SELECT row_id, row_number() OVER (PARTITION BY session_id ORDER BY ticket) AS place FROM {table}"
    " WHERE state = 'waiting'"
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


def insert_all(table: str, names: Iterable[str]) -> str:
    """Return the statement that keeps many rows, given as one JSON array of arrays in the order of `names` (SQLite)."""
    columns = [quoted(name) for name in names]
    values = ", ".join(f"value ->> {place}" for place in range(len(columns)))
    return f"INSERT INTO {quoted(table)} ({', '.join(columns)}) SELECT {values} FROM json_each(?) ORDER BY key"


def used_references(tables: Iterable[str]) -> str:
    """Return the statement that finds which of a JSON array of references, given once a table, are used (SQLite)."""
    return " UNION ALL ".join(
        f"SELECT kept.reference FROM json_each(?) AS drawn CROSS JOIN {quoted(table)} AS kept"
        " ON kept.reference = drawn.value"
        for table in tables
    )


def reference_used(tables: Iterable[str]) -> str:
    """Return the statement that finds a row when a reference, given once for each table, stands in any of them."""
    return " UNION ALL ".join(f"SELECT 1 FROM {quoted(table)} WHERE reference = ?" for table in tables)


def copy_rows(source: str, target: str, names: Iterable[str]) -> str:
    """Return the statement that copies all rows of one table into another."""
    listed = ", ".join(map(quoted, names))
    return f"INSERT INTO {quoted(target)} ({listed}) SELECT {listed} FROM {quoted(source)}"


def newest_stamp(table: str) -> str:
    """Return the statement for when the newest row was kept."""
    return f"SELECT created_at FROM {quoted(table)} ORDER BY row_id DESC LIMIT 1"


def states(table: str, province_column: str | None) -> str:
    """Return the statement that counts rows by state, of one province when a column is given."""
    return f"SELECT state, count(*) FROM {quoted(table)} AS kept{_of_province(province_column)} GROUP BY state"


def count(table: str, province_column: str | None) -> str:
    """Return the statement that counts rows, of one province when a column is given."""
    return f"SELECT count(*) FROM {quoted(table)} AS kept{_of_province(province_column)}"


def rows(table: str, fixed: Iterable[str], answers: Iterable[str], province_column: str | None) -> str:
    """Return the statement that reads rows with their session and place in the queue, oldest first."""
    queue = f"WITH queue AS ({_QUEUE.format(table=quoted(table))})"
    return f"{queue} {_read(table, fixed, answers)}{_of_province(province_column)} ORDER BY kept.row_id"


def newest(table: str, fixed: Iterable[str], answers: Iterable[str], province_column: str) -> str:
    """Return the statement that reads the newest rows of a province and a state, as many as the last value says."""
    listed = (
        f"SELECT row_id, session_id FROM {quoted(table)} WHERE {quoted(province_column)} = ? AND state = ?"
        " ORDER BY row_id DESC LIMIT ?"
    )
    queue = f"{_QUEUE.format(table=quoted(table))} AND session_id IN (SELECT session_id FROM listed)"
    these = " WHERE kept.row_id IN (SELECT row_id FROM listed) ORDER BY kept.row_id DESC"
    return f"WITH listed AS ({listed}), queue AS ({queue}) {_read(table, fixed, answers)}{these}"


def found(table: str, column: str, hashed: str) -> str:
    """Return the statement that finds references by the keyed hash of a column, with the column to compare."""
    return f"SELECT reference, {quoted(column)} FROM {quoted(table)} WHERE {quoted(hashed)} = ? ORDER BY row_id"


def kept_before(table: str) -> str:
    """Return the statement that finds a reference that was kept before a moment."""
    return f"SELECT 1 FROM {quoted(table)} WHERE reference = ? AND created_at < ?"


def one(table: str) -> str:
    """Return the statement for what can happen next to one reference: state, session, and the key it came with."""
    return f"SELECT state, session_id, key FROM {quoted(table)} WHERE reference = ?"


def end(table: str) -> str:
    """Return the statement that ends a row: new state, time, reference, state so far."""
    return f"UPDATE {quoted(table)} SET state = ?, ended_at = ? WHERE reference = ? AND state = ?"


def seat(table: str) -> str:
    """Return the statement that gives a waiting person a seat."""
    return f"UPDATE {quoted(table)} SET state = 'seated' WHERE reference = ? AND state = 'waiting'"


def delete(table: str) -> str:
    """Return the statement that deletes one reference."""
    return f"DELETE FROM {quoted(table)} WHERE reference = ?"


def first_waiting(tables: Iterable[str]) -> str:
    """Return the statement for the next person in the queue of a session, given once for each table."""
    queues = [
        f"SELECT ticket, reference, '{name}' AS form_id FROM {quoted(name)} WHERE session_id = ? AND state = 'waiting'"
        for name in tables
    ]
    return f"{' UNION ALL '.join(queues)} ORDER BY ticket LIMIT 1"


def due(table: str, start: str) -> str:
    """Return the statement that lists rows whose time is over, after a row number, so many at a time."""
    listed = "SELECT kept.row_id, kept.session_id, kept.reference"
    return f"{listed} {_due(table, start)} AND kept.row_id > ? ORDER BY kept.row_id LIMIT ?"


def still_due(table: str, start: str) -> str:
    """Return the statement for one reference whose time is over: its state and its key."""
    return f"SELECT kept.state, kept.key {_due(table, start)} AND kept.reference = ?"


def count_due(table: str, start: str) -> str:
    """Return the statement that counts rows whose time is over."""
    return f"SELECT count(*) {_due(table, start)}"


def _due(table: str, start: str) -> str:
    """`start` is `training` (the day of the session, or of the end where somebody cancelled) or `end`.

    Two values: the moment in UTC at which the first day to keep begins, by which ends are stamped, and that day itself,
    by which sessions are. Both are asked for either way.
    """
    since = {
        "training": "(kept.ended_at < ? OR (kept.ended_at IS NULL AND session.starts_at < ?))",
        "end": "(kept.ended_at < ? AND '' < ?)",
    }[start]
    return (
        f"FROM {quoted(table)} AS kept"
        f" LEFT JOIN training_session AS session ON session.id = kept.session_id WHERE {since}"
    )


def unended(table: str, start: str) -> str:
    """Return the statement that counts old rows for which the time has not begun to run, kept before a moment."""
    since = {"training": "kept.session_id IS NULL AND kept.ended_at IS NULL", "end": "kept.ended_at IS NULL"}[start]
    return f"SELECT count(*) FROM {quoted(table)} AS kept WHERE {since} AND kept.created_at < ?"


def sealed(table: str, names: Iterable[str]) -> str:
    """Return the statement that reads rows after a row number, with their secret columns, so many at a time."""
    listed = ", ".join(map(quoted, names))
    return f"SELECT row_id, reference, {listed} FROM {quoted(table)} WHERE row_id > ? ORDER BY row_id LIMIT ?"


def unsealed(table: str, names: Iterable[str]) -> str:
    """Return the statement that counts rows in which a secret answer lies open."""
    lies_open = " OR ".join(f"substr({quoted(name)}, 1, 3) <> 'v1.'" for name in names)  # NULL is neither
    return f"SELECT count(*) FROM {quoted(table)} WHERE {lies_open}"


def reseal(table: str, names: Iterable[str]) -> str:
    """Return the statement that puts newly sealed answers into one row."""
    given = ", ".join(f"{quoted(name)} = ?" for name in names)
    return f"UPDATE {quoted(table)} SET {given} WHERE row_id = ?"


def _read(table: str, fixed: Iterable[str], answers: Iterable[str]) -> str:
    sources = {
        "position": "queue.place",
        "session_starts_at": "session.starts_at",
        "session_place": "session.place",
    }
    selected = [f"{sources.get(name, f'kept.{name}')} AS {name}" for name in fixed]
    selected += [f"kept.{quoted(name)}" for name in answers]
    return (
        f"SELECT {', '.join(selected)} FROM {quoted(table)} AS kept"
        " LEFT JOIN training_session AS session ON session.id = kept.session_id"
        " LEFT JOIN queue ON queue.row_id = kept.row_id"
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
        " SELECT session_id, count(*) FILTER (WHERE state = 'seated') AS taken,"
        " count(*) FILTER (WHERE state = 'waiting') AS waiting"
        " FROM kept WHERE session_id IS NOT NULL GROUP BY session_id)"
        " SELECT session.id FROM training_session AS session LEFT JOIN counted ON counted.session_id = session.id"
        " WHERE session.taken <> coalesce(counted.taken, 0) OR session.waiting <> coalesce(counted.waiting, 0)"
        " ORDER BY session.id"
    )


def _of_province(column: str | None) -> str:
    return f" WHERE kept.{quoted(column)} = ?" if column else ""
