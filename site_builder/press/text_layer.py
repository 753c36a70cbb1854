"""Exact Thai text in PDFs made by WeasyPrint 70: pass `finish` as `finisher` to `Document.write_pdf`.

Three faults are mended; the picture does not change.

1. WeasyPrint maps a glyph to the text of its *first use*. HarfBuzz splits ำ into ํ + า, so one น้ำ early in a file
   turns every later า into "้ำ". ToUnicode is rewritten from the font's own tables (`glyphs.glyph_texts`).
2. A mark is moved to its anchor by pen movements and a text rise. A rise makes a text object of its own, which
   pdfium (Chrome) reads as another line; a movement to the right makes poppler read the next letter first. Such a
   mark is drawn by a copy of its glyph that stands in the right place by itself (`runs.text_runs`).
3. ํ + tone + า is given ActualText, in marked content of its own (`marked.with_actual_text`).

Uses pydyf, fontTools and the shape of WeasyPrint's content streams: a test fails on any version but 70.
"""

from typing import Any

import pydyf

from site_builder.press.glyphs import Face, glyph_count, glyph_texts, with_moved_glyphs
from site_builder.press.marked import Owners, resolve, with_actual_text
from site_builder.press.runs import text_runs

BFCHARS_PER_BLOCK = 100  # limit of the CMap format


def finish(document: Any, pdf: pydyf.PDF) -> None:
    """Mend the text layer of a PDF that WeasyPrint is about to write."""
    dictionaries = [item for item in pdf.objects if isinstance(item, dict)]
    fonts = [item for item in dictionaries if item.get("Type") == "/Font" and "ToUnicode" in item]
    pages = {item["Contents"]: item for item in dictionaries if item.get("Type") == "/Page"}
    faces = {_key(font): _face(document, pdf, font) for font in fonts}
    for stream in (item for item in pdf.objects if isinstance(item, pydyf.Stream) and b"BT" in item.stream):
        owners = Owners(pdf, pages.get(stream.reference))
        stream.stream[:] = with_actual_text(list(text_runs(stream.stream, faces)), owners)
    for font in fonts:
        _write_texts(pdf, font, faces[_key(font)])
        _write_moved(pdf, font, faces[_key(font)])


def _key(description: Any) -> bytes:
    name: bytes = description["BaseFont"]
    return name[1:].split(b"+")[0]


def _font_file(pdf: pydyf.PDF, description: Any) -> tuple[Any, Any]:
    """Return the CID font and the stream with its font file."""
    cid_font = resolve(pdf, description["DescendantFonts"][0])
    return cid_font, resolve(pdf, resolve(pdf, cid_font["FontDescriptor"])["FontFile2"])


def _face(document: Any, pdf: pydyf.PDF, description: Any) -> Face:
    from weasyprint.text.fonts import get_hb_object_data  # a door that opens only once fontconfig is set

    key = _key(description).decode()
    fonts = [font for font in document.fonts.values() if font.hash == key]
    known = glyph_texts(get_hb_object_data(fonts[0].hb_face))
    used = {glyph: text for font in fonts for glyph, text in font.to_unicode.items()}
    texts = {glyph: known.get(glyph, text) for glyph, text in sorted(used.items())}
    cid_font, file = _font_file(pdf, description)
    return Face(texts, _widths(cid_font["W"]), fonts[0].upem, glyph_count(file.stream[0]))


def _write_texts(pdf: pydyf.PDF, font: Any, face: Face) -> None:
    """Replace the ToUnicode map of a font."""
    lines = resolve(pdf, font["ToUnicode"]).stream
    begin = lines.index(b"endcodespacerange") + 1
    said = [(glyph, text) for glyph, text in sorted(face.texts.items()) if text]
    blocks: list[bytes] = []
    for at in range(0, len(said), BFCHARS_PER_BLOCK):
        block = said[at : at + BFCHARS_PER_BLOCK]
        blocks.append(b"%d beginbfchar" % len(block))
        blocks += [b"<%04x> <%s>" % (glyph, text.encode("utf-16-be").hex().encode()) for glyph, text in block]
        blocks.append(b"endbfchar")
    lines[begin : lines.index(b"endcmap")] = blocks


def _write_moved(pdf: pydyf.PDF, font: Any, face: Face) -> None:
    """Put the moved glyphs into the embedded font, with the widths of those they copy."""
    if not face.moved:
        return
    cid_font, stream = _font_file(pdf, font)
    stream.stream[:] = [with_moved_glyphs(stream.stream[0], tuple(face.moved))]
    stream.extra["Length1"] = len(stream.stream[0])
    first = min(face.moved.values())
    cid_font["W"] += [first, pydyf.Array([face.widths.get(glyph, 0) for glyph, _, _ in face.moved])]


def _widths(array: list[Any]) -> dict[int, float]:
    """Read a W array: first glyph, [widths], first glyph, [widths] …"""
    return {
        first + at: width for first, each in zip(array[::2], array[1::2], strict=True) for at, width in enumerate(each)
    }
