"""Files that are there whole or not at all."""

import os
from pathlib import Path

SCRATCH = ".tmp"  # what a process that was killed may leave behind


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in one step, so that an interruption leaves the old one or none."""
    scratch = path.with_suffix(f".{os.getpid()}{SCRATCH}")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Delete what processes that were killed have left in a folder."""
    for scratch in folder.glob(f"*{SCRATCH}"):
        scratch.unlink(missing_ok=True)
