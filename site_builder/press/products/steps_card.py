"""The nine steps on one side of A5, for somebody who reads little: pictures are the text."""

from collections.abc import Sequence

from site_builder.content import Content
from site_builder.press.products.words import missing, province_name
from site_builder.press.qr import qr_code
from site_builder.press.sheet import A5, BLACK, COLOUR, Part, Product, Sheet, look, page_url, printed_url
from site_builder.problems import Problem
from site_builder.records import Province

NAME = "steps_card"
EDITIONS = (COLOUR, BLACK)
PANELS = ("head", "route", "foot")
WORDS = {
    "": ("title", "description", "language", "draft", "draft_line", "sample_mark", "qr_words", "province"),
    "head": ("count", "title"),
    "ask": ("hotline", "line", "warning"),
    "scan": ("title", "alt"),
}


def problems(content: Content) -> list[Problem]:
    """Return what an editor must mend before the card can be printed."""
    return missing(content, NAME, WORDS)


def sheets(content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
    """Return the cards to print."""
    return [_sheet(content, province, edition) for edition in EDITIONS for province in provinces]


def _sheet(content: Content, province: Province | None, edition: str) -> Sheet:
    words = content.leaflets[NAME]
    address = page_url(content, province, NAME)
    steps = [(step, step.leaflet.removesuffix(str(words["qr_words"])).rstrip()) for step in content.steps]
    values = {
        **look(edition),
        "words": words,
        "steps": steps,
        "is_sample": not content.site_url,
        "province_name": province_name(province, str(words["province"])),
        "address": address,
        "link": printed_url(address),
        "code": qr_code(address),
    }
    return Sheet(
        product=NAME,
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


PRODUCT = Product(NAME, sheets, problems, {"route": "content/register/ (leaflet:)"})
