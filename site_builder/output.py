"""Where what is made is put: beside the site, and in the place of the old one only when it is whole."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent


def terminal() -> TextIO | None:
    """Return where progress can be drawn in place, None where the output is a log."""
    return sys.stdout if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else None


def link(files: Sequence[Path], folder: Path) -> None:
    """Give files a second name in a folder: a site that is built anew has the leaflets that are as they were."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        target = folder / file.name
        target.unlink(missing_ok=True)
        try:
            target.hardlink_to(file)
        except OSError:  # another disk
            shutil.copyfile(file, target)


def swap(fresh: Path, site: Path) -> None:
    """Put a new folder in the place of an old one."""
    old = site.with_name("old")
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    fresh.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def shown(path: Path) -> str:
    """Return a path as it is told, from the root of the project where it is inside."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
