"""What a reader reads: passages of plain text cut out of Markdown, each with its line.

Passage            one paragraph, list item, heading, table cell, button or label
Document           the passages a reader meets together: a page, a form, one FAQ entry
markdown_passages  Markdown body → passages
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["paragraph", "item", "heading", "cell", "button", "label", "small"]

FENCE = re.compile(r"^\s*(```|~~~)")
HEADING = re.compile(r"^\s*#{1,6}\s+(?P<text>.*?)\s*#*\s*$")
CALLOUT = re.compile(r"^\s*(?:!!!|\?\?\?\+?)\s+[\w -]+?(?:\"(?P<text>.*)\")?\s*$")
ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)]|:)\s+(?P<text>.*)$")
RULE = re.compile(r"^\s*([-*_])(?:\s*\1){2,}\s*$")
TABLE_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
ONLY_ATTRIBUTES = re.compile(r"^\s*\{:?[^{}]*\}\s*$")
SOURCE = re.compile(r"\[\[src:\s*(?P<ids>[^\]]*)\]\]")
BUTTON = re.compile(r"\[(?P<text>[^\[\]]*)\]\([^()]*\)\{:?[^{}]*\.(?:btn|button)[^{}]*\}")
INLINE = (
    (re.compile(r"<!--.*?-->"), ""),
    (re.compile(r"`[^`]*`"), " "),
    (SOURCE, ""),
    (re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)(?:\{:?[^{}]*\})?"), r"\1"),
    (re.compile(r"\{:?\s*[#.][^{}]*\}"), ""),
    (re.compile(r"<https?://[^>]*>|https?://\S+|[\w.+-]+@[\w-]+\.[\w.-]+"), " "),
    (re.compile(r"</?[a-zA-Z][^>]*>"), " "),
    (re.compile(r"&(?:nbsp|ensp|thinsp);"), " "),
    (re.compile(r"\*{1,3}|~~|==|(?<!\w)_{1,2}|_{1,2}(?!\w)|\\(?=[\W_])"), ""),
)


@dataclass(frozen=True)
class Passage:
    """Plain text with its place; `line` is 0 where a record has none, `around` is the table it stands in."""

    path: str
    line: int
    kind: Kind
    text: str
    sources: frozenset[str] = frozenset()
    record: str = ""
    around: str = ""
    raw: str = ""

    def place(self, offset: int = 0) -> str:
        """`content/x.md:12`, or `content/data/faq.yml #q01` for a record; `offset` counts into `text`."""
        if self.line:
            return f"{self.path}:{self.line + self.text[:offset].count(chr(10))}"
        return f"{self.path} #{self.record}" if self.record else self.path


@dataclass(frozen=True)
class Document:
    """What a reader meets as one piece; `own_terms` are the words a glossary entry explains."""

    path: str
    passages: tuple[Passage, ...]
    handbook: bool = False
    own_terms: frozenset[str] = frozenset()
    language: str = "th"

    @property
    def text(self) -> str:
        return "\n".join(passage.text for passage in self.passages)


def plain(markdown: str) -> str:
    """One or more lines of Markdown without markup, links, code, addresses or source badges."""
    for pattern, put in INLINE:
        markdown = pattern.sub(put, markdown)
    return markdown.strip(" \t")


def sources_of(markdown: str) -> frozenset[str]:
    """Fact ids of the source badges in `markdown`."""
    return frozenset(id_ for found in SOURCE.finditer(markdown) for id_ in found["ids"].split())


def passage(path: str, kind: Kind, markdown: str, line: int = 0, record: str = "", around: str = "") -> Passage:
    """A passage of `markdown`, its markup taken off."""
    return Passage(path, line, kind, plain(markdown), sources_of(markdown), record, around, markdown)


def markdown_passages(body: str, path: str, first_line: int = 1) -> list[Passage]:
    """The passages of a Markdown body whose first line is line `first_line` of `path`."""
    found: list[Passage] = []
    for block in _blocks(body, first_line):
        found.extend(_table(block, path) if block.kind == "cell" else [_prose(block, path)])
    buttons = [
        passage(path, "button", button["text"], each.line + each.raw[: button.start()].count("\n"))
        for each in found
        for button in BUTTON.finditer(each.raw)
    ]
    return [each for each in found if each.text.strip()] + buttons


@dataclass(frozen=True)
class _Block:
    kind: Kind
    line: int
    lines: tuple[str, ...]


def _blocks(body: str, first_line: int) -> Iterator[_Block]:
    """Group lines: a heading, a list item or a table row begins a block, a blank line ends it."""
    block: _Block | None = None
    for number, line in _visible_lines(body, first_line):
        kind, text, begins = _read_line(line)
        if block and text and not begins and block.kind == kind:
            block = replace(block, lines=(*block.lines, text))
            continue
        if block and text and kind == "paragraph" and block.kind == "item":
            block = replace(block, lines=(*block.lines, text))
            continue
        if block:
            yield block
        block = _Block(kind, number, (text,)) if text else None
    if block:
        yield block


def _visible_lines(body: str, first_line: int) -> Iterator[tuple[int, str]]:
    """Lines with numbers; code blocks, comments and lone attributes become blank."""
    fenced = commented = False
    for number, line in enumerate(body.split("\n"), first_line):
        fence = FENCE.match(line)
        commented = commented or ("<!--" in line and "-->" not in line)
        hidden = fenced or fence or commented or ONLY_ATTRIBUTES.match(line) or RULE.match(line)
        if fence:
            fenced = not fenced
        if commented and "-->" in line:
            commented = False
        yield number, "" if hidden else line


def _read_line(line: str) -> tuple[Kind, str, bool]:
    """Kind of a line, its text, and whether it always begins a passage of its own."""
    if heading := HEADING.match(line):
        return "heading", heading["text"], True
    if callout := CALLOUT.match(line):
        return "label", callout["text"] or "", True
    if line.lstrip().startswith("|"):
        return "cell", line.strip(), False
    if item := ITEM.match(line):
        return "item", item["text"], True
    return "paragraph", line.strip().removeprefix("> "), False


def _prose(block: _Block, path: str) -> Passage:
    return passage(path, block.kind, "\n".join(block.lines), block.line)


def _table(block: _Block, path: str) -> Iterator[Passage]:
    around = plain("\n".join(block.lines))
    for offset, row in enumerate(block.lines):
        if TABLE_RULE.match(row):
            continue
        row_sources = sources_of(row)
        for cell in row.strip("|").split("|"):
            found = passage(path, "cell", cell.strip(), block.line + offset, around=around)
            yield replace(found, sources=row_sources)
