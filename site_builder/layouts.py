"""The layouts that draw records: front page, steps, benefits, questions, words, provinces, sources and the like."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from types import MappingProxyType

from jinja2 import Environment, UndefinedError
from markupsafe import Markup

from site_builder import areas, thai
from site_builder.content import Content
from site_builder.facts import Fact
from site_builder.markdown import Prose, section_name
from site_builder.problems import ContentErrors, Problem
from site_builder.records import (
    AUDIENCES,
    Finished,
    Page,
    Print,
    Province,
    Question,
    Term,
    booklet_file,
    enlarged_file,
    kit_file,
    print_file,
    two_up_file,
)
from site_builder.templates import environment

_HEADING = re.compile(r"^## +(.+?) *\{#([\w-]+)\}", re.MULTILINE)
_PIECES = re.compile("(?<=[ก-๙]{2}) (?=[ก-๙]{2})")  # what a Thai reader hears between two pauses
_TAG = re.compile("<[^>]*>")
_ROOM = 20  # characters
_HEADING_LINE = re.compile(r"^(?=#{2,4} )", re.MULTILINE)
_SECTION_ORDER = ("moi-letter", "mol-letter", "leaflet", "minutes-head", "minutes-1", "minutes-2.1", "minutes-2.2",
                  "minutes-3", "minutes-3-opinions", "minutes-3-resolution", "minutes-4", "derived")  # fmt: skip
# The five people of scene-tall.svg and scene-wide.svg, shown again on the front page.
_UNDER_THE_UMBRELLA = ("person-farmer", "person-vendor", "person-sewer", "person-youtuber", "person-rider")
_NOTHING: Mapping[str, Finished] = MappingProxyType({})
REGIONS = ("north", "northeast", "central", "east", "west", "south")


@dataclass(frozen=True)
class Region:
    """Provinces of one part of the country, in Thai order."""

    code: str
    name: str
    provinces: tuple[Province, ...]


@dataclass(frozen=True)
class Letter:
    """Words of the glossary that begin with one letter."""

    letter: str
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Group:
    """Questions under one heading."""

    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Section:
    """Facts of one part of the document."""

    id: str
    name: str
    facts: tuple[Fact, ...]


class Layouts:
    """Draws pages from the records of one content."""

    def __init__(self, content: Content, prose: Prose, finished: Mapping[str, Finished] = _NOTHING) -> None:
        """`finished`: what is known of printed files, by name; where nothing is, pages do not tell it."""
        self._content = content
        self._prose = prose
        self._finished = finished

    def page(self, page: Page) -> str:
        """Return the HTML of a content page whose layout draws records; ContentErrors where it lacks one of them."""
        with _told(page.path, page.layout):
            return self._draw(page.layout, page=page)

    def province(self, province: Province, words: Mapping[str, object], place: str) -> str:
        """Return the HTML of a province's page; ContentErrors where `words`, written at `place`, lack one."""
        with _told(place, "province"):
            return self._draw("province", province=province, words=words, **province_facts(province))

    def all_pages(self, pages: Iterable[object]) -> str:
        """Return the HTML of the list of all pages, in Thai order."""
        return self._draw("search", all_pages=sorted(pages, key=lambda page: thai.sort_key(getattr(page, "title", ""))))

    def short(self, province: Province | None, title: str) -> str:
        """Return the whole page behind the QR codes of a province, or of the country."""
        return self._draw("short", province=province, title=title)

    def _draw(self, layout: str, **names: object) -> str:
        html = self._environment.get_template(f"site/layouts/{layout}.html").render(**names)
        compact = re.sub(r"\n\s*", "\n", html).strip()
        return compact if layout == "short" else f'<div class="layout-{layout}">\n{compact}\n</div>'

    def _finished_of(self, each: Print, province: Province | None) -> Finished | None:
        """Return the pages of a print and the size of its largest file, if a build knows all its files."""
        files = [print_file(each.name, each.code(province), edition) for edition in each.offered(province)]
        known = [self._finished[file] for file in files if file in self._finished]
        return Finished(known[0].pages, max(file.size for file in known)) if len(known) == len(files) else None

    @cached_property
    def _environment(self) -> Environment:
        content, prose = self._content, self._prose
        env = environment(
            badge=lambda *ids: Markup(prose.badge(ids)),  # noqa: S704 - made and escaped by Prose
            benefits=content.benefits,
            committee=content.committee,
            facts=content.facts,
            finished_of=self._finished_of,
            glossary=_letters(content.glossary),
            hotline=content.facts.show("contact.hotline"),
            measures=content.measures,
            open_questions=content.open_questions,
            people=_people(content),
            phrases=content.phrases,
            booklet_file=booklet_file,
            enlarged_file=enlarged_file,
            two_up_file=two_up_file,
            print_file=print_file,
            kit_file=kit_file,
            finished=self._finished,
            prints=content.prints,
            provinces=sorted(content.provinces, key=lambda province: thai.sort_key(province.name_th)),
            questions=content.questions,
            regions=regions(content.provinces),
            sections=_sections(content),
            settings=content.settings,
            shelves=shelves(content.prints),
            site_url=content.site_url,
            steps=content.steps,
            timeline=content.timeline,
            version_line=content.version_line,
        )
        env.filters |= {
            "anchor": lambda fact_id: content.facts[fact_id].anchor,
            "blocks": lambda text: Markup(prose.blocks(text)),  # noqa: S704 - our own Markdown
            "demote": lambda html: Markup(re.sub(r"<(/?)h3", r"<\1h4", str(html))),  # noqa: S704
            "groups": _groups,
            "headings": lambda text: [(name, title) for title, name in _HEADING.findall(text)],
            "label": lambda text: Markup(prose.label(str(text))),  # noqa: S704 - escaped by Prose
            "megabytes": lambda size: f"{math.ceil(size / 100_000) / 10:.1f}",
            "line": lambda text: Markup(prose.line(str(text))),  # noqa: S704
            "after": _after,
            "intro": lambda text: _HEADING_LINE.split(text, maxsplit=1)[0],
            "pieces": lambda text: Markup(" ".join(map(_held, map(prose.label, _PIECES.split(text))))),  # noqa: S704
            "sections": lambda text: text[len(_HEADING_LINE.split(text, maxsplit=1)[0]) :],
            "with_province": _with_province,
        }
        return env


