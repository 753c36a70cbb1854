"""Training sessions as officers type them or a store exports them: one reading for the forms and for the press.

Dates may be in the common era or the Buddhist era; the year tells which. They are Thai local time.
Every fault is told in plain Thai, with the line it stands in.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from site_builder import areas, thai
from site_builder.problems import Problem

Columns = Mapping[str, tuple[str, ...]]  # by name: what the column may be called

COLUMNS: Columns = {
    "province": ("province", "จังหวัด", "รหัสจังหวัด"),
    "starts_at": ("starts_at", "วันเวลา", "เริ่ม"),
    "place": ("place", "สถานที่"),
    "capacity": ("capacity", "จำนวนที่นั่ง", "ที่นั่ง"),
}
MOST_SEATS = 10_000
LONGEST_PLACE = 200  # characters
_NEXT = re.compile(r"[\s,]*")  # what stands before a record of a list
_CLOCK = r"[T ] *(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?::00)?(?:\+07:00)?(?: ?น\.)?"
_DATES = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})" + _CLOCK),
    re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})" + _CLOCK),
)


@dataclass(frozen=True)
class NewSession:
    """A training session as an officer enters it; `starts_at` is naive local Thai time, to the minute."""

    province: str
    starts_at: datetime
    place: str
    capacity: int


def read_session(
    typed: Mapping[str, str], place: str, problems: list[Problem], longest: int = LONGEST_PLACE
) -> NewSession | None:
    """Return the session that was typed, or None after adding each fault to `problems`."""
    before = len(problems)
    province = province_code(typed["province"])
    starts_at = read_moment(typed["starts_at"])
    venue = thai.tidy(typed["place"])
    seats = _seats(typed["capacity"])
    over = len(venue) - longest
    faults = (
        (province is None, f"ไม่รู้จักจังหวัด “{typed['province']}” ใส่รหัส 2 หลัก เช่น 50 หรือชื่อ เช่น เชียงใหม่"),
        (starts_at is None, f"อ่านวันเวลา “{typed['starts_at']}” ไม่ได้ เขียนแบบ 2026-12-15T09:00 หรือ 15/12/2569 09:00"),
        (not venue, "ใส่สถานที่"),
        (over > 0, f"สถานที่ยาวเกินไป {over} ตัวอักษร ตัดให้เหลือ {longest} ตัวอักษร"),
        (seats is None, f"จำนวนที่นั่ง “{typed['capacity']}” ต้องเป็นเลข 1 ถึง {MOST_SEATS:,}"),
    )
    problems += [Problem(place, message) for wrong, message in faults if wrong]
    if len(problems) > before or province is None or starts_at is None or seats is None:
        return None
    return NewSession(province, starts_at, venue, seats)


def province_code(text: str) -> str | None:
    """Return the code of a province typed as code or Thai name, or None."""
    typed = thai.arabic_digits(thai.tidy(text)).removeprefix("จังหวัด").strip()
    typed = "กรุงเทพมหานคร" if typed in ("กรุงเทพ", "กรุงเทพฯ", "กทม.", "กทม") else typed
    return next((area.code for area in areas.provinces() if typed in (area.code, area.name)), None)


def read_moment(text: str) -> datetime | None:
    """Return a date and time as naive Thai time, or None; a year from 2400 on is of the Buddhist era."""
    text = thai.arabic_digits(thai.tidy(text))
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            parts = {name: int(digits) for name, digits in match.groupdict().items()}
            if parts["year"] >= 2400:
                parts["year"] -= thai.BUDDHIST_ERA
            try:
                # The store keeps dates of this century, and a year typed wrong is likelier than one outside it.
                return datetime(**parts) if 2000 <= parts["year"] < 2100 else None  # type: ignore[arg-type]  # noqa: DTZ001
            except ValueError:
                return None
    return None


def rows(
    path: Path, problems: list[Problem], columns: Columns = COLUMNS, optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and typed cells of each row of a file that is not empty: CSV, or JSON as a list of records.

    UTF-8, with or without BOM. A column in `optional` may be missing; its cells are then empty.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(str(path), "ไฟล์ไม่ใช่ UTF-8 เปิดในโปรแกรมตาราง แล้วบันทึกใหม่เป็น “CSV UTF-8”"))
        return
    except OSError as error:
        problems.append(Problem(str(path), f"เปิดไฟล์ไม่ได้ ({error.strerror})"))
        return
    read = _records if text.lstrip().startswith("[") else _lines
    yield from read(text, path, problems, columns, optional)


def _lines(
    text: str, path: Path, problems: list[Problem], columns: Columns, optional: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV file."""
    lines, start = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), 1
    try:
        positions = _header(next(lines, []), path, problems, columns, optional)
        start = lines.line_num + 1
        for cells in lines:
            if positions and any(cell.strip() for cell in cells):
                yield start, {name: cells[at] if at < len(cells) else "" for name, at in positions.items()}
            start = lines.line_num + 1
    except csv.Error:  # a cell of more than 128 KB
        problems.append(Problem(f"{path}:{start}", 'อ่านแถวนี้ไม่ได้ ดูว่าเครื่องหมายคำพูด " มีครบคู่'))


def _header(
    cells: list[str], path: Path, problems: list[Problem], columns: Columns, optional: Sequence[str]
) -> dict[str, int]:
    """Return where each column stands; an absent optional one beyond every row."""
    names = [thai.tidy(cell).lower() for cell in cells]
    places = {column: [names.index(name) for name in known if name in names] for column, known in columns.items()}
    missing = [column for column, found in places.items() if not found and column not in optional]
    if missing:
        needed = ", ".join(column for column in columns if column not in optional)
        problems.append(Problem(f"{path}:1", f"หัวตารางขาด {', '.join(missing)} บรรทัดแรกต้องมี {needed}"))
        return {}
    return {column: found[0] for column, found in places.items() if found}


def _records(
    text: str, path: Path, problems: list[Problem], columns: Columns, optional: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the records of a JSON list, each with the line on which it begins."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    while not text.startswith("]", at := _NEXT.match(text, at).end()):  # type: ignore[union-attr]
        line = text.count("\n", 0, at) + 1
        try:
            record, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):  # a list that is not closed, too
            problems.append(Problem(f"{path}:{line}", "อ่าน JSON ต่อจากตรงนี้ไม่ได้"))
            return
        typed = {
            column: str(record[name])
            for column, known in columns.items()
            for name in known
            if isinstance(record, dict) and isinstance(record.get(name), str | int)
        }
        if missing := [column for column in columns if column not in typed and column not in optional]:
            problems.append(Problem(f"{path}:{line}", f"รายการนี้ขาด {', '.join(missing)}"))
        else:
            yield line, typed


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _seats(text: str) -> int | None:
    digits = thai.arabic_digits(thai.tidy(text)).replace(",", "")
    seats = int(digits) if re.fullmatch("[0-9]{1,6}", digits) else 0
    return seats if 1 <= seats <= MOST_SEATS else None
