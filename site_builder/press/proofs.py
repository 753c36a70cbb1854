"""Sheets to look at before a print goes out: all provinces of one print and edition side by side, whole and sharp.

For the eye of who is responsible: a wrong name, a line that runs out of its box. Not for the public, and not gated.
"""

import io
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from site_builder.content import Content
from site_builder.press import render
from site_builder.press.files import write_whole
from site_builder.press.run import BASE_URL, FOLDER
from site_builder.press.sheet import Product, Sheet
from site_builder.templates import environment

TEMPLATE = f"{FOLDER}proofs.html"
WIDE, HIGH = 420.0, 297.0  # mm: A3 lying
MARGIN, HEAD, GAP, CAPTION = 8.0, 9.0, 4.0, 6.0
AT_LEAST = 12  # on a page, each as large as that allows
POINTS = 72 / 25.4  # in a mm


@dataclass(frozen=True)
class Place:
    """A sheet on a page: where its left upper corner is, from that of the page, in mm."""

    sheet: Sheet
    left: float
    top: float


@dataclass(frozen=True)
class Grid:
    """How sheets of one size are laid on pages."""

    columns: int
    rows: int
    width: float
    height: float

    @classmethod
    def of(cls, paper: tuple[float, float]) -> "Grid":
        """Return the grid with the fewest columns that holds enough sheets."""
        columns = 1
        while (grid := cls._with(columns, paper)).columns * grid.rows < AT_LEAST:
            columns += 1
        return grid

    @classmethod
    def _with(cls, columns: int, paper: tuple[float, float]) -> "Grid":
        width = (WIDE - 2 * MARGIN - (columns - 1) * GAP) / columns
        height = width * paper[1] / paper[0]
        return cls(columns, int((HIGH - 2 * MARGIN - HEAD + GAP) // (height + CAPTION + GAP)), width, height)

    def pages(self, sheets: Sequence[Sheet]) -> list[list[Place]]:
        """Return where each sheet lies, page by page."""
        full = self.columns * self.rows
        return [
            [self._place(at, sheet) for at, sheet in enumerate(sheets[first : first + full])]
            for first in range(0, len(sheets), full)
        ]

    def _place(self, at: int, sheet: Sheet) -> Place:
        row, column = divmod(at, self.columns)
        top = MARGIN + HEAD + row * (self.height + CAPTION + GAP)
        return Place(sheet, MARGIN + column * (self.width + GAP), top)


def draw_proofs(
    content: Content,
    leaflets: Path,
    out: Path,
    products: Sequence[Product],
    provinces: Sequence[str] | None = None,
    editions: Container[str] | None = None,
) -> list[Path]:
    """Draw a PDF for each print and edition that provinces have of their own; all must have been printed.

    `provinces` and `editions`: those to draw, None for all.
    """
    out.mkdir(parents=True, exist_ok=True)
    places = [place for place in content.provinces if provinces is None or place.code in provinces]
    made = []
    for product in products:
        sheets = product.sheets(content, places)
        for edition in dict.fromkeys(sheet.edition for sheet in sheets):
            if editions is None or edition in editions:
                target = out / f"contact-sheet-{product.name}-{edition}.pdf"
                _draw([sheet for sheet in sheets if sheet.edition == edition], leaflets, target)
                made.append(target)
    return made


def _draw(sheets: Sequence[Sheet], leaflets: Path, target: Path) -> None:
    """Print the names on empty pages, and lay the first page of each sheet beside its own."""
    grid = Grid.of(sheets[0].paper)
    pages = grid.pages(sheets)
    html = environment().get_template(TEMPLATE).render(pages=pages, grid=grid, sheet=sheets[0], count=len(sheets))
    with pikepdf.open(io.BytesIO(render.print_html(html, BASE_URL).pdf)) as proofs:
        for page, places in zip(proofs.pages, pages, strict=True):
            for place in places:
                with pikepdf.open(leaflets / f"{place.sheet.name}.pdf") as printed:
                    page.add_overlay(printed.pages[0], _box(place, grid))
        written = io.BytesIO()
        proofs.save(written)
    write_whole(target, written.getvalue())


def _box(place: Place, grid: Grid) -> pikepdf.Rectangle:
    """Return a place as PDF measures: in points, from the left lower corner."""
    left, top = place.left * POINTS, (HIGH - place.top) * POINTS
    return pikepdf.Rectangle(left, top - grid.height * POINTS, left + grid.width * POINTS, top)
