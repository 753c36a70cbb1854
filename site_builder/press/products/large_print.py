"""The large-print sheet for older people and whoever helps them: A4, both sides, in Thai and in English."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from site_builder import areas
from site_builder.content import Content
from site_builder.press.products.words import (
    ENGLISH,
    THAI,
    Wanted,
    language,
    missing,
    province_name,
    told,
    version_line,
)
from site_builder.press.qr import qr_code
from site_builder.press.sheet import A4, BLACK, COLOUR, Part, Product, Sheet, look, page_url, printed_url
from site_builder.press.typeset import width
from site_builder.problems import Problem
from site_builder.records import Office, Province, Step

NAME, NAME_EN = "large_print", "large_print_en"
EDITIONS = (COLOUR, BLACK)
PANELS = ("cover", "what", "why", "never", "how", "help", "without")
OFFICES = "content/data/offices.csv"
FILES = {"why": "content/benefits/ (leaflet:)", "how": "content/register/ (leaflet:)", "office": OFFICES}
FILES_EN = {"why": "content/benefits/ (en: leaflet:)", "how": "content/register/ (en: leaflet:)", "office": OFFICES}
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
WORDS_EN: Wanted = {"": ("prevails",), "help": ("office_bangkok", "extension")}
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


def problems(content: Content, name: str = NAME) -> list[Problem]:
    """Return what an editor must mend before the sheet can be printed."""
    if lacking := missing(content, name, WORDS, LISTS):
        return lacking
    if language(content, name) == ENGLISH and (lacking := missing(content, name, WORDS_EN)):
        return lacking
    return list(_unshown(content, name))


def _unshown(content: Content, name: str) -> Iterator[Problem]:
    shown = [step.number for band in bands(content, name) for step, _ in band.steps]
    if shown != [step.number for step in content.steps]:
        found = ", ".join(map(str, shown))
        yield Problem(
            f"content/leaflets/{name}.yml", f"how.bands must show every step once, in order; they show {found}"
        )


def sheets(content: Content, provinces: Sequence[Province | None], name: str = NAME) -> list[Sheet]:
    """Return the sheets to print."""
    return [_sheet(content, province, edition, name) for edition in EDITIONS for province in provinces]


def _sheet(content: Content, province: Province | None, edition: str, name: str) -> Sheet:
    words: Mapping[str, Any] = content.leaflets[name]
    address = page_url(content, province, name)
    return Sheet(
        product=name,
        edition=edition,
        province=province,
        parts=(Part(f"{NAME}.html", {**look(edition), **_values(content, province, name, address)}),),
        paper=A4,
        notice=str(words["draft_line"]),
        sides=2,
        panels=PANELS,
        codes=((address,), (address,)),
        nowrap=tuple(map(str, words["nowrap"])),
    )


def _values(content: Content, province: Province | None, name: str, address: str) -> dict[str, Any]:
    words: Mapping[str, Any] = content.leaflets[name]
    tongue, office = language(content, name), province.office if province else None
    status = "law_status" if tongue == THAI else f"law_status_{tongue}"
    return {
        "words": words,
        "law": words["what"]["status" if content.settings[status].value else "draft"],
        "benefits": told(content.benefits, tongue),
        "bands": bands(content, name),
        "form": content.forms["help_request"].title,
        "is_sample": not content.site_url,
        "version": version_line(content, name),
        "place": province_name(province, str(words["province"]), tongue),
        "office": office,
        "office_name": _office_name(words["help"], province, tongue),
        "office_in_thai": office.name if office and tongue != THAI else "",
        "office_size": _size(office),
        "phone": _phone(words["help"], office),
        "address": address,
        "link": printed_url(address),
        "code": qr_code(address),
    }


def bands(content: Content, name: str = NAME) -> tuple[Band, ...]:
    """Return the steps in bands; each band goes on until the `first` of the next."""
    words: Mapping[str, Any] = content.leaflets[name]
    steps = told(content.steps, language(content, name))
    lines = [(step, step.leaflet.removesuffix(str(words["qr_words"])).rstrip()) for step in steps]
    kinds = words["how"]["bands"]
    firsts = [*(int(band["first"]) for band in kinds), len(lines) + 1]
    return tuple(
        Band(band["who"], band["icon"], tuple(line for line in lines if first <= line[0].number < after))
        for band, first, after in zip(kinds, firsts, firsts[1:], strict=False)
    )


def _office_name(words: Mapping[str, str], province: Province | None, tongue: str) -> str:
    """Return whom to ask: of a province its office, else what an office is called."""
    if province is None:
        return words["office"]
    if tongue == THAI:
        return province.office.name
    return words["office_bangkok"] if province.code == areas.BANGKOK else f"{province.name_en} {words['office']}"


def _phone(words: Mapping[str, str], office: Office | None) -> str:
    """Return the numbers of an office, the word for an extension in the language of the sheet."""
    return office.phone.replace("ต่อ", words.get("extension", "ต่อ")) if office else ""


def _size(office: Office | None) -> str:
    """Return "long" where an office has told so much that it must be set smaller."""
    return (
        "long"
        if office and office.has_contact and any(width(getattr(office, name)) > most for name, most in ROOMY.items())
        else ""
    )


PRODUCT = Product(NAME, sheets, problems, FILES)
PRODUCT_EN = Product(NAME_EN, partial(sheets, name=NAME_EN), partial(problems, name=NAME_EN), FILES_EN)
