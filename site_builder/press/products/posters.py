"""The two posters of a wall: the six ก of the draft act, and the six benefits. A pair, each with a face of its own.

They are laid out on A3; A2 is the same page, drawn larger.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from site_builder.content import Content
from site_builder.press.products.words import missing, province_name, version_line
from site_builder.press.qr import qr_code
from site_builder.press.sheet import A3, BLACK, COLOUR, Part, Product, Sheet, look, page_url, printed_url
from site_builder.problems import Problem
from site_builder.records import Benefit, Measure, Province

EDITIONS = (COLOUR, BLACK)
PANELS = ("head", "six", "foot")
WORDS = {
    "": ("title", "description", "language", "draft", "draft_line", "sample_mark", "province", "brand"),
    "head": ("count", "title"),
    "ask": ("hotline", "line", "warning"),
    "scan": ("title", "alt"),
    "scan_national": ("title", "alt"),
}
BENEFIT_WORDS = {**WORDS, "head": ("count", "title", "line", "note", "mark", "scene")}

Six = Callable[[Content], Sequence[Measure | Benefit]]


def _measures(content: Content) -> Sequence[Measure]:
    return content.measures


def _benefits(content: Content) -> Sequence[Benefit]:
    return content.benefits


def problems(name: str, six: Six, wanted: dict[str, tuple[str, ...]], content: Content) -> list[Problem]:
    """Return what an editor must mend before a poster can be printed."""
    return missing(content, name, wanted, {"nowrap": ()}) or list(_count(name, six, content))


def _count(name: str, six: Six, content: Content) -> Iterator[Problem]:
    there, said = len(six(content)), content.leaflets[name]["head"]["count"]  # type: ignore[index]
    if str(there) != said:
        yield Problem(f"content/leaflets/{name}.yml", f"{there} records, but the fact says {said}")


def sheets(name: str, six: Six, content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
    """Return the posters to print."""
    return [_sheet(name, six, content, province, edition) for edition in EDITIONS for province in provinces]


def _sheet(name: str, six: Six, content: Content, province: Province | None, edition: str) -> Sheet:
    words = content.leaflets[name]
    address = page_url(content, province, name)
    values = {
        **look(edition),
        "words": words,
        "six": six(content),
        "scan": words["scan" if province else "scan_national"],
        "is_sample": not content.site_url,
        "province_name": province_name(province, str(words["province"])),
        "version": version_line(content, name),
        "address": address,
        "link": printed_url(address),
        "code": qr_code(address),
    }
    return Sheet(
        product=name,
        edition=edition,
        province=province,
        parts=(Part(f"{name}.html", values),),
        paper=A3,
        notice=str(words["draft_line"]),
        sides=1,
        panels=PANELS,
        codes=((address,),),
        enlarged=content.print(name).enlarged,
        nowrap=tuple(map(str, words["nowrap"])) if isinstance(words["nowrap"], tuple) else (),
    )


def _product(name: str, six: Six, wanted: dict[str, tuple[str, ...]], written_in: str) -> Product:
    return Product(name, partial(sheets, name, six), partial(problems, name, six, wanted), {"six": written_in})


MEASURES = _product("measures_poster", _measures, WORDS, "content/measures/ (short:, card:)")
BENEFITS = _product("benefits_poster", _benefits, BENEFIT_WORDS, "content/benefits/ (title:, leaflet:)")
