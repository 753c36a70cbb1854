"""The public site: content to finished Markdown in `build/docs`, through MkDocs, to HTML that has been checked.

The only door to MkDocs. It gets no hooks and no plugins, so that another engine can take its place.
"""

import logging
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from site_builder import assets, search, site_checks
from site_builder.content import Content
from site_builder.layouts import Layouts
from site_builder.markdown import EXTENSION_CONFIGS, EXTENSIONS, Prose
from site_builder.pages import SitePage, site_pages
from site_builder.problems import ContentErrors, Problem
from site_builder.records import Benefit, Finished, Page, Step, kit_file
from site_builder.security_txt import security_notices, write_security_txt
from site_builder.stand_ins import write_stand_ins
from site_builder.templates import environment

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "mkdocs.yml"
# Answered by the form service beside the forms, so not in the tree that is checked.
_STATUS = "/status"
# What Material brings and our pages do not use.
_UNUSED = ("assets/javascripts", "assets/stylesheets", "assets/images")
_STORES = ("app_store_url", "google_play_url")  # settings: the only addresses of others a page may lead to
_PART_WEIGHT = 0.65  # a question or a province is found after the page that is about the word
_NO_TEXT = ("sources", "search", "province")  # lists and pages that are alike: found by title and keywords only


def build_site(
    content: Content,
    out: Path = Path("build/site"),
    docs: Path = Path("build/docs"),
    say: Callable[[str], None] = print,
    finished: Mapping[str, Finished] = MappingProxyType({}),
) -> list[Path]:
    """Build the site into `out`; returns its HTML pages. Raises ContentErrors with every problem of the built tree.

    `finished`: pages and size of the printed files, by name, for the pages that offer them.
    """
    prose = Prose(content)
    draw = Layouts(content, prose, finished)
    pages = site_pages(content, prose, draw)
    _write_docs(content, draw, pages, docs)
    say(f"wrote {len(pages)} pages to {docs}")
    _run_mkdocs(content, docs, out)
    _drop_unused(content, out)
    built = site_checks.read_site(out)
    (out / "assets" / "search.json").write_text(_search_index(content, pages, built), encoding="utf-8")
    problems = _problems(content, pages, built, out)
    if problems:
        raise ContentErrors(problems)
    today = datetime.now(UTC).date()
    write_security_txt(content, out, today)
    for notice in security_notices(content, today):
        say(notice)
    say(f"built and checked {len(built)} pages in {out}")
    return sorted(out.rglob("*.html"))


def _drop_unused(content: Content, out: Path) -> None:
    for name in _UNUSED:
        shutil.rmtree(out / name, ignore_errors=True)
    if not content.site_url:
        for path in out.glob("sitemap.xml*"):
            path.unlink()  # a site map without an address says nothing


def _write_docs(content: Content, draw: Layouts, pages: list[SitePage], docs: Path) -> None:
    shutil.rmtree(docs, ignore_errors=True)
    for page in pages:
        target = docs / page.file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page.markdown(), encoding="utf-8")
    _write_short_pages(content, draw, pages, docs / "q")
    assets.write_assets(docs / "assets")
    write_stand_ins(content, docs)


def _write_short_pages(content: Content, draw: Layouts, pages: list[SitePage], folder: Path) -> None:
    """Write the pages behind printed QR codes: `/q/` of the country, and `/q/50/` of each province that has a page."""
    titles = {page.url: page.title for page in pages}
    made = {folder: draw.short(None, content.phrases["front_doors"])}
    for province in content.provinces:
        if title := titles.get(f"/provinces/{province.code}/"):
            made[folder / province.code] = draw.short(province, title)
    for place, html in made.items():
        place.mkdir(parents=True, exist_ok=True)
        (place / "index.html").write_text(html, encoding="utf-8")


def _run_mkdocs(content: Content, docs: Path, out: Path) -> None:
    # Material prints an advertisement for its successor on import; it is not a word of this build.
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    os.environ.setdefault("DISABLE_MKDOCS_2_WARNING", "true")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort

    with CONFIG.open("rb") as file, _warnings() as warned:
        try:
            build(load_config(file, strict=True, **_settings(content, docs, out)))
        except Abort as error:
            raise ContentErrors(Problem("mkdocs", line) for line in (*warned, escape(str(error)))) from error


