"""Our own service, started for load: with each of its stores, or with one of those in `ours.py`."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from benchmarks.forms.sent import SIGNUP
from benchmarks.forms.servers import Running, free_port, started
from forms_api.store.sqlite import SqliteStore
from site_builder.content import load_content

Start = Callable[[Path], AbstractContextManager[Running]]
SESSION = ["--province", "50", "--starts-at", "2090-01-15T09:00", "--place", "หอประชุม", "--capacity", "10000"]
ROOM = "UPDATE training_session SET capacity = 100000000"  # for every request: all then do the same work for each
TABLES = ("training_session", "trainer_signup", "idempotency", "audit")


def service(kind: str = "sqlite", workers: int = 1, store: Callable[[Path], str] | None = None) -> Start:
    """Return how the service is started: `kind` is `sqlite`, or one of `ours.py`; `store` gives another address."""

    @contextmanager
    def start(folder: Path) -> Iterator[Running]:
        program, port = str(Path(sys.executable).with_name("forms-api")), free_port()
        env = {"FORMS_API_RATE_LIMIT": "off", "FORMS_API_PER_ADDRESS": "5000", "BENCH_STORE": kind}
        if store:
            env["FORMS_API_STORE"] = store(folder)
        command = [program, "sessions", "add", *SESSION]
        subprocess.run(command, cwd=folder, env=os.environ | env, check=True, capture_output=True)
        _widen(folder, env.get("FORMS_API_STORE"))
        if kind == "sqlite":
            run = [program, "serve", "--port", str(port), "--workers", str(workers)]
        else:
            run = [sys.executable, "-m", "benchmarks.forms.ours", kind, str(port)]
        with started(run, port, folder, SIGNUP, **env) as running:
            yield running

    return start


def _widen(folder: Path, url: str | None) -> None:
    if url:
        import psycopg

        with psycopg.connect(url) as connection:
            connection.execute(ROOM)
        return
    with closing(sqlite3.connect(folder / "var/forms.db")) as db, db:
        db.execute(ROOM)


def statements() -> list[str]:
    """Return what makes our own tables, with their checks and indexes and a session: for peers that do the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "forms.db"
        SqliteStore(path, load_content().forms.values()).close()
        with closing(sqlite3.connect(path)) as db:
            made = db.execute("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
    session = (
        "INSERT INTO training_session (province, starts_at, place, capacity)"
        " VALUES ('50', '2090-01-15T09:00', 'หอประชุม', 100000000)"
    )
    return [*(sql for table, sql in made if table in TABLES), session]


def rows(name: str, table: str = "trainer_signup") -> Callable[[Path], int]:
    """Return what counts the kept rows in an SQLite file of the server's folder."""

    def count(folder: Path) -> int:
        with closing(sqlite3.connect(folder / name)) as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  # our own names

    return count


_databases: dict[Path, str] = {}


def postgres_url(folder: Path) -> str:
    """Return the address of a fresh PostgreSQL database, the same each time for a folder."""
    from tests.clusters import new_database

    return _databases.setdefault(folder, new_database())


def postgres_rows(folder: Path) -> int:
    """Return how many rows the database of a folder has kept."""
    import psycopg

    with psycopg.connect(_databases[folder]) as connection:
        row = connection.execute("SELECT count(*) FROM trainer_signup").fetchone()
    return int(row[0]) if row else 0
