"""Training sessions as officers type them: one by one on the command line, or many in a CSV file.

Dates may be in the common era or the Buddhist era; the year tells which. They are Thai local time.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from forms_api.errors import FormsError
from forms_api.store.protocol import NewSession
from site_builder import areas, thai
from site_builder.problems import Problem

# What a column may be called, in the order of the fields of NewSession.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "province": ("province", "จังหวัด", "รหัสจังหวัด"),
    "starts_at": ("starts_at", "วันเวลา", "เริ่ม"),
    "place": ("place", "สถานที่"),
    "capacity": ("capacity", "จำนวนที่นั่ง", "ที่นั่ง"),
}
MOST_SEATS = 10_000
LONGEST_PLACE = 200  # characters
_CLOCK = r"[T ] *(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?::00)?(?:\+07:00)?(?: ?น\.)?"
_DATES = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})" + _CLOCK),
    re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})" + _CLOCK),
)


class SessionProblems(FormsError):
    """Sessions that cannot be kept; `problems` holds every fault found, none of the sessions was kept."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def read_session(typed: Mapping[str, str], place: str, problems: list[Problem]) -> NewSession | None:
    """Return the session that was typed, or None after adding each fault to `problems`."""
    before = len(problems)
    province = province_code(typed["province"])
    starts_at = read_moment(typed["starts_at"])
    venue = thai.tidy(typed["place"])
    seats = _seats(typed["capacity"])
    faults = (
        (province is None, f"ไม่รู้จักจังหวัด “{typed['province']}” ใส่รหัส 2 หลัก เช่น 50 หรือชื่อ เช่น เชียงใหม่"),
        (starts_at is None, f"อ่านวันเวลา “{typed['starts_at']}” ไม่ได้ เขียนแบบ 2026-12-15T09:00 หรือ 15/12/2569 09:00"),
        (not venue, "ใส่สถานที่"),
        (len(venue) > LONGEST_PLACE, f"สถานที่ยาวเกิน {LONGEST_PLACE} ตัวอักษร"),
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


def read_file(path: Path) -> list[NewSession]:
    """Return the sessions of a CSV file (UTF-8, with or without BOM); raise SessionProblems with all faults."""
    problems: list[Problem] = []
    found: dict[tuple[object, ...], int] = {}
    sessions: list[NewSession] = []
    for line, typed in _records(path, problems):
        session = read_session(typed, f"{path}:{line}", problems)
        if session is None:
            continue
        identity = (session.province, session.starts_at, session.place)
        if (first := found.setdefault(identity, line)) != line:
            problems.append(Problem(f"{path}:{line}", f"รอบนี้ซ้ำกับบรรทัด {first}"))
        sessions.append(session)
    if not sessions and not problems:
        problems.append(Problem(str(path), "ไม่มีรอบอบรมในไฟล์"))
    if problems:
        raise SessionProblems(problems)
    return sessions


def shown(session: NewSession) -> str:
    """Return how a session was understood, for the officer to compare."""
    day = thai.thai_datetime(session.starts_at)
    return f"{areas.name(session.province)} · {day} · {session.place} · {session.capacity} ที่"


def samples(now: datetime) -> list[NewSession]:
    """Return two invented sessions for each province, a large and a tiny one, three weeks after `now` (Thai time)."""
    day = now.replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=21)
    return [
        session
        for province in areas.provinces()
        for session in (
            NewSession(province.code, day, "ห้องประชุมตัวอย่าง (ไม่ใช่รอบจริง)", 30),
            NewSession(province.code, day + timedelta(days=7, hours=4), "ห้องเล็กตัวอย่าง (ไม่ใช่รอบจริง)", 2),
        )
    ]


@dataclass(frozen=True)
class _Header:
    """Where each column stands in the file."""

    positions: Mapping[str, int]

    def typed(self, cells: list[str]) -> dict[str, str]:
        return {name: cells[at] if at < len(cells) else "" for name, at in self.positions.items()}


def _records(path: Path, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and typed cells of each row that is not empty."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(str(path), "ไฟล์ไม่ใช่ UTF-8 เปิดในโปรแกรมตาราง แล้วบันทึกใหม่เป็น “CSV UTF-8”"))
        return
    except OSError as error:
        problems.append(Problem(str(path), f"เปิดไฟล์ไม่ได้ ({error.strerror})"))
        return
    lines, start = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), 1
    try:
        header = _header(next(lines, []), path, problems)
        start = lines.line_num + 1
        for cells in lines:
            if header and any(cell.strip() for cell in cells):
                yield start, header.typed(cells)
            start = lines.line_num + 1
    except csv.Error:  # a cell of more than 128 KB
        problems.append(Problem(f"{path}:{start}", 'อ่านแถวนี้ไม่ได้ ดูว่าเครื่องหมายคำพูด " มีครบคู่'))


def _header(cells: list[str], path: Path, problems: list[Problem]) -> _Header | None:
    names = [thai.tidy(cell).lower() for cell in cells]
    places = {column: [names.index(name) for name in known if name in names] for column, known in COLUMNS.items()}
    missing = [column for column, found in places.items() if not found]
    if missing:
        message = f"หัวตารางขาด {', '.join(missing)} บรรทัดแรกต้องมี {', '.join(COLUMNS)}"
        problems.append(Problem(f"{path}:1", message))
        return None
    return _Header({column: found[0] for column, found in places.items()})


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _seats(text: str) -> int | None:
    digits = thai.arabic_digits(thai.tidy(text)).replace(",", "")
    seats = int(digits) if re.fullmatch("[0-9]{1,6}", digits) else 0
    return seats if 1 <= seats <= MOST_SEATS else None
