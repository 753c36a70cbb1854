"""The text operators of a content stream: marks levelled, and ํ + tone + า found. Part of the text layer."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from site_builder.press.glyphs import Face

TONES = frozenset("่้๊๋์")
NIKHAHIT, AA, AM = "ํ", "า", "ำ"
PANGO = 1000 / 1024  # WeasyPrint takes Pango's 1024ths for thousandths when it moves a glyph
TOKEN = re.compile(rb"<([0-9a-f]*)>|(-?[0-9.]+(?:e[-+]?[0-9]+)?)")

Token = int | bytes  # a glyph id, or a number that moves the pen
Run = list["Piece"]


@dataclass(frozen=True)
class Piece:
    """Part of a shown text; `says` is what it stands for, where the glyphs alone would say something else."""

    tokens: tuple[Token, ...]
    says: str = ""

    @property
    def operator(self) -> bytes:
        """Return the TJ that shows this piece."""
        out, glyphs = [], b""
        for token in (*self.tokens, b""):
            if isinstance(token, int):
                glyphs += b"%04x" % token
                continue
            out += [b"<" + glyphs + b">"] if glyphs else []
            out += [token] if token else []
            glyphs = b""
        return b"[" + b" ".join(out) + b"] TJ"


def text_runs(items: Iterable[Any], faces: dict[bytes, Face]) -> Iterator[bytes | Run]:
    """Yield the operations of a pydyf stream; each text shown by one of the faces comes as a run of pieces.

    A mark that is moved to its anchor by a text rise or by pen movements is replaced by a glyph that stands there
    by itself, and the texts that the rise cut apart are joined: readers judge order by pen positions.
    """
    pen, shown = _Pen(faces), list[tuple[Token, float]]()
    for operation in operations(items):
        if pen.face and operation.endswith(b" Ts"):
            pen.rise = float(operation.split(b" ")[0]) * PANGO / pen.size
        elif pen.face and operation.endswith(b"] TJ"):
            shown += [(token, pen.rise) for token in _tokens(operation)]
        else:
            if shown and pen.face:
                yield list(_pieces(list(_settled(shown, pen.face)), pen.face.texts))
                shown = []
            pen.follow(operation)
            yield operation


def _settled(shown: list[tuple[Token, float]], face: Face) -> Iterator[Token]:
    """Yield the tokens with each moved mark drawn by a glyph that needs no moving.

    WeasyPrint writes a glyph as `-offset glyph kerning`, the offset with a decimal point, the kerning without.
    A mark has no width, so its kerning only takes the offset back.
    """
    offset, was_mark = b"", False
    for token, rise in shown:
        if isinstance(token, int):
            was_mark = face.widths.get(token) == 0
            if was_mark:
                yield face.at(token, -float(offset or 0) * PANGO / 1000, rise)
            else:
                yield from (offset, token) if offset else (token,)
            offset = b""
        elif b"." in token:
            offset = token
        elif not was_mark and token != b"0":
            yield token


class _Pen:
    """The font, size and rise in force, saved and restored by q and Q."""

    def __init__(self, faces: dict[bytes, Face]) -> None:
        self.faces = faces
        self.face: Face | None = None
        self.size, self.rise = 1.0, 0.0
        self.saved: list[tuple[Face | None, float]] = []

    def follow(self, operation: bytes) -> None:
        if operation.endswith(b" Tf"):
            name, size, _ = operation.split(b" ")
            self.face, self.size = self.faces.get(name[1:]), float(size)
        elif operation == b"q":
            self.saved.append((self.face, self.size))
        elif operation == b"Q" and self.saved:
            self.face, self.size = self.saved.pop()


def operations(items: Iterable[Any]) -> list[bytes]:
    """Return a stream's operations as bytes; pydyf keeps tag, properties and BDC as three items."""
    merged: list[bytes] = []
    for item in items:
        data = item.data if hasattr(item, "data") else item
        text = data.encode() if isinstance(data, str) else bytes(data)
        if text == b"BDC":
            properties, tag = merged.pop(), merged.pop()
            text = b" ".join((tag, properties, text)).replace(b"\n", b" ")
        elif text == b"BMC":
            text = merged.pop() + b" BMC"
        merged.append(text)
    return merged


def _tokens(operation: bytes) -> Iterator[Token]:
    for glyphs, number in TOKEN.findall(operation[1 : operation.rindex(b"]")]):
        if number:
            yield number if b"e" not in number else b"%.6f" % float(number)  # PDF knows no 1e-05
        yield from (int(glyphs[at : at + 4], 16) for at in range(0, len(glyphs), 4))


def _pieces(tokens: Sequence[Token], texts: dict[int, str]) -> Iterator[Piece]:
    """Cut a text before and after each run of glyphs that together say ำ."""
    places = [at for at, token in enumerate(tokens) if isinstance(token, int)]
    said = [texts.get(token, "") for token in tokens if isinstance(token, int)]
    done = number = 0
    while number < len(said):
        length, says = _sara_am(said[number : number + 3])
        if length:
            start, end = places[number], places[number + length - 1] + 1
            if start > done:
                yield Piece(tuple(tokens[done:start]))
            yield Piece(tuple(tokens[start:end]), says)
            done = end
        number += length or 1
    if done < len(tokens):
        yield Piece(tuple(tokens[done:]))


def _sara_am(said: list[str]) -> tuple[int, str]:
    """Return how many glyphs at the start make ำ (0: none do), and the text they stand for."""
    if not said or NIKHAHIT not in said[0]:
        return 0, ""
    tone = said[0].replace(NIKHAHIT, "")
    after = 1
    if not tone and len(said) > 1 and said[1] in TONES:
        tone, after = said[1], 2
    if set(tone) <= TONES and len(said) > after and said[after] == AA:
        return after + 1, tone + AM
    return 0, ""
