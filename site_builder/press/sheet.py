"""What the press prints: a sheet is one file, made of parts that are laid out; a product makes sheets of the content.

content ──► product.sheets() ──► Sheet ──► parts (template + values) ──► press ──► gates ──► one PDF
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from site_builder.content import Content
from site_builder.problems import Problem
from site_builder.records import EDITIONS, Province, booklet_file, enlarged_file, print_file, two_up_file
from site_builder.thai import thai_digits

TRIAL_URL = "http://127.0.0.1:8000"  # where `make serve` answers, while no office has set site_url
COLOUR, OFFICE, BLACK, SHOP = EDITIONS
LOOKS = {COLOUR: "colour", OFFICE: "office", BLACK: "office bw"}  # classes of <html>, as tokens.css knows them
A4, A4_LYING, A5, A3, A2 = (210.0, 297.0), (297.0, 210.0), (148.0, 210.0), (297.0, 420.0), (420.0, 594.0)  # mm


@dataclass(frozen=True)
class Part:
    """Pages that are laid out together. Parts of several sheets whose HTML is the same are laid out once."""

    template: str  # below site_templates/leaflets/
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Running:
    """The lines that the margins of a book carry, as its style sheet makes them: the gates hold every page to them.

    The head names what began on an earlier page, so that a page on which something begins has none.
    """

    heads: Mapping[str, str]  # anchor of what begins → its title
    thai_digits: bool = False
    bare: int = 1  # pages at the front without any: the cover

    def digits(self, number: int) -> str:
        """Return a page number as it is printed."""
        return thai_digits(str(number)) if self.thai_digits else str(number)

    def lines(self, number: int, head: str, notice: str) -> tuple[str, ...]:
        """Return the lines of a page in the order in which they are painted: the numbers stand outside."""
        if number <= self.bare:
            return ()
        foot = (self.digits(number), notice) if number % 2 == 0 else (notice, self.digits(number))
        return (head, *foot) if head else foot


@dataclass(frozen=True)
class Sheet:
    """One file to print, and what the gates hold it to."""

    product: str
    edition: str
    province: Province | None  # None: for the whole country
    parts: tuple[Part, ...]
    paper: tuple[float, float]  # mm, width and height of every page
    notice: str  # what every page says: that the act is a draft
    sides: int | None = None  # None: as many as it takes
    panels: tuple[str, ...] = ()  # each ends with `<div id="end-…">`, which must stand on the paper
    codes: tuple[tuple[str, ...], ...] = ()  # addresses that the QR codes of each page must say
    running: Running | None = None  # what the margins of every page carry
    multiple: int = 1  # of pages: the part is given `blanks`, pages to fill up with
    booklet: bool = False  # also as `…-booklet.pdf`, two pages on each side of A4
    enlarged: tuple[str, ...] = ()  # papers that it is also drawn for, larger, as `…-a2.pdf`
    two_up: bool = False  # also as `…-2up.pdf`, two copies side by side on A4
    folds: tuple[tuple[float, ...], ...] = ()  # of each side: mm from the left where it is folded, for a print shop
    nowrap: tuple[str, ...] = ()  # words held on one line here, beside those of terms.yml
    key: str = ""  # tells it from others of its province: the number of a training session

    @property
    def code(self) -> str:
        """Return what tells it from the other sheets of its product and edition; "" is the country's."""
        return self.key or (self.province.code if self.province else "")

    @property
    def name(self) -> str:
        """Return the file name without its ending."""
        return print_file(self.product, self.code, self.edition)

    @property
    def files(self) -> tuple[str, ...]:
        """Return the names of all files that are made of it."""
        twins = [booklet_file(self.name)] * self.booklet + [two_up_file(self.name)] * self.two_up
        return (self.name, *twins, *(enlarged_file(self.name, paper) for paper in self.enlarged))

    @property
    def place(self) -> str:
        """Return how problems name this sheet."""
        return f"leaflets/{self.name}"


@dataclass(frozen=True)
class Product:
    """Something that is printed: `name` is also that of its words, `content/leaflets/<name>.yml`."""

    name: str
    sheets: Callable[[Content, Sequence[Province | None]], list[Sheet]]  # for provinces; None is the country
    problems: Callable[[Content], list[Problem]]  # what an editor must mend before it can be printed
    files: Mapping[str, str] = field(default_factory=dict)  # where the words of a panel stand, if not in its own file

    @property
    def path(self) -> str:
        """Return the file of its words."""
        return f"content/leaflets/{self.name}.yml"


def look(edition: str) -> dict[str, str]:
    """Return what a template needs to know of an edition: the classes of <html>, and the folder of its drawings."""
    return {"look": LOOKS[edition], "art": "bw/" if edition == BLACK else ""}


def page_url(content: Content, province: Province | None, name: str) -> str:
    """Return the address behind the QR code of a sheet: the short page of its province, or of the country.

    The page is told by the part after # which version of which print sends somebody there.
    """
    return f"{short_url(content, province)}#{content.print(name).anchor}"


def short_url(content: Content, province: Province | None) -> str:
    """Return the address of the short page of a province, or of the country."""
    place = f"/q/{province.code}" if province else "/q/"
    return f"{content.site_url or TRIAL_URL}{place}"


def printed_url(address: str) -> str:
    """Return an address as it is printed, without what only a machine needs."""
    return address.partition("#")[0].removeprefix("https://").removeprefix("http://").rstrip("/")
