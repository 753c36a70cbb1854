"""Deleting what the forms' definitions say is due (PDPA section 37 (3)), in tables, log of changes and exports.

What is deleted is told in counts only.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from forms_api.errors import FormsError
from forms_api.store.audit import Act
from forms_api.store.protocol import Purged, Store
from forms_api.store.submissions import THAI_TIME, stamp
from site_builder.forms import Form

MOST_SILENCE = timedelta(days=45)  # an office that works leaves a line in the audit log every day
ERASED_KEYS_STAY = timedelta(days=60)  # a telephone that was off for two months resends nothing that was erased


class ClockInDoubt(FormsError):
    """The clock went ahead by weeks at once, so what it calls due may not be; the message says what to do."""


@dataclass(frozen=True)
class Kept:
    """What was found of one form: rows due or deleted, old rows whose time has not begun; `first_day` is kept."""

    form: Form
    first_day: str | None  # ISO date; None while the office has not said how long answers are kept
    purged: Purged


def look(store: Store, forms: Iterable[Form], now: datetime) -> Iterator[Kept]:
    """Tell what is due, and delete nothing."""
    for form in forms:
        day = first_day(form, now)
        yield Kept(form, day, Purged(store.due(form, day) if day else 0, 0))


def run(store: Store, forms: Iterable[Form], now: datetime, actor: str, *, sure: bool = False) -> Iterator[Kept]:
    """Delete what is due, form by form, then what deleting left behind.

    Raises ClockInDoubt, and deletes nothing, where the clock cannot be trusted, unless somebody is `sure` of it.
    """
    if not sure and (doubt := clock_in_doubt(store, now)):
        raise doubt
    store.note(Act(actor, "retention", "all", "begun"))  # the clock has been trusted up to here
    for form in forms:
        day = first_day(form, now)
        yield Kept(form, day, store.purge(form, day, actor) if day else Purged(0, 0))
    store.purge_keys(stamp(now - ERASED_KEYS_STAY))


def clock_in_doubt(store: Store, now: datetime) -> ClockInDoubt | None:
    """Tell of a clock that went ahead by more than 45 days at once since the last deletion.

    Every kept form and every act leaves a line in the audit log. Not only the newest line counts: a form that was sent
    after the clock had gone wrong would make it look right.
    """
    before: datetime | None = None
    step: tuple[datetime, datetime] | None = None
    for entry in store.audit():
        at = datetime.fromisoformat(entry.at)
        if entry.act.action == "retention":
            step = None  # whoever ran it trusted the clock
        elif before and at - before > MOST_SILENCE:
            step = (before, at)
        before = at
    if before and now - before > MOST_SILENCE:
        step = (before, now)
    if step is None:
        return None
    return ClockInDoubt(
        f"นาฬิกาเครื่องบอก {stamp(now)} แต่บันทึกข้ามจาก {stamp(step[0])} ไป {stamp(step[1])} เกิน {MOST_SILENCE.days} วัน "
        "ถ้านาฬิกาเดินล้ำหน้า คนที่ยังไม่ครบเวลาจะถูกลบ จึงยังไม่ลบอะไร\n"
        "ดูนาฬิกาด้วย timedatectl ถ้าเวลาตรงแล้ว รัน forms-api retention --yes"
    )


def first_day(form: Form, now: datetime) -> str | None:
    """Return the first day whose answers stay, in Thai time."""
    period = form.keeping.period
    return period.before(now.astimezone(THAI_TIME).date()).isoformat() if period else None


def old_exports(folder: Path, now: datetime, days: int) -> list[Path]:
    """Return the files in the folder of exports that were made more than `days` days ago."""
    if not folder.is_dir():
        return []
    limit = (now - timedelta(days=days)).timestamp()
    return sorted(path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < limit)


def delete_exports(store: Store, paths: Iterable[Path], actor: str) -> int:
    """Delete files of exports; return their number. The log tells how many, not their names."""
    deleted = 0
    for path in paths:
        path.unlink(missing_ok=True)
        deleted += 1
    if deleted:
        store.note(Act(actor, "retention", "exports", f"deleted={deleted}"))
    return deleted
