"""References that were erased, in a list beside the database: a copy from before would bring those people back.

It holds references and moments, never answers. Its name does not begin like the database's, so that it stays where
it is when `forms.db*` is moved aside, and every backup takes it along.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from forms_api.references import read_reference


def erased_list(database: Path) -> Path:
    """Return the list that belongs to a database."""
    return database.with_name(f"erased-from-{database.name}.txt")


def remember(database: Path, lines: Iterable[str]) -> None:
    """Add lines (reference, moment) to the list of a database, durably."""
    handle = os.open(erased_list(database), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def lines_of(lists: Iterable[Path]) -> list[str]:
    """Return every line of these lists once, in their order; a list that is not there has none."""
    found = (line for path in lists if path.is_file() for line in path.read_text("utf-8").splitlines())
    return list(dict.fromkeys(line for line in found if reference_of(line)))


def reference_of(line: str) -> str | None:
    """Return the reference of a line, None where it has none."""
    return read_reference(line.partition("\t")[0])
