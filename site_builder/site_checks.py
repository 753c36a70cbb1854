"""Checks on the built tree: what an engine's strict mode does not see. Every fault is found before any is told.

Links and anchors (also those in raw HTML), headings without an id of their own, ids used twice, marks left
unresolved, what the strict Content-Security-Policy would stop (inline styles, scripts and handlers, data: addresses,
frames), hosts of others, letters that the typeface lacks, and a page without the notice that this is a draft. So the
policy needs neither 'unsafe-inline' nor hashes.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from site_builder.problems import Problem

_HEADINGS = frozenset({"h2", "h3", "h4"})
_MARKS = re.compile(r"\[\[|\{\{|\{%|\]\]")
_HOST = re.compile(rb"(?:https?:)?//([a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.IGNORECASE)
# Names of XML vocabularies: never fetched.
_NOT_FETCHED = frozenset({"www.w3.org", "www.sitemaps.org"})
_TEXT_SUFFIXES = frozenset({".html", ".css", ".js", ".json", ".svg", ".xml", ".txt", ".webmanifest"})
# Left out of a page's words: what is drawn, and what leads elsewhere (source badges are links of class "src").
_SILENT = frozenset({"script", "style", "svg", "header", "nav", "aside", "form"})
_NOT_DRAWN = frozenset({"script", "style", "title"})  # what is heard or run, but not drawn with our typeface
_STOPPED = frozenset({"applet", "audio", "base", "embed", "frame", "iframe", "object", "video"})  # by the policy
_LOADS = ("href", "src", "action", "formaction", "poster")
_INLINE = frozenset({"a", "abbr", "b", "code", "em", "i", "mark", "small", "span", "strong"})


@dataclass(frozen=True)
class Fault:
    """What is wrong on a page; `near` is what to look for in the words it was made from."""

    message: str
    near: str = ""


@dataclass
class BuiltPage:
    """What the checks and the search index need of one built page."""

    url: str
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    text: str = ""
    letters: set[str] = field(default_factory=set)
    has_notice: bool = False


def read_site(site: Path) -> dict[str, BuiltPage]:
    """Return every HTML page below `site` by its address."""
    pages = {}
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        url = f"/{name.removesuffix('index.html')}"
        reader = _Reader(url)
        reader.feed(path.read_text(encoding="utf-8"))
        reader.close()
        pages[url] = reader.finish()
    return pages


def check_site(
    site: Path,
    pages: Mapping[str, BuiltPage],
    *,
    outside: Callable[[str], bool],
    own_host: str = "",
    known_hosts: Container[str] = (),
    drawn: Container[str] | None = None,
    written_in: Callable[[str, str], str] = lambda url, near: f"site{url}",
) -> list[Problem]:
    """Return every problem of the tree below `site`.

    `outside` tells which addresses other parts of the service answer, `known_hosts` which hosts an officer has set
    (the app stores) and pages may link to, `drawn` which letters the typeface has (None: any); `written_in` names the
    place in the content from a page's address and a text.
    """
    problems = []
    for page in pages.values():
        faults = (*_page_faults(page), *_link_faults(page, pages, site, outside, own_host, known_hosts))
        faults += tuple(_letter_faults(page, drawn)) if drawn is not None else ()
        problems += [Problem(written_in(page.url, fault.near), fault.message) for fault in faults]
    problems += _hosts(site, own_host, known_hosts)
    return sorted(set(problems))


def _page_faults(page: BuiltPage) -> Iterator[Fault]:
    yield from page.faults
    if not page.has_notice:
        yield Fault("ไม่มีแถบบอกว่าเป็นร่างกฎหมาย")
    for name in sorted({name for name in page.ids if page.ids.count(name) > 1}):
        yield Fault(f"ใช้ id ซ้ำ: {name}", f"#{name}}}")
    if match := _MARKS.search(page.text):
        around = page.text[max(0, match.start() - 20) : match.end() + 20].strip()
        yield Fault(f"มีเครื่องหมายหลุดมาในหน้า: {around}", match.group())


def _letter_faults(page: BuiltPage, drawn: Container[str]) -> Iterator[Fault]:
    for char in sorted(page.letters):
        if char not in drawn and char.isprintable():
            yield Fault(f"“{char}” (U+{ord(char):04X}) ไม่มีในตัวพิมพ์ Sarabun ใช้ตัวอื่นแทน", char)


def _link_faults(
    page: BuiltPage,
    pages: Mapping[str, BuiltPage],
    site: Path,
    outside: Callable[[str], bool],
    own_host: str,
    known_hosts: Container[str],
) -> Iterator[Fault]:
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme in ("data", "javascript"):
            yield Fault(f"ที่อยู่แบบ {parts.scheme}: ใช้ไม่ได้: {link[:40]}", link)
            continue
        if parts.scheme in ("tel", "mailto") or parts.netloc in known_hosts:
            continue
        if (parts.scheme or parts.netloc) and parts.netloc != own_host:
            yield Fault(f"ลิงก์ออกนอกเว็บ: {link}", link)
            continue
        path = unquote(parts.path) or page.url
        target = pages.get(path)
        if target is None:
            if not outside(path) and not (site / path.lstrip("/")).is_file():
                yield Fault(f"ลิงก์ {link} ไม่มีหน้านี้", link)
        elif parts.fragment and unquote(parts.fragment) not in target.ids:
            yield Fault(f"ไม่มีจุด #{parts.fragment} ในหน้า {path}", link)


def _hosts(site: Path, own_host: str, known_hosts: Container[str]) -> Iterator[Problem]:
    for path in sorted(path for path in site.rglob("*") if path.suffix in _TEXT_SUFFIXES):
        if path.suffix == ".json":
            continue  # words to read, never fetched
        hosts = {host.decode() for host in _HOST.findall(path.read_bytes())}
        for host in sorted(hosts - _NOT_FETCHED - {own_host}):
            if host not in known_hosts:
                yield Problem(f"site/{path.relative_to(site).as_posix()}", f"มีที่อยู่ของผู้อื่น: {host}")


class _Reader(HTMLParser):
    """Reads one page; `finish` gives what was found."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._page = BuiltPage(url)
        self._words: list[str] = []
        self._heading: list[str] | None = None
        self._named = False
        self._silent = 0
        self._in_main = 0
        self._in_badge = False
        self._undrawn = 0

    def finish(self) -> BuiltPage:
        """Return the page read."""
        self._page.text = re.sub(r"\s+", " ", "".join(self._words)).strip()
        return self._page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._silent += tag in _SILENT
        self._undrawn += tag in _NOT_DRAWN
        self._in_main += tag == "main"
        self._in_badge = tag == "a" and "src" in values.get("class", "").split()
        if tag not in _INLINE:
            self._words.append(" ")
        self._page.has_notice |= "draft" in values.get("class", "").split()
        if "id" in values:
            self._page.ids.append(values["id"])
        self._page.links += [values[name] for name in _LOADS if values.get(name)]
        self._page.links += _candidates(values.get("srcset", ""))
        self._page.faults += [
            Fault(f"มีคำสั่งในแท็ก: <{tag} {name}=…>", f"{name}=")
            for name in values
            if name == "style" or name.startswith("on")
        ]
        if tag in _STOPPED or tag == "style" or (tag == "script" and not values.get("src")):
            self._page.faults.append(Fault(f"มีคำสั่งในหน้า: <{tag}>", f"<{tag}"))
        if tag in _HEADINGS:
            self._heading = []
            self._named = bool(values.get("id")) and not re.fullmatch(r"_\d*", values["id"])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT
        self._undrawn -= tag in _NOT_DRAWN
        self._in_badge = False
        self._in_main -= tag == "main"
        if tag in _HEADINGS and self._heading is not None:
            words = " ".join("".join(self._heading).split())
            self._page.headings.append(words)
            if not self._named:
                message = f"หัวข้อ “{words}” ไม่มี id ของตัวเอง เขียน {{#english-name}} ท้ายหัวข้อ"
                self._page.faults.append(Fault(message, words))
            self._heading = None

    def handle_data(self, data: str) -> None:
        if not self._undrawn:
            self._page.letters.update(data)
        if self._heading is not None:
            self._heading.append(data)
        if self._in_main and not self._silent and not self._in_badge:
            self._words.append(data)


def _candidates(srcset: str) -> Iterable[str]:
    return [part.split()[0] for part in srcset.split(",") if part.strip()]
