"""The nine steps on one side of A5, for somebody who reads little: pictures are the text. In Thai and in English."""

from collections.abc import Mapping, Sequence
from functools import partial

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
from site_builder.press.sheet import A5, BLACK, COLOUR, Part, Product, Sheet, look, page_url, printed_url
from site_builder.problems import Problem
from site_builder.records import Province

NAME, NAME_EN = "steps_card", "steps_card_en"
EDITIONS = (COLOUR, BLACK)
PANELS = ("head", "route", "foot")
WORDS = {
    "": ("title", "description", "language", "draft", "draft_line", "sample_mark", "province"),
    "head": ("count", "title"),
    "ask": ("hotline", "line", "warning"),
    "scan": ("title", "alt"),
}
WORDS_OF: Mapping[str, Wanted] = {THAI: {"": ("qr_words",)}, ENGLISH: {"": ("prevails",)}}


def problems(content: Content, name: str = NAME) -> list[Problem]:
    """Return what an editor must mend before the card can be printed."""
    return missing(content, name, WORDS) or missing(content, name, WORDS_OF[language(content, name)])


def sheets(content: Content, provinces: Sequence[Province | None], name: str = NAME) -> list[Sheet]:
    """Return the cards to print."""
    return [_sheet(content, province, edition, name) for edition in EDITIONS for province in provinces]


def _sheet(content: Content, province: Province | None, edition: str, name: str) -> Sheet:
    words, tongue = content.leaflets[name], language(content, name)
    address = page_url(content, province, name)
    records = told(content.steps, tongue)
    steps = [(step, step.leaflet.removesuffix(str(words.get("qr_words", ""))).rstrip()) for step in records]
    values = {
        **look(edition),
        "words": words,
        "steps": steps,
        "is_sample": not content.site_url,
        "province_name": province_name(province, str(words["province"]), tongue),
        "address": address,
        "link": printed_url(address),
        "code": qr_code(address),
        "version": version_line(content, name),
    }
    return Sheet(
        product=name,
        edition=edition,
        province=province,
        parts=(Part(f"{NAME}.html", values),),
        paper=A5,
        notice=str(words["draft_line"]),
        sides=1,
        panels=PANELS,
        codes=((address,),),
        two_up=content.print(NAME).two_up,
        nowrap=tuple(map(str, words["nowrap"])) if isinstance(words["nowrap"], tuple) else (),
    )


FILES, FILES_EN = {"route": "content/register/ (leaflet:)"}, {"route": "content/register/ (en: leaflet:)"}
PRODUCT = Product(NAME, sheets, problems, FILES)
PRODUCT_EN = Product(NAME_EN, partial(sheets, name=NAME_EN), partial(problems, name=NAME_EN), FILES_EN)
