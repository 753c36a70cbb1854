"""The registration leaflet as a record: what stands on its panels, for one province or the country.

The English one is the same leaflet with other words: those of `registration_en.yml`, and of `en:` in the records.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
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
from site_builder.press.sheet import (
    A4_LYING,
    BLACK,
    COLOUR,
    OFFICE,
    Part,
    Product,
    Sheet,
    look,
    page_url,
    printed_url,
)
from site_builder.problems import Problem
from site_builder.records import Benefit, Measure, Province, Setting, Step, print_file

NAME, NAME_EN = "registration", "registration_en"
TEMPLATE = f"{NAME}.html"
EDITIONS = {NAME: (COLOUR, OFFICE, BLACK), NAME_EN: (COLOUR, BLACK)}
OFFICES = "content/data/offices.csv"
FILES = {
    "benefits": "content/benefits/ (leaflet:)",
    "steps": "content/register/ (leaflet:)",
    "measures": "content/measures/ (leaflet:, card:)",
    "back, office": OFFICES,
}
FILES_EN = {
    "benefits": "content/benefits/ (en: leaflet:)",
    "steps": "content/register/ (en: leaflet:)",
    "measures": "content/measures/ (en: leaflet:, card:)",
    "back, office": OFFICES,
}
PANELS = ("cover", "flap", "back", "benefits", "steps", "measures")
FOLDS = ((97.0, 197.0), (100.0, 200.0))  # mm from the left, outside and inside
LIMITS = {  # code points; voice.md §4
    THAI: {"cover title": 34, "cover line": 60, "benefit": 62, "step": 44, "poster": 28},
    ENGLISH: {"cover title": 42, "cover line": 64, "benefit": 58, "step": 56, "poster": 24},
}

WORDS = {
    "": ("title", "description", "language", "draft", "draft_line", "sample_mark"),
    "cover": ("logo", "title", "line", "scene", "province"),
    "flap": ("title", "lead"),
    "flap.rider": ("icon", "name", "text"),
    "flap.figure": ("text", "big"),
    "back": ("title", "hotline", "hotline_line", "office", "stamp", "phone", "address", "scam", "source"),
    "back.scan": ("title", "text", "alt"),
    "back.scan_national": ("title", "text", "alt"),
    "benefits": ("count", "title", "note", "mark"),
    "steps": ("count", "title", "qr_start", "qr_lead", "qr_alt", "search_lead", "app_name"),
    "measures": ("count", "title"),
    "measures.road": ("title", "here", "after", "status"),
}
WORDS_OF: Mapping[str, Wanted] = {  # a language
    THAI: {"steps": ("qr_words",)},
    ENGLISH: {"back": ("hotline_note", "office_bangkok", "extension"), "steps": ("note",), "measures": ("prevails",)},
}
LISTS = {"nowrap": (), "flap.people": ("icon", "name"), "measures.road.stops": ()}


@dataclass(frozen=True)
class Leaflet:
    """One leaflet to print. `words` is content/leaflets/<product>.yml; `province` is None for the country.

    `page_url` is the address behind the QR code on the back, `version` the line that both sides carry.
    """

    product: str
    words: Mapping[str, Any]
    measures: tuple[Measure, ...]
    benefits: tuple[Benefit, ...]
    steps: tuple[Step, ...]
    settings: Mapping[str, Setting]
    version: str
    page_url: str
    province: Province | None
    edition: str = COLOUR

    @property
    def name(self) -> str:
        """Return the file name without its ending."""
        return print_file(self.product, self.province.code if self.province else "", self.edition)

    @property
    def language(self) -> str:
        """Return the language of the words."""
        return str(self.words["language"])

    @property
    def is_sample(self) -> bool:
        """Tell whether the public address is not set yet."""
        return not self.settings["site_url"].value

    @property
    def page_link(self) -> str:
        """Return the address as it is printed."""
        return printed_url(self.page_url)

    @cached_property
    def stores(self) -> tuple[tuple[str, str], ...]:
        """Return (store, address of the app) for each store link that is set."""
        stores = (("App Store", "app_store_url"), ("Google Play", "google_play_url"))
        return tuple((store, self.settings[key].value) for store, key in stores if self.settings[key].value)

    @property
    def expected_codes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return every address that a printed QR code must say, outside and inside."""
        return (self.page_url,), tuple(address for _, address in self.stores)

    @property
    def province_name(self) -> str:
        """Return the province as it stands on the cover."""
        return province_name(self.province, self.words["cover"]["province"], self.language)

    @property
    def office_name(self) -> str:
        """Return whom to ask: of a province its office, else what an office is called."""
        general = str(self.words["back"]["office"])
        if self.province is None:
            return general
        if self.language == THAI:
            return self.province.office.name
        is_bangkok = self.province.code == areas.BANGKOK
        return str(self.words["back"]["office_bangkok"]) if is_bangkok else f"{self.province.name_en} {general}"

    @property
    def office_in_thai(self) -> str:
        """Return the name that a leaflet in another language shows below, to be pointed at when asking the way."""
        return self.province.office.name if self.province and self.language != THAI else ""

    @property
    def office_phone(self) -> str:
        """Return the numbers of the office, the word for an extension in the language of the leaflet."""
        number = self.province.office.phone if self.province else ""
        return number if self.language == THAI else number.replace("ต่อ", self.words["back"]["extension"])

    @property
    def law_status(self) -> str:
        """Return where the draft stands: what an officer has set, else what the minutes say."""
        road: Mapping[str, str] = self.words["measures"]["road"]
        key = "law_status" if self.language == THAI else f"law_status_{self.language}"
        return road["status"] if self.settings[key].value else road["here"]

    def step_words(self, step: Step) -> str:
        """Return the line of a step; without store links no step mentions the QR code."""
        told_of_code = str(self.words["steps"].get("qr_words", ""))
        return step.leaflet if self.stores else step.leaflet.removesuffix(told_of_code).rstrip()

    def part(self, *sides: str) -> Part:
        """Return sides of the leaflet ("outside", "inside") to be laid out."""
        return Part(
            TEMPLATE,
            {
                **look(self.edition),
                "sides": sides,
                "leaflet": self,
                "words": self.words,
                "benefits": self.benefits,
                "steps": self.steps,
                "measures": self.measures,
                "office": self.province.office if self.province else None,
                "page_code": qr_code(self.page_url),
                "codes": [{"store": store, "image": qr_code(address)} for store, address in self.stores],
            },
        )

    @property
    def nowrap(self) -> tuple[str, ...]:
        """Return the words held on one line, beside those of terms.yml."""
        return tuple(self.words["nowrap"])

    def sheet(self, inside: Part) -> Sheet:
        """Return the file to print."""
        return Sheet(
            product=self.product,
            edition=self.edition,
            province=self.province,
            parts=(self.part("outside"), inside),
            paper=A4_LYING,
            notice=str(self.words["draft_line"]),
            sides=2,
            panels=PANELS,
            codes=self.expected_codes,
            folds=FOLDS,
            nowrap=self.nowrap,
        )


