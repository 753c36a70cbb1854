"""Small pictures of what is printed, for the page where people choose and for the contact sheet of a kit."""

import io
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

import pypdfium2
from PIL import Image

from site_builder.press.files import write_whole

WIDTH = 288  # pixels: three to one on the page, sharp on a good telephone
COLOURS = 48
STAMP = 240  # pixels, the longer side of a picture on a contact sheet: 200 dots per inch
QUALITY = 70  # a JPEG goes into a PDF as it is, at a third of a PNG


def draw(files: Iterable[Path]) -> list[Path]:
    """Draw the first page of each PDF as a PNG beside it, unless it is there and younger; return the pictures."""
    made = []
    for file in files:
        picture = file.with_suffix(".png")
        if not picture.exists() or picture.stat().st_mtime < file.stat().st_mtime:
            write_whole(picture, _written(_picture(file), "PNG"))
        made.append(picture)
    return made


def stamp(file: Path) -> str:
    """Return the first page of a PDF as a small picture, in the address itself."""
    written = _written(_drawn(file, STAMP, wide=False), "JPEG", quality=QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{b64encode(written).decode()}"


def _written(picture: Image.Image, kind: str, **options: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, optimize=True, **options)
    return written.getvalue()


def _picture(file: Path) -> Image.Image:
    return _drawn(file, WIDTH, wide=True).quantize(COLOURS, dither=Image.Dither.NONE)


def _drawn(file: Path, pixels: int, *, wide: bool) -> Image.Image:
    """Return the first page so many pixels `wide`, or so many on its longer side; drawn larger, then made smooth."""
    document = pypdfium2.PdfDocument(file)
    try:
        page = document[0]
        side = page.get_width() if wide else max(page.get_width(), page.get_height())
        full: Image.Image = page.render(scale=2 * pixels / side).to_pil().convert("RGB")
        return full.resize((round(full.width / 2), round(full.height / 2)), Image.Resampling.LANCZOS)
    finally:
        document.close()
