"""forms-api cancel, finish, find, erase, retention, affected: what becomes of answers once they are kept."""

import argparse
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from forms_api import retention
from forms_api.breach import Span, write_affected
from forms_api.cli.common import actor, add, legible, opened, say
from forms_api.errors import SettingsError
from forms_api.references import read_reference
from forms_api.retention import Kept
from forms_api.store.protocol import Ended, Store
from forms_api.store.submissions import utc_now
from forms_api.vault import ILLEGIBLE
from site_builder import thai
from site_builder.content import load_content

DEFAULT_EXPORTS = Path("var/exports")
EXPORT_DAYS = 30


def options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this module."""
    ends = (
        ("cancel", "ยกเลิกแบบหนึ่ง คนที่รอคิวได้ที่ต่อ", _cancel),
        ("finish", "ปิดเรื่องขอคนช่วยที่ช่วยเสร็จแล้ว", _finish),
        ("erase", "ลบแบบหนึ่งถาวรตามคำขอของเจ้าของข้อมูล", _erase),
    )
    for name, text, run in ends:
        add(commands, name, text, run).add_argument("reference", metavar="REFERENCE", help="รหัส 8 ตัว")
    find = add(commands, "find", "หารหัสของแบบจากเบอร์โทรศัพท์", _find)
    find.add_argument("phone", metavar="PHONE")
    due = add(commands, "retention", "ลบคำตอบที่ครบเวลาเก็บ", _retention)
    due.add_argument("--dry-run", action="store_true", help="นับอย่างเดียว ไม่ลบ")
    due.add_argument("--yes", action="store_true", help="นาฬิกาเครื่องตรงแล้ว ลบได้ แม้ไม่มีใครใช้มานาน")
    leak = add(commands, "affected", "รายชื่อคนที่ต้องแจ้งเมื่อข้อมูลรั่ว เป็น CSV", _affected)
    leak.add_argument("--since", type=_day, metavar="DAY", help="ส่งแบบตั้งแต่วันนี้ เช่น 2026-12-01")
    leak.add_argument("--until", type=_day, metavar="DAY", help="ถึงวันนี้ รวมวันนี้ด้วย")
    leak.add_argument("--out", type=Path, required=True, metavar="FILE")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"วันที่ {text} อ่านไม่ได้ เขียนแบบ 2026-12-01") from None


def _cancel(options: argparse.Namespace) -> int:
    return _end(options, "ยกเลิกแล้ว", lambda store, reference: store.cancel(reference, actor()))


def _finish(options: argparse.Namespace) -> int:
    return _end(options, "ปิดเรื่องแล้ว", lambda store, reference: store.finish(reference, actor()))


def _erase(options: argparse.Namespace) -> int:
    wiped = True

    def erase(store: Store, reference: str) -> Ended | None:
        nonlocal wiped
        ended = store.erase(reference, actor())
        wiped = ended is None or store.wipe()
        return ended

    code = _end(options, "ลบถาวรแล้ว", erase) or _wiped(wiped)
    say("สำเนาสำรองและไฟล์ที่นำออกก่อนหน้านี้อาจยังมีข้อมูลนี้:", *_exports() or ("ไม่มีไฟล์ในโฟลเดอร์นำออก",))
    return code


def _end(options: argparse.Namespace, done: str, act: Callable[[Store, str], Ended | None]) -> int:
    reference = read_reference(options.reference)
    if reference is None:
        raise SettingsError(f"รหัส {options.reference} ไม่ถูก รหัสมี 8 ตัว ดูอีกครั้ง")
    with opened(load_content(), existing=True) as store:
        ended = act(store, reference)
    if ended is None:
        raise SettingsError(f"ไม่มีแบบรหัส {reference} ที่ทำอย่างนี้ได้ อาจยกเลิก ปิด หรือลบไปแล้ว")
    say(f"{reference} {done}")
    for one in ended.promoted:
        print(one)
    if ended.promoted:
        say(f"คนในคิวได้ที่นั่ง {len(ended.promoted)} คน โทรบอกตามรหัสข้างบน")
    return 0


def _find(options: argparse.Namespace) -> int:
    phone = thai.phone(options.phone)
    if phone is None:
        raise SettingsError("เบอร์นี้ใช้ไม่ได้ ใส่เบอร์ไทย 9 หรือ 10 หลัก")
    with opened(load_content(), existing=True) as store:
        found = store.with_phone(phone, actor())
    for one in found:
        print(f"{one.reference}\t{one.form_id}" + ("" if one.readable else f"\t{ILLEGIBLE}"))
    say(f"{len(found)} แบบ")
    return legible(sum(not one.readable for one in found))


def _retention(options: argparse.Namespace) -> int:
    forms, now, code = load_content().forms.values(), utc_now(), 0
    exports = retention.old_exports(_exports_folder(), now, _export_days())
    with opened(load_content(), existing=True) as store:
        doubt = None if options.yes else retention.clock_in_doubt(store, now)
        if doubt:
            say(doubt)
        if options.dry_run:
            kept, files = list(retention.look(store, forms, now)), len(exports)
        elif doubt:
            return _wiped(store.wipe()) or 2  # what was erased before goes all the same
        else:
            kept = list(retention.run(store, forms, now, actor(), sure=True))
            files = retention.delete_exports(store, exports, actor())
            code = _wiped(store.wipe())
    verb = "ครบเวลา (ยังไม่ลบ)" if options.dry_run else "ลบแล้ว"
    for one in kept:
        print(_told(one, verb))
    print(f"exports: {verb} {files} ไฟล์")
    return code or (0 if all(one.first_day for one in kept) else 2)


def _wiped(wiped: bool) -> int:
    """Tell whether nothing deleted can be read any more; return the exit code."""
    if wiped:
        say("ล้างร่องรอยในไฟล์บันทึกแล้ว")
        return 0
    say(
        "แถวลบแล้ว แต่ร่องรอยในไฟล์บันทึก (-wal) ยังอ่านได้ เพราะโปรแกรมอื่นอ่านไฟล์ค้างอยู่ เช่น litestream",
        "ล้างด้วย systemctl start forms-retention (หยุดและเปิด litestream ให้เอง) หรือหยุดโปรแกรมนั้น แล้วรัน forms-api retention",
    )
    return 1


def _told(kept: Kept, verb: str) -> str:
    if kept.first_day is None:
        return f"{kept.form.id}: ยังไม่ลบอะไร ใส่เวลาเก็บที่ retention ใน content/data/settings.yml เช่น 1 ปี"
    unended = f" · เกินเวลาแต่ยังไม่ปิดเรื่อง {kept.purged.unended:,} แถว" if kept.purged.unended else ""
    return f"{kept.form.id}: {verb} {kept.purged.deleted:,} แถว เก็บตั้งแต่ {kept.first_day}{unended}"


def _affected(options: argparse.Namespace) -> int:
    if options.out.exists():
        raise SettingsError(f"มีไฟล์ {options.out} อยู่แล้ว ใช้ชื่ออื่น")
    content = load_content()
    with opened(content, existing=True) as store:
        taken = write_affected(store, content.forms.values(), Span(options.since, options.until), options.out, actor())
    say(
        f"{taken.rows:,} แบบ → {options.out} "
        "แจ้งสำนักงานคณะกรรมการคุ้มครองข้อมูลส่วนบุคคลภายใน 72 ชั่วโมง (docs/data-protection.md)"
    )
    return legible(taken.illegible)


def _exports_folder() -> Path:
    return Path(os.environ.get("FORMS_API_EXPORTS") or DEFAULT_EXPORTS)


def _exports() -> tuple[object, ...]:
    folder = _exports_folder()
    return tuple(sorted(folder.iterdir())) if folder.is_dir() else ()


def _export_days() -> int:
    text = os.environ.get("FORMS_API_EXPORT_DAYS") or str(EXPORT_DAYS)
    if not (text.isascii() and text.isdecimal()):
        raise SettingsError(f"FORMS_API_EXPORT_DAYS={text}: ใส่จำนวนวันเป็นตัวเลข")
    return int(text)
