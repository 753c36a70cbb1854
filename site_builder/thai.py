"""Thai text, digits, dates, phones and order: everything that is true of Thai and of nothing else here.

Stored values are canonical (NFC, digits 0-9, ISO dates in the common era, phones as bare digits);
readers see Buddhist-era years and spaced phone numbers, put on here.
"""

import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache

from stdnum.th import pin

MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
MONTHS_SHORT = (
    "ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.",
)  # fmt: skip
WEEKDAYS = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์")
BUDDHIST_ERA = 543  # years ahead of the common era

_TO_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_TO_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_TONE = "\u0e48-\u0e4b"
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_VOWEL_MARK = "\u0e31\u0e34-\u0e3a\u0e47"
_DASHES = "\\-\u2010-\u2015\u2212"  # what people and their telephones put between groups of digits
_DIGIT = re.compile("[0-9๐-๙]")
_THIRTEEN = re.compile(rf"(?<![0-9])(?=([0-9](?:[ \t./_{_DASHES}]*[0-9]){{12}})(?![0-9]))")
_BETWEEN_DIGITS = re.compile(rf"[\s()./{_DASHES}]")
_PLAIN_NUMBER = re.compile("0[689][0-9]{8}|0[2-7][0-9]{7}")
_SPACES = re.compile(" +")
_MOST_MARKS = 30
_TOWER = re.compile(rf"\W{{{_MOST_MARKS + 1},}}")  # holds every run of too many marks, and hardly any other text
_ODD_CLUSTER = re.compile(
    f"เเ|[{_TONE}][{_VOWEL_MARK}]|\u0e4d[{_TONE}]?\u0e32|[{_TONE}]\u0e4d\u0e32|\u0e33[{_TONE}]|([{_VOWEL_MARK}\u0e48-\u0e4e])\\1"
)


def arabic_digits(text: str) -> str:
    """Return `text` with ๐-๙ written 0-9."""
    return text if text.isascii() else text.translate(_TO_ARABIC)


def thai_digits(text: str) -> str:
    """Return `text` with 0-9 written ๐-๙, as official letters are."""
    return text.translate(_TO_THAI)


def normalise(text: str) -> str:
    """Return `text` with one spelling for each Thai cluster; spaces and line ends stay, so Markdown survives.

    NFC does not unify ํ+า with ำ, a tone typed before its vowel, or เ+เ with แ.
    """
    if text.isascii():
        return text  # codes and digits: half of all answers
    text = _composed(_INVISIBLE.sub("", text))  # in this order: what cannot be seen may part a letter from its mark
    if not _ODD_CLUSTER.search(text):  # nearly all text; the passes below cost ten times as much
        return text
    while (changed := _composed(_one_pass(text))) != text:  # a mark that moves may meet its double
        text = changed
    return text


def _composed(text: str) -> str:
    """NFC of text with at most 30 marks on a letter (UAX #15, D4): ordering a tower of n marks takes n * n steps."""
    return _thinned(unicodedata.normalize("NFC", _thinned(text)))  # twice: U+0344 is one mark before NFC, two after it


def _thinned(text: str) -> str:
    return _TOWER.sub(_first_marks, text) if len(text) > _MOST_MARKS else text


def _first_marks(found: re.Match[str]) -> str:
    kept, marks = [], 0
    for char in found.group():
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def _one_pass(text: str) -> str:
    # Whole runs at once: pair by pair, a long run of marks would take a time that grows with its square.
    text = text.replace("เเ", "แ")
    text = re.sub(f"[{_TONE}{_VOWEL_MARK}]{{2,}}", _tones_last, text)
    text = re.sub(f"([{_TONE}])\u0e4d\u0e32", "\\1\u0e33", text)
    text = re.sub(f"\u0e4d([{_TONE}])\u0e32", "\\1\u0e33", text)
    text = text.replace("\u0e4d\u0e32", "\u0e33")
    text = re.sub(f"\u0e33[\u0e33{_TONE}]+", _sara_am_last, text)
    return re.sub(f"([{_VOWEL_MARK}\u0e48-\u0e4e])\\1+", r"\1", text)


def _tones_last(run: re.Match[str]) -> str:
    return "".join(sorted(run.group(), key=lambda mark: "\u0e48" <= mark <= "\u0e4b"))


def _sara_am_last(run: re.Match[str]) -> str:
    return "".join(sorted(run.group(), key=lambda mark: mark == "\u0e33"))


