"""Small pictures of what is printed, for the page where people choose."""

from collections.abc import Iterable
from pathlib import Path

import pypdfium2
from PIL import Image

WIDTH = 288  # pixels: three to one on the page, sharp on a good telephone
COLOURS = 48


def draw(files: Iterable[Path]) -> list[Path]:
    """Draw the first page of each PDF as a PNG beside it, unless it is there and younger; return the pictures."""
    made = []
    for file in files:
        picture = file.with_suffix(".png")
        if not picture.exists() or picture.stat().st_mtime < file.stat().st_mtime:
            _picture(file).save(picture, optimize=True)
        made.append(picture)
    return made


def _picture(file: Path) -> Image.Image:
    document = pypdfium2.PdfDocument(file)
    try:
        page = document[0]
        full: Image.Image = page.render(scale=2 * WIDTH / page.get_width()).to_pil().convert("RGB")
        small = full.resize((WIDTH, round(full.height / 2)), Image.Resampling.LANCZOS)
        return small.quantize(COLOURS, dither=Image.Dither.NONE)
    finally:
        document.close()
