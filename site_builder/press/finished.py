"""What is known of the files that were printed: how many pages each has, and how large it is."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pypdfium2

from site_builder.records import Finished


def measured(files: Iterable[Path]) -> Mapping[str, Finished]:
    """Return pages and size of each PDF, by its name without ending."""
    return {file.stem: Finished(_pages(file), file.stat().st_size) for file in files}


def _pages(file: Path) -> int:
    document = pypdfium2.PdfDocument(file)
    try:
        return len(document)
    finally:
        document.close()