def tidy(text: str) -> str:
    """Return typed `text` in canonical form: no control characters, single spaces, none at the ends."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # codes and digits: half of all answers
    if not text.isprintable():  # before normalise: a control character may part a letter from its mark
        seen = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
        text = "".join(seen)
    return _SPACES.sub(" ", normalise(text)).strip()


def tidy_lines(text: str) -> str:
    """Return typed `text` as `tidy` does, keeping its line ends (at most one empty line in a row)."""
    lines = [tidy(line) for line in re.split("\r\n|\r|\n", text)]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def phone(text: str) -> str | None:
    """Return a Thai phone number as bare digits (10 for mobiles, 9 for landlines), or None.

    Accepts ๐-๙, +66 and 0066, spaces, hyphens, dots, brackets, and a leading 0 that a spreadsheet ate.
    """
    digits = arabic_digits(tidy(text))
    digits = _BETWEEN_DIGITS.sub("", digits)
    if _PLAIN_NUMBER.fullmatch(digits):  # as nearly everybody writes it
        return digits
    digits = re.sub(r"^(?:\+|00)66", "0", digits)
    digits = re.sub(r"^00", "0", digits)
    if not re.fullmatch(r"[0-9]+", digits):
        return None
    if re.fullmatch(r"66[0-9]{8,10}", digits):
        digits = "0" + digits[2:].removeprefix("0")
    elif re.fullmatch(r"[689][0-9]{8}", digits):
        digits = "0" + digits
    return digits if _PLAIN_NUMBER.fullmatch(digits) else None


def is_mobile(number: str) -> bool:
    """Tell whether a canonical number (see `phone`) can take SMS."""
    return bool(re.fullmatch(r"0[689][0-9]{8}", number))


def show_phone(number: str) -> str:
    """Return a canonical number the way Thai offices write it: 0 2232 1160, 08 1234 5678 becomes 081 234 5678."""
    if re.fullmatch(r"0[0-9]{9}", number):
        return f"{number[:3]} {number[3:6]} {number[6:]}"
    if re.fullmatch(r"0[0-9]{8}", number):
        return f"{number[0]} {number[1:5]} {number[5:]}"
    return number


def has_citizen_id(text: str) -> bool:
    """Tell whether `text` holds 13 digits that pass the check of a Thai citizen ID (mod 11), however spaced.

    Every group of digits may be the first, so that a village number before the ID does not hide it.
    """
    if len(_DIGIT.findall(text)) < 13:
        return False
    digits = arabic_digits(normalise(text))
    for match in _THIRTEEN.finditer(digits):
        number = re.sub("[^0-9]", "", match.group(1))
        if pin.calc_check_digit(number[:12]) == number[12]:
            return True
    return False


def number(value: float | int) -> str:
    """Return a figure for reading: 75,249; 9 ล้าน; 20.2 ล้าน. Round millions are spoken, all else is exact."""
    if isinstance(value, int) and value >= 1_000_000 and value % 100_000 == 0:
        return f"{value / 1_000_000:g} ล้าน"
    return f"{value:,}"


def thai_date(day: date, style: str = "long") -> str:
    """Return `day` with the Buddhist year: long `30 พฤษภาคม 2567`, short `30 พ.ค. 2567`, weekday `พุธที่ 8 …`, month."""
    year = day.year + BUDDHIST_ERA
    month = MONTHS[day.month - 1]
    shapes = {
        "long": f"{day.day} {month} {year}",
        "short": f"{day.day} {MONTHS_SHORT[day.month - 1]} {year}",
        "weekday": f"{WEEKDAYS[day.weekday()]}ที่ {day.day} {month} {year}",
        "month": f"{month} {year}",
        "year": f"{year}",
    }
    return shapes[style]


def thai_time(moment: datetime) -> str:
    """Return the time of day as signs and letters write it: `13.30`."""
    return f"{moment.hour:02d}.{moment.minute:02d}"


def thai_datetime(moment: datetime) -> str:
    """Return a date and time to come to: `อังคารที่ 15 ธันวาคม 2569 เวลา 09.00 น.`"""
    return f"{thai_date(moment.date(), 'weekday')} เวลา {thai_time(moment)} น."


@lru_cache(maxsize=16384)
def sort_key(text: str) -> tuple[str, tuple[int, ...], str]:
    """Return a key that sorts as a Thai dictionary does: leading vowels after their consonant, tones break ties.

    Agrees with ICU's th collation on every area name of geothai 3.2.1.
    """
    primary = ""
    marks: list[int] = []
    for char in re.sub("([เ-ไ])([ก-ฮ])", r"\2\1", normalise(text)):
        if "\u0e47" <= char <= "\u0e4e":
            if marks:
                marks[-1] = ord(char)
        elif char in "ฯๆ":
            primary += "\x01" if char == "ฯ" else "\x02"
            marks.append(0)
        elif char.isalnum() or "\u0e01" <= char <= "\u0e4d":
            primary += char.translate(_TO_ARABIC).lower()
            marks.append(0)
    return primary, tuple(marks), text
