"""The lock on a file beside the database, by which worker processes take turns at writing.

SQLite's own waiting is not fair: of four processes that write at once, two hardly ever get in.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from forms_api.errors import Busy

SHORT_SECONDS = 2.0  # for a batch: as long as SQLite waits for a lock of its own
LONG_SECONDS = 60.0  # for opening and closing, while another process brings the tables up to date
_FIRST_PAUSE, _LONGEST_PAUSE = 0.000_1, 0.002  # seconds; a batch of another process takes some milliseconds


@contextmanager
def locked(lock_file: IO[bytes], seconds: float = SHORT_SECONDS) -> Iterator[None]:
    """Hold the lock; raise Busy where another process (stopped, or stuck) keeps it longer than that."""
    until, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while not _taken(lock_file):
        if time.monotonic() >= until:
            raise Busy
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    try:
        yield
    finally:
        fcntl.flock(lock_file, fcntl.LOCK_UN)


def _taken(lock_file: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
