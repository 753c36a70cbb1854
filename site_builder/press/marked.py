"""Marked content for pieces of text that need an ActualText. Part of the text layer."""

import re
from collections.abc import Iterator
from typing import Any

import pydyf

from site_builder.press.runs import Piece, Run

MARKED = re.compile(rb"/(\w+) <<\s*/MCID (\d+)\s*>> BDC")
Item = bytes | Run


def resolve(pdf: pydyf.PDF, reference: bytes) -> Any:
    """Return the object that a reference like `b"12 0 R"` points to."""
    return pdf.objects[int(reference.split()[0])]


class Owners:
    """Hands out further MCIDs on a page: each goes to the structure element that owns the first one."""

    def __init__(self, pdf: pydyf.PDF, page: Any) -> None:
        self.pdf = pdf
        self.parents: list[bytes] = []
        if page and "StructParents" in page and "StructTreeRoot" in pdf.catalog:
            tree = resolve(pdf, resolve(pdf, pdf.catalog["StructTreeRoot"])["ParentTree"])
            self.parents = tree["Nums"][2 * page["StructParents"] + 1]

    def another(self, after: int) -> int:
        """Return a new MCID of the element that owns MCID `after`, to be read right after it."""
        new = len(self.parents)
        self.parents.append(self.parents[after])
        kids = resolve(self.pdf, self.parents[after])["K"]
        kids.insert(kids.index(after) + 1, new)
        return new


def with_actual_text(items: list[Item], owners: Owners) -> Iterator[bytes]:
    """Yield the operations with each piece that needs one given its ActualText.

    In a tagged text the piece becomes marked content of its own, beside the rest: nested marked content makes
    poppler's structure reader lose the end of the line.
    """
    at = 0
    while at < len(items):
        end = at + 1
        if owners.parents and (found := _marked(items[at])):
            end = _section_end(items, at)
            section = items[at:end]
            if any(piece.says for item in section if isinstance(item, list) for piece in item):
                yield from _flat(section, _Mark(owners, found[1], int(found[2])))
                at = end
                continue
        yield from _plain(items[at:end])
        at = end


def _marked(item: Item) -> re.Match[bytes] | None:
    return MARKED.fullmatch(item) if isinstance(item, bytes) else None


def _section_end(items: list[Item], start: int) -> int:
    depth, end = 1, start + 1
    while depth:
        item = items[end]
        if isinstance(item, bytes):
            depth += item.endswith((b"BDC", b"BMC")) - (item == b"EMC")
        end += 1
    return end


def _plain(section: list[Item]) -> Iterator[bytes]:
    for item in section:
        for piece in item if isinstance(item, list) else ():
            yield from (_opening(b"Span", "", piece.says), piece.operator, b"EMC") if piece.says else (piece.operator,)
        if isinstance(item, bytes):
            yield item


def _flat(section: list[Item], mark: "_Mark") -> Iterator[bytes]:
    """Yield a tagged text with its marked content inside the text object, in as many parts as it needs."""
    begin, end = section.index(b"BT"), section.index(b"ET")
    yield from _plain(section[1 : begin + 1])
    for item in section[begin + 1 : end]:
        for piece in item if isinstance(item, list) else ():
            yield from mark.switch(piece)
            yield piece.operator
        if isinstance(item, bytes):
            yield item
    yield from (b"EMC", b"ET")
    if after := section[end + 1 : -1]:  # an underline is no content
        yield from (b"/Artifact BMC", *_plain(after), b"EMC")


class _Mark:
    """Marked content of one element, closed and opened again wherever a piece needs an ActualText of its own."""

    def __init__(self, owners: Owners, tag: bytes, mcid: int) -> None:
        self.owners, self.tag, self.mcid = owners, tag, mcid
        self.says: str | None = None

    def switch(self, piece: Piece) -> Iterator[bytes]:
        if self.says is None:
            yield _opening(self.tag, f"/MCID {self.mcid}", piece.says)
        elif piece.says or self.says:
            self.mcid = self.owners.another(self.mcid)
            yield from (b"EMC", _opening(self.tag, f"/MCID {self.mcid}", piece.says))
        self.says = piece.says


def _opening(tag: bytes, properties: str, says: str) -> bytes:
    if says:
        properties += f" /ActualText <feff{says.encode('utf-16-be').hex()}>"
    return b"/%s <<%s>> BDC" % (tag, properties.encode())
