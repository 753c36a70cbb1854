"""forms-api backup, restore: copies of the data."""

import argparse
from datetime import datetime
from pathlib import Path

from forms_api.cli.common import add, existing_file, say, store_url
from forms_api.errors import SettingsError
from forms_api.store import SQLITE, database_path
from forms_api.store.findings import Finding
from forms_api.store.submissions import THAI_TIME, utc_now
from site_builder.content import load_content

NAMED = "forms-*.db"


def options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this module."""
    copy = add(commands, "backup", "สำรองข้อมูล ขณะบริการเปิดอยู่ก็ได้", _backup)
    copy.add_argument("--out", type=Path, required=True, metavar="PLACE", help="ไฟล์ใหม่ หรือโฟลเดอร์ (ตั้งชื่อตามเวลา)")
    copy.add_argument("--keep", type=int, default=0, metavar="N", help="เก็บสำเนาในโฟลเดอร์ไว้ N ชุดล่าสุด ลบที่เก่ากว่า")
    back = add(commands, "restore", "นำสำเนาสำรองกลับมา ไม่เขียนทับของเดิม", _restore)
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument("--to", type=Path, metavar="FILE", help="ที่วาง ถ้าไม่ใส่คือที่ของ FORMS_API_STORE")


def _backup(options: argparse.Namespace) -> int:
    from forms_api.store.backup import back_up, older

    _sqlite("pg_dump --format=custom --file=forms.dump")
    place: Path = options.out
    target = place / _name(utc_now()) if place.is_dir() else place
    found = back_up(existing_file(), target, load_content().forms.values())
    _tell(found)
    say(
        f"สำรองไว้ที่ {target} ({target.stat().st_size / 1e6:.1f} เมกะไบต์)",
        "กุญแจไม่ได้อยู่ในไฟล์นี้ เก็บไฟล์กุญแจไว้อีกที่ ถ้าไม่มีกุญแจ สำเนานี้อ่านเบอร์โทรไม่ได้",
    )
    for path in older(place, NAMED, options.keep) if place.is_dir() else ():
        path.unlink()
        say(f"ลบสำเนาเก่า {path.name}")
    print(target)
    return 0


def _restore(options: argparse.Namespace) -> int:
    from forms_api.store.backup import restore

    target = options.to or _sqlite("pg_restore --dbname=… forms.dump")
    _tell(restore(options.file, target, load_content().forms.values()))
    say(f"นำกลับมาไว้ที่ {target} แล้ว ต่อไป: forms-api doctor แล้วเปิดบริการด้วยกุญแจชุดเดิม")
    return 0


def _sqlite(instead: str) -> Path:
    url = store_url()
    if not url.startswith(SQLITE):
        raise SettingsError(f"ข้อมูลอยู่ใน PostgreSQL ใช้คำสั่งของ PostgreSQL: {instead} (docs/operating.md)")
    return database_path(url)


def _name(now: datetime) -> str:
    return f"forms-{now.astimezone(THAI_TIME):%Y-%m-%dT%H%M%S}.db"


def _tell(found: list[Finding]) -> None:
    for finding in found:
        if "journal_mode" not in finding.text:
            say(finding.text)
