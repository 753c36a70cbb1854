"""Room to cut: a page set on larger paper, its edges carried on for 3 mm, with marks where it is cut and folded.

The outermost sliver of the page is drawn out over the edge, which carries on the grounds, weaves and lines of any
product without a word in its style sheet. A mirror would carry over what only stands near the edge as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pikepdf
from pikepdf import Array

from site_builder.press import ink

MM = 72 / 25.4  # points
BLEED, MARGIN = 3.0, 10.0  # mm around the cut paper
SAFE = 3.0  # mm inside the cut that letters keep free: no knife is exact
GAP, LENGTH = 4.0, 5.0  # mm from the cut to a mark, and of a mark
HAIRLINE = 0.25  # points
UNDER = 0.3  # mm that what is drawn out reaches under the page, so that no line of paper shows between the two
SLIVER = (0.1, 0.3)  # mm from the edge: what is drawn out; at the very edge a ground may end a hair too early
DASHED = "[2 1.5] 0 d"


def with_bleed(document: pikepdf.Pdf, folds: Sequence[Sequence[float]] = ()) -> None:
    """Set each page of a document on larger paper; `folds`: where each page is folded, in mm from its left edge."""
    for at, page in enumerate(document.pages):
        _extend(document, page, folds[at] if at < len(folds) else ())


def _extend(document: pikepdf.Pdf, page: pikepdf.Page, folds: Sequence[float]) -> None:
    left, bottom, right, top = (float(each) for each in page.mediabox)
    width, height = right - left, top - bottom
    margin, bleed = MARGIN * MM, BLEED * MM
    box, resources = page.mediabox, page.obj.Resources
    whole = _form(document, page.obj.Contents.read_bytes(), box, resources)
    edge = _form(document, b"", box, resources)
    ink.rewrite(document, edge, list(_without_words(pikepdf.parse_content_stream(page))))
    placed = f"q 1 0 0 1 {margin:.3f} {margin:.3f} cm /Page Do Q"
    content = [*_drawn_out(width, height), placed, *_marks(width, height, folds)]
    page.obj.Contents = document.make_stream("\n".join(content).encode())
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=whole, Edge=edge))
    page.obj.MediaBox = _box(0, 0, width + 2 * margin, height + 2 * margin)
    page.obj.TrimBox = _box(margin, margin, margin + width, margin + height)
    page.obj.BleedBox = _box(*(margin - bleed,) * 2, margin + width + bleed, margin + height + bleed)


def _form(document: pikepdf.Pdf, content: bytes, box: Any, resources: Any) -> pikepdf.Stream:
    return document.make_stream(
        content, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=Array(list(box)), Resources=resources
    )


def _box(*corners: float) -> Array:
    return Array([round(corner, 3) for corner in corners])


def _without_words(instructions: Any) -> Iterator[Any]:
    in_text = False
    for each in instructions:
        name = str(each.operator)
        in_text = (in_text or name == "BT") and name != "ET"
        if not in_text and name not in ("ET", "BDC", "BMC", "EMC"):
            yield each


@dataclass(frozen=True)
class _Strip:
    """A part of one side of the larger paper: where it lies, and how the page is laid on it."""

    start: float
    length: float
    scale: float  # 1 on the cut paper, many times that where a sliver is drawn out
    shift: float


def _strips(side: float) -> tuple[_Strip, _Strip, _Strip]:
    """Return what lies before the cut paper, on it, and behind it, along one of its sides."""
    margin, length = MARGIN * MM, (BLEED + UNDER) * MM
    first, last = (at * MM for at in SLIVER)
    scale = length / (last - first)
    before, behind = margin - BLEED * MM, margin + side - UNDER * MM
    return (
        _Strip(before, length, scale, before - scale * first),
        _Strip(margin, side, 1, margin),
        _Strip(behind, length, scale, behind - scale * (side - last)),
    )


def _drawn_out(width: float, height: float) -> Iterator[str]:
    """Yield the four edges and the four corners, each clipped to its place."""
    for x, y in product(_strips(width), _strips(height)):
        if x.scale > 1 or y.scale > 1:
            yield (
                f"q {x.start:.3f} {y.start:.3f} {x.length:.3f} {y.length:.3f} re W n "
                f"{x.scale:.4f} 0 0 {y.scale:.4f} {x.shift:.3f} {y.shift:.3f} cm /Edge Do Q"
            )


def _marks(width: float, height: float, folds: Sequence[float]) -> Iterator[str]:
    """Yield the marks of cuts and folds, outside the bleed, in black alone."""
    margin, near, far = MARGIN * MM, GAP * MM, (GAP + LENGTH) * MM
    columns, rows = (margin, margin + width), (margin, margin + height)
    yield f"q 0 0 0 1 K {HAIRLINE} w"
    for y in rows:
        outward = -1 if y == margin else 1
        yield from (_line(x, y + outward * near, x, y + outward * far) for x in columns)
    for x in columns:
        outward = -1 if x == margin else 1
        yield from (_line(x + outward * near, y, x + outward * far, y) for y in rows)
    if folds:
        yield DASHED
        for x in (margin + fold * MM for fold in folds):
            yield _line(x, margin - near, x, margin - far)
            yield _line(x, margin + height + near, x, margin + height + far)
    yield "Q"


def _line(*ends: float) -> str:
    return "{:.3f} {:.3f} m {:.3f} {:.3f} l S".format(*ends)
