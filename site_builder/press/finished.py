"""What is known of the files that were printed: how many pages each has, and how large it is."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pypdfium2

from site_builder.records import Finished


def measured(files: Iterable[Path], kits: Iterable[Path] = ()) -> Mapping[str, Finished]:
    """Return pages and size of each PDF and of each kit, which has no pages, by its name without ending."""
    found = {file.stem: Finished(_pages(file), file.stat().st_size) for file in files}
    return found | {kit.stem: Finished(0, kit.stat().st_size) for kit in kits}


def _pages(file: Path) -> int:
    document = pypdfium2.PdfDocument(file)
    try:
        return len(document)
    finally:
        document.close()
