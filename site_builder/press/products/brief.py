"""The governor's brief, two sides of A4: what is asked of a province, and who does what, with room for names."""

from collections.abc import Mapping, Sequence
from typing import Any

from site_builder import areas
from site_builder.content import Content
from site_builder.press.products.words import missing, province_name, version_line
from site_builder.press.qr import qr_code
from site_builder.press.sheet import A4, BLACK, COLOUR, Part, Product, Sheet, look, page_url, printed_url
from site_builder.problems import Problem
from site_builder.records import Province

NAME = "brief"
PLACE = f"content/leaflets/{NAME}.yml"
EDITIONS = (COLOUR, BLACK)
PANELS = ("head", "asks", "targets", "plan", "foot", "table", "notes")
KINDS = ("country", "bangkok")  # whose words there are: Bangkok is asked for other things than a province
ROWS = 193.0  # mm for the rows of the table
HIGHEST_ROW = 22.0
WORDS = {
    "": ("title", "description", "language", "draft", "draft_line", "sample_mark", "province", "source", "notes"),
    "plan": ("count", "title", "note"),
    "ask": ("title", "office", "phone", "phone_note", "hotline_line", "hotline", "letter"),
    "scan": ("title", "text", "alt"),
    "table": ("done", "task", "who", "name", "by", "silent"),
    **{f"{kind}.head": ("title", "line", "for", "letter") for kind in KINDS},
    **{f"{kind}.start": ("big", "text") for kind in KINDS},
    **{f"{kind}.targets": ("title", "note") for kind in KINDS},
    **{f"{kind}.{part}": ("title",) for kind in KINDS for part in ("asks", "table")},
}
LISTS = {
    "nowrap": (),
    "plan.steps": ("text", "facts"),
    **{f"{kind}.asks.items": ("icon", "title", "text", "facts") for kind in KINDS},
    **{f"{kind}.targets.items": ("text", "big", "here", "facts") for kind in KINDS},
    **{f"{kind}.table.rows": ("task", "facts") for kind in KINDS},
    **{f"{kind}.notes": ("text", "facts") for kind in KINDS},
}


def problems(content: Content) -> list[Problem]:
    """Return what an editor must mend before the brief can be printed: each row needs a source that is known."""
    lacking = missing(content, NAME, WORDS, LISTS)
    if lacking:
        return lacking
    words = content.leaflets[NAME]
    unknown = sorted({fact for fact in _facts(words) if fact not in content.facts})
    return [Problem(PLACE, f"ไม่รู้จักที่มา {fact} ดูรหัสใน content/data/facts.yml") for fact in unknown]


def sheets(content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
    """Return the briefs to print."""
    return [_sheet(content, province, edition) for edition in EDITIONS for province in provinces]


def _sheet(content: Content, province: Province | None, edition: str) -> Sheet:
    words: Mapping[str, Any] = content.leaflets[NAME]
    address = page_url(content, province, NAME)
    values = {
        **look(edition),
        **_told(content, words, words["bangkok" if province and province.code == areas.BANGKOK else "country"]),
        "is_sample": not content.site_url,
        "province_name": province_name(province, str(words["province"])),
        "address": address,
        "link": printed_url(address),
        "code": qr_code(address),
        "version": version_line(content, NAME),
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


def _told(content: Content, words: Mapping[str, Any], here: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the words of a place, each part with the papers that it stands in."""
    rows = here["table"]["rows"]
    parts = {"asks": here["asks"], "targets": here["targets"], "plan": words["plan"]}
    return {
        "words": words,
        "here": here,
        "rows": [{**row, "source": _source(content, row["facts"])} for row in rows],
        "row_height": min(ROWS / len(rows), HIGHEST_ROW),
        "sources": {name: _source(content, _facts(part)) for name, part in parts.items()},
    }


def _source(content: Content, facts: Sequence[str]) -> str:
    """Return the papers of the circular in which facts stand, each once, as readers know them."""
    sections = dict.fromkeys(content.facts[fact].section for fact in facts)
    papers: dict[str, list[str]] = {}
    for section in sections:
        paper, _, place = content.phrases[f"section_{section}"].partition(" ")
        papers.setdefault(paper, []).append(place)
    return " · ".join(f"{paper} {' '.join(places)}".strip() for paper, places in papers.items())


def _facts(value: object) -> list[str]:
    """Return the facts that words rest on, in reading order."""
    if isinstance(value, Mapping):
        own = [str(fact) for key in ("facts", "note_facts") for fact in value.get(key, ())]
        return [*own, *(fact for inner in value.values() for fact in _facts(inner))]
    if isinstance(value, tuple):
        return [fact for inner in value for fact in _facts(inner)]
    return []


PRODUCT = Product(NAME, sheets, problems)
