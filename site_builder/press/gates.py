"""What a leaflet must pass before it leaves the press. Each gate returns every fault it finds, in plain words."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import accumulate
from types import MappingProxyType
from typing import Any

import pypdfium2
import zxingcpp

from site_builder.press import line_ends, sight
from site_builder.press.render import Printed
from site_builder.press.sheet import Running

MM = 25.4 / 96  # of a CSS pixel
BOTTOM = 3.0  # mm that stay free under the end of a panel
SLACK = 0.3  # mm that rounding may cost
SIDE_BEARING = 0.6  # mm that letters may stand outside their box
DOTS_PER_INCH = 150
CONTEXT, QUOTED = 12, 60  # letters of text shown before a difference, and at most of it
BELOW_BASELINE = re.compile("[ฐญฎฏฤฦฺุูgjpqy,()]")
WHITE, SPACE_IN_LINE = re.compile(r"\s+"), re.compile(r"(?<!\s) +(?!\s)")
UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
INLINE = {"a", "b", "span"}


@dataclass(frozen=True)
class Expected:
    """What the gates compare a printed leaflet with."""

    documents: Sequence[str]  # the HTML that was laid out, in order
    paper: tuple[float, float]  # mm, width and height
    sides: int | None  # None: as many as it takes
    panels: Sequence[str]
    codes: Sequence[Sequence[str]]  # addresses on each side
    notice: str
    together: re.Pattern[str]  # what must not be split over two lines
    running: Running | None
    multiple: int
    roomy: Callable[[], Sequence[Any]]  # lays the same pages out on higher paper
    approved: MutableMapping[int, sight.Approved]  # by side: pages of the same print without a fault
    one_bit: bool = False  # for a copier that knows black and white alone


def faults(printed: Printed, expected: Expected) -> list[str]:
    """Return everything wrong with a printed leaflet."""
    found = list(printed.complaints)
    if not printed.pdf:
        return found
    found += paper_sizes(printed.pages, expected.paper)
    unfit = [
        *page_count(printed.pages, expected.sides, expected.multiple),
        *panel_ends(printed.pages, expected.panels, expected.paper[1], expected.roomy),
        *boxes_that_overflow(printed),
    ]
    if unfit:  # words that do not fit are lost, or lie over others: faults that follow from it teach nothing more
        return found + unfit
    found += line_ends.faults(printed.pages, expected.together)
    return [*found, *_read_faults(printed, expected, looked_at=True)]


def enlargement_faults(printed: Printed, expected: Expected, paper: tuple[float, float]) -> list[str]:
    """Return everything wrong with a printed leaflet that is drawn again on larger paper (mm).

    How its lines and panels are laid out, and seen, is known from the first; how large it is, only the file tells.
    """
    found = list(printed.complaints)
    with pypdfium2.PdfDocument(printed.pdf) as reading:
        sizes = [[points / 72 * 25.4 for points in page.get_size()] for page in reading]
    found += [fault for number, size in enumerate(sizes, start=1) for fault in _size(number, size, paper)]
    return [*found, *_read_faults(printed, expected, looked_at=False)]


def _read_faults(printed: Printed, expected: Expected, *, looked_at: bool) -> list[str]:
    """Return where the finished file, as another program reads it, is not what was meant."""
    found = list[str]()
    reading = pypdfium2.PdfDocument(printed.pdf)
    try:
        texts = [page.get_textpage().get_text_range() for page in reading]
        found += line_ends.mixed_digits("\n".join(texts))
        found += sides_without(expected.notice, texts)
        numbers = dict[str, str]()
        if expected.running:
            numbers = page_numbers(printed.pages, expected.running)
            texts, lost = without_running_lines(printed.pages, texts, expected.running, expected.notice)
            found += lost
        words = "".join(words_of(html, numbers) for html in expected.documents)
        found += text_differences(words, "\n".join(texts))
        found += unreadable_codes(reading, expected.codes)
        if looked_at:
            found += badly_seen(reading, expected.one_bit, expected.approved)
    finally:
        reading.close()
    return found


def page_count(pages: Sequence[Any], sides: int | None, multiple: int = 1) -> Iterator[str]:
    """Yield a fault unless there are as many pages as there must be."""
    if len(pages) % multiple:
        yield f"{len(pages)} pages, not a multiple of {multiple}"
    if sides is not None and len(pages) != sides:
        yield f"{len(pages)} pages instead of {sides}"


def paper_sizes(pages: Sequence[Any], paper: tuple[float, float]) -> Iterator[str]:
    """Yield a fault for each page of another size than `paper` (mm)."""
    for number, page in enumerate(pages, start=1):
        yield from _size(number, (page.width * MM, page.height * MM), paper)


def _size(number: int, size: Sequence[float], paper: tuple[float, float]) -> Iterator[str]:
    if any(abs(is_now - wanted) > SLACK for is_now, wanted in zip(size, paper, strict=True)):
        yield f"side {number} measures {size[0]:.0f} × {size[1]:.0f} mm, not {paper[0]:.0f} × {paper[1]:.0f}"


def panel_ends(
    pages: Sequence[Any], panels: Sequence[str], height: float, roomy: Callable[[], Sequence[Any]]
) -> Iterator[str]:
    """Yield a fault for each panel that ends too low.

    WeasyPrint loses what does not fit on the paper, in silence, and the end with it. Then `roomy` is asked for the
    same pages on higher paper, to see how much there is too much.
    """
    ends = _ends(pages)
    if lost := {f"end-{panel}" for panel in panels} - set(ends):
        ends |= {name: end for name, end in _ends(roomy()).items() if name in lost}
    for panel in panels:
        if f"end-{panel}" not in ends:
            yield f"panel {panel}: its end is lost, it is far too long"
        elif (over := ends[f"end-{panel}"] - (height - BOTTOM)) > SLACK:
            yield f"panel {panel}: {over:.0f} mm too long"


def _ends(pages: Iterable[Any]) -> dict[str, float]:
    return {name: at[1] * MM for page in pages for name, at in page.anchors.items()}


def boxes_that_overflow(printed: Printed) -> Iterator[str]:
    """Yield a fault for each marked box (`data-fit`) whose words stand below it or to the right of it."""
    for page in printed.pages:
        for panel in _marked(page._page_box, "data-panel"):
            for box in _marked(panel, "data-fit"):
                below, beside = _overflow(box)
                place = f"panel {panel.element.get('data-panel')}, {box.element.get('data-fit')}"
                if below > SLACK:
                    yield f"{place}: {below:.1f} mm too long"
                if beside > SIDE_BEARING:
                    yield f"{place}: {beside:.1f} mm too wide"


def _marked(box: Any, attribute: str) -> Iterator[Any]:
    for child in box.descendants(placeholders=True):
        element = None if type(child).__name__ == "LineBox" else getattr(child, "element", None)  # its block's own
        if element is not None and element.get(attribute) and not child.element_tag.endswith(("before", "after")):
            yield child


def _overflow(box: Any) -> tuple[float, float]:
    """Return by how many mm the letters inside a box go beyond its bottom and its right edge."""
    inside = box.descendants(placeholders=True)  # also in what is positioned
    texts = [child for child in inside if type(child).__name__ == "TextBox" and child.text.strip()]
    bottom = max((_foot(text) for text in texts), default=box.position_y)
    right = max((text.position_x + text.width for text in texts), default=box.position_x)
    box_bottom = box.border_box_y() + box.border_height() - box.border_bottom_width
    box_right = box.border_box_x() + box.border_width() - box.border_right_width
    return (bottom - box_bottom) * MM, (right - box_right) * MM


def _foot(text: Any) -> float:
    """Return how far down the letters of a text reach, in CSS pixels."""
    below = 0.3 if BELOW_BASELINE.search(text.text) else 0.02  # em, in Sarabun
    return float(text.position_y + text.baseline + below * text.style["font_size"])


class _Words(HTMLParser):
    """Gathers the words of the body; a link with `data-page` is followed by these words and the number of its page."""

    def __init__(self, numbers: Mapping[str, str]) -> None:
        super().__init__()
        self.numbers = numbers
        self.in_body, self.parts = False, list[str]()
        self.page = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_body = self.in_body or tag == "body"
        self._part(tag)
        named = dict(attrs)
        if tag == "a" and "data-page" in named:
            number = self.numbers.get((named.get("href") or "").removeprefix("#"), "")
            self.page = f"{named['data-page'] or ''} {number}"

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.parts.append(self.page)
            self.page = ""
        self._part(tag)

    def _part(self, tag: str) -> None:
        if tag not in INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self.in_body:
            self.parts.append(data)


def words_of(html: str, numbers: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the words of a document in the order they are written; `numbers` are those of the pages of its anchors."""
    words = _Words(numbers)
    words.feed(html)
    return "".join(words.parts)


