"""The trainer's handbook: a book in A5, for the country and for each province, in colour and for a copier."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from site_builder.content import Content
from site_builder.markdown import Prose
from site_builder.press.sheet import A5, BLACK, COLOUR, Part, Product, Running, Sheet
from site_builder.problems import Problem
from site_builder.records import Benefit, Chapter, Measure, Office, Province, Question, Record, Step, Term, Words

NAME = "handbook"
PLACE = f"content/leaflets/{NAME}.yml"
SIGNATURE = 4  # pages on one folded A4
WORDS = (
    *("title", "description", "language", "draft", "draft_line", "sample_mark", "subtitle", "scene", "date", "edition"),
    *("contents", "notes", "page", "chapter", "step", "waits", "silent", "digits", "form_number", "form_question"),
)
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
    values = {
        "words": words,
        "chapters": chapters(content, province.office if province else None),
        "province": province,
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
        rows = words["office_rows"] if chapter.id == words["office_chapter"] else {}
        parts = tuple(_shown(part, prose, rows, office) for part in chapter.parts)
        runs_on = chapter.id not in words["new_page"]
        return Opened(chapter, colours.get(chapter.id, "pandan"), runs_on, chapter.source_note, parts)

    return tuple(map(opened, content.handbook))


def _shown(part: Record, prose: Prose, rows: Mapping[str, str], office: Office | None) -> Shown:
    match part:
        case Words():
            return Shown("words", part, prose.blocks(filled(part.body, rows, office)))
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


def filled(body: str, rows: Mapping[str, str], office: Office | None) -> str:
    """Return Markdown whose rows `| label | |` say what an office has told us; the others stay empty to write in."""
    for label, name in rows.items():
        value = str(getattr(office, name)) if office else ""
        if value and (name == "name" or (office and office.has_contact)):
            body = body.replace(f"| {label} | |", f"| {label} | {value.replace('|', ' ')} |")
    return body


def problems(content: Content) -> list[Problem]:
    """Return what an editor must mend before the book can be printed."""
    if NAME not in content.leaflets:
        return [Problem(PLACE, "this file is missing")]
    return list(_problems(content, content.leaflets[NAME]))


def _problems(content: Content, words: Mapping[str, Any]) -> Iterator[Problem]:
    for key in WORDS:
        if not isinstance(words.get(key), str) or not words[key].strip():
            yield Problem(PLACE, f"{key} is missing")
    for key in ("nowrap", "imprint", "colours", "new_page", "office_rows", "office_chapter"):
        if not words.get(key):
            yield Problem(PLACE, f"{key} is missing")
    wanted = words.get("office_chapter")
    body = "".join(part.body for each in content.handbook if each.id == wanted for part in each.words)
    for label in words.get("office_rows") or ():
        if f"| {label} | |" not in body:
            yield Problem(PLACE, f"office_rows: the chapter {wanted} has no empty row “{label}”")


PRODUCT = Product(NAME, sheets, problems)
