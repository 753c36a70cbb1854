"""The contact sheet of the kits: what lies in each, the first page of every edition of a print, and in which folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from site_builder.content import Content
from site_builder.press.products.words import missing, version_line
from site_builder.press.qr import qr_code
from site_builder.press.sheet import A4, COLOUR, Part, Product, Sheet, look, printed_url, short_url
from site_builder.press.shelves import Shelf
from site_builder.problems import Problem

NAME = "contact_sheet"
ON_A_PAGE = 8  # two columns of four
WORDS = {
    "": ("title", "description", "language", "draft", "draft_line", "sample_mark", "page"),
    "head": ("title", "lead", "pictures"),
    "cell": ("picture", "booklet"),
    "scan": ("title", "text", "alt"),
}


@dataclass(frozen=True)
class Picture:
    """The first page of a file, and what its edition is called."""

    image: str
    edition: str


@dataclass(frozen=True)
class Cell:
    """A print on the sheet."""

    number: str
    label: str
    title: str
    paper: str
    version: str
    pictures: tuple[Picture, ...]
    booklet: bool


def product(kit: tuple[Shelf, ...], images: Mapping[str, str]) -> Product:
    """Return the contact sheet of a kit; `images` holds the first page of each of its files by the file's name.

    All kits are given that of the country: their folders are the same, and the name of a province, the only other
    difference, is too small to be read in a picture. One for each would take half of the time of all leaflets.
    """
    return Product(NAME, lambda content, places: [_sheet(content, kit, images)], problems)


def problems(content: Content) -> list[Problem]:
    """Return what an editor must mend before the contact sheet can be printed."""
    return missing(content, NAME, WORDS)


def _sheet(content: Content, kit: tuple[Shelf, ...], images: Mapping[str, str]) -> Sheet:
    words: Mapping[str, Any] = content.leaflets[NAME]
    cells = [_cell(content, shelf, images) for shelf in kit]
    pages = [cells[at : at + ON_A_PAGE] for at in range(0, len(cells), ON_A_PAGE)]
    address = short_url(content, None)
    values = {
        **look(COLOUR),
        "words": words,
        "pages": pages,
        "is_sample": not content.site_url,
        "address": address,
        "link": printed_url(address),
        "code": qr_code(address),
    }
    return Sheet(
        product=NAME,
        edition=COLOUR,
        province=None,
        parts=(Part(f"{NAME}.html", values),),
        paper=A4,
        notice=str(words["draft_line"]),
        sides=len(pages),
        panels=tuple(f"{panel}-{page}" for page, _ in enumerate(pages, 1) for panel in ("head", "grid", "foot")),
        codes=((address,),) * len(pages),
        nowrap=tuple(words["nowrap"]),
    )


def _cell(content: Content, shelf: Shelf, images: Mapping[str, str]) -> Cell:
    each = shelf.each
    called = {edition: content.phrases[f"prints_edition_{edition}"] for edition in each.editions}
    files = [copy for copy in shelf.copies if not copy.made_as]
    return Cell(
        number=shelf.number,
        label=shelf.label,
        title=each.title,
        paper=each.paper,
        version=version_line(content, each.name),
        pictures=tuple(Picture(images[copy.file], called[copy.edition]) for copy in files),
        booklet=any(copy.made_as == "booklet" for copy in shelf.copies),
    )
