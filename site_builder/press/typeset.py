"""Thai line setting for print: what must stay on one line is made to stay, as a filter on text at template time.

WeasyPrint breaks Thai by libthai's dictionary and ignores no-break spaces before Thai words, so that only
`white-space: nowrap` (class `n`) holds words together. Never puts a joiner inside a Thai word: that breaks syllables.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from markupsafe import Markup, escape

from site_builder import english
from site_builder.records import Terms
from site_builder.thai import MONTHS, MONTHS_SHORT

NO_BREAK_SPACE, WORD_JOINER = "\u00a0", "\u2060"
ZERO_WIDTH_SPACE = "\u200b"  # beside a held term: WeasyPrint sees no break between it and the next letter
MARKS = re.compile("[ัิ-ฺ็-๎]")  # take no width
THAI, THAI_BEGINNING = re.compile("[ก-์]"), re.compile("[ก-ฮเ-ไ]")
PATTERNS = (
    rf"[0-9]{{1,2}} (?:{'|'.join(map(re.escape, (*MONTHS, *MONTHS_SHORT)))}) [0-9]{{4}}",
    r"รุ่น [0-9]+",
    r"0 [0-9]{4} [0-9]{4}|0[0-9]{1,2} [0-9]{3} [0-9]{3,4}",
    r"พ\.ศ\. [0-9]{4}",
    r"ปี [0-9]{4}",
    r"PIN [0-9] หลัก",
    r"(?:โทร|สายด่วน) [0-9]{4}",
    r"(?:ข้อ|ขั้น|บท|หน้า)(?:ที่)? [0-9]{1,2}",
    r"(?:หมู่|ชั้น|ห้อง)(?:ที่)? [0-9]{1,4}",  # in addresses
    r"ก[1-6]",
    *english.PATTERNS,
)

Filter = Callable[..., Markup]


def width(text: str) -> int:
    """Return the number of letters that take room on a line."""
    return len(MARKS.sub("", text))


def held_together(terms: Terms, also: Sequence[str] = (), most: int = 0) -> re.Pattern[str]:
    """Return what stays on one line: numbers with their units, dates, and terms, of at most `most` letters if given."""
    units = "|".join(re.escape(unit) for unit in sorted(terms.nowrap_units, key=len, reverse=True))
    patterns = (*PATTERNS, rf"[0-9][0-9.,]*(?: ล้าน)? ?(?:{units})")
    words = sorted({*terms.nowrap, *also}, key=len, reverse=True)
    known = (re.escape(word) for word in words if not most or width(word) <= most)
    return re.compile(f"[“‘(]?(?:{'|'.join((*patterns, *known))})[”’)]?")


def thai_filter(terms: Terms, also: Sequence[str] = ()) -> Filter:
    """Return the `thai` filter; the words in `also` are held together as well.

    `{{ text | thai }}` holds terms together. `{{ text | thai(14) }}` also holds together each part between two spaces
    that takes no more than 14 letters, so that short texts break by meaning. `most=11` lets longer terms break.
    `more=true` ends with a space, for what follows on the line.
    """

    @lru_cache
    def together(most: int) -> re.Pattern[str]:
        return held_together(terms, also, most)

    def thai(text: str, keep: int = 0, most: int = 0, more: bool = False) -> Markup:
        lines = [_line(line, together(most), keep) for line in text.strip().split("\n")]
        lines[-1][-1] += " " if more else ""
        return Markup("<br>").join(_set(line) for line in lines) + (ZERO_WIDTH_SPACE if more else "")

    return thai


def breakable(address: str) -> Markup:
    """Return an address that may be broken after its dots and slashes, but leaves no single letter alone at its end."""
    held = re.sub(r"(?<=[./@])(?=.$)", WORD_JOINER, address)
    return Markup("\u200b").join(re.split(r"(?<=[./@])(?!\u2060)", held))


class _Held(str):
    """A piece of text that stays on one line."""

    def __add__(self, more: str) -> "_Held":
        return _Held(str(self) + more)


def _line(text: str, together: re.Pattern[str], keep: int) -> list[str]:
    """Cut a line into pieces, held and free; a space between two pieces belongs to the first.

    WeasyPrint does not draw a piece of white space alone, and the words beside it would run together when copied.
    """
    pieces: list[str] = []
    for part in _parts(text, together) if keep else [text]:
        if pieces:
            pieces[-1] += " "
        pieces += [_Held(part)] if width(part) <= keep else _terms(part, together)
    return pieces


def _terms(text: str, together: re.Pattern[str]) -> list[str]:
    pieces: list[str] = []
    done = 0
    for found in (*together.finditer(text), None):
        between = text[done : found.start() if found else len(text)]
        if pieces and between.startswith(" "):
            pieces[-1] += " "
            between = between[1:]
        pieces += [between] if between else []
        if found:
            pieces.append(_Held(found[0]))
            done = found.end()
    return pieces


def _set(pieces: list[str]) -> Markup:
    out = Markup("")
    for before, piece in zip(["", *pieces], pieces, strict=False):
        breaks = before.endswith(" ") or (THAI.match(before[-1:]) and THAI_BEGINNING.match(piece))
        out += ZERO_WIDTH_SPACE if before and breaks else ""
        out += (
            Markup('<span class="n">{}</span>').format(_tied(piece))
            if isinstance(piece, _Held)
            else escape(_tied(piece))
        )
    return out


def _parts(text: str, together: re.Pattern[str]) -> list[str]:
    """Split a text at its spaces, save for those inside a term."""
    spaces = {at for at, letter in enumerate(text) if letter == " "}
    spaces -= {at for found in together.finditer(text) for at in range(*found.span())}
    cuts = [-1, *sorted(spaces), len(text)]
    return [text[start + 1 : end] for start, end in pairwise(cuts) if end > start + 1]


def _tied(text: str) -> str:
    """Return a text in which no line begins with ๆ or ends with an opening quote."""
    return re.sub("([“‘«])", rf"\1{WORD_JOINER}", text.replace(" ๆ", f"{NO_BREAK_SPACE}ๆ"))