@contextmanager
def _told(place: str, layout: str) -> Iterator[None]:
    """Turn a name that a template misses into a problem of the front matter at `place`."""
    try:
        yield
    except UndefinedError as error:
        raise ContentErrors([Problem(f"{place}:2", f"ส่วนหัวขาดค่าที่ layout {layout} ใช้ ({error.message})")]) from error


def province_facts(province: Province) -> dict[str, tuple[str, ...]]:
    """Return the facts each part of a province's page rests on; Bangkok's are its own."""
    if province.code == areas.BANGKOK:
        return {
            "office_facts": ("contact.oiw.name",),
            "session_facts": ("body.trainer.bangkok",),
            "trainer_facts": ("target.kru-kho.bangkok",),
            "unknown_facts": ("registration.area", "target.kru-kho.bangkok"),
        }
    return {
        "office_facts": ("body.coordinator",),
        "session_facts": ("body.trainer.provinces",),
        "trainer_facts": ("registration.area", "target.kru-kho.provinces"),
        "unknown_facts": (),
    }


def regions(provinces: Iterable[Province]) -> tuple[Region, ...]:
    """Return the provinces by region, each in Thai order."""
    ordered = sorted(provinces, key=lambda province: thai.sort_key(province.name_th))
    names = {province.region: province.region_th for province in ordered}
    codes = [code for code in REGIONS if code in names] + sorted(set(names) - set(REGIONS))
    return tuple(Region(code, names[code], tuple(p for p in ordered if p.region == code)) for code in codes)


def shelves(prints: Iterable[Print]) -> list[tuple[str, list[Print]]]:
    """Return the prints by whom they are for; an audience for whom there is nothing is left out."""
    by_audience = [(audience, [each for each in prints if each.audience == audience]) for audience in AUDIENCES]
    return [(audience, offered) for audience, offered in by_audience if offered]


def _letters(terms: Iterable[Term]) -> tuple[Letter, ...]:
    ordered = sorted(terms, key=lambda term: thai.sort_key(term.term))
    return tuple(Letter(letter, tuple(group)) for letter, group in groupby(ordered, key=lambda t: _first(t.term)))


def _first(word: str) -> str:
    """Return the letter a Thai dictionary lists `word` under: its first consonant, or its first sign."""
    return next((char for char in word if "ก" <= char <= "ฮ" or char.isascii()), word[:1]).upper()


def _groups(questions: Iterable[Question]) -> list[Group]:
    return [Group(name, tuple(group)) for name, group in groupby(questions, key=lambda question: question.group)]


def _sections(content: Content) -> tuple[Section, ...]:
    found = {fact.section: section_name(fact, content.phrases) for fact in content.facts.values()}
    order = [code for code in _SECTION_ORDER if code in found] + sorted(set(found) - set(_SECTION_ORDER))
    facts = [fact for fact in content.facts.values() if fact.publish]
    return tuple(
        Section(code.replace(".", "-"), found[code], tuple(fact for fact in facts if fact.section == code))
        for code in order
    )


def _people(content: Content) -> tuple[Mapping[str, object], ...]:
    """Return the examples of the self-check that stand under the umbrella; riders last, a group of their own."""
    found: list[Mapping[str, object]] = []
    for page in content.pages:
        examples = page.extra.get("examples") if page.layout == "self_check" else None
        if isinstance(examples, tuple):
            found = [row for row in examples if isinstance(row, Mapping) and row.get("icon") in _UNDER_THE_UMBRELLA]
    return tuple(sorted(found, key=lambda row: row.get("group") == "semi-independent"))


def _after(text: str, start: str) -> str:
    """Return what `text` says beyond `start`, so that a card does not say its title twice."""
    return text[len(start) :].strip() if text.startswith(start) else text


def _held(html: str) -> str:
    """Return a piece of a phrase, held on one line where a small screen has room for it."""
    return f'<span class="n">{html}</span>' if len(_TAG.sub("", html)) <= _ROOM else html


def _with_province(html: str, code: str) -> Markup:
    """Return `html` whose links to forms carry the province along."""
    return Markup(re.sub(r'(href="/forms/\w+)"', rf'\1?province={code}"', str(html)))  # noqa: S704
