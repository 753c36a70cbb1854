"""The lock on a file beside the database, by which worker processes take turns at writing.

SQLite's own waiting is not fair: of four processes that write at once, two hardly ever get in. Nor is a lock that is
asked for again and again: who lets go of it and has more to write is back before the others look. So there are two
files. Who waits holds the second, `….next`: the lock itself comes to them, and who held it stands in line behind.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from forms_api.errors import Busy

SHORT_SECONDS = 2.0  # for a batch: as long as SQLite waits for a lock of its own
LONG_SECONDS = 60.0  # for opening and closing, while another process brings the tables up to date
_FIRST_PAUSE, _LONGEST_PAUSE = 0.000_1, 0.000_4  # seconds; a batch of another process takes some milliseconds


class SideLock:
    """The open files of one process; to be closed."""

    def __init__(self, database: Path) -> None:
        with ExitStack() as opened:
            self._held, self._next = (
                opened.enter_context(database.with_name(f"{database.name}.{suffix}").open("ab"))
                for suffix in ("lock", "next")
            )
            self.close = opened.pop_all().close

    @contextmanager
    def taken(self, seconds: float = SHORT_SECONDS) -> Iterator[None]:
        """Hold the lock; raise Busy where another process (stopped, or stuck) keeps it longer than that."""
        until = time.monotonic() + seconds
        _take(self._next, until)
        try:
            _take(self._held, until)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._held, fcntl.LOCK_UN)


def _take(file: IO[bytes], until: float) -> None:
    pause = _FIRST_PAUSE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Busy from None
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        else:
            return
