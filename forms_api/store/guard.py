"""Notices that the database file was moved, replaced or deleted while it is open.

SQLite goes on writing to the open file, so a sign-up would be acknowledged and then be gone at the next start.
"""

import os
from pathlib import Path

from forms_api.errors import Busy


class FileMoved(Busy):
    """The file that is open is no longer the file at its path."""


class FileGuard:
    """Remembers which files a path and its write-ahead log are, and checks that they still are."""

    def __init__(self, path: Path) -> None:
        self._known = {name: _identity(name) for name in (os.fspath(path), f"{path}-wal")}

    def check(self) -> None:
        """Raise FileMoved unless both files are in place (two stat calls, a few microseconds)."""
        if not self.in_place():
            raise FileMoved

    def in_place(self) -> bool:
        """Tell whether both files are still the ones that were opened."""
        try:
            return all(_identity(name) == known for name, known in self._known.items())
        except FileNotFoundError:
            return False


def _identity(name: str) -> tuple[int, int]:
    seen = os.stat(name)  # noqa: PTH116 - called for every batch, Path objects cost more than the call
    return seen.st_dev, seen.st_ino
