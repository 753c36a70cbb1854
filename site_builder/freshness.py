"""Whether what was built is still what a build would make: all its sources and all its files are as they were."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

_LEFT_OUT = ("__pycache__",)


class Stamp:
    """A file beside what was built. It holds the hash of the sources and the size of each file made of them."""

    def __init__(self, file: Path, sources: Iterable[Path]) -> None:
        self._file = file
        self._sources = _hash(sources)

    def is_current(self, built: Path) -> bool:
        """Tell whether nothing has changed, on either side, since `set`."""
        try:
            known = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return False
        return bool(known == {"sources": self._sources, "files": _sizes(built)}) and built.is_dir()

    def set(self, built: Path) -> None:
        """Note that `built` was just made of the sources."""
        told = json.dumps({"sources": self._sources, "files": _sizes(built)})
        self._file.write_text(told, encoding="utf-8")


def _hash(sources: Iterable[Path]) -> str:
    # A new day is a new source: security.txt says until when it holds.
    told = hashlib.sha256(f"{sys.version}\0{datetime.now(UTC).date()}".encode())
    for source in sources:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file() and not any(part in _LEFT_OUT for part in path.parts):
                told.update(f"{path}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()


def _sizes(built: Path) -> dict[str, int]:
    found = {}
    for folder, _, names in os.walk(built):
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118  # some thousand files, each time
            found[os.path.relpath(path, built)] = os.stat(path).st_size  # noqa: PTH116
    return found
