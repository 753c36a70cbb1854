"""What the glyphs of an embedded font say, and moved copies of a mark glyph: part of the text layer.

Needs fontTools only. `glyph_texts` reads the font's own character map and spreads it through the single and
ligature rules of GSUB; it never guesses from the first use of a glyph, as WeasyPrint does (Kozea/WeasyPrint #2841).
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

SINGLE, LIGATURE = 1, 4
PRIVATE_USE = range(0xE000, 0xF900)


@dataclass
class Face:
    """One embedded font file: what its glyphs say, how wide they are, and the moved copies asked of it."""

    texts: dict[int, str]
    widths: dict[int, float]
    units_per_em: int
    next_glyph: int
    moved: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def at(self, glyph: int, right: float, up: float) -> int:
        """Return the glyph that draws `glyph` further right and up (in em)."""
        move = (glyph, round(right * self.units_per_em), round(up * self.units_per_em))
        if not any(move[1:]):
            return glyph
        if move not in self.moved:
            self.moved[move] = self.next_glyph
            self.texts[self.next_glyph] = self.texts.get(glyph, "")
            self.next_glyph += 1
        return self.moved[move]


@lru_cache(maxsize=4)
def characters(font_file: bytes) -> frozenset[str]:
    """Return every character that a font can draw."""
    return frozenset(map(chr, TTFont(io.BytesIO(font_file), lazy=True).getBestCmap()))


@lru_cache(maxsize=4)
def advances(font_file: bytes) -> Mapping[str, float]:
    """Return how far each character of a font moves the pen, in em."""
    font = TTFont(io.BytesIO(font_file), lazy=True)
    widths, em = font["hmtx"].metrics, font["head"].unitsPerEm
    return {chr(codepoint): widths[name][0] / em for codepoint, name in font.getBestCmap().items()}


@lru_cache(maxsize=32)
def glyph_texts(font_file: bytes) -> Mapping[int, str]:
    """Return glyph id → text for every glyph that the font itself ties to characters."""
    font = TTFont(io.BytesIO(font_file), lazy=True)
    texts: dict[str, str] = {}
    for codepoint, name in sorted(font.getBestCmap().items()):
        if codepoint not in PRIVATE_USE:
            texts.setdefault(name, chr(codepoint))
    rules = list(_substitutions(font))
    while new := {made: _said(parts, texts) for parts, made in rules if made not in texts and _known(parts, texts)}:
        texts |= new
    ids = {name: number for number, name in enumerate(font.getGlyphOrder())}
    return MappingProxyType({ids[name]: text for name, text in texts.items()})


def _known(parts: Sequence[str], texts: Mapping[str, str]) -> bool:
    return all(part in texts for part in parts)


def _said(parts: Sequence[str], texts: Mapping[str, str]) -> str:
    return "".join(texts[part] for part in parts)


def _substitutions(font: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (glyphs read, glyph written) for the single and ligature rules of GSUB."""
    if "GSUB" not in font:
        return
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            rules = getattr(table, "ExtSubTable", table)
            if rules.LookupType == SINGLE:
                yield from (((read,), written) for read, written in rules.mapping.items())
            elif rules.LookupType == LIGATURE:
                for first, ligatures in rules.ligatures.items():
                    yield from (((first, *each.Component), each.LigGlyph) for each in ligatures)


@lru_cache(maxsize=256)
def glyph_count(font_file: bytes) -> int:
    """Return the number of glyphs in a font file."""
    return int(TTFont(io.BytesIO(font_file), lazy=True)["maxp"].numGlyphs)


@lru_cache(maxsize=256)
def with_moved_glyphs(font_file: bytes, moves: tuple[tuple[int, int, int], ...]) -> bytes:
    """Return the font with one more glyph per (glyph id, right, up): the same drawing, moved by font units."""
    font = TTFont(io.BytesIO(font_file), recalcTimestamp=False, recalcBBoxes=False)
    glyphs, metrics, order = font["glyf"], font["hmtx"].metrics, list(font.getGlyphOrder())
    for number, (glyph_id, right, up) in enumerate(moves):
        name, base = f"moved{number}", order[glyph_id]
        pen = TTGlyphPen(glyphs)
        pen.addComponent(base, (1, 0, 0, 1, right, up))
        glyph = pen.glyph()
        glyph.recalcBounds(glyphs)
        glyphs.glyphs[name], metrics[name] = glyph, (metrics[base][0], metrics[base][1] + right)
        order.append(name)
    font.setGlyphOrder(order)
    glyphs.glyphOrder = order
    profile = font["maxp"]
    profile.numGlyphs = len(order)
    profile.maxComponentElements = max(profile.maxComponentElements, 1)
    profile.maxComponentDepth = max(profile.maxComponentDepth, 2)
    with io.BytesIO() as out:
        font.save(out)
        return out.getvalue()
