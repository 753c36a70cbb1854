"""The one place that imports the SQLite module and sqlite-utils.

sqlite-utils takes pysqlite3 when it is installed, and pysqlite3's exceptions are not those of the standard
library, so an `except sqlite3.OperationalError` elsewhere would stop catching. Everything here uses the same one.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlite_utils import Database, Migrations

if TYPE_CHECKING:
    import sqlite3
else:
    from sqlite_utils.utils import sqlite3

Connection = sqlite3.Connection
DatabaseError = sqlite3.Error
IntegrityError = sqlite3.IntegrityError
OperationalError = sqlite3.OperationalError

# Errors that are the fault of one command; every other database error says that the file, disk or lock is in trouble.
COMMAND_ERRORS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)

BUSY_MS = 2_000  # how long a statement waits for a lock that another program holds
LIBRARY_VERSION: tuple[int, ...] = sqlite3.sqlite_version_info

__all__ = [
    "BUSY_MS",
    "COMMAND_ERRORS",
    "LIBRARY_VERSION",
    "Connection",
    "Database",
    "DatabaseError",
    "IntegrityError",
    "Migrations",
    "OperationalError",
    "connect",
    "open_reader",
    "open_still",
    "open_writer",
]


def open_writer(path: Path) -> Connection:
    """Open the writing connection: WAL, every commit synced to the disk before it returns, foreign keys on.

    It alone checkpoints. Transactions are ours to begin (`isolation_level=None`). It must stay in one thread.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000, cached_statements=256)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # NORMAL loses acknowledged rows at a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        # The log is copied into the file at 16 MB: pages that many batches write are then copied once.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages of 4 KB
        # The indexes of a year's forms fit into memory, and a batch touches them in many places.
        connection.execute("PRAGMA cache_size = -16000")  # KB
        connection.execute("PRAGMA temp_store = MEMORY")  # a savepoint's own journal: two files a batch otherwise
    except BaseException:
        connection.close()
        raise
    return connection


def connect(path: Path) -> Connection:
    """Open a file as it is, for a copy that nobody else uses yet."""
    return sqlite3.connect(path, isolation_level=None)


def open_reader(path: Path) -> Connection:
    """Open a connection that can only read, and that leaves the write-ahead log alone when it is closed.

    Used by one thread at a time, not always the same one: see `readers.py`.
    """
    address = f"file:{_quoted(path)}?mode=ro"
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, timeout=BUSY_MS / 1000, check_same_thread=False
    )
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def open_still(path: Path) -> Connection:
    """Open a file that nobody writes, even on a disk that cannot be written; nothing is made beside it."""
    return sqlite3.connect(f"file:{_quoted(path)}?mode=ro&immutable=1", uri=True, isolation_level=None)


def _quoted(path: Path) -> str:
    return os.fspath(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