def leaflets(
    content: Content, provinces: Sequence[Province | None], edition: str = COLOUR, name: str = NAME
) -> list[Leaflet]:
    """Return the leaflets of provinces; None is the country."""
    tongue = language(content, name)
    records = (told(content.measures, tongue), told(content.benefits, tongue), told(content.steps, tongue))
    common = (name, content.leaflets[name], *records, content.settings, version_line(content, name))
    return [Leaflet(*common, page_url(content, province, name), province, edition) for province in provinces]


def sheets(content: Content, provinces: Sequence[Province | None], name: str = NAME) -> list[Sheet]:
    """Return the leaflets to print. The inside is the same for the country and every province."""
    made = []
    for edition in EDITIONS[name]:
        (country,) = leaflets(content, [None], edition, name)
        inside = country.part("inside")
        made += [leaflet.sheet(inside) for leaflet in leaflets(content, provinces, edition, name)]
    return made


def problems(content: Content, name: str = NAME) -> list[Problem]:
    """Return what an editor must mend before any leaflet can be printed."""
    lacking = missing(content, name, WORDS, LISTS) or missing(content, name, WORDS_OF[language(content, name)])
    if lacking:
        return lacking
    words = content.leaflets[name]
    return [*_counts(content, words), *_long(content, name)]


def _counts(content: Content, words: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("benefits", "steps", "measures"):
        there, said = len(getattr(content, name)), words[name]["count"]
        if str(there) != said:
            yield Problem(f"content/{name}", f"{there} records, but the fact says {said}")


def _long(content: Content, name: str) -> Iterator[Problem]:
    (leaflet,) = leaflets(content, [None], name=name)
    place, cover, limits = f"content/leaflets/{name}.yml", leaflet.words["cover"], LIMITS[leaflet.language]
    lines = [(place, "cover title", cover["title"]), (place, "cover line", cover["line"])]
    lines += [(each.path, "benefit", each.leaflet) for each in leaflet.benefits]
    lines += [(each.path, "step", each.leaflet) for each in leaflet.steps]
    lines += [(each.page.path, "poster", each.leaflet) for each in leaflet.measures]
    for path, kind, text in lines:
        if (over := len(text) - limits[kind]) > 0:
            yield Problem(path, f"leaflet: {kind} is {over} characters too long (at most {limits[kind]})")


PRODUCT = Product(NAME, sheets, problems, FILES)
PRODUCT_EN = Product(NAME_EN, partial(sheets, name=NAME_EN), partial(problems, name=NAME_EN), FILES_EN)
