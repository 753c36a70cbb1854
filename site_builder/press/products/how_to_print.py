"""How to print: one side of A4 that lies in every kit, for who stands at the printer or goes to a print shop."""

from collections.abc import Mapping, Sequence
from typing import Any

from site_builder.content import Content
from site_builder.press.products.words import missing, version_line
from site_builder.press.qr import qr_code
from site_builder.press.sheet import A4, BLACK, COLOUR, Part, Product, Sheet, look, page_url, printed_url
from site_builder.problems import Problem
from site_builder.records import Province

NAME = "how_to_print"
EDITIONS = (COLOUR, BLACK)
PANELS = ("head", "choose", "set", "fold", "last", "foot")
WORDS = {
    "": ("title", "description", "language", "draft", "draft_line", "sample_mark", "advice"),
    "head": ("title", "lead"),
    "choose": ("title",),
    "set": ("title", "test"),
    "fold": ("title",),
    "order": ("title",),
    "before": ("title",),
    "scan": ("title", "text", "alt"),
}
LISTS = {
    "nowrap": (),
    "choose.items": ("icon", "name", "use", "note"),
    "set.items": ("icon", "name", "text"),
    "fold.rows": ("name", "steps"),
    "order.items": (),
    "before.items": (),
}


def problems(content: Content) -> list[Problem]:
    """Return what an editor must mend before the page can be printed."""
    return missing(content, NAME, WORDS, LISTS)


def sheets(content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
    """Return the page in both editions: it is the country's, for every province prints in the same way."""
    return [_sheet(content, edition) for edition in EDITIONS if None in provinces]


def _sheet(content: Content, edition: str) -> Sheet:
    words: Mapping[str, Any] = content.leaflets[NAME]
    address = page_url(content, None, NAME)
    values = {
        **look(edition),
        "words": words,
        "is_sample": not content.site_url,
        "version": version_line(content, NAME),
        "address": address,
        "link": printed_url(address),
        "code": qr_code(address),
    }
    return Sheet(
        product=NAME,
        edition=edition,
        province=None,
        parts=(Part(f"{NAME}.html", values),),
        paper=A4,
        notice=str(words["draft_line"]),
        sides=1,
        panels=PANELS,
        codes=((address,),),
        nowrap=tuple(words["nowrap"]),
    )


PRODUCT = Product(NAME, sheets, problems)
