"""Training sessions as officers bring them in: many in a CSV or JSON file, and samples for a demonstration."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from forms_api.errors import FormsError
from site_builder import areas, thai
from site_builder.problems import Problem
from site_builder.training import NewSession, read_session, rows


class SessionProblems(FormsError):
    """Sessions that cannot be kept; `problems` holds every fault found, none of the sessions was kept."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def read_file(path: Path) -> list[NewSession]:
    """Return the sessions of a file; raise SessionProblems with all faults."""
    problems: list[Problem] = []
    sessions = list(_sessions(path, problems))
    if not sessions and not problems:
        problems.append(Problem(str(path), "ไม่มีรอบอบรมในไฟล์"))
    if problems:
        raise SessionProblems(problems)
    return sessions


def _sessions(path: Path, problems: list[Problem]) -> Iterator[NewSession]:
    found: dict[tuple[object, ...], int] = {}
    for line, typed in rows(path, problems):
        session = read_session(typed, f"{path}:{line}", problems)
        if session is None:
            continue
        identity = (session.province, session.starts_at, session.place)
        if (first := found.setdefault(identity, line)) != line:
            problems.append(Problem(f"{path}:{line}", f"รอบนี้ซ้ำกับบรรทัด {first}"))
        yield session


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
