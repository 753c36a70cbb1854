"""The store in one SQLite file: a thread that writes, connections that read."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from forms_api.commands import Outcome, Submit
from forms_api.errors import SettingsError
from forms_api.store import schema, training
from forms_api.store._sqlite import Connection, Database, DatabaseError
from forms_api.store.answers import Answers
from forms_api.store.protocol import Health, Imported, NewSession, Session, StatusRow
from forms_api.store.readers import Readers
from forms_api.store.submissions import Clock, Submissions, local_minute, utc_now
from forms_api.store.writer import QUEUE_LIMIT, Writer
from site_builder.forms import Form

LEAST_FREE_BYTES = 200_000_000  # below this new answers are turned away early, so that erasing can still write


class SqliteStore:
    """See `protocol.Store`. Opening it brings the schema up to date; one object per process and file.

    Raises SettingsError where the file cannot be opened or does not fit the forms.
    """

    def __init__(
        self, path: Path, forms: Iterable[Form], *, clock: Clock = utc_now, queue_limit: int = QUEUE_LIMIT
    ) -> None:
        self.path = path
        self._forms = tuple(forms)
        self._clock = clock
        self._taken: list[str] = []
        self._submissions = Submissions(self._forms, clock)
        self._answers = Answers(self._forms)
        try:
            _make_private(path)
            self._writer = Writer(path, self._prepare, queue_limit=queue_limit)
        except (OSError, DatabaseError) as error:
            raise SettingsError(f"เปิดไฟล์ข้อมูล {path} ไม่ได้: {error}") from error
        self._readers = Readers(path)

    async def submit(self, command: Submit) -> Outcome:
        """Keep one answered form; see `protocol.Store.submit`."""
        return await self._writer.submit(partial(self._submissions.keep, command=command))

    def open_sessions(self, province: str | None = None) -> list[Session]:
        """Sessions that still take names and lie in the future, soonest first."""
        with self._readers.lend() as connection:
            return training.listed(connection, province, local_minute(self._clock()))

    def sessions(self, province: str | None = None) -> list[Session]:
        """All sessions, soonest first."""
        with self._readers.lend() as connection:
            return training.listed(connection, province, None)

    def session(self, session_id: int) -> Session | None:
        """One session, whatever its state, or None."""
        with self._readers.lend() as connection:
            return training.find(connection, session_id)

    def status(self, reference: str) -> StatusRow | None:
        """What became of a submission, or None."""
        with self._readers.lend() as connection:
            return self._answers.status(connection, reference)

    def rows(self, form: Form, province: str | None = None) -> Iterator[Mapping[str, object]]:
        """Every kept row of a form as one moment saw it, oldest first."""
        with self._readers.snapshot() as connection:
            yield from self._answers.rows(connection, form, province)

    def add_session(self, new: NewSession) -> int:
        """Keep a session and return its id."""
        return self._writer.run(partial(training.add, new=new))

    def import_sessions(self, new: Sequence[NewSession]) -> Imported:
        """Keep the sessions that are not there yet, all in one transaction."""
        return self._writer.run(partial(training.add_missing, new=new))

    def close_session(self, session_id: int) -> bool:
        """Take no more names for a session; False when there is none with this id."""
        return self._writer.run(partial(training.close, session_id=session_id))

    def seed_sessions(self, new: Sequence[NewSession]) -> int:
        """Keep these sessions if there is none yet; return how many were added."""
        return self._writer.run(partial(training.seed, new=new))

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
            ("พื้นที่ดิสก์เหลือน้อยกว่า 200 เมกะไบต์", free < LEAST_FREE_BYTES),
        )
        return Health(self._writer.waiting, free, tuple(message for message, wrong in found if wrong))

    def close(self) -> None:
        """Commit and answer what waits, then let go of the file. May be called twice."""
        self._readers.close()
        self._writer.close()

    def _prepare(self, connection: Connection) -> None:
        self._taken = schema.prepare(connection, self._forms)


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
