"""The store in PostgreSQL: the same promises as SQLite's, kept with row locks instead of one writer."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import psycopg

from forms_api.commands import Outcome, Submit
from forms_api.errors import SettingsError
from forms_api.store import statements
from forms_api.store.audit import Act
from forms_api.store.batches import QUEUE_LIMIT, Batches
from forms_api.store.findings import Finding, sums
from forms_api.store.keycheck import check_keys
from forms_api.store.postgres import schema
from forms_api.store.postgres.pool import Pool, Spoken
from forms_api.store.postgres.server import checked, connect, told
from forms_api.store.postgres.writer import Maintenance, PostgresWriter, Work
from forms_api.store.protocol import Health
from forms_api.store.sql import Sql
from forms_api.store.statements import quoted
from forms_api.store.submissions import Clock, utc_now
from forms_api.store.tables import TableStore
from forms_api.vault import Vault
from site_builder.forms import Form

LONGEST_WAIT = 60.0  # seconds for the locks of a new column
log = logging.getLogger("forms_api.store")

Answer = TypeVar("Answer")


class PostgresStore(TableStore):
    """See `protocol.Store`. Opening it brings the schema up to date; one object per process and database.

    Raises SettingsError where the server cannot be reached, is read-only, does not sync, or does not fit the forms.
    """

    reads_at_once = False

    def __init__(
        self,
        url: str,
        forms: Iterable[Form],
        vault: Vault | None = None,
        *,
        clock: Clock = utc_now,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        super().__init__(forms, vault or Vault.off(), clock)
        self._taken: list[str] = []
        try:
            self._prepare(checked(url))
        except psycopg.Error as error:
            raise SettingsError(f"เปิดฐานข้อมูล PostgreSQL ไม่ได้: {told(error, url)}") from None
        self._pool = Pool(url)
        self._writer = PostgresWriter(url, self._forms, self._vault, clock, self._note_kept)
        self._batches: Batches[Work] = Batches(self._writer.opened, queue_limit=queue_limit)

    async def submit(self, command: Submit) -> Outcome:
        """Keep one answered form; see `protocol.Store.submit`."""
        outcome: Outcome = await self._batches.submit(command)
        return outcome

    def wipe(self) -> bool:
        """Vacuum the tables of answers. What PostgreSQL has archived or backed up keeps deleted rows for its time."""
        return bool(self._batches.run(Maintenance(_vacuum([form.id for form in self._forms])), alone=True))

    def migrate(self) -> list[str]:
        """Return the schema steps that opening this store took; opening has already applied them."""
        return list(self._taken)

    def counts(self) -> Mapping[str, int]:
        """Rows in each table, by name."""
        names = ("audit", "idempotency", "store_fact", "training_session", *(form.id for form in self._forms))
        with self._pool.lend(snapshot=True) as sql:
            return {name: sql.execute(statements.count(name, None)).fetchone()[0] for name in sorted(names)}

    def health(self) -> Health:
        """Look at queue and server; what is free on the server's disk only its own administrator can see (-1)."""
        found = (
            ("ตัวเขียนข้อมูลหยุดทำงาน ต้องเริ่มโปรแกรมใหม่", not self._batches.alive),
            ("ฐานข้อมูลไม่ตอบ หรือรับเขียนไม่ได้", not self._writable()),
            ("คิวบันทึกเต็ม", self._batches.full),
            ("กุญแจเปลี่ยนแล้ว ต้องเริ่มโปรแกรมใหม่", self._is_retired()),
        )
        return Health(self._batches.waiting, -1, tuple(message for message, wrong in found if wrong))

    def checkup(self) -> list[Finding]:
        """Look at the server's switches and whether the sums agree; disk and backups are its administrator's."""
        with self._pool.lend(snapshot=True) as sql:
            version = sql.execute("SHOW server_version").fetchone()[0]
            found = [Finding("ok", f"PostgreSQL {version} เขียนลงดิสก์ก่อนตอบเสมอ"), *_quoting(sql)]
            if pending := schema.pending(sql, self._forms):
                return [*found, Finding("watch", f"ตารางยังไม่ทันแบบฟอร์ม ขาด {len(pending)} ขั้น รัน forms-api migrate")]
            return found + list(sums(sql, self._forms))

    def close(self) -> None:
        """Commit and answer what waits, then let go of the connections. May be called twice."""
        self._batches.close()
        self._pool.close()

    def _append(self, sql: Sql, act: Act) -> None:
        # The chain has one end: whoever appends holds it until the commit, last of all locks.
        sql.execute("SELECT pg_advisory_xact_lock(?)", (schema.LOCK + 1,))
        super()._append(sql, act)

    def _lend(self) -> AbstractContextManager[Sql]:
        return self._pool.lend()

    def _snapshot(self) -> AbstractContextManager[Sql]:
        return self._pool.lend(snapshot=True)

    def _run(self, work: Callable[[Sql], Answer]) -> Answer:
        answer: Answer = self._batches.run(work)
        return answer

    def _writable(self) -> bool:
        try:
            return self._pool.writable()
        except Exception as error:
            log.warning("the database does not answer: %s", type(error).__name__)
            return False

    def _prepare(self, url: str) -> None:
        until = time.monotonic() + LONGEST_WAIT
        while True:
            try:
                return self._prepare_once(url)
            except psycopg.errors.LockNotAvailable:  # an export reads the table that is to have a new column
                if time.monotonic() > until:
                    raise
                time.sleep(1)

    def _prepare_once(self, url: str) -> None:
        # An index over millions of rows takes its time; whoever sends meanwhile must not queue behind our locks.
        with connect(url, statement_timeout=0) as connection, connection.transaction():
            sql = Spoken(connection)
            self._taken = schema.prepare(sql, self._forms)
            check_keys(sql, self._vault)


def _quoting(sql: Sql) -> Iterator[Finding]:
    """Tell of a server whose own log would hold names: what it refuses, or finds slow, it quotes with its values."""
    if sql.execute("SHOW log_error_verbosity").fetchone()[0] != "terse":
        change = "ALTER DATABASE … SET log_error_verbosity = terse"
        yield Finding("watch", f"บันทึกของเซิร์ฟเวอร์ PostgreSQL อาจมีชื่อคน ให้ผู้ดูแลสั่ง {change} (docs/operating.md)")


def _is_read(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether a transaction of others may still see deleted rows, so that VACUUM has to leave them."""
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database()"
    ).fetchone()
    return bool(row and row[0])


def _vacuum(tables: Iterable[str]) -> Callable[[psycopg.Connection[Any]], bool]:
    def vacuum(connection: psycopg.Connection[Any]) -> bool:
        held = _is_read(connection)
        for table in (*tables, "idempotency"):
            connection.execute(f"VACUUM {quoted(table)}".encode())
        return not (held or _is_read(connection))

    return vacuum
