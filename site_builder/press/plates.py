"""The four plates of a page, as a print shop makes them: how much of each ink, and how much of all together at most.

A reader that knows no inks draws them all the same: for each plate the colours become the greys of its ink.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import ContentStreamInstruction, Operator
from PIL import Image, ImageChops

from site_builder.press import ink

NAMES = ("cyan", "magenta", "yellow", "black")
DOTS_PER_INCH = 72
_GREY = {"k": "g", "K": "G"}
_BLACK_ONLY = NAMES.index("black")


@dataclass(frozen=True)
class Coverage:
    """How much ink a file takes: the mean share of each plate, and the most of all four in one place, in percent."""

    shares: tuple[float, ...]
    most: float

    def __str__(self) -> str:
        each = " · ".join(f"{name} {share:.1f} %" for name, share in zip(NAMES, self.shares, strict=True))
        return f"{each} · together {sum(self.shares):.1f} %, at most {self.most:.0f} % in one place"


def coverage(pdf: bytes) -> Coverage:
    """Return how much ink a file takes, in the mixes of a print shop whatever its edition.

    Raises ValueError for what is no PDF, and ink.UnknownInk.
    """
    try:
        pages = list(plates(pdf))
    except pikepdf.PdfError as error:
        raise ValueError("this is no PDF") from error
    means = [sum(_mean(page[plate]) for page in pages) / len(pages) for plate in range(len(NAMES))]
    return Coverage(tuple(means), max(most_ink(page) for page in pages))


def plates(pdf: bytes, dots: int = DOTS_PER_INCH) -> Iterator[tuple[Image.Image, ...]]:
    """Yield the plates of each page: white is no ink, black is all of it."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if ink.is_rgb(document):
            ink.in_cmyk(document)
        paint = [(owner, list(pikepdf.parse_content_stream(owner))) for owner in ink.painted(document)]
        drawn = [_drawn(document, paint, plate, dots) for plate in range(len(NAMES))]
    yield from zip(*drawn, strict=True)


def most_ink(page: tuple[Image.Image, ...]) -> float:
    """Return the most ink in one place of a page, in percent of one plate."""
    cyan, magenta, yellow, black = page
    sums = ImageChops.add(cyan, magenta, scale=2), ImageChops.add(yellow, black, scale=2)
    darkest: Any = ImageChops.add(sums[0], sums[1], scale=2).getextrema()[0]
    return float(400 * (255 - darkest) / 255)


def _drawn(document: pikepdf.Pdf, paint: list[tuple[Any, list[Any]]], plate: int, dots: int) -> list[Image.Image]:
    for owner, instructions in paint:
        ink.rewrite(document, owner, [_on_plate(each, plate) for each in instructions])
    written = io.BytesIO()
    document.save(written)
    reading = pypdfium2.PdfDocument(written.getvalue())
    try:
        return [page.render(scale=dots / 72, grayscale=True).to_pil().convert("L") for page in reading]
    finally:
        reading.close()


def _on_plate(instruction: Any, plate: int) -> Any:
    """Return what an instruction does on one plate; letters that overprint leave the colours below them alone."""
    name = str(instruction.operator)
    if name in _GREY:
        return ContentStreamInstruction([1 - Decimal(instruction.operands[plate])], Operator(_GREY[name]))
    if name == "gs" and plate != _BLACK_ONLY and instruction.operands[0] in (ink.OVER, ink.APART):
        return ContentStreamInstruction([3 if instruction.operands[0] == ink.OVER else 0], Operator("Tr"))
    return instruction


def _mean(plate: Image.Image) -> float:
    histogram = plate.histogram()
    return 100 * sum((255 - value) * many for value, many in enumerate(histogram)) / (255 * sum(histogram))