def _settings(content: Content, docs: Path, out: Path) -> dict[str, Any]:
    """Return what the engine's configuration takes from the content; mkdocs.yml holds the rest."""
    return {
        "docs_dir": str(docs.resolve()),
        "site_dir": str(out.resolve()),
        "site_url": f"{content.site_url}/" if content.site_url else "",
        "site_name": content.phrases["site_name"],
        "nav": _nav(content),
        "markdown_extensions": [{name: dict(EXTENSION_CONFIGS.get(name, {}))} for name in EXTENSIONS],
        "extra": {
            "phrases": dict(content.phrases),
            "settings": dict(content.settings),
            "hotline": content.facts.show("contact.hotline"),
        },
    }


def _nav(content: Content) -> list[dict[str, str]]:
    """Return the entries of both menus that are pages of the site, for the engine."""
    chrome = environment().get_template("site/partials/chrome.html").module
    menu = (*getattr(chrome, "main_menu"), *getattr(chrome, "more_menu"))  # noqa: B009 - names of a template
    own = {page.url for page in content.pages}
    return [{content.phrases[label]: f"{url.strip('/')}/index.md"} for url, label in menu if url in own]


@contextmanager
def _warnings():  # type: ignore[no-untyped-def]
    """Collect the engine's warnings while it runs."""
    lines: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, collector = logging.getLogger("mkdocs"), Collector(level=logging.WARNING)
    logger.addHandler(collector)
    try:
        yield lines
    finally:
        logger.removeHandler(collector)


def _search_index(content: Content, pages: list[SitePage], built: dict[str, site_checks.BuiltPage]) -> str:
    entries = [_page_entry(page, built[page.url]) for page in pages if page.url in built and page.layout != "search"]
    silent = content.phrases["silent"]
    entries += [
        search.Entry(f"/faq/#{question.id}", question.question, question.answer or silent, weight=_PART_WEIGHT)
        for question in (*content.questions, *content.open_questions)
    ]
    entries += [
        search.Entry(f"/forms/{form.id}", form.title, form.lead, (form.short,), weight=_PART_WEIGHT)
        for form in content.forms.values()
    ]
    return search.index(entries)


def _page_entry(page: SitePage, built: site_checks.BuiltPage) -> search.Entry:
    if page.layout in _NO_TEXT:
        weight = _PART_WEIGHT if page.layout == "province" else 1
        return search.Entry(page.url, page.title, page.summary, page.keywords, weight=weight)
    return search.Entry(page.url, page.title, page.summary, page.keywords, tuple(built.headings), built.text)


def _problems(
    content: Content,
    pages: list[SitePage],
    built: dict[str, site_checks.BuiltPage],
    out: Path,
) -> list[Problem]:
    outside = {_STATUS, *(f"/forms/{form_id}" for form_id in content.forms)}
    outside |= {f"/leaflets/{kit_file(code)}.zip" for code in ("", *(province.code for province in content.provinces))}
    for each in content.prints:
        files = {file for place in (None, *content.provinces) for file in each.files(place)}
        outside |= {f"/leaflets/{file}.pdf" for file in files} | {f"/leaflets/{each.name}.png"}
    return site_checks.check_site(
        out,
        built,
        outside=outside.__contains__,
        own_host=urlsplit(content.site_url).netloc,
        known_hosts={urlsplit(content.settings[name].value).netloc for name in _STORES} - {""},
        drawn=assets.drawn_letters(out / "assets" / "fonts"),
        written_in=_places(content, pages),
    )


def _places(content: Content, pages: list[SitePage]) -> Callable[[str, str], str]:
    """Return a function that names where the words of a page are written: file, and line of a text if it is found."""
    paths = {page.url: page.path for page in pages}
    parts: dict[str, tuple[Benefit | Step, ...]] = {"benefits": content.benefits, "steps": content.steps}
    texts: dict[str, tuple[Page | Benefit | Step, ...]] = {
        page.url: (page, *parts.get(page.layout, ())) for page in content.pages
    }

    leaflet_lines: tuple[Benefit | Step, ...] = (*content.benefits, *content.steps)

    def place(url: str, near: str) -> str:
        for text in texts.get(url, ()):
            at = text.body.find(near) if near else -1
            if at >= 0:
                return f"{text.path}:{text.line + text.body.count(chr(10), 0, at)}"
        lines = (part.path for part in leaflet_lines if len(near) == 1 and near in part.leaflet)
        return next(lines, paths.get(url, f"site{url}"))  # a letter of a leaflet's line stands on several pages

    return place
