"""HTML of the content's Markdown, made ready for paper: Thai lines set, boxes to tick, links without addresses.

Numbers of lists become words, since what a style sheet writes is not held against the content.
"""

import re
from collections.abc import Callable
from html.parser import HTMLParser

from markupsafe import Markup, escape

from site_builder.press.typeset import Filter

_BUTTON = re.compile(r'<p><a href="/[^"]*">[^<]*</a></p>\n?')  # nobody presses a button on paper
_POINTER = re.compile(r' <a href="/[^"]*">(?:ดู|อ่าน)[^<]*</a>(?=</p>)')  # nor follows one on from the end of a paragraph
_SPACE_AFTER = re.compile(r"((?:</(?:strong|em)>)+)[ \n]+")  # the space goes inside: alone it would not be drawn
_SPACE = re.compile(r"\s+")
_BOX = "[ ] "
_HEADING = re.compile("h([1-6])")

Flow = Callable[..., Markup]


def flow_filter(thai: Filter) -> Flow:
    """Return the `flow` filter: `{{ html | flow(1, "หน้า") }}` makes h2 an h3, and names the page of a chapter."""

    def flow(html: str, deeper: int = 0, page_word: str = "", keep: int = 0) -> Markup:
        setter = _Setter(thai, deeper, page_word, keep)
        setter.feed(_SPACE_AFTER.sub(r" \1", _POINTER.sub("", _BUTTON.sub("", html))))
        setter.close()
        return Markup("").join(setter.parts)

    return flow


class _Setter(HTMLParser):
    def __init__(self, thai: Filter, deeper: int, page_word: str, keep: int) -> None:
        super().__init__()
        self.thai, self.deeper, self.page_word, self.keep = thai, deeper, page_word, keep
        self.parts: list[Markup] = []
        self.counts: list[int | None] = []  # of the lists that are open: None for one without numbers
        self.links: list[bool] = []
        self.item = False  # the next text is the first of a list item, which begins at `begin`
        self.begin = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a":
            self._open_link(named.get("href") or "")
            return
        if tag in ("ol", "ul"):
            self.counts.append(0 if tag == "ol" else None)
        self.item = tag == "li" or (self.item and tag in ("p", "strong", "em"))
        kind = named.get("class")
        named_class = Markup(' class="{}"').format(kind) if kind else ""
        self.parts.append(Markup("<{}{}>").format(self._tag(tag), named_class))
        if tag in ("li", "p"):
            self.begin = len(self.parts)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            if self.links.pop():
                self.parts.append(Markup("</a>"))
            return
        if tag in ("ol", "ul"):
            self.counts.pop()
        self.parts.append(Markup("</{}>").format(self._tag(tag)))

    def handle_data(self, data: str) -> None:
        text = _SPACE.sub(" ", data)
        if not text.strip():
            return
        if self.item:
            text = self._begin_item(text)
        self.parts += [Markup(" ")] if text.startswith(" ") else []
        self.parts.append(self.thai(text, self.keep, more=text.endswith(" ")))

    def _begin_item(self, text: str) -> str:
        """Begin a list item: with its number, or with a box to tick."""
        self.item = False
        if self.counts and self.counts[-1] is not None:
            self.counts[-1] += 1
            self.parts.insert(self.begin, Markup('<span class="no">{} </span>').format(self.counts[-1]))
        elif text.startswith(_BOX):
            at = max(at for at, part in enumerate(self.parts) if part == "<li>")
            self.parts[at] = Markup('<li class="tick">')
            return text.removeprefix(_BOX)
        return text

    def _open_link(self, address: str) -> None:
        inside = address.startswith("#")
        self.links.append(inside)
        if inside:
            self.parts.append(Markup('<a href="{}" data-page=" {}">').format(address, escape(self.page_word)))

    def _tag(self, tag: str) -> str:
        if heading := _HEADING.fullmatch(tag):
            return f"h{min(6, int(heading[1]) + self.deeper)}"
        return "b" if tag in ("strong", "em") else tag
