"""Two pages on each side of A4: a booklet, to be folded in the middle and stapled, or two copies, to be cut apart."""

import io
from collections.abc import Iterator

import pikepdf

A4_LYING = (841.89, 595.28)  # points
TICK, GAP = 28.0, 2.0  # points: how far a mark for the cut reaches in from the edge, and how it is dashed
PAGES = 4  # on one leaf of A4: two in front, two at the back


def order(pages: int) -> Iterator[tuple[int, int]]:
    """Yield the pages of each side, left and right, from 1: N and 1, 2 and N-1 …; print on both sides, short edge."""
    if pages % PAGES:
        raise ValueError(f"{pages} pages make no booklet: not a multiple of {PAGES}")
    for outer in range(1, pages // 2 + 1):
        inner = pages + 1 - outer
        yield (inner, outer) if outer % 2 else (outer, inner)


def booklet(pdf: bytes) -> bytes:
    """Return a book in A5 imposed on A4; the same book gives the same bytes. Paper needs no tags: they are left out."""
    with pikepdf.open(io.BytesIO(pdf)) as book, pikepdf.new() as out:
        for sides in order(len(book.pages)):
            halves = [out.copy_foreign(book.pages[number - 1].as_form_xobject()) for number in sides]
            _place(out, halves, inward=0.5)
        return _written(out)


def two_up(pdf: bytes) -> bytes:
    """Return each page of a sheet in A5 twice beside itself on A4, with marks where the two are cut apart.

    The copies meet at the cut, so that their ground reaches it: what A4 is wider stays white at its outer edges.
    """
    with pikepdf.open(io.BytesIO(pdf)) as sheet, pikepdf.new() as out:
        for page in sheet.pages:
            form = out.copy_foreign(page.as_form_xobject())
            _place(out, [form, form], inward=1.0, marks=_cut())
        return _written(out)


def _place(out: pikepdf.Pdf, halves: list[pikepdf.Object], inward: float, marks: bytes = b"") -> None:
    """Draw two pages beside one another on a new one; the names are ours: pikepdf's are random.

    `inward`: 0.5 lays each in the middle of its half, 1 against the other.
    """
    half, drawn = A4_LYING[0] / 2, b""
    out.add_blank_page(page_size=A4_LYING)
    sheet = out.pages[-1].obj
    sheet.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary())
    for name, form, start, share in zip(("/Left", "/Right"), halves, (0, half), (inward, 1 - inward), strict=True):
        spare = half - (float(form.BBox[2]) - float(form.BBox[0]))
        sheet.Resources.XObject[name] = form
        drawn += b"q 1 0 0 1 %.2f 0 cm %s Do Q\n" % (start + share * spare, name.encode())
    sheet.Contents = out.make_stream(drawn + marks)


def _cut() -> bytes:
    """Return the marks of the cut, at the top and at the bottom: black dashes on white, to be seen on any ground."""
    middle, height = A4_LYING[0] / 2, A4_LYING[1]
    drawn = b""
    for colour in (b"1 1 1 RG [] 0 d", b"0 0 0 RG [%.0f] 0 d" % GAP):
        for end, inner in ((0, TICK), (height, height - TICK)):
            drawn += b"q %s 0.6 w %.2f %.2f m %.2f %.2f l S Q\n" % (colour, middle, end, middle, inner)
    return drawn


def _written(out: pikepdf.Pdf) -> bytes:
    written = io.BytesIO()
    out.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()
