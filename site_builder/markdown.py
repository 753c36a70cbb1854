"""Markdown to HTML, for every output: source badges, words kept on one line, and one list of extensions.

`finish` writes what we add as plain HTML inside the Markdown, so that any engine with the standard
extensions (mkdocs.yml names the same ones) turns a page into the same HTML as `blocks` does here.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from html import escape
from typing import Any

import markdown

from site_builder import references, thai
from site_builder.content import Content
from site_builder.facts import Fact

EXTENSIONS = ("attr_list", "def_list", "tables", "admonition")
EXTENSION_CONFIGS: Mapping[str, dict[str, Any]] = {"tables": {"use_align_attribute": True}}

# Parts of a Markdown line that are not words for the reader.
_NOT_WORDS = re.compile(
    r"(\]\([^)]*\)|\[\[.*?\]\]|\{[:#.][^}\n]*\}|<[^>]*>|`[^`]*`|https?://\S+|^[ ]*!!!.*$|^[ ]*\|?[-:| ]+\|?$)",
    re.MULTILINE,
)
_MONTHS = "|".join(re.escape(month) for month in (*thai.MONTHS, *thai.MONTHS_SHORT))
_DATE = re.compile(rf"(\d{{1,2}}) ({_MONTHS})(?: (\d{{4}}))?")
_PHONE = re.compile(r"(?<!\d)(0\d{0,2}) (\d{3,4}) (\d{4})(?!\d)")
_BEFORE = re.compile(r"(ขั้นที่|ข้อ|ข้อที่|วาระ|วาระที่|มาตรา|ปี|ปีที่|หมู่|ครั้งที่|วันที่|ที่) (?=\d)")
_LONGEST_QUOTE = 16  # what stands on a button or is typed into a box is read as one piece
_LONGEST_NOWRAP = 24  # characters; longer words must be able to break on a screen of 320 pixels


class Prose:
    """Turns the content's Markdown into HTML, with the source marks and the word rules of one `content`."""

    def __init__(self, content: Content, *, badges: bool = True, hold: bool = True) -> None:
        """`hold`: keep words on one line here; paper does it by itself (`press/typeset.py`)."""
        self._content = content
        self._badges = badges
        self._hold = hold
        self._engine = markdown.Markdown(
            extensions=list(EXTENSIONS), extension_configs=dict(EXTENSION_CONFIGS), output_format="html"
        )

    def finish(self, text: str) -> str:
        """Return Markdown with source marks as badges and with terms, dates and figures that stay on one line."""
        return references.replace_sources(self._hold_together(text), self.badge if self._badges else _nothing)

    def blocks(self, text: str) -> str:
        """Return `text` as HTML blocks."""
        return str(self._engine.reset().convert(self.finish(text)))

    def line(self, text: str) -> str:
        """Return a short text as HTML without a paragraph around it; line ends count as spaces."""
        html = self.blocks(" ".join(text.split()))
        return html.removeprefix("<p>").removesuffix("</p>")

    def label(self, text: str) -> str:
        """Return a plain text (a title, a button) escaped, its words kept on one line."""
        return self._hold_together(escape(references.replace_sources(text, _nothing)))

    def badge(self, ids: Iterable[str]) -> str:
        """Return links to the facts `ids` on the page of sources; each names its place in the document."""
        facts = [self._content.facts[fact_id] for fact_id in ids if fact_id in self._content.facts]
        label = self._content.phrases.get("label_source", "ที่มา")
        links = []
        for number, fact in enumerate(facts, 1):
            shown = label if len(facts) == 1 else f"{label} {number}" if number == 1 else str(number)
            spoken = f"{shown} {section_name(fact, self._content.phrases)}"
            links.append(f'<a class="src" href="{source_url(fact)}" aria-label="{escape(spoken)}">{shown}</a>')
        return "".join(links)

    def _hold_together(self, text: str) -> str:
        if not self._hold:
            return text
        pieces = _NOT_WORDS.split(text)
        return "".join(piece if at % 2 else self._join_words(piece) for at, piece in enumerate(pieces))

    def _join_words(self, text: str) -> str:
        text = _DATE.sub(lambda m: "\u00a0".join(part for part in m.groups() if part), text)
        text = _PHONE.sub("\\1\u00a0\\2\u00a0\\3", text)
        text = _BEFORE.sub("\\1\u00a0", text)
        text = self._units.sub("\\1\u00a0", text)
        return self._terms.sub(lambda m: f'<span class="n">{m.group()}</span>', text)

    @cached_property
    def _terms(self) -> re.Pattern[str]:
        words = _any_of(word for word in self._content.terms.nowrap if len(word) <= _LONGEST_NOWRAP)
        return re.compile(rf"“[^”<>\n]{{1,{_LONGEST_QUOTE}}}”|[“(]?(?:{words.pattern})[”)]?")

    @cached_property
    def _units(self) -> re.Pattern[str]:
        units = _any_of(self._content.terms.nowrap_units).pattern
        return re.compile(rf"((?<![\d.])[\d,.]+(?: ล้าน)?) (?={units})")


def source_url(fact: Fact) -> str:
    """Return where the site shows a fact with its place in the document."""
    return f"/about/sources/#{fact.anchor}"


def section_name(fact: Fact, phrases: Mapping[str, str]) -> str:
    """Return the Thai name of the part of the document that holds `fact`."""
    return phrases.get(f"section_{fact.section}", fact.section_title)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted({re.escape(word) for word in words if word}, key=len, reverse=True)
    return re.compile("|".join(longest_first) or r"(?!)")


def _nothing(ids: tuple[str, ...]) -> str:
    return ""
