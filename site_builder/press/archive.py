"""Checks of the finished file: tags, fonts and metadata that PDF/UA and PDF/A ask for.

Ours, and not the whole standard: say "passes these checks", never "conforms".
"""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

FONTS = "Sarabun"
XMP_IDS = {
    "{http://www.aiim.org/pdfa/ns/id/}part": "3",
    "{http://www.aiim.org/pdfa/ns/id/}conformance": "A",
    "{http://www.aiim.org/pdfua/ns/id/}part": "1",
}
PRINT_FLAG = 4


def faults(pdf: bytes) -> list[str]:
    """Return everything these checks find wrong with a PDF."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [
            *_document(document),
            *_fonts(document),
            *_figures(document),
            *_pages(document),
            *_marked_content(document),
        ]


def _document(document: pikepdf.Pdf) -> Iterator[str]:
    root = document.Root
    if not str(root.get("/Lang", "")):
        yield "the PDF names no language"
    if not str(document.docinfo.get("/Title", "")):
        yield "the PDF has no title"
    if not root.get("/MarkInfo", {}).get("/Marked", False):
        yield "the PDF is not tagged"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
        yield "the PDF does not show its title"
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        for key, value in XMP_IDS.items():
            if str(metadata.get(key)) != value:
                yield f"XMP {key} is {metadata.get(key)}, not {value}"


def _dictionaries(document: pikepdf.Pdf, kind: str) -> Iterator[Any]:
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == kind:
            yield each


def _fonts(document: pikepdf.Pdf) -> Iterator[str]:
    for font in _dictionaries(document, "/Font"):
        name = str(font.BaseFont).rsplit("+")[-1]
        if not name.startswith(FONTS):
            yield f"font {name.removeprefix('/')} is not {FONTS}"
        if font.Subtype != "/Type0":
            continue
        if "/ToUnicode" not in font or b"<>" in font.ToUnicode.read_bytes():
            yield f"font {name}: a glyph says nothing"
        if "/FontFile2" not in font.DescendantFonts[0].FontDescriptor:
            yield f"font {name} is not embedded"


def _figures(document: pikepdf.Pdf) -> Iterator[str]:
    for element in _dictionaries(document, "/StructElem"):
        if element.S == "/Figure" and not str(element.get("/Alt", "")):
            yield "a picture has no alternative text"


def _pages(document: pikepdf.Pdf) -> Iterator[str]:
    for page in document.pages:
        for note in page.get("/Annots", []):
            if not int(note.get("/F", 0)) & PRINT_FLAG:
                yield "a link is not marked for printing"


def _marked_content(document: pikepdf.Pdf) -> Iterator[str]:
    """Parse every content stream, and find the owner of each marked content in the parent tree."""
    numbers = list(document.Root.StructTreeRoot.ParentTree.Nums)
    trees = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    for side, page in enumerate(document.pages, start=1):
        parents = len(trees[int(page.StructParents)])
        try:
            instructions = pikepdf.parse_content_stream(page)
        except pikepdf.PdfError as error:
            yield f"side {side} cannot be parsed: {error}"
            continue
        used = [_mcid(operands) for operands, operator in instructions if str(operator) == "BDC"]
        known = [mcid for mcid in used if mcid is not None]
        if sorted(known) != list(range(parents)):
            yield f"side {side}: marked content and structure do not match"


def _mcid(operands: Any) -> int | None:
    properties = operands[1] if len(operands) > 1 else None
    if isinstance(properties, pikepdf.Dictionary) and "/MCID" in properties:
        return int(properties.MCID)
    return None
