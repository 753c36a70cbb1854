"""The peers: how each is started, what it is sent, and how its kept rows are counted.

Those that are not ours run in virtual environments of their own, made from hashed locks beside this file.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ANSWERS = {
    "province": "50", "district": "5001", "subdistrict": "500101", "village": "หมู่ 4 บ้านหนองบัว",
    "role": "village_head", "session": 1, "full_name": "สมหญิง ใจดี", "phone": "081 234 5678", "contact": "call",
    "notice_read": True,
}  # fmt: skip
BODY = json.dumps(ANSWERS).encode()


@dataclass(frozen=True)
class Running:
    """A server under load."""

    port: int
    pids: tuple[int, ...]

    def written(self) -> int:
        """Bytes that its processes have handed to the disk so far."""
        return sum(_written(pid) for pid in self.pids)


@dataclass(frozen=True)
class Peer:
    """One server to measure."""

    about: str
    start: Callable[[Path], "Iterator[Running]"]
    kept: Callable[[Path], int] | None  # None: it keeps nothing
    most: int = 1_000_000  # requests of one round; slow ones get fewer


def _written(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/io").read_text("ascii")
    except OSError:
        return 0
    return int(text.partition("write_bytes: ")[2].split()[0])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def family(pid: int) -> tuple[int, ...]:
    """Return a process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return (pid,)
    return (pid, *(one for child in children for one in family(int(child))))


@contextmanager
def started(command: list[str], port: int, folder: Path, **env: str) -> Iterator[Running]:
    """Run a server in a folder until the end of the block; wait until it listens."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)} | env, stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((folder / "log").read_text("utf-8", "replace")[-2_000:]) from None
                time.sleep(0.1)
        time.sleep(2.5)  # workers that start behind the listening socket
        yield Running(port, family(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            for pid in reversed(family(process.pid)):
                os.kill(pid, signal.SIGKILL)
            process.wait()


def _post(path: str, body: bytes, *headers: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in ("Host: 127.0.0.1", f"Content-Length: {len(body)}", *headers))
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _ours_request(key: str) -> bytes:
    return _post("/api/v1/forms/trainer_signup", BODY, "Content-Type: application/json", f"Idempotency-Key: {key}")


def _peer_request(key: str) -> bytes:
    return _post("/signup", BODY, "Content-Type: application/json", f"Idempotency-Key: {key}", "Connection: keep-alive")


def _datasette_request(key: str) -> bytes:
    row = {**ANSWERS, "key": key, "notice_read": 1}
    token = (Path(os.environ["BENCH_FOLDER"]) / "token").read_text("ascii").strip()
    return _post(
        "/data/signup/-/insert", json.dumps({"row": row}).encode(), "Content-Type: application/json",
        f"Authorization: Bearer {token}",
    )  # fmt: skip


PLEA = {"topic": "photo", "detail": "รูปไม่ชัดทุกครั้ง", "province": "50", "phone": "081 234 5678", "call_time": "any"}
PLEA_BODY = json.dumps(PLEA | {"full_name": "สมหญิง", "filled_by": "self", "notice_read": True}).encode()


def _plea_request(key: str) -> bytes:
    return _post("/api/v1/forms/help_request", PLEA_BODY, "Content-Type: application/json", f"Idempotency-Key: {key}")


REQUESTS: dict[str, Callable[[str], bytes]] = {
    **dict.fromkeys(("nothing", "ours", "ours2", "naive", "postgres", "postgres2"), _ours_request),
    "plea": _plea_request,
    "pocketbase": _peer_request,
    "django": _peer_request,
    "datasette": _datasette_request,
}


def _ours(
    kind: str, workers: int = 1, store: Callable[[Path], str] | None = None
) -> Callable[[Path], Iterator[Running]]:
    @contextmanager
    def start(folder: Path) -> Iterator[Running]:
        program, port = Path(sys.executable).with_name("forms-api"), free_port()
        env = {"FORMS_API_RATE_LIMIT": "off", "FORMS_API_PER_ADDRESS": "5000", "BENCH_STORE": kind}
        if store:
            env["FORMS_API_STORE"] = store(folder)
        session = ["sessions", "add", "--province", "50", "--starts-at", "2090-01-15T09:00", "--place", "หอประชุม"]
        for _ in range(1):
            command = [program, *session, "--capacity", "10000"]
            subprocess.run(command, cwd=folder, env=os.environ | env, check=True, capture_output=True)
        _widen(folder, env.get("FORMS_API_STORE"))
        if kind == "sqlite":
            run = [str(program), "serve", "--port", str(port), "--workers", str(workers)]
        else:
            run = [sys.executable, "-m", "benchmarks.forms.ours", kind, str(port)]
        with started(run, port, folder, **env) as running:
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
    with started(command, port, folder) as running:
        yield running


@contextmanager
def _django(folder: Path) -> Iterator[Running]:
    shutil.copy(HERE / "django_app.py", folder)
    port = free_port()
    command = [str(ROOT / ".venv-peers/bin/gunicorn"), "django_app:application", "-k", "gthread", "-w", "2"]
    command += ["--threads", "16", "-b", f"127.0.0.1:{port}", "--keep-alive", "60", "--worker-connections", "2000"]
    with started(command, port, folder) as running:
        yield running


@contextmanager
def _datasette(folder: Path) -> Iterator[Running]:
    program, secret, port = str(ROOT / ".venv-peers/bin/datasette"), secrets.token_hex(16), free_port()
    names = ", ".join(f"{name} TEXT" for name in ("key", *ANSWERS))
    db = sqlite3.connect(folder / "data.db")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"CREATE TABLE signup (id INTEGER PRIMARY KEY, {names})")
    db.close()
    env = os.environ | {"DATASETTE_SECRET": secret}
    token = subprocess.run(
        [program, "create-token", "root"], env=env, capture_output=True, text=True, check=True
    ).stdout
    (folder / "token").write_text(token)
    os.environ["BENCH_FOLDER"] = str(folder)
    command = [program, "serve", str(folder / "data.db"), "--root", "--port", str(port)]
    with started(command, port, folder, DATASETTE_SECRET=secret) as running:
        yield running


ours_service = _ours("sqlite")
ours_rows = _sqlite_rows("var/forms.db", "trainer_signup")
pocketbase_rows, peer_rows = _sqlite_rows("pb_data/data.db", "signup"), _sqlite_rows("data.db", "signup")
PEERS: dict[str, Peer] = {
    "nothing": Peer("our service without a store (ceiling)", _ours("nothing"), None),
    "ours": Peer("**ours, SQLite, 1 process**", _ours("sqlite"), ours_rows),
    "ours2": Peer("**ours, SQLite, 2 processes**", _ours("sqlite", 2), ours_rows),
    "postgres": Peer("**ours, PostgreSQL, 1 process**", _ours("sqlite", 1, _postgres_url), _postgres_rows),
    "naive": Peer("our service, a transaction per request in a thread pool", _ours("naive"), ours_rows, 3_000),
    "pocketbase": Peer("PocketBase 0.40, JS hook with the same transaction", _pocketbase, pocketbase_rows, 3_000),
    "django": Peer("Django 5.2 + SQLite (IMMEDIATE, WAL, FULL), gunicorn gthread", _django, peer_rows, 2_000),
    "datasette": Peer("Datasette 1.0a, insert API (one insert)", _datasette, peer_rows, 800),
}  # fmt: skip
