"""Copies of a SQLite database: made while people send, proved by opening them, and put back without overwriting.

`VACUUM INTO` reads one moment of the data, write-ahead log included, and writes only the rows that are there: neither
deleted rows nor the free pages they stood on. Nobody who sends waits for it. SQLite's backup interface would begin
anew at every commit when told to pause between pieces, and never end on a busy day; `cp` would miss the log.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from forms_api.errors import Busy, FormsError
from forms_api.store import erased
from forms_api.store._sqlite import Connection, DatabaseError, connect, open_reader, open_still
from forms_api.store.audit import LAST
from forms_api.store.checkup import contents
from forms_api.store.findings import Finding
from forms_api.store.schema import unknown
from forms_api.store.statements import count, kept_before
from forms_api.unfinished import unfinished
from site_builder.forms import Form

STARTS_WITH = b"SQLite format 3\0"
_SIDE_FILES = ("-wal", "-shm", "-journal")


class BackupRefused(FormsError):
    """A copy that was not made, or not put back; the message tells the operator why."""


def back_up(source: Path, target: Path, forms: Iterable[Form]) -> list[Finding]:
    """Copy the database at `source` to a new file, prove the copy, and return what the proof found."""
    check_free(target)
    gather_erased(target, target.with_name(source.name), [source])
    with _unfinished(target) as beside:
        with closing(open_reader(source)) as live:
            live.execute("PRAGMA query_only = OFF")  # it stands in the way of VACUUM INTO; `live` cannot write anyway
            live.execute("VACUUM INTO ?", (os.fspath(beside),))
        found = _proved(beside, forms)
        _into_place(beside, target)
    return found


def check_free(target: Path) -> None:
    """Raise BackupRefused where there is something already."""
    if target.exists():
        raise BackupRefused(f"มีไฟล์ {target} อยู่แล้ว ใช้ชื่ออื่น")


def restore(copy: Path, target: Path, forms: Iterable[Form]) -> list[Finding]:
    """Put a proved copy in the place of a database that is not there; return what the proof found."""
    _readable(copy)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _free_place(target), _unfinished(target) as beside:
        with closing(_opened(copy)) as source, closing(connect(beside)) as made:
            source.backup(made)
            made.execute("PRAGMA journal_mode = WAL")  # as the service keeps it
        found = _proved(beside, forms)
        _into_place(beside, target)
    return found


def brought_back(path: Path, forms: Iterable[Form], lines: Iterable[str]) -> list[str]:
    """Return the references of lines (reference, moment of its erasure) that a restored copy holds again."""
    found = []
    with closing(open_reader(path)) as connection:
        tables = [form.id for form in forms if form.id in _tables(connection)]
        for line in lines:
            reference, moment = erased.reference_of(line), line.partition("\t")[2]
            if any(connection.execute(kept_before(table), (reference, moment)).fetchone() for table in tables):
                found.append(str(reference))
    return found


def gather_erased(copy: Path, target: Path, others: Iterable[Path]) -> list[str]:
    """Keep beside `target` every erasure that is noted there, beside the copy, or beside `others`; return all."""
    beside_copy = sorted(copy.parent.glob(erased.erased_list(Path("*")).name))
    lists = [erased.erased_list(target), *beside_copy, *map(erased.erased_list, others)]
    lines = erased.lines_of(lists)
    known = set(erased.lines_of(lists[:1]))
    if missing := [line for line in lines if line not in known]:
        erased.remember(target, missing)
    return lines


@contextmanager
def _free_place(target: Path) -> Iterator[None]:
    """Refuse a place where a database is or where somebody writes, and keep writers out until the end of the block."""
    lock = target.with_name(target.name + ".lock")
    with ExitStack() as held:
        file = held.enter_context(lock.open("ab"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupRefused("บริการยังเปิดอยู่ หยุดบริการก่อน แล้วสั่งใหม่") from error
        for name in (target, *_beside(target)):
            if name.exists():
                raise BackupRefused(f"มี {name} อยู่แล้ว คำสั่งนี้ไม่เขียนทับ ย้ายไฟล์เดิมไปเก็บก่อน แล้วสั่งใหม่")
        yield


def _readable(copy: Path) -> None:
    with copy.open("rb") as file:
        if file.read(len(STARTS_WITH)) != STARTS_WITH:
            raise BackupRefused(f"{copy} ไม่ใช่ไฟล์สำรองของบริการนี้")


def _opened(copy: Path) -> Connection:
    """Open a copy, with its log where somebody copied that too; a copy without one gets nothing beside it."""
    return open_reader(copy) if any(name.exists() for name in _beside(copy)) else open_still(copy)


def _proved(path: Path, forms: Iterable[Form]) -> list[Finding]:
    try:
        with closing(open_reader(path)) as connection:
            _ours(connection)
            rows, last = _rows(connection), list(_last_act(connection))
        found = contents(path, forms)
    except (DatabaseError, Busy) as error:
        raise BackupRefused(f"สำเนาอ่านไม่ได้: {error} ใช้สำเนาอื่น") from error
    broken = [one.text for one in found if one.level == "broken"]
    if broken:
        raise BackupRefused("สำเนาเสีย: " + "; ".join(broken))
    return [*found, rows, *last]


def _ours(connection: Connection) -> None:
    """Refuse a database of somebody else's, and one from a newer version of this program."""
    if not {"training_session", "idempotency"} <= set(_tables(connection)):
        raise BackupRefused("ไฟล์นี้ไม่ใช่ข้อมูลของบริการนี้")
    if strange := unknown(connection):
        raise BackupRefused(f"ไฟล์นี้มาจากโปรแกรมรุ่นใหม่กว่า ({', '.join(strange)}) ใช้โปรแกรมรุ่นนั้น")


def _rows(connection: Connection) -> Finding:
    """Count every table that is there, known to this program or not."""
    tables = [name for name in _tables(connection) if not name.startswith(("_", "sqlite_"))]
    counted = [f"{name} {connection.execute(count(name, None)).fetchone()[0]:,}" for name in tables]
    return Finding("ok", f"จำนวนแถวในสำเนา: {' · '.join(counted)}")


def _last_act(connection: Connection) -> Iterator[Finding]:
    """Tell up to when a copy goes: every kept form and every act leaves a line in the audit log."""
    if "audit" in _tables(connection) and (last := connection.execute(LAST).fetchone()):
        seq, moment, link = last
        yield Finding("ok", f"สำเนานี้มีข้อมูลถึง {moment} หัวของบันทึก {seq}:{link}")


def _tables(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in _SIDE_FILES]


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Lend a file for what will be the target; tell an error of the database as a copy that was not made."""
    try:
        with unfinished(target.parent, target.name) as beside:
            yield beside
    except DatabaseError as error:
        raise BackupRefused(f"คัดลอกไม่ได้: {error}") from error


def _into_place(beside: Path, target: Path) -> None:
    _sync(beside)
    os.link(beside, target)  # unlike rename, this never takes the place of a file that came meanwhile
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
