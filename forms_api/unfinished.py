"""Files that are written apart from their place and put there when they are whole: exports, copies, lists.

They lie in a folder of their own, beside the place, which only its owner can read. Whoever writes there holds its
lock, so that what a killed program left can be told from what somebody is writing, and is deleted by the next one.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".unfinished-"


@contextmanager
def unfinished(place: Path | None, name: str) -> Iterator[Path]:
    """Lend an empty file for what will be `name` in a folder (None: that of temporary files), gone after the block."""
    place = place or Path(tempfile.gettempdir())
    sweep(place)
    made = Path(tempfile.mkdtemp(dir=place, prefix=PREFIX))
    lock = _locked(made)
    try:
        file = made / name
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield file
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def sweep(place: Path) -> None:
    """Delete the unfinished files in a folder that nobody writes any more and that are ours to delete."""
    for left in place.glob(f"{PREFIX}*"):
        lock = _locked(left)
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """Hold a folder's lock until the number that is returned is closed; None where somebody else holds it."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # gone meanwhile, or another user's
        return None
    try:
        if os.fstat(handle).st_uid == os.geteuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
    except OSError:
        pass
    os.close(handle)
    return None
