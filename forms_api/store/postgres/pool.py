"""Connections to PostgreSQL, lent one at a time, speaking the store's little `Sql`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from forms_api.errors import Busy
from forms_api.store.postgres.server import READING, Connection, options, read_only
from forms_api.store.sql import Rows

READERS = 8  # connections for reading; more readers wait for one
PATIENCE = 2.0  # seconds until "come back later": a person waits, and a lost server may take minutes to fail over
STREAM_ROWS = 1_000  # rows fetched at a time by an export


class Spoken:
    """A connection inside a transaction, for statements that are written with `?`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def execute(self, sql: str, given: Sequence[Any] = (), /) -> Rows:
        """Run one statement; our statements hold no `?` or `%` of their own."""
        return self.connection.execute(sql.replace("?", "%s").encode(), given)


class Whole(Spoken):
    """A connection that sees one moment; what is read in an order and without a limit comes some rows at a time."""

    def execute(self, sql: str, given: Sequence[Any] = (), /) -> Rows:
        """Run one query, a long one through a cursor on the server, so that a table never lies in memory whole."""
        if "ORDER BY" not in sql or "LIMIT" in sql:
            return super().execute(sql, given)
        cursor = self.connection.cursor(name="rows")
        cursor.itersize = STREAM_ROWS
        cursor.execute(sql.replace("?", "%s").encode(), given)
        return cursor


class Pool:
    """Reading connections, made when needed and made anew when the server was away."""

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=READERS,
            timeout=PATIENCE,
            reconnect_timeout=5,
            kwargs=READING | {"options": options()},
            check=_check,
            open=False,
            name="forms-readers",
        )
        self._pool.open()

    @contextmanager
    def lend(self, *, snapshot: bool = False) -> Iterator[Spoken]:
        """Lend a connection that can only read; raise Busy where there is none in time or it breaks."""
        level = "REPEATABLE READ" if snapshot else "READ COMMITTED"
        try:
            with self._pool.connection() as connection, connection.transaction():
                connection.execute(f"SET TRANSACTION ISOLATION LEVEL {level} READ ONLY".encode())
                yield Whole(connection) if snapshot else Spoken(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise Busy from error

    def writable(self) -> bool:
        """Tell whether the server takes writes; raise Busy where none answers."""
        try:
            with self._pool.connection() as connection:
                return not read_only(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise Busy from error

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def _check(connection: Connection) -> None:
    """Refuse a connection that broke, or whose server has become a standby since: the pool makes another."""
    if connection.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
        connection.close()
        raise psycopg.OperationalError("the server is a standby now")
