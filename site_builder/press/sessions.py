"""The training sessions that notices are printed for, out of a file that `forms-api sessions list` has written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from site_builder import thai
from site_builder.press import fonts
from site_builder.press.render import PressErrors
from site_builder.problems import Problem
from site_builder.training import COLUMNS, Columns, NewSession, read_session, rows

LONGEST_PLACE = 150  # characters: as many as stand on the notice, in the smallest size that is read from two steps
LIST_COMMAND = "forms-api sessions list --open --csv > FILE"
_COLUMNS: Columns = {"id": ("id", "เลขรอบ", "รอบ"), **COLUMNS, "state": ("state", "สถานะ")}
_CLOSED = ("closed", "ปิดรับชื่อ")
_THAI_TIME = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Session:
    """A session that takes names; `number` is what the link to its sign-up names."""

    number: str
    province: str
    starts_at: datetime
    place: str
    capacity: int


def thai_now() -> datetime:
    """Return the time on a Thai clock."""
    return datetime.now(_THAI_TIME).replace(tzinfo=None)


def read_sessions(path: Path, now: datetime) -> tuple[Session, ...]:
    """Return the sessions of a file; raise PressErrors with every fault of every line."""
    problems: list[Problem] = []
    sessions = tuple(_sessions(path, now, problems))
    if not sessions and not problems:
        problems.append(Problem(str(path), f"ไม่มีรอบอบรมในไฟล์ ทำไฟล์ด้วย {LIST_COMMAND}"))
    if problems:
        raise PressErrors(problems)
    return sessions


def _sessions(path: Path, now: datetime, problems: list[Problem]) -> Iterator[Session]:
    lines: dict[str, int] = {}
    for line, typed in rows(path, problems, _COLUMNS, optional=["state"]):
        place, number = f"{path}:{line}", thai.arabic_digits(thai.tidy(typed["id"]))
        if not re.fullmatch("[1-9][0-9]{0,8}", number):
            problems.append(Problem(place, f"เลขรอบ “{typed['id']}” ต้องเป็นเลข ดูเลขด้วย forms-api sessions list"))
        elif (first := lines.setdefault(number, line)) != line:
            problems.append(Problem(place, f"รอบ {number} มีแล้วที่บรรทัด {first}"))
        new = read_session(typed, place, problems, longest=LONGEST_PLACE)
        problems += [Problem(place, message) for message in _faults(typed, new, now)]
        if new:
            yield Session(number, new.province, new.starts_at, thai.arabic_digits(new.place), new.capacity)


def _faults(typed: Mapping[str, str], new: NewSession | None, now: datetime) -> Iterator[str]:
    """Yield why nobody should be called to a session, and what of it cannot be printed."""
    if new and new.starts_at <= now:
        yield f"รอบนี้ผ่านไปแล้ว ({thai.thai_datetime(new.starts_at)}) ลบบรรทัดนี้ หรือทำไฟล์ใหม่ด้วย {LIST_COMMAND}"
    if typed.get("state", "") in _CLOSED:
        yield f"รอบนี้ปิดรับชื่อแล้ว ลบบรรทัดนี้ หรือทำไฟล์ใหม่ด้วย {LIST_COMMAND}"
    for char in fonts.unprintable(thai.tidy(typed["place"])):
        yield f"สถานที่มี “{char}” (U+{ord(char):04X}) ไม่มีในตัวพิมพ์ {fonts.FAMILY} ใช้ตัวอื่นแทน"
