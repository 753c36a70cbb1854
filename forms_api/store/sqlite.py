"""The store in one SQLite file: a thread that writes, connections that read."""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from forms_api.commands import Outcome, Submit
from forms_api.errors import Busy, SettingsError
from forms_api.store import erased, schema
from forms_api.store._sqlite import Connection, Database, DatabaseError
from forms_api.store.batches import QUEUE_LIMIT
from forms_api.store.findings import Finding
from forms_api.store.keycheck import check_keys, refuse_retired
from forms_api.store.protocol import Health
from forms_api.store.readers import Readers
from forms_api.store.sql import Sql
from forms_api.store.submissions import Clock, Submissions, utc_now
from forms_api.store.tables import TableStore
from forms_api.store.writer import Writer
from forms_api.vault import Vault
from site_builder.forms import Form

Answer = TypeVar("Answer")
FULL_RETRY_SECONDS = 60  # somebody has to make room first
LEAST_FREE_BYTES = 200_000_000  # below this new answers are turned away early, so that erasing can still write


class SqliteStore(TableStore):
    """See `protocol.Store`. Opening it brings the schema up to date; one object per process and file.

    Raises SettingsError where the file cannot be opened or does not fit the forms.
    """

    reads_at_once = True

    def __init__(
        self,
        path: Path,
        forms: Iterable[Form],
        vault: Vault | None = None,
        *,
        clock: Clock = utc_now,
        queue_limit: int = QUEUE_LIMIT,
        least_free: int = LEAST_FREE_BYTES,
    ) -> None:
        super().__init__(forms, vault or Vault.off(), clock)
        self.path = path
        self._taken: list[str] = []
        self._least_free, self._looked, self._room = least_free, 0.0, True
        self._submissions = Submissions(self._forms, self._vault, clock)
        try:
            _make_private(path)
            self._writer = Writer(path, self._prepare, self._keep_all, self._note_kept, queue_limit=queue_limit)
        except (OSError, DatabaseError) as error:
            raise SettingsError(f"เปิดไฟล์ข้อมูล {path} ไม่ได้: {error}") from error
        self._readers = Readers(path)

    async def submit(self, command: Submit) -> Outcome:
        """Keep one answered form; see `protocol.Store.submit`."""
        if not self._has_room():
            raise Busy(FULL_RETRY_SECONDS)
        outcome: Outcome = await self._writer.submit(command)
        return outcome

    def wipe(self) -> bool:
        """Empty the write-ahead log into the file and cut it off; deleted rows are overwritten there already."""
        return self._writer.maintain(_truncate_log)

    def migrate(self) -> list[str]:
        """Return the schema steps that opening this store took; opening has already applied them."""
        return list(self._taken)

    def counts(self) -> Mapping[str, int]:
        """Rows in each table, by name."""
        with self._readers.snapshot() as connection:
            db = Database(connection, recursive_triggers=False, execute_plugins=False)
            return {
                name: db.table(name).count for name in sorted(db.table_names()) if not name.startswith(("_", "sqlite_"))
            }

    def health(self) -> Health:
        """Look at queue, file and disk."""
        free = _free_bytes(self.path.absolute())
        found = (
            ("ตัวเขียนข้อมูลหยุดทำงาน ต้องเริ่มโปรแกรมใหม่", not self._writer.alive),
            ("ไฟล์ข้อมูลไม่อยู่ที่เดิม ย้ายกลับแล้วเริ่มโปรแกรมใหม่", not self._writer.in_place()),
            ("คิวบันทึกเต็ม", self._writer.full),
            ("กุญแจเปลี่ยนแล้ว ต้องเริ่มโปรแกรมใหม่", self._is_retired()),
            ("พื้นที่ดิสก์เหลือน้อยกว่า 200 เมกะไบต์", free < self._least_free),
        )
        return Health(self._writer.waiting, free, tuple(message for message, wrong in found if wrong))

    def checkup(self) -> list[Finding]:
        """Look the file over; see `checkup.checkup`, which can do it without opening the store."""
        from forms_api.store.checkup import checkup

        return checkup(self.path, self._forms)

    def close(self) -> None:
        """Commit and answer what waits, then let go of the file. May be called twice."""
        self._readers.close()
        self._writer.close()

    def _lend(self) -> AbstractContextManager[Sql]:
        return self._readers.lend()

    def _snapshot(self) -> AbstractContextManager[Sql]:
        return self._readers.snapshot()

    def _run(self, work: Callable[[Sql], Answer]) -> Answer:
        return self._writer.run(work)

    def _has_room(self) -> bool:
        """Tell whether the disk has room for new answers; looked at once a second."""
        now = time.monotonic()
        if now - self._looked > 1:
            with suppress(OSError, StopIteration):  # the folder is away: the writer will say so
                self._room = _free_bytes(self.path.absolute()) >= self._least_free
            self._looked = now
        return self._room

    def _remember_erased(self, reference: str, at: str) -> None:
        erased.remember(self.path, [f"{reference}\t{at}"])

    def _keep_all(self, connection: Connection, commands: Sequence[Submit]) -> Sequence[object]:
        refuse_retired(connection, self._vault)
        return self._submissions.keep_all(connection, commands)

    def _prepare(self, connection: Connection) -> None:
        self._taken = schema.prepare(connection, self._forms, partial(check_keys, vault=self._vault))


def _truncate_log(connection: Connection) -> bool:
    (blocked, _frames, _copied) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not blocked


def _free_bytes(path: Path) -> int:
    """Return what is free on the disk of a file, even where its folder was moved away."""
    return shutil.disk_usage(next(folder for folder in path.parents if folder.exists())).free


def _make_private(path: Path) -> None:
    """Make a new file, and its folder, readable by this user only: they hold names and telephone numbers.

    An existing file is not opened: closing it again would drop the locks SQLite holds on it in this process.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
