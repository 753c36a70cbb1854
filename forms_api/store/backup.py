"""Copies of a SQLite database: made while people send, proved by opening them, and put back without overwriting.

SQLite's own online backup reads one moment of the data, write-ahead log included, a few hundred pages at a time; each
piece waits for nobody, and a copy that fell behind begins anew by itself. Copying with `cp` would miss the log.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from forms_api.errors import Busy, FormsError
from forms_api.store._sqlite import Connection, DatabaseError, connect, open_reader
from forms_api.store.checkup import checkup
from forms_api.store.findings import Finding
from forms_api.store.schema import unknown
from site_builder.forms import Form

_PAGES = 500  # copied at a time
_PAUSE = 0.005  # seconds between pieces
STARTS_WITH = b"SQLite format 3\0"


class BackupRefused(FormsError):
    """A copy that was not made, or not put back; the message tells the operator why."""


def back_up(source: Path, target: Path, forms: Iterable[Form]) -> list[Finding]:
    """Copy the database at `source` to a new file, prove the copy, and return what the proof found."""
    if target.exists():
        raise BackupRefused(f"มีไฟล์ {target} อยู่แล้ว ใช้ชื่ออื่น")
    with _unfinished(target) as beside:
        with closing(open_reader(source)) as live, closing(connect(beside)) as copy:
            live.backup(copy, pages=_PAGES, sleep=_PAUSE)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it that could be forgotten
        found = _proved(beside, forms)
        _into_place(beside, target)
    return found


def restore(copy: Path, target: Path, forms: Iterable[Form]) -> list[Finding]:
    """Put a proved copy in the place of a database that is not there; return what the proof found."""
    forms = tuple(forms)
    _free_place(target)
    _readable(copy)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _unfinished(target) as beside:
        with closing(open_reader(copy)) as source, closing(connect(beside)) as made:
            source.backup(made)
        found = _proved(beside, forms)
        _into_place(beside, target)
    return found


def older(folder: Path, pattern: str, keep: int) -> list[Path]:
    """Return the files of a naming beyond the newest `keep`, by name (names begin with the day)."""
    return sorted(folder.glob(pattern))[:-keep] if keep else []


def _free_place(target: Path) -> None:
    """Refuse a place where a database is, or where a running service holds the lock beside it."""
    for name in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm", "-journal"))):
        if name.exists():
            raise BackupRefused(f"มี {name} อยู่แล้ว คำสั่งนี้ไม่เขียนทับ ย้ายไฟล์เดิมไปเก็บก่อน แล้วสั่งใหม่")
    lock = target.with_name(target.name + ".lock")
    if lock.exists():
        with lock.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupRefused("บริการยังเปิดอยู่ หยุดบริการก่อน แล้วสั่งใหม่") from error


def _readable(copy: Path) -> None:
    with copy.open("rb") as file:
        if file.read(len(STARTS_WITH)) != STARTS_WITH:
            raise BackupRefused(f"{copy} ไม่ใช่ไฟล์สำรองของบริการนี้")


def _proved(path: Path, forms: Iterable[Form]) -> list[Finding]:
    forms = tuple(forms)
    try:
        with closing(open_reader(path)) as connection:
            _ours(connection)
        found = checkup(path, forms)
    except (DatabaseError, Busy) as error:
        raise BackupRefused(f"สำเนาอ่านไม่ได้: {error} ใช้สำเนาอื่น") from error
    broken = [one.text for one in found if one.level == "broken" and "journal_mode" not in one.text]
    if broken:
        raise BackupRefused("สำเนาเสีย: " + "; ".join(broken))
    return found


def _ours(connection: Connection) -> None:
    """Refuse a database of somebody else's, and one from a newer version of this program."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"training_session", "idempotency", "audit"} <= tables:
        raise BackupRefused("ไฟล์นี้ไม่ใช่ข้อมูลของบริการนี้")
    if strange := unknown(connection):
        raise BackupRefused(f"ไฟล์นี้มาจากโปรแกรมรุ่นใหม่กว่า ({', '.join(strange)}) ใช้โปรแกรมรุ่นนั้น")


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    beside = target.with_name(f".{target.name}.unfinished")
    beside.unlink(missing_ok=True)
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        yield beside
    except DatabaseError as error:
        raise BackupRefused(f"คัดลอกไม่ได้: {error}") from error
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            beside.with_name(beside.name + end).unlink(missing_ok=True)


def _into_place(beside: Path, target: Path) -> None:
    for path in (beside, target.parent):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    os.link(beside, target)  # unlike rename, this never takes the place of a file that came meanwhile
    handle = os.open(target.parent, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
