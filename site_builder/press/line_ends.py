"""Where lines end, looked at on the finished pages: what must not stand at either end, and what must not be split.

libthai never parts a letter from its marks, but it knows neither ๆ at the start of a line nor a number and its unit.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from site_builder.press.typeset import width

MAY_NOT_BEGIN = re.compile("[ัิ-ฺ็-๎ๆฯะาำๅ”’»)\\]}?!,;:]")
MAY_NOT_END = re.compile("[เ-ไ“‘«(\\[{]$")
SHORTEST_LAST = 2  # letters: a last line of fewer stands forlorn under the others
THAI_DIGIT, ARABIC_DIGIT = re.compile("[๐-๙]"), re.compile("[0-9]")


def faults(pages: Iterable[Any], together: re.Pattern[str]) -> Iterator[str]:
    """Yield a fault for each bad line end on laid-out pages; `together` finds what must stay on one line."""
    for number, page in enumerate(pages, start=1):
        for lines in blocks(page._page_box):
            yield from (f"side {number}: {fault}" for fault in line_faults(lines, together))


def line_faults(lines: Sequence[str], together: re.Pattern[str]) -> Iterator[str]:
    """Yield what is wrong with the ends of the lines of one paragraph."""
    for before, after in pairwise(lines):
        if MAY_NOT_BEGIN.match(after):
            yield f"a line begins with “{after[:8]}” after “{before[-12:]}”"
        if MAY_NOT_END.search(before):
            yield f"a line ends with “{before[-12:]}”"
        if split := _split(before, after, together):
            yield f"“{split}” is split over two lines"
    if len(lines) > 1 and width(lines[-1]) < SHORTEST_LAST:
        yield f"the last line is only “{lines[-1]}” after “{lines[-2][-12:]}”"


def mixed_digits(text: str) -> Iterator[str]:
    """Yield a fault where a text has digits of both kinds."""
    if (thai := THAI_DIGIT.search(text)) and ARABIC_DIGIT.search(text):
        near = " ".join(text[max(0, thai.start() - 12) : thai.end() + 12].split())
        yield f"digits of both kinds: “{near}” and 0-9 elsewhere เลขไทยปนกับ 0-9 ใช้แบบเดียวทั้งแผ่น"


def blocks(box: Any) -> Iterator[list[str]]:
    """Yield the lines of each paragraph below a box of the engine, as they are set."""
    children = getattr(box, "children", ())
    lines = [child for child in children if type(child).__name__ == "LineBox"]
    if lines and (told := [text for line in lines if (text := _text(line).strip())]):
        yield told
    for child in children:
        yield from blocks(child)


def _text(box: Any) -> str:
    """Return the words that a line itself sets; what stands in it as a block of its own has lines of its own."""
    parts = []
    for child in getattr(box, "children", ()):
        kind = type(child).__name__
        if kind == "TextBox":
            parts.append(child.text)
        elif kind in ("InlineBox", "LineBox"):
            parts.append(_text(child))
    return "".join(parts)


def _split(before: str, after: str, together: re.Pattern[str]) -> str:
    """Return what must stay together and goes over the end of a line, whether a space stood there or not."""
    for joined, at in ((before + after, len(before)), (f"{before} {after}", len(before))):
        for found in together.finditer(joined):
            if found.start() < at and found.end() > len(joined) - len(after):
                return found[0]
    return ""
