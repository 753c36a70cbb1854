"""The trainer's handbook: a book in A5, for the country and for each province, in colour and for a copier."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from site_builder.content import Content
from site_builder.markdown import Prose
from site_builder.press.products.words import missing, province_name, version_line
from site_builder.press.qr import qr_code
from site_builder.press.sheet import A5, BLACK, COLOUR, Part, Product, Running, Sheet, page_url, printed_url
from site_builder.problems import Problem
from site_builder.records import Benefit, Chapter, Measure, Office, Province, Question, Record, Step, Term, Words
from site_builder.thai import thai_date

NAME = "handbook"
PLACE = f"content/leaflets/{NAME}.yml"
SIGNATURE = 4  # pages on one folded A4
WORDS = {
    "": (
        *("title", "description", "language", "draft", "draft_line", "sample_mark", "subtitle", "scene", "date"),
        *("edition", "province", "contents", "notes", "page", "chapter", "step", "waits", "silent", "digits"),
        "office_chapter",
    ),
    "imprint": ("title", "warning", "owner"),
    "scan": ("title", "text", "alt"),
    "office_line": ("empty", "told"),
}
LISTS = {"nowrap": (), "new_page": (), "imprint.lines": (), "imprint.owner_lines": ()}
_SECTION = re.compile(r"^## ", re.MULTILINE)
_STUCK = re.compile(r"^(?=### )", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """A part of a chapter ready for the template: its kind, the record, and its Markdown as HTML."""

    kind: str
    record: Record
    html: str = ""
    stuck: str = ""  # of a step: what goes wrong, and what to do then


@dataclass(frozen=True)
class Opened:
    """A chapter with the parts to print."""

    chapter: Chapter
    colour: str
    runs_on: bool  # may begin in the middle of a page
    note: str
    parts: tuple[Shown, ...]


def sheets(content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
    """Return the books to print, each in both editions.

    A province has a book of its own once its office has told how to reach it: until then it would be the country's,
    with the same empty rows, and a book takes as long as fifty leaflets.
    """
    places = [place for place in provinces if place is None or place.office.has_contact]
    return [_sheet(content, place, edition) for place in places for edition in (COLOUR, BLACK)]


def _sheet(content: Content, province: Province | None, edition: str) -> Sheet:
    words: Mapping[str, Any] = content.leaflets[NAME]
    heads = {f"chapter-{each.id}": each.title for each in content.handbook}
    heads |= {"contents": words["contents"], "notes": words["notes"]}
    address = page_url(content, province, NAME)
    values = {
        "words": words,
        "chapters": chapters(content, province.office if province else None),
        "place": province_name(province, str(words["province"])),
        "version": version_line(content, NAME),
        "address": address,
        "link": printed_url(address),
        "code": qr_code(address),
        "edition": edition,
        "art": "../assets/svg/" + ("bw/" if edition == BLACK else ""),
        "is_sample": not content.site_url,
        "blanks": 0,
    }
    return Sheet(
        product=NAME,
        edition=edition,
        province=province,
        parts=(Part(f"{NAME}.html", values),),
        paper=A5,
        notice=words["draft_line"],
        codes=((), (address,)),
        running=Running(heads, thai_digits=words["digits"] == "thai"),
        multiple=SIGNATURE,
        booklet=True,
        nowrap=tuple(words["nowrap"]),
    )


def chapters(content: Content, office: Office | None) -> tuple[Opened, ...]:
    """Return the chapters; the rows about an office are filled in where it has told us."""
    words: Mapping[str, Any] = content.leaflets[NAME]
    colours = {chapter: colour for colour, names in words["colours"].items() for chapter in names}
    prose = Prose(content, badges=False, hold=False)

    def opened(chapter: Chapter) -> Opened:
        told = words if chapter.id == words["office_chapter"] else None
        parts = tuple(_shown(part, prose, told, office) for part in chapter.parts)
        runs_on = chapter.id not in words["new_page"]
        return Opened(chapter, colours.get(chapter.id, "pandan"), runs_on, chapter.source_note, parts)

    return tuple(map(opened, content.handbook))


def _shown(part: Record, prose: Prose, told: Mapping[str, Any] | None, office: Office | None) -> Shown:
    match part:
        case Words():
            return Shown("words", part, prose.blocks(filled(part.body, told, office) if told else part.body))
        case Step():
            before, *after = _STUCK.split(part.body, maxsplit=1)
            return Shown("step", part, prose.blocks(before), prose.blocks("".join(after)))
        case Measure():
            return Shown("measure", part, prose.blocks(_SECTION.split(part.page.body, maxsplit=1)[0]))
        case Benefit():
            return Shown("benefit", part, prose.blocks(part.body))
        case Question():
            return Shown("question", part, prose.blocks(part.answer))
        case Term():
            return Shown("term", part, prose.blocks(part.meaning))
    return Shown("form", part)


def filled(body: str, words: Mapping[str, Any], office: Office | None) -> str:
    """Return Markdown whose rows `| label | |` say what an office has told us; the others stay empty to write in."""
    if office is None:
        return body
    if office.has_contact:
        body = body.replace(words["office_line"]["empty"], words["office_line"]["told"])
    for label, name in words["office_rows"].items():
        value = _told(office, name) if name == "name" or office.has_contact else ""
        body = body.replace(f"| {label} | |", f"| {label} | {value.replace('|', ' ')} |") if value else body
    return body


def _told(office: Office, name: str) -> str:
    value = str(getattr(office, name))
    return thai_date(date.fromisoformat(value)) if value and name == "verified_on" else value


def problems(content: Content) -> list[Problem]:
    """Return what an editor must mend before the book can be printed."""
    return missing(content, NAME, WORDS, LISTS) or list(_problems(content, content.leaflets[NAME]))


def _problems(content: Content, words: Mapping[str, Any]) -> Iterator[Problem]:
    for key in ("colours", "office_rows"):
        if not words.get(key):
            yield Problem(PLACE, f"{key} is missing")
    wanted = words["office_chapter"]
    body = "".join(part.body for each in content.handbook if each.id == wanted for part in each.words)
    if words["office_line"]["empty"] not in body:
        yield Problem(PLACE, f"office_line: the chapter {wanted} does not say “{words['office_line']['empty']}”")
    for label in words.get("office_rows") or ():
        if f"| {label} | |" not in body:
            yield Problem(PLACE, f"office_rows: the chapter {wanted} has no empty row “{label}”")


PRODUCT = Product(NAME, sheets, problems)
