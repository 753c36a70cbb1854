"""A booklet of a book: two pages on each side of A4, to be folded in the middle and stapled."""

import io
from collections.abc import Iterator

import pikepdf

A4_LYING = (841.89, 595.28)  # points
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
            out.add_blank_page(page_size=A4_LYING)
            halves = [out.copy_foreign(book.pages[number - 1].as_form_xobject()) for number in sides]
            _place(out, out.pages[-1], halves)
        written = io.BytesIO()
        out.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()


def _place(out: pikepdf.Pdf, sheet: pikepdf.Page, halves: list[pikepdf.Object]) -> None:
    """Draw two pages beside one another, each in the middle of its half. The names are ours: pikepdf's are random."""
    half, drawn = A4_LYING[0] / 2, b""
    sheet.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary())
    for at, (name, form) in enumerate(zip(("/Left", "/Right"), halves, strict=True)):
        width = float(form.BBox[2]) - float(form.BBox[0])
        sheet.obj.Resources.XObject[name] = form
        drawn += b"q 1 0 0 1 %.2f 0 cm %s Do Q\n" % (at * half + (half - width) / 2, name.encode())
    sheet.obj.Contents = out.make_stream(drawn)
