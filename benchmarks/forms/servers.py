"""Servers under load: started in a folder of their own, watched, and stopped."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
QUIET_S, PATIENCE_S = 0.5, 90


@dataclass(frozen=True)
class Running:
    """A server under load, and what it is sent: a whole request with KEY in it."""

    port: int
    pids: tuple[int, ...]
    request: bytes

    def written(self) -> int:
        """Bytes that its processes have handed to the disk so far."""
        return sum(_written(pid) for pid in self.pids)

    def settle(self) -> None:
        """Wait until it does nothing any more: it may still work for connections that were cut off."""
        until = time.monotonic() + PATIENCE_S
        before, now = -1, self._ticks()
        while now - before > 1 and time.monotonic() < until:
            time.sleep(QUIET_S)
            before, now = now, self._ticks()

    def _ticks(self) -> int:
        return sum(_ticks(pid) for pid in self.pids)


def _written(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/io").read_text("ascii")
    except OSError:
        return 0
    return int(text.partition("write_bytes: ")[2].split()[0])


def _ticks(pid: int) -> int:
    """Return the time on a core that a process has taken, in hundredths of a second."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return 0
    user, system = text.rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


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
def started(command: list[str], port: int, folder: Path, request: bytes, **env: str) -> Iterator[Running]:
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
        yield Running(port, family(process.pid), request)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            for pid in reversed(family(process.pid)):
                os.kill(pid, signal.SIGKILL)
            process.wait()
