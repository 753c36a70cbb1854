"""The load: wrk keeps so many connections open, and each sends its next form when the last was answered.

wrk is written in C and takes a small part of a core, so that servers on the same two cores meet more of each other than
of their client. Times are of single requests: a server that stalls is asked less, and its rate shows it.
"""

import json
import secrets
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")
KEY = "k" * 24  # stands in a request for the key; each request gets another one, of the same length
LONGEST_S = 60  # an answer that takes longer counts as broken


@dataclass(frozen=True)
class Round:
    """One measured round. Times are those of all answers, refusals among them."""

    connections: int
    seconds: float
    sent: int
    answered: int
    refused: int  # answered with a status of 400 or more
    broken: int  # connections that failed in the middle, and answers that took too long
    p50_ms: float
    p99_ms: float

    @property
    def acknowledged(self) -> int:
        """How many forms were said to be kept."""
        return self.answered - self.refused

    @property
    def open(self) -> int:
        """How many were on their way when the clock stopped, or when their connection broke: kept, or not."""
        return self.sent - self.answered

    @property
    def rate(self) -> float:
        """Acknowledged per second."""
        return self.acknowledged / self.seconds

    @property
    def short(self) -> bool:
        """Whether the round ended too early to tell its slowest requests: they were still on their way."""
        return self.answered < 10 * self.connections


def measured(port: int, request: bytes, connections: int, seconds: int) -> Round:
    """Send a request, each time with another key, over so many connections for so long."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(request)
        file.flush()
        load = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", f"{LONGEST_S}s"]
        load += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}/", "--", file.name, KEY, str(connections)]
        try:
            done = subprocess.run([*load, str(secrets.randbits(32))], capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise RuntimeError("wrk is missing: run `make peers`") from error
    figures = done.stdout.splitlines()[-1:]
    if done.returncode or done.stderr or not figures or not figures[0].startswith("{"):
        raise RuntimeError(f"wrk: {done.stderr or done.stdout}")
    found = Round(connections=connections, **json.loads(figures[0]))
    if found.open > connections + found.broken:
        raise AssertionError(f"more requests on their way than connections: {found}")
    return found
