"""The pages of the site as finished Markdown or HTML: the content's, one for each province, and the list of all."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from site_builder import areas, layouts
from site_builder.content import Content
from site_builder.markdown import Prose, section_name, source_url
from site_builder.problems import ContentErrors, Problem
from site_builder.records import Page, Province

PROVINCE_WORDS = "province_page"  # front matter of content/provinces/index.md: the words of each province's page
_BARE = ("front", "steps")  # layouts that draw their own head
_SECTIONS_SHOWN = 6


@dataclass(frozen=True)
class Link:
    """A link as templates draw it; `badge` is a short sign before the title."""

    url: str
    title: str
    badge: str = ""


@dataclass(frozen=True)
class SitePage:
    """A page ready for the engine: `body` is finished Markdown or HTML; `path` says where its words are written."""

    url: str
    title: str
    summary: str
    body: str
    path: str
    layout: str = "article"
    head: str = "bamboo"
    icon: str = ""
    badge: str = ""
    keywords: tuple[str, ...] = ()
    crumbs: tuple[Link, ...] = ()
    sources: tuple[Link, ...] = ()
    source_note: str = ""
    neighbours: tuple[Link, ...] = ()
    heading: str = ""
    lead: str = ""

    @property
    def file(self) -> Path:
        """Return the name of the page below the engine's source folder."""
        return Path(self.url.strip("/"), "index.md")

    def markdown(self) -> str:
        """Return the page with its front matter, each value as JSON, which is YAML too."""
        meta: dict[str, object] = {
            "url": self.url, "title": self.title, "summary": self.summary, "layout": self.layout, "head": self.head,
            "icon": self.icon, "badge": self.badge, "bare": self.layout in _BARE, "source_note": self.source_note,
            "heading": self.heading, "lead": self.lead, "crumbs": _plain(self.crumbs),
            "sources": _plain(self.sources), "neighbours": _plain(self.neighbours),
        }  # fmt: skip
        head = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in meta.items())
        return f"---\n{head}\n---\n{self.body}\n"


def site_pages(content: Content, prose: Prose, draw: layouts.Layouts) -> list[SitePage]:
    """Return every page of the site: the content's, the provinces' and the list of all pages.

    Raises ContentErrors with each page that lacks what its layout draws.
    """
    pages, problems = list[SitePage](), list[Problem]()
    makers = [partial(_content_page, content, prose, draw, page) for page in content.pages]
    for make in (*makers, partial(_province_pages, content, prose, draw)):
        try:
            pages += make()
        except ContentErrors as errors:
            problems += errors.problems
    if problems:
        raise ContentErrors(problems)
    return [*pages, _search_page(content, prose, draw, pages)]


def _content_page(content: Content, prose: Prose, draw: layouts.Layouts, page: Page) -> Iterable[SitePage]:
    article = page.layout == "article"
    measure = next((measure for measure in content.measures if measure.page is page), None)
    yield SitePage(
        url=page.url,
        title=page.title,
        summary=page.summary,
        body=prose.finish(page.body) if article else draw.page(page),
        path=page.path,
        layout=page.layout,
        head=page.head,
        icon=page.icon,
        badge=f"ก{measure.number}" if measure else "",
        heading=prose.label(re.sub(r"^ก[0-9] ", "", page.title) if measure else page.title),
        lead=prose.line(page.summary),
        keywords=page.keywords,
        crumbs=_crumbs(content, page.url),
        sources=_sources(content, page.sources),
        source_note=page.source_note,
        neighbours=_neighbours(content, measure.number) if measure else (),
    )


def _province_pages(content: Content, prose: Prose, draw: layouts.Layouts) -> Iterable[SitePage]:
    parent = next((page for page in content.pages if page.layout == "provinces"), None)
    shared = parent.extra.get(PROVINCE_WORDS) if parent else None
    if parent is None or not isinstance(shared, Mapping):
        return
    if missing := [key for key in ("title", "summary") if not shared.get(key)]:
        raise ContentErrors([Problem(f"{parent.path}:2", f"{PROVINCE_WORDS}: ขาด {', '.join(missing)}")])
    for province in content.provinces:
        words = province_words(shared, province)
        title, summary = str(words["title"]), str(words["summary"])
        yield SitePage(
            url=f"/provinces/{province.code}/",
            title=title,
            summary=summary,
            body=draw.province(province, words, parent.path),
            path=parent.path,
            layout="province",
            head=parent.head,
            badge=province_number(content, province),
            heading=prose.label(title),
            lead=prose.line(summary),
            keywords=(province.name_th, province.name_en, province.office.name),
            crumbs=_crumbs(content, f"/provinces/{province.code}/"),
            sources=_sources(content, (fact for facts in layouts.province_facts(province).values() for fact in facts)),
        )


def province_number(content: Content, province: Province) -> str:
    """Return the number to call: the office's, or the hotline while no officer has filled it in."""
    return province.office.first_phone or content.facts.show("contact.hotline")


def province_words(shared: Mapping[str, object], province: Province) -> dict[str, object]:
    """Return the words of one province's page, its names filled in; Bangkok has some words of its own."""
    own = shared.get("bangkok")
    words = {key: value for key, value in shared.items() if key != "bangkok"}
    if province.code == areas.BANGKOK and isinstance(own, Mapping):
        words |= own

    def fill(value: object) -> object:
        if isinstance(value, str):
            return value.replace("{province}", province.name_th).replace("{office}", province.office.name)
        return tuple(fill(item) for item in value) if isinstance(value, tuple) else value

    return {key: fill(value) for key, value in words.items()}


def _search_page(content: Content, prose: Prose, draw: layouts.Layouts, pages: list[SitePage]) -> SitePage:
    title, summary = content.phrases["search_title"], content.phrases["search_summary"]
    return SitePage(
        url="/search/",
        title=title,
        summary=summary,
        body=draw.all_pages(page for page in pages if page.layout != "province"),
        path="content/data/phrases.yml",
        layout="search",
        heading=prose.label(title),
        lead=prose.line(summary),
        crumbs=(Link("/", content.phrases["home"]),),
    )


def _crumbs(content: Content, url: str) -> tuple[Link, ...]:
    if url == "/":
        return ()
    parts = url.strip("/").split("/")
    titles = {page.url: page.title for page in content.pages}
    above = [f"/{'/'.join(parts[:depth])}/" for depth in range(1, len(parts))]
    return (Link("/", content.phrases["home"]), *(Link(up, titles[up]) for up in above if up in titles))


def _sources(content: Content, ids: Iterable[str]) -> tuple[Link, ...]:
    """Return one link for each part of the document the page rests on, to the first fact out of it."""
    links: dict[str, Link] = {}
    for fact_id in ids:
        if fact_id in content.facts:
            fact = content.facts[fact_id]
            links.setdefault(fact.section, Link(source_url(fact), section_name(fact, content.phrases)))
    return tuple(links.values())[:_SECTIONS_SHOWN]


def _neighbours(content: Content, number: int) -> tuple[Link, ...]:
    near = (measure for measure in content.measures if abs(measure.number - number) == 1)
    return tuple(Link(measure.page.url, measure.short, f"ก{measure.number}") for measure in near)


def _plain(links: Iterable[Link]) -> list[dict[str, str]]:
    return [{"url": link.url, "title": link.title, "badge": link.badge} for link in links]
