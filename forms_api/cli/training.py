"""forms-api sessions add, list, import, close: training sessions."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from forms_api.cli.common import actor, add, opened, province, say
from forms_api.errors import SettingsError
from forms_api.sessions import SessionProblems, read_file, shown
from forms_api.store.protocol import NewSession, Session
from forms_api.store.submissions import THAI_TIME, utc_now
from site_builder import areas, thai
from site_builder.content import load_content
from site_builder.problems import Problem
from site_builder.training import read_session

EXPORTED = ("id", "province", "starts_at", "place", "capacity", "taken", "waiting", "state")


def options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this module."""
    one = commands.add_parser("sessions", help="รอบอบรม: add list import close")
    _session_options(one)


def _session_options(sessions: argparse.ArgumentParser) -> None:
    commands = sessions.add_subparsers(required=True, metavar="คำสั่ง")
    new = add(commands, "add", "เพิ่มหนึ่งรอบ พิมพ์เลขรอบ", _sessions_add)
    new.add_argument("--province", required=True, metavar="NN", help="รหัสจังหวัด 2 หลัก หรือชื่อจังหวัด")
    new.add_argument("--starts-at", required=True, metavar="WHEN", help="2026-12-15T09:00 หรือ 2569-12-15T09:00")
    new.add_argument("--place", required=True, metavar="TEXT", help="สถานที่")
    new.add_argument("--capacity", required=True, metavar="N", help="จำนวนที่นั่ง")
    listing = add(commands, "list", "แสดงรอบอบรม", _sessions_list)
    listing.add_argument("--province", metavar="NN", help="เฉพาะจังหวัดนี้")
    listing.add_argument("--open", action="store_true", help="เฉพาะรอบที่ยังรับชื่อ")
    shape = listing.add_mutually_exclusive_group()
    shape.add_argument("--csv", dest="write", action="store_const", const=_write_csv, help="เป็นตาราง CSV พิมพ์ประกาศได้")
    shape.add_argument("--json", dest="write", action="store_const", const=_write_json, help="เป็น JSON บรรทัดละรอบ")
    bring = add(commands, "import", "นำเข้าจาก CSV: province,starts_at,place,capacity", _sessions_import)
    bring.add_argument("file", type=Path, metavar="FILE")
    close = add(commands, "close", "ปิดรับชื่อของรอบ", _sessions_close)
    close.add_argument("id", type=int, metavar="ID")


def _sessions_add(options: argparse.Namespace) -> int:
    typed = {name: getattr(options, name) for name in ("province", "starts_at", "place", "capacity")}
    problems: list[Problem] = []
    new = read_session(typed, "sessions add", problems)
    if new is None:
        raise SessionProblems(problems)
    with opened(load_content()) as store:
        twins = [session for session in store.sessions(new.province) if _same(session, new)]
        number = store.add_session(new, actor())
    say(f"เข้าใจว่า {shown(new)}")
    if new.starts_at <= _now():
        say("เวลานี้ผ่านไปแล้ว แบบฟอร์มจะไม่เสนอรอบนี้")
    if twins:
        say(f"มีรอบเวลาและสถานที่เดียวกันอยู่แล้ว: รอบ {twins[0].id} ถ้าเพิ่มซ้ำ ปิดด้วย forms-api sessions close {number}")
    print(number)
    return 0


def _sessions_list(options: argparse.Namespace) -> int:
    code = province(options.province)
    with opened(load_content(), existing=True) as store:
        sessions = store.open_sessions(code) if options.open else store.sessions(code)
    (options.write or _write_lines)(sessions)
    say(f"{len(sessions)} รอบ")
    return 0


def _write_lines(sessions: Sequence[Session]) -> None:
    for session in sessions:
        name, day = areas.name(session.province), thai.thai_datetime(session.starts_at)
        seats = f"{session.taken}/{session.capacity} ที่ รอ {session.waiting}"
        print(f"{session.id}\t{session.province} {name}\t{day}\t{session.place}\t{seats}\t{_state(session)}")


def _write_csv(sessions: Sequence[Session]) -> None:
    sys.stdout.write("\ufeff")  # or spreadsheets read no Thai
    table = csv.DictWriter(sys.stdout, EXPORTED, lineterminator="\n")
    table.writeheader()
    table.writerows(_exported(sessions))


def _write_json(sessions: Sequence[Session]) -> None:
    print("[", ",\n".join(json.dumps(record, ensure_ascii=False) for record in _exported(sessions)), "]", sep="\n")


def _exported(sessions: Sequence[Session]) -> Iterator[dict[str, object]]:
    """Yield sessions as other programs read them: codes, the common era, and the number that a link names."""
    for session in sessions:
        starts_at = session.starts_at.strftime("%Y-%m-%dT%H:%M")
        yield {name: getattr(session, name) for name in EXPORTED} | {"starts_at": starts_at}


def _sessions_import(options: argparse.Namespace) -> int:
    sessions = read_file(options.file)
    with opened(load_content()) as store:
        imported = store.import_sessions(sessions, actor())
    past = sum(session.starts_at <= _now() for session in sessions)
    for session in sessions:
        say(f"เข้าใจว่า {shown(session)}")
    if past:
        say(f"{past} รอบเป็นเวลาที่ผ่านไปแล้ว แบบฟอร์มจะไม่เสนอ")
    say(f"เพิ่ม {len(imported.added)} รอบ มีอยู่แล้ว {imported.already} รอบ")
    for number in imported.added:
        print(number)
    return 0


def _sessions_close(options: argparse.Namespace) -> int:
    with opened(load_content(), existing=True) as store:
        if not store.close_session(options.id, actor()):
            raise SettingsError(f"ไม่มีรอบ {options.id}")
    say(f"ปิดรับชื่อรอบ {options.id} แล้ว คนที่มีชื่ออยู่แล้วไม่เปลี่ยน")
    return 0


def _same(kept: Session, new: NewSession) -> bool:
    return (kept.starts_at, kept.place) == (new.starts_at, new.place)


def _state(session: Session) -> str:
    if session.state == "closed":
        return "ปิดรับชื่อ"
    return "เปิดรับชื่อ" if session.starts_at > _now() else "ผ่านไปแล้ว"


def _now() -> datetime:
    return utc_now().astimezone(THAI_TIME).replace(tzinfo=None)
