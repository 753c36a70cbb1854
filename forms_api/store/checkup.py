"""Looks a database file over, reading only: version, safety switches, disk, integrity, and whether the sums agree."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from forms_api.store import statements
from forms_api.store._sqlite import LIBRARY_VERSION, Connection, DatabaseError, open_reader
from forms_api.store.findings import Finding, sums
from forms_api.store.schema import pending
from forms_api.store.sqlite import LEAST_FREE_BYTES
from forms_api.store.submissions import stamp
from site_builder.forms import Form

OLDEST_CLOCK = "2026-11-01T00:00:00.000Z"  # this program is younger
# https://sqlite.org/wal.html: two connections that write or checkpoint at the same moment could corrupt the file.
WAL_RESET_BUG = ((3, 7, 0), (3, 51, 2))
_LITESTREAM = "SELECT 1 FROM sqlite_master WHERE name = '_litestream_seq'"


def checkup(path: Path, forms: Iterable[Form]) -> list[Finding]:
    """Return what was found, in plain Thai; the file is opened for reading only."""
    forms = tuple(forms)
    return [*machine(path, forms), *contents(path, forms)]


def contents(path: Path, forms: Iterable[Form]) -> list[Finding]:
    """Return whether the file is sound and its sums agree: what can be asked of a copy too."""
    found: list[Finding] = []
    try:
        with closing(open_reader(path)) as connection:
            for look in (_integrity, partial(_contents, forms=tuple(forms))):
                found += look(connection)
    except DatabaseError as error:
        found.append(Finding("broken", f"อ่านไฟล์ข้อมูลไม่ได้: {error} อย่าเพิ่งแก้ไฟล์ คัดลอกเก็บไว้ แล้วใช้สำเนาสำรอง"))
    return found


def machine(path: Path, forms: Iterable[Form]) -> list[Finding]:
    """Return what a start should warn of: version, disk, rights, switches, clock. Quick, however much there is."""
    found = [_disk(path), _private(path)]
    beside = False
    try:
        with closing(open_reader(path)) as connection:
            beside = connection.execute(_LITESTREAM).fetchone() is not None
            found += _switches(connection)
            found.append(_clock(connection, forms, datetime.now(UTC)))
    except DatabaseError:
        pass  # told by `checkup`, and by the start itself
    return [_version(LIBRARY_VERSION, beside), *found]


def _clock(connection: Connection, forms: Iterable[Form], now: datetime) -> Finding:
    """A clock that stands before our newest row, or before this program was written, is wrong."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    newest = [connection.execute(statements.newest_stamp(form.id)).fetchone() for form in forms if form.id in tables]
    latest = max([row[0] for row in newest if row], default=OLDEST_CLOCK)
    if stamp(now) < max(latest, OLDEST_CLOCK):
        return Finding("watch", f"นาฬิกาเครื่องบอก {stamp(now)} ก่อนเวลาของแบบล่าสุด ({latest}) ตั้งนาฬิกาให้ตรง")
    return Finding("ok", f"นาฬิกาเครื่อง {stamp(now)}")


def _version(version: tuple[int, ...], litestream: bool) -> Finding:
    """Tell whether the bug can strike: our programs take turns by a lock of their own, litestream does not know it."""
    name = ".".join(map(str, version))
    if WAL_RESET_BUG[0] <= version <= WAL_RESET_BUG[1] and litestream:
        return Finding(
            "watch",
            f"SQLite {name} อยู่ในช่วง 3.7.0–3.51.2 ที่มีข้อบกพร่อง WAL-reset และมี litestream ใช้ไฟล์นี้ด้วย (_litestream_seq): "
            "litestream เขียนโดยไม่รอคิวของเรา ถ้าเขียนพร้อมกันพอดี ไฟล์อาจเสีย ใช้ SQLite ตั้งแต่ 3.51.3 หรือหยุด litestream "
            "แล้วใช้ forms-api backup ซึ่งตรวจสำเนาทุกคืน",
        )
    if WAL_RESET_BUG[0] <= version <= WAL_RESET_BUG[1]:
        return Finding(
            "watch",
            f"SQLite {name} อยู่ในช่วง 3.7.0–3.51.2 ที่มีข้อบกพร่อง WAL-reset: ถ้าสองโปรแกรมเขียนพร้อมกัน ไฟล์อาจเสีย "
            "โปรแกรมนี้เขียนทีละตัวเสมอ จึงไม่เกิด อย่าเปิดไฟล์ข้อมูลด้วยโปรแกรมอื่นขณะบริการเปิดอยู่",
        )
    return Finding("ok", f"SQLite {name}")


def _switches(connection: Connection) -> Iterator[Finding]:
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    yield Finding("ok" if mode == "wal" else "broken", f"วิธีบันทึก (journal_mode): {mode} ที่ถูกคือ wal")
    connection.execute("PRAGMA secure_delete = ON")
    wiped = connection.execute("PRAGMA secure_delete").fetchone()[0]
    text = "ลบแล้วเขียนทับ (secure_delete): " + ("เปิด" if wiped else "SQLite ตัวนี้เปิดไม่ได้ ข้อมูลที่ลบอาจยังอยู่ในไฟล์")
    yield Finding("ok" if wiped else "watch", text)


def _disk(path: Path) -> Finding:
    free = shutil.disk_usage(path.parent).free
    text = f"พื้นที่ดิสก์เหลือ {free / 1e9:.1f} กิกะไบต์"
    return Finding("ok", text) if free >= LEAST_FREE_BYTES else Finding("broken", f"{text} น้อยเกินไป ต้องมีอย่างน้อย 0.2")


def _private(path: Path) -> Finding:
    if path.stat().st_mode & 0o077:
        return Finding("watch", f"คนอื่นในเครื่องเปิดไฟล์ข้อมูลได้ แก้ด้วย chmod 600 {path}")
    return Finding("ok", "ไฟล์ข้อมูลเปิดได้เฉพาะเจ้าของ")


def _integrity(connection: Connection) -> Iterator[Finding]:
    faults = [row[0] for row in connection.execute("PRAGMA integrity_check(20)")]
    sound = faults == ["ok"]
    yield Finding("ok" if sound else "broken", "ไฟล์สมบูรณ์" if sound else f"ไฟล์เสีย: {'; '.join(faults)}")
    orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    if orphans:
        yield Finding("broken", f"มี {len(orphans)} แถวที่ชี้ไปรอบอบรมที่ไม่มี")


def _contents(connection: Connection, forms: tuple[Form, ...]) -> Iterator[Finding]:
    if steps := pending(connection, forms):
        yield Finding("watch", f"ตารางยังไม่ทันแบบฟอร์ม ขาด {len(steps)} ขั้น รัน forms-api migrate")
        return
    yield from sums(connection, forms)
