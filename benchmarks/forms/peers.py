"""The peers: how each is started, what it is sent, and how its kept rows are counted.

Those that are not ours run in virtual environments of their own, made from hashed locks beside this file.
"""

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.forms.load import KEY
from benchmarks.forms.servers import ROOT, Running, free_port, started

HERE = Path(__file__).parent
ANSWERS = {
    "province": "50", "district": "5001", "subdistrict": "500101", "village": "หมู่ 4 บ้านหนองบัว",
    "role": "village_head", "session": 1, "full_name": "สมหญิง ใจดี", "phone": "081 234 5678", "contact": "call",
    "notice_read": True,
}  # fmt: skip
BODY = json.dumps(ANSWERS).encode()


@dataclass(frozen=True)
class Peer:
    """One server to measure."""

    about: str
    start: Callable[[Path], AbstractContextManager[Running]]
    kept: Callable[[Path], int] | None  # None: it keeps nothing


def post(path: str, body: bytes, *headers: str) -> bytes:
    """Return a request as it goes over the wire."""
    lines = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body


AS_JSON, WITH_KEY = "Content-Type: application/json", f"Idempotency-Key: {KEY}"
SIGNUP = post("/api/v1/forms/trainer_signup", BODY, AS_JSON, WITH_KEY)
PEER_SIGNUP = post("/signup", BODY, AS_JSON, WITH_KEY)


def _ours(
    kind: str, workers: int = 1, store: Callable[[Path], str] | None = None
) -> Callable[[Path], AbstractContextManager[Running]]:
    @contextmanager
    def start(folder: Path) -> Iterator[Running]:
        program, port = str(Path(sys.executable).with_name("forms-api")), free_port()
        env = {"FORMS_API_RATE_LIMIT": "off", "FORMS_API_PER_ADDRESS": "5000", "BENCH_STORE": kind}
        if store:
            env["FORMS_API_STORE"] = store(folder)
        session = ["sessions", "add", "--province", "50", "--starts-at", "2090-01-15T09:00", "--place", "หอประชุม"]
        command = [program, *session, "--capacity", "10000"]
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
    """Give the session room for every request of the run: all peers then do the same work for each."""
    if url:
        import psycopg

        with psycopg.connect(url) as connection:
            connection.execute("UPDATE training_session SET capacity = 100000000")
        return
    db = sqlite3.connect(folder / "var/forms.db")
    db.execute("UPDATE training_session SET capacity = 100000000")
    db.commit()
    db.close()


def _sqlite_rows(name: str, table: str) -> Callable[[Path], int]:
    def count(folder: Path) -> int:
        db = sqlite3.connect(folder / name)
        try:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  # our own names
        finally:
            db.close()

    return count


_databases: dict[Path, str] = {}


def _postgres_url(folder: Path) -> str:
    from tests.clusters import new_database

    return _databases.setdefault(folder, new_database())


def _postgres_rows(folder: Path) -> int:
    import psycopg

    with psycopg.connect(_databases[folder]) as connection:
        row = connection.execute("SELECT count(*) FROM trainer_signup").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _pocketbase(folder: Path) -> Iterator[Running]:
    shutil.copytree(HERE / "pocketbase", folder / "pb_hooks")
    port = free_port()
    command = [str(ROOT / ".venv-peers/bin/pocketbase"), "serve", "--http", f"127.0.0.1:{port}"]
    command += ["--dir", str(folder / "pb_data"), "--hooksDir", str(folder / "pb_hooks"), "--hooksPool", "25"]
    with started(command, port, folder, PEER_SIGNUP) as running:
        yield running


@contextmanager
def _django(folder: Path) -> Iterator[Running]:
    shutil.copy(HERE / "django_app.py", folder)
    port = free_port()
    command = [str(ROOT / ".venv-peers/bin/gunicorn"), "django_app:application", "-k", "gthread", "-w", "2"]
    command += ["--threads", "16", "-b", f"127.0.0.1:{port}", "--keep-alive", "60", "--worker-connections", "2000"]
    with started(command, port, folder, PEER_SIGNUP) as running:
        yield running


@contextmanager
def _datasette(folder: Path) -> Iterator[Running]:
    program, secret, port = str(ROOT / ".venv-peers/bin/datasette"), secrets.token_hex(16), free_port()
    names = ", ".join(f"{name} TEXT" for name in ("key", *ANSWERS))
    db = sqlite3.connect(folder / "data.db")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"CREATE TABLE signup (id INTEGER PRIMARY KEY, {names})")
    db.close()
    made = [program, "create-token", "root"]
    env = os.environ | {"DATASETTE_SECRET": secret}
    token = subprocess.run(made, env=env, capture_output=True, text=True, check=True).stdout.strip()
    row = json.dumps({"row": {**ANSWERS, "key": KEY, "notice_read": 1}}).encode()
    request = post("/data/signup/-/insert", row, AS_JSON, f"Authorization: Bearer {token}")
    command = [program, "serve", str(folder / "data.db"), "--root", "--port", str(port)]
    with started(command, port, folder, request, DATASETTE_SECRET=secret) as running:
        yield running


ours_service = _ours("sqlite")
ours_rows = _sqlite_rows("var/forms.db", "trainer_signup")
pocketbase_rows, peer_rows = _sqlite_rows("pb_data/data.db", "signup"), _sqlite_rows("data.db", "signup")
PEERS: dict[str, Peer] = {
    "nothing": Peer("our service without a store (ceiling)", _ours("nothing"), None),
    "ours": Peer("**ours, SQLite, 1 process**", _ours("sqlite"), ours_rows),
    "ours2": Peer("**ours, SQLite, 2 processes**", _ours("sqlite", 2), ours_rows),
    "postgres": Peer("**ours, PostgreSQL, 1 process**", _ours("sqlite", 1, _postgres_url), _postgres_rows),
    "naive": Peer("our service, a transaction per request in a thread pool", _ours("naive"), ours_rows),
    "pocketbase": Peer("PocketBase 0.40, JS hook with the same transaction", _pocketbase, pocketbase_rows),
    "django": Peer("Django 5.2 + SQLite (IMMEDIATE, WAL, FULL), gunicorn gthread", _django, peer_rows),
    "datasette": Peer("Datasette 1.0a, insert API (one insert)", _datasette, peer_rows),
}  # fmt: skip