def folded(text: str) -> str:
    """Return a text without white space and invisible signs, in compatibility form: what two readers must agree on."""
    return WHITE.sub("", UNSEEN.sub("", unicodedata.normalize("NFKC", text)))


def text_differences(wanted: str, read: str) -> Iterator[str]:
    """Yield a fault for each place where the text read from the PDF is not the text of the content, in order.

    A reader may add a line end anywhere, and a space nowhere; it may lose no space.
    """
    want, got = folded(wanted), folded(read)
    for kind, a, b, c, d in SequenceMatcher(None, want, got, autojunk=False).get_opcodes() if want != got else ():
        if kind != "equal":
            told = f"text after “{want[max(0, a - CONTEXT) : a]}”:"
            yield f"{told} “{_short(want[a:b])}” is read as “{_short(got[c:d])}”"
    if want == got:
        lost = _gaps(wanted, WHITE) - _gaps(read, WHITE)
        gained = _gaps(read, SPACE_IN_LINE) - _gaps(wanted, WHITE)
        yield from (f"text after “{want[max(0, at - CONTEXT) : at]}”: a space is lost" for at in sorted(lost))
        yield from (f"text after “{want[max(0, at - CONTEXT) : at]}”: a space too many" for at in sorted(gained))


def _short(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


def _gaps(text: str, kind: re.Pattern[str]) -> set[int]:
    """Return after how many visible letters white space of a kind stands."""
    parts = [folded(part) for part in kind.split(unicodedata.normalize("NFKC", UNSEEN.sub("", text)))]
    ends = list(accumulate(len(part) for part in parts))
    return set(ends) - {0, ends[-1]}


def page_numbers(pages: Sequence[Any], running: Running) -> dict[str, str]:
    """Return the printed page number of each anchor."""
    return {name: running.digits(number) for number, page in enumerate(pages, start=1) for name in page.anchors}


def without_running_lines(
    pages: Sequence[Any], texts: Sequence[str], running: Running, notice: str
) -> tuple[list[str], list[str]]:
    """Return the texts without the lines of the margins, and a fault for each page that has not exactly these.

    Nothing else is taken away: a page whose last words are not its own running lines keeps all its words.
    """
    left, lost, head = list[str](), list[str](), ""
    for number, (page, text) in enumerate(zip(pages, texts, strict=True), start=1):
        begun = [title for anchor, title in running.heads.items() if anchor in page.anchors]
        lines = running.lines(number, "" if begun else head, notice)
        head = begun[-1] if begun else head
        rest = _without_end(text, "".join(lines))
        left.append(text if rest is None else rest)
        if rest is None:
            lost.append(f"side {number}: its running lines are not {' · '.join(lines)}")
    return left, lost


def _without_end(text: str, end: str) -> str | None:
    """Return a text without its last words, or None if they are others."""
    wanted = folded(end)
    at = len(text)
    while at and len(folded(text[at:])) < len(wanted):
        at -= 1
    return text[:at] if folded(text[at:]) == wanted else None


def sides_without(notice: str, texts: Iterable[str]) -> Iterator[str]:
    """Yield a fault for each printed side that does not carry the draft notice."""
    for number, text in enumerate(texts, start=1):
        if folded(notice) not in folded(text):
            yield f"side {number}: the notice “{notice}” is missing"


def unreadable_codes(reading: pypdfium2.PdfDocument, codes: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a fault for each QR code that is unexpected, or that a 1-bit copy at 150 dpi does not give back.

    `codes`: the addresses expected on each side; a side without any is not looked at.
    """
    for page, expected in zip(reading, codes, strict=False):
        found = set(_codes(page)) if expected else set()
        for address in sorted(set(expected) - found):
            yield f"QR code for {address} cannot be read at {DOTS_PER_INCH} dpi in black and white"
        for address in sorted(found - set(expected)):
            yield f"unexpected QR code for {address}"


def badly_seen(
    reading: pypdfium2.PdfDocument, one_bit: bool, approved: MutableMapping[int, sight.Approved]
) -> Iterator[str]:
    """Yield a fault for letters too like their ground, and for what a copy of one bit would lose.

    `approved`: by side, pages of the same print without a fault; the first such page found here is added.
    """
    for number, page in enumerate(reading, start=1):
        found, good = sight.looked_at(page, one_bit, approved.get(number))
        yield from (f"side {number}: {fault}" for fault in found)
        if good and number not in approved:
            approved[number] = good


def _codes(page: pypdfium2.PdfPage) -> Iterator[str]:
    picture = page.render(scale=DOTS_PER_INCH / 72, grayscale=True).to_pil().point(lambda grey: 255 * (grey > 127), "1")
    for code in zxingcpp.read_barcodes(picture.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode):
        yield code.text
