"""A load client: so many connections kept open, each sending its next request when the last was answered.

Requests are made before the clock runs; the client is a process of its own, started by `measured`, and prints figures.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module

Request = Callable[[str], bytes]


@dataclass(frozen=True)
class Round:
    """One measured round: answered per second, slowest of the best half and of the best 99 %, refused."""

    rate: float
    p50_ms: float
    p99_ms: float
    refused: int
    kept: int


class _Line(asyncio.Protocol):
    """One connection that sends one request after another."""

    def __init__(
        self, requests: list[bytes], times: list[float], refused: list[int], done: asyncio.Future[None]
    ) -> None:
        self.requests, self.times, self.refused, self.done = requests, times, refused, done
        self.buffer, self.started = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.next()

    def next(self) -> None:
        """Send the next request, or close."""
        if not self.requests:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.started = time.perf_counter()
        self.transport.write(self.requests.pop())

    def data_received(self, data: bytes) -> None:
        """Count an answer when all of it is here."""
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head, body):
            return
        self.times.append(time.perf_counter() - self.started)
        if self.buffer[9:10] != b"2" and self.buffer[9:12] != b"302":
            self.refused.append(int(self.buffer[9:12]))
        self.buffer = b""
        if b"onnection: close" in head:
            self.transport.close()
        else:
            self.next()

    def connection_lost(self, error: Exception | None) -> None:
        """Go on with a new connection where the server closes after each answer."""
        if not self.done.done():
            self.done.set_exception(ConnectionError("closed"))


def _length(head: bytes, body: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return len(body) if body.endswith(b"0\r\n\r\n") else len(body) + 1  # chunked


async def _run(port: int, lines: list[list[bytes]]) -> Round:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    refused: list[int] = []
    total = sum(map(len, lines))

    async def line(requests: list[bytes]) -> None:
        while requests:
            done = loop.create_future()
            try:
                await loop.create_connection(partial(_Line, requests, times, refused, done), "127.0.0.1", port)
                await done
            except ConnectionError:
                continue

    started = time.perf_counter()
    await asyncio.gather(*(line(requests) for requests in lines))
    took = time.perf_counter() - started
    times.sort()
    p50, p99 = (times[min(int(len(times) * part), len(times) - 1)] * 1000 for part in (0.50, 0.99))
    return Round((total - len(refused)) / took, p50, p99, len(refused), total - len(refused))


def measured(peer: str, port: int, connections: int, requests: int, label: str) -> Round:
    """Send `requests` of a peer's kind over so many connections, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.forms.load", peer, str(port), str(connections), str(requests), label]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
    return Round(**json.loads(done.stdout))


def main(arguments: list[str]) -> None:
    """Make the requests, run, print the figures as JSON."""
    peer, port, connections, requests, label = arguments
    make: Request = import_module("benchmarks.forms.peers").REQUESTS[peer]
    each = max(int(requests) // int(connections), 1)
    lines = [[make(f"{label}-{line:04}-{number:08}") for number in range(each)] for line in range(int(connections))]
    print(json.dumps(asdict(asyncio.run(_run(int(port), lines)))))


if __name__ == "__main__":
    main(sys.argv[1:])
