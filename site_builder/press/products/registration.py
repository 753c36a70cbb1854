"""The registration leaflet as a record: what stands on its panels, for one province or the country."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from site_builder.content import Content
from site_builder.press.products.words import missing, province_name
from site_builder.press.qr import qr_code
from site_builder.press.sheet import (
    A4_LYING,
    BLACK,
    COLOUR,
    OFFICE,
    TRIAL_URL,
    Part,
    Product,
    Sheet,
    look,
    printed_url,
)
from site_builder.problems import Problem
from site_builder.records import Benefit, Measure, Province, Setting, Step, print_file

NAME = "registration"
PLACE = f"content/leaflets/{NAME}.yml"
TEMPLATE = f"{NAME}.html"
EDITIONS = (COLOUR, OFFICE, BLACK)
OFFICES = "content/data/offices.csv"
FILES = {
    "benefits": "content/benefits/ (leaflet:)",
    "steps": "content/register/ (leaflet:)",
    "measures": "content/measures/ (leaflet:, card:)",
    "back, office": OFFICES,
}
PANELS = ("cover", "flap", "back", "benefits", "steps", "measures")
FOLDS = ((97.0, 197.0), (100.0, 200.0))  # mm from the left, outside and inside
LIMITS = {"cover title": 34, "cover line": 60, "benefit": 62, "step": 44, "poster": 28}  # code points; voice.md §4

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
    "steps": ("count", "title", "qr_words", "qr_start", "qr_lead", "qr_alt", "search_lead", "app_name"),
    "measures": ("count", "title"),
    "measures.road": ("title", "here", "after", "status"),
}
LISTS = {"nowrap": (), "flap.people": ("icon", "name"), "measures.road.stops": ()}


@dataclass(frozen=True)
class Leaflet:
    """One leaflet to print. `words` is content/leaflets/registration.yml; `province` is None for the country."""

    words: Mapping[str, Any]
    measures: tuple[Measure, ...]
    benefits: tuple[Benefit, ...]
    steps: tuple[Step, ...]
    settings: Mapping[str, Setting]
    site_url: str
    province: Province | None
    edition: str = COLOUR

    @property
    def name(self) -> str:
        """Return the file name without its ending."""
        return print_file(NAME, self.province.code if self.province else "", self.edition)

    @property
    def is_sample(self) -> bool:
        """Tell whether the public address is not set yet."""
        return not self.site_url

    @property
    def page_url(self) -> str:
        """Return the address behind the QR code on the back."""
        return (self.site_url or TRIAL_URL) + (f"/q/{self.province.code}" if self.province else "/register/")

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
        return province_name(self.province, self.words["cover"]["province"])

    @property
    def law_status(self) -> str:
        """Return where the draft stands: what an officer has set, else what the minutes say."""
        road: Mapping[str, str] = self.words["measures"]["road"]
        return road["status"] if self.settings["law_status"].value else road["here"]

    def step_words(self, step: Step) -> str:
        """Return the line of a step; without store links no step mentions the QR code."""
        return step.leaflet if self.stores else step.leaflet.removesuffix(self.words["steps"]["qr_words"]).rstrip()

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
            product=NAME,
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


def leaflets(content: Content, provinces: Sequence[Province | None], edition: str = COLOUR) -> list[Leaflet]:
    """Return the leaflets of provinces; None is the country."""
    common = (content.leaflets[NAME], content.measures, content.benefits, content.steps, content.settings)
    return [Leaflet(*common, content.site_url, province, edition) for province in provinces]


def sheets(content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
    """Return the leaflets to print. The inside is the same for the country and every province."""
    made = []
    for edition in EDITIONS:
        (country,) = leaflets(content, [None], edition)
        inside = country.part("inside")
        made += [leaflet.sheet(inside) for leaflet in leaflets(content, provinces, edition)]
    return made


def problems(content: Content) -> list[Problem]:
    """Return what an editor must mend before any leaflet can be printed."""
    if lacking := missing(content, NAME, WORDS, LISTS):
        return lacking
    words = content.leaflets[NAME]
    return [*_counts(content, words), *_long(content, words)]


def _counts(content: Content, words: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("benefits", "steps", "measures"):
        there, said = len(getattr(content, name)), words[name]["count"]
        if str(there) != said:
            yield Problem(f"content/{name}", f"{there} records, but the fact says {said}")


def _long(content: Content, words: Mapping[str, Any]) -> Iterator[Problem]:
    lines = [(PLACE, "cover title", words["cover"]["title"]), (PLACE, "cover line", words["cover"]["line"])]
    lines += [(each.path, "benefit", each.leaflet) for each in content.benefits]
    lines += [(each.path, "step", each.leaflet) for each in content.steps]
    lines += [(each.page.path, "poster", each.leaflet) for each in content.measures]
    for place, kind, text in lines:
        if (over := len(text) - LIMITS[kind]) > 0:
            yield Problem(place, f"leaflet: {kind} is {over} characters too long (at most {LIMITS[kind]})")


PRODUCT = Product(NAME, sheets, problems, FILES)
