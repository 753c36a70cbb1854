"""Durable submits per second through the JSON API, beside two peers in the same run on the same machine.

    ours    group commit: one writer thread, one synced commit for all that waits
    naive   the same app and statements, one synced transaction per request in a pool of threads
    nothing the same app with a store that keeps nothing: the ceiling that HTTP and checking set

Each store is served by a process of its own over loopback; rounds alternate, so that noise meets all alike.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn
from starlette.concurrency import run_in_threadpool

from forms_api.app import create_app
from forms_api.commands import Outcome, Submit
from forms_api.errors import Busy
from forms_api.serve import server_config
from forms_api.settings import Settings
from forms_api.store._sqlite import Connection, OperationalError, open_writer
from forms_api.store.protocol import NewSession
from forms_api.store.sqlite import SqliteStore
from site_builder.content import load_content

REQUESTS = {1: 300, 16: 2_000, 64: 4_000}  # connections: requests of one round
ROUNDS = 3
ANSWERS = {
    "province": "50",
    "district": "5001",
    "subdistrict": "500101",
    "village": "หมู่ 4 บ้านหนองบัว",
    "role": "village_head",
    "session": 1,
    "full_name": "สมหญิง ใจดี",
    "phone": "081 234 5678",
    "contact": "call",
    "notice_read": True,
}


class Naive(SqliteStore):
    """A store as one would write it first: a connection per thread, a transaction per request."""

    _threads = threading.local()

    async def submit(self, command: Submit) -> Outcome:
        """Keep one form in a transaction of its own."""
        return await run_in_threadpool(self._one, command)

    def _one(self, command: Submit) -> Outcome:
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcome = self._submissions.keep(connection, command)
            connection.execute("COMMIT")
        except OperationalError as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise Busy from error
        return outcome

    def _connection(self) -> Connection:
        if not hasattr(self._threads, "connection"):
            self._threads.connection = open_writer(self.path)
        connection: Connection = self._threads.connection
        return connection


class Nothing(SqliteStore):
    """Keeps nothing and answers at once."""

    async def submit(self, command: Submit) -> Outcome:
        """Answer as if the form had been kept."""
        return Outcome("22222222", "seated", None, replayed=False)


STORES = {"nothing": Nothing, "naive": Naive, "ours": SqliteStore}
ABOUT = {
    "nothing": "no store (ceiling of HTTP and checks)",
    "naive": "one transaction per request",
    "ours": "**group commit (this project)**",
}


@dataclass(frozen=True)
class Service:
    """A service under load."""

    port: int
    process_id: int

    def memory_mb(self) -> float:
        """Return the most memory the process has held, in megabytes."""
        status = Path(f"/proc/{self.process_id}/status").read_text("ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass(frozen=True)
class Visit:
    """What one page costs: median time of one request at a time, and the memory of the service after all load."""

    page_ms: float
    memory_mb: float


@dataclass(frozen=True)
class Round:
    """One measured round: requests per second, the slowest of the best half and of the best 99 %, refusals."""

    rate: float
    p50_ms: float
    p99_ms: float
    refused: int


def run() -> str:
    """Measure all stores and return the table in Markdown; takes about a minute."""
    measured: dict[tuple[str, int], list[Round]] = {(name, n): [] for name in STORES for n in REQUESTS}
    for number in range(ROUNDS):
        for name in STORES:
            rounds, visit = _one_life(name)
            for connections, one in rounds.items():
                measured[name, connections].append(one)
            print(f"[forms_submits] round {number + 1}/{ROUNDS}: {name}", file=sys.stderr, flush=True)
    return _markdown({key: _middle(rounds) for key, rounds in measured.items()}, visit)


def _one_life(name: str) -> tuple[dict[int, Round], Visit]:
    """Start a service with this store, load it with each number of connections, and check what it kept."""
    with tempfile.TemporaryDirectory() as folder, _serving(name, Path(folder)) as service:
        rounds = {n: asyncio.run(_load(service.port, n, requests)) for n, requests in REQUESTS.items()}
        visit = Visit(asyncio.run(_page_ms(service.port)), service.memory_mb())
        store = SqliteStore(Path(folder) / "forms.db", load_content().forms.values())
        kept = store.counts()["trainer_signup"]
        store.close()
    acknowledged = sum(REQUESTS.values()) - sum(one.refused for one in rounds.values())
    if name != "nothing" and kept != acknowledged:
        raise AssertionError(f"{name}: {acknowledged} acknowledged, {kept} kept")
    return rounds, visit


async def _load(port: int, connections: int, requests: int) -> Round:
    """Send `requests` submits, each with a key of its own, over `connections` that are kept open."""
    numbers = iter(range(requests))
    times: list[float] = []
    statuses: list[int] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            started = time.perf_counter()
            writer.write(_request(f"{connections:04}-{number:012}"))
            statuses.append(await _status(reader))
            times.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    took = time.perf_counter() - started
    times.sort()
    refused = sum(status != 201 for status in statuses)
    p50, p99 = (times[int(len(times) * part)] * 1000 for part in (0.50, 0.99))
    return Round((requests - refused) / took, p50, p99, refused)


async def _page_ms(port: int, visits: int = 200) -> float:
    """Return the median time of one form page, asked for one at a time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for _ in range(visits):
        started = time.perf_counter()
        writer.write(b"GET /forms/trainer_signup?province=50 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        if await _status(reader) != 200:
            raise AssertionError("the form page did not open")
        times.append((time.perf_counter() - started) * 1000)
    writer.close()
    return sorted(times)[visits // 2]


def _request(key: str) -> bytes:
    body = json.dumps(ANSWERS).encode()
    head = (
        "POST /api/v1/forms/trainer_signup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return int(head[9:12])


@contextmanager
def _serving(name: str, folder: Path) -> Iterator[Service]:
    command = [sys.executable, "-m", "benchmarks.forms_submits", "serve", name, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield Service(int(process.stdout.readline()), process.pid)
    finally:
        process.terminate()
        process.wait()


class _Announcing(uvicorn.Server):
    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


def serve(name: str, folder: Path) -> None:
    """Serve the app with one of the stores on a free port, which is printed."""
    content = load_content()
    store = STORES[name](folder / "forms.db", content.forms.values())
    store.add_session(NewSession("50", datetime.fromisoformat("2090-01-15T09:00"), "หอประชุม", 1_000_000))
    config = server_config(create_app(Settings(secret="benchmark" * 4), content, store))
    config.port = 0
    _Announcing(config).run()


def _middle(rounds: list[Round]) -> Round:
    by_rate = sorted(rounds, key=lambda one: one.rate)
    return by_rate[len(by_rate) // 2]


def _markdown(measured: dict[tuple[str, int], Round], visit: Visit) -> str:
    lines = [
        "### Durable form submits",
        "",
        "Requests per second (p50 / p99 in ms) through `POST /api/v1/forms/trainer_signup` over loopback,",
        f"the client on the same machine; middle of {ROUNDS} rounds.",
        "Every acknowledged row was counted in the file afterwards.",
        "",
        "| store | " + " | ".join(f"{n} connection{'s' * (n > 1)}" for n in REQUESTS) + " |",
        "| --- |" + " ---: |" * len(REQUESTS),
        *(f"| {ABOUT[name]} | {' | '.join(_cell(measured[name, n]) for n in REQUESTS)} |" for name in STORES),
    ]
    for peer, words in (("naive", "ours ÷ one transaction per request"), ("nothing", "ours ÷ ceiling")):
        ratios = [measured["ours", n].rate / measured[peer, n].rate for n in REQUESTS]
        lines.append(f"| {words} | {' | '.join(f'{ratio:.2f} ×' for ratio in ratios)} |")
    lines += [
        "",
        f"A form page takes {visit.page_ms:.1f} ms; after all this the service held {visit.memory_mb:.0f} MB.",
    ]
    return "\n".join(lines) + "\n"


def _cell(one: Round) -> str:
    refused = f", {one.refused} refused" if one.refused else ""
    return f"{one.rate:,.0f}/s ({one.p50_ms:.1f} / {one.p99_ms:.1f}{refused})"


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], Path(sys.argv[3]))
    else:
        print(run())
