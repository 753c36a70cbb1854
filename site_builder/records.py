"""The records of the content: frozen, complete, with references resolved. No output changes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from site_builder.forms import Form


@dataclass(frozen=True)
class Setting:
    """A value that officers keep current; `empty` is what readers see while `value` is empty."""

    value: str
    as_of: str
    note: str
    empty: str

    @property
    def shown(self) -> str:
        """Return what readers see."""
        return self.value or self.empty


@dataclass(frozen=True)
class Page:
    """One page of the site. `body` is Markdown, references resolved, source marks kept; it starts at `line`."""

    path: str
    url: str
    title: str
    summary: str
    sources: tuple[str, ...]
    source_note: str
    keywords: tuple[str, ...]
    head: str
    icon: str
    layout: str
    body: str
    line: int
    extra: Mapping[str, object]

    @property
    def handbook(self) -> bool:
        """Tell whether this page holds words that a trainer speaks."""
        return bool(self.extra.get("handbook"))


@dataclass(frozen=True)
class English:
    """The English words of a record, written by hand: `summary` is one or two sentences, `card` a measure's alone."""

    title: str
    summary: str
    leaflet: str
    card: str = ""


@dataclass(frozen=True)
class Measure:
    """One of the six ก measures of the draft act (minutes, agenda 2.2)."""

    number: int
    fact: str
    short: str
    card: str
    leaflet: str
    icon: str
    page: Page
    en: English


@dataclass(frozen=True)
class Benefit:
    """One of the six benefits of the registration leaflet; `waits` marks those that need the act in force."""

    number: int
    title: str
    fact: str
    icon: str
    waits: bool
    summary: str
    leaflet: str
    body: str
    path: str
    line: int
    en: English


@dataclass(frozen=True)
class Step:
    """One of the nine steps of registering in the app, in the order of the leaflet's printed numbers."""

    number: int
    title: str
    fact: str
    icon: str
    summary: str
    leaflet: str
    body: str
    path: str
    line: int
    en: English


@dataclass(frozen=True)
class Question:
    """A question people ask; `answer` is empty where the circular gives none."""

    id: str
    group: str
    question: str
    answer: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """A word of the glossary."""

    term: str
    meaning: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """Markdown of the handbook, references resolved, source marks kept; it starts at `line` of `path`."""

    path: str
    body: str
    line: int


Record = Words | Measure | Benefit | Step | Question | Term | Form  # what a chapter can show


@dataclass(frozen=True)
class Chapter:
    """A chapter of the trainer's handbook: its own words, and the records it shows between them.

    `sources` are the facts that its parts rest on; `source_note` says why there are none, or what is our own advice.
    """

    id: str
    number: int
    title: str
    lead: str
    icon: str
    sources: tuple[str, ...]
    source_note: str
    parts: tuple[Record, ...]
    path: str

    @property
    def words(self) -> tuple[Words, ...]:
        """Return what is written for this chapter alone."""
        return tuple(part for part in self.parts if isinstance(part, Words) and part.path == self.path)


@dataclass(frozen=True)
class Office:
    """Whom to ask in a province. Contact fields are empty until an officer fills them; `phone` may list several."""

    name: str
    address: str
    phone: str
    email: str
    website: str
    opening_hours: str
    verified_on: str
    verified_by: str

    @property
    def has_contact(self) -> bool:
        """Tell whether an officer has filled in any way to reach the office."""
        return any((self.address, self.phone, self.email, self.website))

    @property
    def first_phone(self) -> str:
        """Return the first number without its extension: what a link can dial."""
        return self.phone.partition(",")[0].partition("ต่อ")[0].strip()


@dataclass(frozen=True)
class Province:
    """A province by DOPA code, two digits."""

    code: str
    iso: str
    name_th: str
    name_en: str
    region: str
    region_th: str
    office: Office


EDITIONS = ("colour", "office", "bw", "shop")  # as designed; on white, to save toner; for a copier; for a print shop
SHOP = EDITIONS[3]
AUDIENCES = ("public", "trainers", "officers")  # in the order in which their prints are offered
FOLDS = ("flat", "three", "cut", "staple", "hang")  # each is drawn in site_templates/site/partials/folds.html


