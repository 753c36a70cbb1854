"""The command `forms-api`: serve the forms, keep training sessions, take answers out, look after the data.

Exit codes: 0 done, 1 the store is busy or broken, 2 what was asked cannot be done (the message says why).
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from forms_api.errors import Busy, FormsError, SettingsError
from forms_api.export import FORMATS, ExportRefused, export
from forms_api.sessions import SessionProblems, province_code, read_file, read_session, shown
from forms_api.settings import DEFAULT_STORE
from forms_api.store import database_path, open_store
from forms_api.store.protocol import NewSession, Session, Store
from forms_api.store.submissions import THAI_TIME, utc_now
from site_builder import areas, thai
from site_builder.content import Content, load_content
from site_builder.problems import ContentErrors, Problem

MOST_PORT = 65535
Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Thai shows codes, not a traceback
    options = parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except (SessionProblems, ContentErrors) as error:
        _say(*error.problems, f"พบ {len(error.problems)} จุดต้องแก้ ยังไม่ได้บันทึกอะไร")
        return 2
    except Busy:
        _say("ตอนนี้บันทึกไม่ได้ ยังไม่ได้บันทึกอะไร รอสักครู่แล้วลองใหม่ หรือรัน forms-api doctor")
        return 1
    except FormsError as error:
        _say(error)
        return 2
    except BrokenPipeError:
        return 1
    except OSError as error:
        _say(f"เปิดหรือเขียน {error.filename or 'ไฟล์'} ไม่ได้: {error.strerror}")
        return 2


def parser() -> argparse.ArgumentParser:
    """Return the commands and their options."""
    top = argparse.ArgumentParser(prog="forms-api", description="แบบฟอร์ม รอบอบรม และข้อมูลที่เก็บไว้")
    commands = top.add_subparsers(required=True, metavar="คำสั่ง")
    _serve_options(_add(commands, "serve", "เปิดแบบฟอร์ม", _serve))
    _add(commands, "migrate", "ปรับตารางให้ตรงกับแบบฟอร์ม (serve ทำให้เองแล้ว)", _migrate)
    _add(commands, "doctor", "ตรวจข้อมูลและเครื่อง", _doctor)
    _session_options(commands.add_parser("sessions", help="รอบอบรม: add list import close"))
    _export_options(_add(commands, "export", "นำคำตอบออกเป็นตาราง", _export))
    return top


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, run: Command
) -> argparse.ArgumentParser:
    one = commands.add_parser(name, help=text, description=text)
    one.set_defaults(command=run)
    return one


def _serve_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--host", default="127.0.0.1", help="ที่อยู่ที่เปิดรับ (%(default)s: เฉพาะเครื่องนี้)")
    one.add_argument("--port", type=_port, default=os.environ.get("FORMS_API_PORT") or "8000", help="(%(default)s)")
    one.add_argument("--site", type=Path, help="โฟลเดอร์ของเว็บที่สร้างแล้ว เช่น build/site")
    one.add_argument("--demo", action="store_true", help="เพิ่มรอบอบรมตัวอย่าง ถ้ายังไม่มีรอบ (เหมือน DEMO=1)")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:6]) <= MOST_PORT):
        raise argparse.ArgumentTypeError(f"พอร์ต {text} ใช้ไม่ได้ ใส่เลข 0 ถึง {MOST_PORT}")
    return int(text)


def _session_options(sessions: argparse.ArgumentParser) -> None:
    commands = sessions.add_subparsers(required=True, metavar="คำสั่ง")
    add = _add(commands, "add", "เพิ่มหนึ่งรอบ พิมพ์เลขรอบ", _sessions_add)
    add.add_argument("--province", required=True, metavar="NN", help="รหัสจังหวัด 2 หลัก หรือชื่อจังหวัด")
    add.add_argument("--starts-at", required=True, metavar="WHEN", help="2026-12-15T09:00 หรือ 2569-12-15T09:00")
    add.add_argument("--place", required=True, metavar="TEXT", help="สถานที่")
    add.add_argument("--capacity", required=True, metavar="N", help="จำนวนที่นั่ง")
    listing = _add(commands, "list", "แสดงรอบอบรม", _sessions_list)
    listing.add_argument("--province", metavar="NN", help="เฉพาะจังหวัดนี้")
    bring = _add(commands, "import", "นำเข้าจาก CSV: province,starts_at,place,capacity", _sessions_import)
    bring.add_argument("file", type=Path, metavar="FILE")
    close = _add(commands, "close", "ปิดรับชื่อของรอบ", _sessions_close)
    close.add_argument("id", type=int, metavar="ID")


def _export_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("form", metavar="FORM", help="trainer_signup หรือ help_request")
    one.add_argument("--province", metavar="NN", help="เฉพาะจังหวัดนี้")
    one.add_argument("--format", choices=sorted(FORMATS), default="csv", help="(%(default)s)")
    one.add_argument("--out", type=Path, metavar="FILE", help="ไฟล์ที่จะเขียน ถ้าไม่ใส่ ออกทาง stdout")
    one.add_argument("--force", action="store_true", help="เขียนทับไฟล์เดิม")


def _serve(options: argparse.Namespace) -> int:
    from forms_api.serve import Place, serve

    demo = options.demo or os.environ.get("DEMO") == "1"
    serve(Place(options.host, options.port, options.site, demo), os.environ)
    return 0


def _migrate(_options: argparse.Namespace) -> int:
    with _opened(load_content()) as store:
        steps = store.migrate()
    _say(*steps, f"ปรับตารางแล้ว {len(steps)} ขั้น" if steps else "ตารางตรงกับแบบฟอร์มอยู่แล้ว")
    return 0


def _doctor(_options: argparse.Namespace) -> int:
    from forms_api.store.checkup import checkup

    content = load_content()
    marks = {"ok": "ปกติ  ", "watch": "ระวัง ", "broken": "เสีย  "}
    findings = checkup(_existing_file(), content.forms.values())
    for finding in findings:
        print(marks[finding.level], finding.text)
    return 1 if any(finding.level == "broken" for finding in findings) else 0


def _sessions_add(options: argparse.Namespace) -> int:
    typed = {name: getattr(options, name) for name in ("province", "starts_at", "place", "capacity")}
    problems: list[Problem] = []
    new = read_session(typed, "sessions add", problems)
    if new is None:
        raise SessionProblems(problems)
    with _opened(load_content()) as store:
        twins = [session for session in store.sessions(new.province) if _same(session, new)]
        number = store.add_session(new)
    _say(f"เข้าใจว่า {shown(new)}")
    if new.starts_at <= _now():
        _say("เวลานี้ผ่านไปแล้ว แบบฟอร์มจะไม่เสนอรอบนี้")
    if twins:
        _say(f"มีรอบเวลาและสถานที่เดียวกันอยู่แล้ว: รอบ {twins[0].id} ถ้าเพิ่มซ้ำ ปิดด้วย forms-api sessions close {number}")
    print(number)
    return 0


def _sessions_list(options: argparse.Namespace) -> int:
    province = _province(options.province)
    with _opened(load_content(), existing=True) as store:
        sessions = store.sessions(province)
    for session in sessions:
        name, day = areas.name(session.province), thai.thai_datetime(session.starts_at)
        seats = f"{session.taken}/{session.capacity} ที่ รอ {session.waiting}"
        print(f"{session.id}\t{session.province} {name}\t{day}\t{session.place}\t{seats}\t{_state(session)}")
    _say(f"{len(sessions)} รอบ")
    return 0


def _sessions_import(options: argparse.Namespace) -> int:
    sessions = read_file(options.file)
    with _opened(load_content()) as store:
        imported = store.import_sessions(sessions)
    past = sum(session.starts_at <= _now() for session in sessions)
    for session in sessions:
        _say(f"เข้าใจว่า {shown(session)}")
    if past:
        _say(f"{past} รอบเป็นเวลาที่ผ่านไปแล้ว แบบฟอร์มจะไม่เสนอ")
    _say(f"เพิ่ม {len(imported.added)} รอบ มีอยู่แล้ว {imported.already} รอบ")
    for number in imported.added:
        print(number)
    return 0


def _sessions_close(options: argparse.Namespace) -> int:
    with _opened(load_content(), existing=True) as store:
        if not store.close_session(options.id):
            raise SettingsError(f"ไม่มีรอบ {options.id}")
    _say(f"ปิดรับชื่อรอบ {options.id} แล้ว คนที่มีชื่ออยู่แล้วไม่เปลี่ยน")
    return 0


def _export(options: argparse.Namespace) -> int:
    content, province, out = load_content(), _province(options.province), options.out
    form = content.forms.get(options.form)
    if form is None:
        raise SettingsError(f"ไม่มีแบบ {options.form} ที่มีคือ {', '.join(content.forms)}")
    if out and out.exists() and not options.force:
        raise ExportRefused(f"มีไฟล์ {out} อยู่แล้ว ใช้ชื่ออื่น หรือใส่ --force เพื่อเขียนทับ")
    if not out and options.format == "xlsx" and sys.stdout.isatty():
        raise ExportRefused("ใส่ --out ชื่อไฟล์.xlsx")
    with _opened(content, existing=True) as store:
        count = export(store, form, province, options.format, out, sys.stdout.buffer)
    _say(f"{options.form}: {count:,} แถว" + (f" → {out}" if out else ""))
    return 0


@contextmanager
def _opened(content: Content, *, existing: bool = False) -> Iterator[Store]:
    if existing:
        _existing_file()
    store = open_store(_store_url(), content.forms.values())
    try:
        yield store
    finally:
        store.close()


def _store_url() -> str:
    return os.environ.get("FORMS_API_STORE") or DEFAULT_STORE


def _existing_file() -> Path:
    path = database_path(_store_url())
    if not path.exists():
        raise SettingsError(f"ยังไม่มีไฟล์ข้อมูล {path} สร้างด้วย make serve หรือ forms-api migrate")
    return path


def _province(text: str | None) -> str | None:
    if text is None:
        return None
    found = province_code(text)
    if found is None:
        raise SettingsError(f"ไม่รู้จักจังหวัด {text} ใส่รหัส 2 หลัก เช่น 50 หรือชื่อ เช่น เชียงใหม่")
    return found


def _same(kept: Session, new: NewSession) -> bool:
    return (kept.starts_at, kept.place) == (new.starts_at, new.place)


def _state(session: Session) -> str:
    if session.state == "closed":
        return "ปิดรับชื่อ"
    return "เปิดรับชื่อ" if session.starts_at > _now() else "ผ่านไปแล้ว"


def _now() -> datetime:
    return utc_now().astimezone(THAI_TIME).replace(tzinfo=None)


def _say(*lines: object) -> None:
    """Tell the officer something on stderr, so that stdout holds only the answer."""
    print(*lines, sep="\n", file=sys.stderr)
