"""Files that hold keys: readable by their owner only, on the disk before anybody relies on them, never there by half.

What is written is written beside the file and comes into its place whole. Two processes that start for the first time
in the same instant read the same key; one that is killed, or whose disk is full, leaves no empty key to the next.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def make(path: Path, text: str) -> bool:
    """Keep `text` in a new file; False, and nothing changed, where there is one already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _beside(path, text) as written:
        try:
            os.link(written, path)  # unlike a rename, this never takes the place of a file that came meanwhile
        except FileExistsError:
            return False
        _sync(path.parent)
    return True


def replace(path: Path, text: str) -> None:
    """Keep `text` in the place of what the file holds, all or nothing."""
    with _beside(path, text) as written:
        written.replace(path)
        _sync(path.parent)


@contextmanager
def _beside(path: Path, text: str) -> Iterator[Path]:
    """Lend a synced file in the same folder, which is gone after the block."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # a key that is lost takes every answer with it
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Have the name of a new file reach the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