PAPERS = {"A5": (148, 210), "A4": (210, 297), "A3": (297, 420), "A2": (420, 594)}  # mm, width and height


@dataclass(frozen=True)
class Print:
    """Something that is printed, as it is offered to those who print; the press makes it."""

    name: str
    title: str
    use: str
    paper: str
    size: tuple[int, int]  # mm, width and height
    editions: tuple[str, ...]
    version: int  # counts from 1, raised when its words change
    day: date  # of this version
    provinces: str = "all"  # which have a file of their own: all, those with a `contact`, or only the `country`
    booklet: bool = False  # whether each file has a twin to be folded and stapled
    audience: str = "public"
    fold: str = "flat"  # what is done with the paper, drawn beside its words
    twin: str = ""  # address of the page that says the same
    two_up: bool = False  # whether each file has a twin with two of it on one sheet, to be cut
    enlarged: tuple[str, ...] = ()  # PAPERS that each file has a twin for, the same drawn larger

    @property
    def paper_name(self) -> str:
        """Return what its paper is called, "" for one that is not in PAPERS."""
        return next((name for name, size in PAPERS.items() if size == self.size), "")

    @property
    def anchor(self) -> str:
        """Return what the address behind a printed QR code ends with, so that its page knows the version: `card-1`."""
        return self.anchor_of(self.version)

    def anchor_of(self, version: int) -> str:
        """Return the anchor of a version, this or an older one."""
        return f"{self.name}-{version}"

    def code(self, province: "Province | None") -> str:
        """Return the province whose file is offered to a province, "" for the country's."""
        if province is None or self.provinces == "country":
            return ""
        if self.provinces == "contact" and not province.office.has_contact:
            return ""
        return province.code

    def offered(self, province: "Province | None") -> tuple[str, ...]:
        """Return the editions offered: that for a print shop is the country's, and a province's is made on demand."""
        return tuple(each for each in self.editions if each != SHOP or province is None)

    def files(self, province: "Province | None") -> list[str]:
        """Return the files offered to a province or to the country, without their endings."""
        found = []
        for edition in self.offered(province):
            file = print_file(self.name, self.code(province), edition)
            found += [file, *(twin for _, twin in self.twins(file, edition))]
        return found

    def twins(self, file: str, edition: str) -> list[tuple[str, str]]:
        """Return (kind, file) of what is made of a file, `booklet`, `2up` or a paper; a print shop makes its own."""
        if edition == SHOP:
            return []
        kinds = [("booklet", booklet_file(file))] * self.booklet + [("2up", two_up_file(file))] * self.two_up
        return kinds + [(paper, enlarged_file(file, paper)) for paper in self.enlarged]


@dataclass(frozen=True)
class Finished:
    """What is known of a file once it is printed."""

    pages: int
    size: int  # bytes


@dataclass(frozen=True)
class Recorded:
    """What a print said when it got its version: `words` is a fingerprint of them."""

    name: str
    version: int
    words: str


def print_file(name: str, code: str, edition: str) -> str:
    """Return the file of a print without its ending: `registration`, `registration-50`, `registration-50-bw`."""
    return "-".join(part for part in (name, code, "" if edition == EDITIONS[0] else edition) if part)


def booklet_file(file: str) -> str:
    """Return the booklet of a file, both without their ending."""
    return f"{file}-booklet"


def kit_file(code: str) -> str:
    """Return the kit of a province, "" for the country's, without its ending: `kit`, `kit-50`."""
    return "-".join(part for part in ("kit", code) if part)


def enlarged_file(file: str, paper: str) -> str:
    """Return the enlargement of a file to another paper, both without their ending: `measures_poster-50-bw-a2`."""
    return f"{file}-{paper.lower()}"


def two_up_file(file: str) -> str:
    """Return the file with two on one sheet, both without their ending."""
    return f"{file}-2up"


@dataclass(frozen=True)
class Terms:
    """Words for machines: those never split over two lines, and those the word cutter must know."""

    words: tuple[str, ...]
    nowrap: tuple[str, ...]
    nowrap_units: tuple[str, ...]
