"""forms-api backup, restore: copies of the data."""

import argparse
import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from forms_api.cli.common import actor, add, existing_file, opened, say, store_url
from forms_api.errors import FormsError, SettingsError
from forms_api.store import SQLITE, database_path, open_store
from forms_api.store.audit import Act
from forms_api.store.findings import Finding
from forms_api.store.submissions import THAI_TIME, utc_now
from forms_api.vault import Vault, find_keyring
from site_builder.content import Content, load_content
from site_builder.forms import Form

NAMED = re.compile(r"forms-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}\.db")  # what `_name` makes; nothing else is ours


def options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this module."""
    copy = add(commands, "backup", "สำรองข้อมูล ขณะบริการเปิดอยู่ก็ได้", _backup)
    copy.add_argument("--out", type=Path, required=True, metavar="PLACE", help="ไฟล์ใหม่ .db หรือโฟลเดอร์ (ตั้งชื่อตามเวลา)")
    copy.add_argument("--keep", type=_number, metavar="N", help="เก็บสำเนาในโฟลเดอร์ไว้ N ชุดล่าสุด ลบที่เก่ากว่า")
    back = add(commands, "restore", "นำสำเนาสำรองกลับมา ไม่เขียนทับของเดิม", _restore)
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument("--to", type=Path, metavar="FILE", help="ที่วาง ถ้าไม่ใส่คือที่ของ FORMS_API_STORE")


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("ใส่จำนวนตั้งแต่ 1 ขึ้นไป")
    return int(text)


def _backup(options: argparse.Namespace) -> int:
    from forms_api.store.backup import back_up, check_free

    _sqlite("pg_dump --format=custom --file=forms.dump หรือ pg_basebackup")
    place: Path = options.out
    in_folder = place.is_dir() or not place.suffix
    if options.keep and not in_folder:
        raise SettingsError("--keep ใช้กับโฟลเดอร์เท่านั้น ใส่โฟลเดอร์ที่ --out")
    if in_folder:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = _free_name(place) if in_folder else place
    content = load_content()
    check_free(target)
    _note_copy(content, target)
    _tell(back_up(existing_file(), target, content.forms.values()))
    say(
        f"สำรองไว้ที่ {target} ({target.stat().st_size / 1e6:.1f} เมกะไบต์)",
        "ไฟล์นี้ไม่มีกุญแจ เก็บไฟล์กุญแจไว้อีกที่ ถ้ากุญแจหาย ไม่มีใครอ่านเบอร์โทรได้ ถ้าเก็บไว้ด้วยกัน ใครได้ไปก็อ่านได้",
    )
    for path in _older(place, options.keep, target) if options.keep else ():
        path.unlink()
        say(f"ลบสำเนาเก่า {path.name}")
    print(target)
    return 0


def _note_copy(content: Content, target: Path) -> None:
    """Note that a whole copy is made, before it is; where that cannot be, a copy matters more than its line."""
    try:
        with opened(content, existing=True) as store:
            store.note(Act(actor(), "backup", target.name))
    except FormsError as error:
        say(f"ยังจดการสำรองครั้งนี้ลงบันทึกไม่ได้ ({error}) สำรองต่อ")


def _restore(options: argparse.Namespace) -> int:
    from forms_api.store.backup import brought_back, gather_erased, restore

    target = options.to or _sqlite("pg_restore --dbname=… forms.dump")
    forms, known = load_content().forms.values(), [_sqlite_path()] if options.to else []
    _tell(restore(options.file, target, forms))
    lines = gather_erased(options.file, target, [path for path in known if path])
    again = brought_back(target, forms, lines)
    say(
        f"นำกลับมาไว้ที่ {target} แล้ว ต่อไปรัน forms-api doctor แล้วเปิดบริการด้วยกุญแจชุดเดิม",
        "ใครลบหลังเวลาของสำเนา กลับมาแล้ว ถ้ารู้ว่าลบใครอีก นอกจากที่บอกข้างล่าง ลบซ้ำด้วย forms-api erase",
    )
    try:
        _erase_again(target, options.file, forms, again)
    except FormsError as error:
        say(error, *(f"ยังไม่ได้ลบซ้ำ ใส่กุญแจชุดเดิม แล้วรัน forms-api erase {reference}" for reference in again))
        return 2 if again else 0
    return 0


def _erase_again(target: Path, copy: Path, forms: Iterable[Form], references: Iterable[str]) -> None:
    store = open_store(f"{SQLITE}{target}", forms, Vault(find_keyring(os.environ)))
    try:
        store.note(Act(actor(), "restore", copy.name))
        for reference in references:
            store.erase(reference, actor())
            say(f"ลบ {reference} อีกครั้ง เพราะเคยลบหลังทำสำเนานี้")
        store.wipe()
    finally:
        store.close()


def _sqlite_path() -> Path | None:
    url = store_url()
    return database_path(url) if url.startswith(SQLITE) else None


def _sqlite(instead: str) -> Path:
    url = store_url()
    if not url.startswith(SQLITE):
        raise SettingsError(f"ข้อมูลอยู่ใน PostgreSQL ใช้คำสั่งของ PostgreSQL: {instead} (docs/operating.md)")
    return database_path(url)


def _free_name(folder: Path) -> Path:
    """Return where a copy made now goes; a second one within a second is named for the next."""
    moment = utc_now()
    while (place := folder / _name(moment)).exists():
        moment += timedelta(seconds=1)
    return place


def _name(now: datetime) -> str:
    return f"forms-{now.astimezone(THAI_TIME):%Y-%m-%dT%H%M%S}.db"


def _older(folder: Path, keep: int, made: Path) -> list[Path]:
    """Return the copies of our own naming beyond `keep`: the one just made, whatever the clock says, and the newest."""
    others = sorted(path for path in folder.iterdir() if NAMED.fullmatch(path.name) and path != made)
    return others[: max(0, len(others) - keep + 1)]


def _tell(found: Iterable[Finding]) -> None:
    for finding in found:
        say(finding.text)
