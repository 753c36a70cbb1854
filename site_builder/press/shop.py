"""The edition for a print shop: process inks, room to cut, marks, and only what a shop needs.

It is made of the finished sheet in colour, which has passed every gate. It claims no standard: it is made the way
PDF/X-4 asks, as far as the checks below go, and a shop's own preflight has the last word.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.sax.saxutils import escape

import pikepdf
import pypdfium2
from PIL import ImageCms

from site_builder.press import bleed, gates, ink, plates, sight

KEPT = {"/Type", "/Pages", "/Lang", "/ViewerPreferences"}  # of the catalog; tags and links are nothing to a plate
PROFILE_HEAD = 128  # bytes, ISO 15076-1
NOT_INK = ("/DeviceRGB", "/CalRGB", "/Lab", "/ICCBased")
SLACK = 0.02  # mm; the boxes of the engine are a little off
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<pdf:Producer>{producer}</pdf:Producer><pdf:Trapped>False</pdf:Trapped>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True)
class Intent:
    """The ICC profile of the press and paper that a shop prints on; it comes from the shop, none is ours."""

    profile: bytes

    @classmethod
    def read(cls, file: Path) -> "Intent":
        """Read a profile; raises OSError, or ValueError if it is none of a press in four inks."""
        profile = file.read_bytes()
        head = profile[:PROFILE_HEAD]
        if head[36:40] != b"acsp" or head[12:16] != b"prtr" or head[16:20] != b"CMYK":
            raise ValueError("not an ICC profile of a press in four inks (CMYK)")
        return cls(profile)

    @cached_property
    def name(self) -> str:
        """Return how the profile calls itself."""
        try:
            described = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(self.profile)))
        except (ImageCms.PyCMSError, OSError):
            return "CMYK"
        return described.strip() or "CMYK"


def made(pdf: bytes, folds: Sequence[Sequence[float]] = (), intent: Intent | None = None) -> bytes:
    """Return a finished sheet in colour as the file for a print shop; raises ink.UnknownInk."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        _strip(document)
        ink.in_cmyk(document)
        bleed.with_bleed(document, folds)
        if intent:
            document.Root.OutputIntents = pikepdf.Array([document.make_indirect(_output_intent(document, intent))])
        written = io.BytesIO()
        document.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()


def _strip(document: pikepdf.Pdf) -> None:
    """Take away tags, links and the claims of the sheet for screens."""
    for key in set(document.Root) - KEPT:
        del document.Root[key]
    for page in document.pages:
        for key in ("/Annots", "/StructParents", "/Tabs", "/Group"):
            if key in page.obj:
                del page.obj[key]
    document.docinfo["/Trapped"] = pikepdf.Name("/False")
    told = {key: escape(str(document.docinfo.get(f"/{key.title()}", ""))) for key in ("title", "producer")}
    metadata = document.make_stream(XMP.format(**told).encode(), Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
    document.Root.Metadata = metadata


def _output_intent(document: pikepdf.Pdf, intent: Intent) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFX,
        OutputConditionIdentifier=pikepdf.String(intent.name),
        Info=pikepdf.String(intent.name),
        DestOutputProfile=document.make_stream(intent.profile, N=4),
    )


def pressed(
    pdf: bytes,
    paper: tuple[float, float],
    folds: Sequence[Sequence[float]],
    codes: Sequence[Sequence[str]],
    intent: Intent | None,
) -> tuple[bytes, list[str]]:
    """Return a finished sheet in colour as the file for a print shop, and everything wrong with it."""
    reading = pypdfium2.PdfDocument(pdf)
    try:
        found = list(letters_near_the_edge(reading))
        text = "\n".join(page.get_textpage().get_text_range() for page in reading)
    finally:
        reading.close()
    try:
        for_shop = made(pdf, folds, intent)
    except ink.UnknownInk as error:
        return b"", [*found, f"for a print shop: {error}"]
    return for_shop, [*found, *faults(for_shop, paper, text, codes)]


def letters_near_the_edge(reading: pypdfium2.PdfDocument) -> Iterator[str]:
    """Yield a fault for letters so near the edge that a knife might touch them."""
    for number, page in enumerate(reading, start=1):
        width, height = page.get_size()
        for run in sight.Seen(page).runs:
            left, bottom, right, top = run.bounds
            if (free := min(left, bottom, width - right, height - top) / bleed.MM) < bleed.SAFE:
                told = f"side {number}: “{run.text}” stands {free:.1f} mm from the edge"
                yield f"{told}, at least {bleed.SAFE:.0f} mm are needed where paper is cut"


def faults(pdf: bytes, paper: tuple[float, float], text: str, codes: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield what a shop would send back: of boxes, colours, ink and words. `text`: that of the sheet in colour."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for number, page in enumerate(document.pages, start=1):
            yield from (f"side {number}: {fault}" for fault in _boxes(page, paper))
        yield from _colours(document)
    if (most := max(map(plates.most_ink, plates.plates(pdf)))) > ink.MOST_INK:
        yield f"{most:.0f} % of ink in one place, at most {ink.MOST_INK} % may be"
    reading = pypdfium2.PdfDocument(pdf)
    try:
        yield from gates.unreadable_codes(reading, codes)
        read = "\n".join(page.get_textpage().get_text_range() for page in reading)
    finally:
        reading.close()
    yield from gates.text_differences(text, read)


def _boxes(page: pikepdf.Page, paper: tuple[float, float]) -> Iterator[str]:
    """Yield a fault for each box that does not lie as far around the cut paper as it must."""
    for name, around in (("/MediaBox", bleed.MARGIN), ("/BleedBox", bleed.BLEED), ("/TrimBox", 0.0)):
        box = [float(each) / bleed.MM for each in page.obj.get(name, (0, 0, 0, 0))]
        start, ends = bleed.MARGIN - around, [bleed.MARGIN + side + around for side in paper]
        if any(abs(is_now - wanted) > SLACK for is_now, wanted in zip(box, (start, start, *ends), strict=True)):
            yield f"{name} lies at {', '.join(f'{each:.1f}' for each in box)} mm"


def _colours(document: pikepdf.Pdf) -> Iterator[str]:
    """Yield a fault for each way of colouring that is not in process inks."""
    used = {str(operator) for owner in ink.painted(document) for _, operator in pikepdf.parse_content_stream(owner)}
    yield from (f"“{operator}” colours without process inks" for operator in sorted(used & ink.NOT_INK))
    for each in document.objects:
        told = repr(each) if isinstance(each, pikepdf.Array | pikepdf.Dictionary) else ""
        yield from (f"a colour space {name} is left" for name in NOT_INK if name in told)
        if isinstance(each, pikepdf.Stream) and (each.get("/Subtype") == "/Image" or "/Group" in each):
            yield "a picture of pixels, or something to be blended, is left"
