"""The large-print sheet for older people and whoever helps them: A4, both sides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from site_builder.content import Content
from site_builder.press.products.words import missing, province_name, version_line
from site_builder.press.qr import qr_code
from site_builder.press.sheet import A4, BLACK, COLOUR, Part, Product, Sheet, look, page_url, printed_url
from site_builder.press.typeset import width
from site_builder.problems import Problem
from site_builder.records import Office, Province, Step

NAME = "large_print"
EDITIONS = (COLOUR, BLACK)
PANELS = ("cover", "what", "why", "never", "how", "help", "without")
FILES = {
    "why": "content/benefits/ (leaflet:)",
    "how": "content/register/ (leaflet:)",
    "office": "content/data/offices.csv",
}
WORDS = {
    "": ("title", "description", "language", "draft", "draft_line", "sample_mark", "qr_words", "province"),
    "cover": ("title", "picture"),
    "what": ("title", "text", "draft", "status"),
    "why": ("title", "note"),
    "why.now": ("label", "icon"),
    "why.waits": ("label", "icon"),
    "never": ("title", "picture", "ask"),
    "scan": ("title", "alt"),
    "how": ("count", "title", "note"),
    "help": ("title", "hotline", "hotline_line", "office", "stamp", "address", "phone", "hours"),
    "without": ("title", "text"),
}
LISTS = {"never.things": (), "how.bands": ("first", "icon", "who"), "help.people": ()}
ROOMY = {
    "name": 44,
    "address": 100,
    "phone": 32,
    "opening_hours": 54,
}  # letters of what an office tells that are set large


@dataclass(frozen=True)
class Band:
    """Steps that the same people do: who, a drawing, and the steps with their words."""

    who: str
    icon: str
    steps: tuple[tuple[Step, str], ...]


def problems(content: Content) -> list[Problem]:
    """Return what an editor must mend before the sheet can be printed."""
    return missing(content, NAME, WORDS, LISTS) or list(_unshown(content))


def _unshown(content: Content) -> Iterator[Problem]:
    shown = [step.number for band in bands(content) for step, _ in band.steps]
    if shown != [step.number for step in content.steps]:
        told = ", ".join(map(str, shown))
        yield Problem(
            f"content/leaflets/{NAME}.yml", f"how.bands must show every step once, in order; they show {told}"
        )


def sheets(content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
    """Return the sheets to print."""
    return [_sheet(content, province, edition) for edition in EDITIONS for province in provinces]


def _sheet(content: Content, province: Province | None, edition: str) -> Sheet:
    words: Mapping[str, Any] = content.leaflets[NAME]
    address = page_url(content, province, NAME)
    office = province.office if province else None
    values = {
        **look(edition),
        "words": words,
        "law": words["what"]["status" if content.settings["law_status"].value else "draft"],
        "benefits": content.benefits,
        "bands": bands(content),
        "form": content.forms["help_request"].title,
        "is_sample": not content.site_url,
        "version": version_line(content, NAME),
        "place": province_name(province, str(words["province"])),
        "office": office,
        "office_name": office.name if office else words["help"]["office"],
        "office_size": _size(office),
        "address": address,
        "link": printed_url(address),
        "code": qr_code(address),
    }
    return Sheet(
        product=NAME,
        edition=edition,
        province=province,
        parts=(Part(f"{NAME}.html", values),),
        paper=A4,
        notice=str(words["draft_line"]),
        sides=2,
        panels=PANELS,
        codes=((address,), (address,)),
        nowrap=tuple(map(str, words["nowrap"])),
    )


def bands(content: Content) -> tuple[Band, ...]:
    """Return the steps in bands; each band goes on until the `first` of the next."""
    words: Mapping[str, Any] = content.leaflets[NAME]
    lines = [(step, step.leaflet.removesuffix(str(words["qr_words"])).rstrip()) for step in content.steps]
    told = words["how"]["bands"]
    firsts = [*(int(band["first"]) for band in told), len(lines) + 1]
    return tuple(
        Band(band["who"], band["icon"], tuple(line for line in lines if first <= line[0].number < after))
        for band, first, after in zip(told, firsts, firsts[1:], strict=False)
    )


def _size(office: Office | None) -> str:
    """Return "long" where an office has told so much that it must be set smaller."""
    return (
        "long"
        if office and office.has_contact and any(width(getattr(office, name)) > most for name, most in ROOMY.items())
        else ""
    )


PRODUCT = Product(NAME, sheets, problems, FILES)
