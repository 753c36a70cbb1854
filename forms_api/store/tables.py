"""What both stores do alike: reads and the acts of officers, written once over `Sql`.

An engine brings four things: a connection to read with, one that sees a single moment, a way to run work in a durable
transaction, and `submit`. Every act that changes or shows answers leaves a line in the audit log, in its transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeVar

from forms_api.commands import Outcome, State
from forms_api.errors import Busy
from forms_api.store import audit, statements, training
from forms_api.store.answers import Answers, Row
from forms_api.store.audit import Act
from forms_api.store.keycheck import is_retired, use_only
from forms_api.store.lifecycle import Due, Lifecycle, bounds
from forms_api.store.protocol import Ended, Found, Imported, NewSession, Purged, Session, StatusRow
from forms_api.store.resealing import Resealing
from forms_api.store.sql import Sql
from forms_api.store.submissions import Clock, local_minute, stamp
from forms_api.vault import Vault
from site_builder.forms import Form

Answer = TypeVar("Answer")
PURGE_BATCH = 500  # rows deleted in one transaction, so that people who send meanwhile do not wait


class TableStore:
    """The half of `protocol.Store` that does not care which engine keeps the tables."""

    def __init__(self, forms: Iterable[Form], vault: Vault, clock: Clock) -> None:
        self._forms, self._vault, self._clock = tuple(forms), vault, clock
        self._answers = Answers(self._forms, vault)
        self._lifecycle = Lifecycle(self._forms)
        self._resealing = Resealing(self._forms, vault)

    def _lend(self) -> AbstractContextManager[Sql]:
        """Lend a connection that only reads; raise Busy where the data cannot be read."""
        raise NotImplementedError

    def _snapshot(self) -> AbstractContextManager[Sql]:
        """Lend a connection that sees one moment, however long the block takes."""
        raise NotImplementedError

    def _run(self, work: Callable[[Sql], Answer]) -> Answer:
        """Run work in a durable transaction and wait for it; raise Busy where it cannot be kept."""
        raise NotImplementedError

    def open_sessions(self, province: str | None = None) -> list[Session]:
        """Sessions that still take names and lie in the future, soonest first."""
        with self._lend() as sql:
            return training.listed(sql, province, local_minute(self._clock()))

    def sessions(self, province: str | None = None) -> list[Session]:
        """All sessions, soonest first."""
        with self._lend() as sql:
            return training.listed(sql, province, None)

    def session(self, session_id: int) -> Session | None:
        """One session, whatever its state, or None."""
        with self._lend() as sql:
            return training.find(sql, session_id)

    def status(self, reference: str) -> StatusRow | None:
        """What became of a submission, or None."""
        with self._lend() as sql:
            return self._answers.status(sql, reference)

    def rows(self, form: Form, province: str | None = None) -> Iterator[Row]:
        """Every kept row of a form as one moment saw it, oldest first."""
        with self._snapshot() as sql:
            yield from self._answers.rows(sql, form, province)

    def newest(self, form: Form, province: str, state: State, limit: int = 50) -> list[Row]:
        """The newest rows of a province and a state, newest first."""
        with self._lend() as sql:
            return self._answers.newest(sql, form, province, state, limit)

    def states(self, form: Form, province: str | None = None) -> Mapping[State, int]:
        """How many rows of a form are in each state."""
        with self._lend() as sql:
            return self._answers.states(sql, form, province)

    def with_phone(self, phone: str, actor: str) -> list[Found]:
        """Everything kept under a telephone number; the search is noted, the number is not."""
        with self._lend() as sql:
            found = self._answers.with_phone(sql, phone)
        self.note(Act(actor, "find", "phone", f"found={len(found)}"))
        return found

    def add_session(self, new: NewSession, actor: str = "service") -> int:
        """Keep a session and return its id."""

        def add(sql: Sql) -> int:
            number = training.add(sql, new)
            self._append(sql, Act(actor, "session-add", str(number), training.told(new)))
            return number

        return self._run(add)

    def import_sessions(self, new: Sequence[NewSession], actor: str = "service") -> Imported:
        """Keep the sessions that are not there yet, all in one transaction."""

        def bring(sql: Sql) -> Imported:
            imported = training.add_missing(sql, new)
            added = ",".join(map(str, imported.added))
            self._append(sql, Act(actor, "session-import", added, f"given={len(new)} already={imported.already}"))
            return imported

        return self._run(bring)

    def close_session(self, session_id: int, actor: str = "service") -> bool:
        """Take no more names for a session; False when there is none with this id."""

        def close(sql: Sql) -> bool:
            closed = training.close(sql, session_id)
            if closed:
                self._append(sql, Act(actor, "session-close", str(session_id)))
            return closed

        return self._run(close)

    def seed_sessions(self, new: Sequence[NewSession]) -> int:
        """Keep these sessions if there is none yet; return how many were added."""
        return self._run(partial(training.seed, new=new))

    def cancel(self, reference: str, actor: str) -> Ended | None:
        """Cancel an open form and give its seat to the next in line; None where there is none that is open."""
        return self._run(partial(self._ending, "cancel", self._lifecycle.cancel, reference, actor))

    def finish(self, reference: str, actor: str) -> Ended | None:
        """Close a help request; None where there is none that is open."""
        return self._run(partial(self._ending, "finish", self._lifecycle.finish, reference, actor))

    def erase(self, reference: str, actor: str) -> Ended | None:
        """Delete one form for good (PDPA section 33); None where there is none."""
        return self._run(partial(self._ending, "erase", self._lifecycle.erase, reference, actor))

    def purge(self, form: Form, first_day: str, actor: str) -> Purged:
        """Delete every form whose time was over before `first_day` (ISO date), some hundreds at a time.

        They are looked for outside the transaction, once along the table: meanwhile people send.
        """
        deleted: list[str] = []
        last = 0
        while listed := self._due_after(form, first_day, last):
            deleted += self._run(partial(self._purge_some, form, first_day, actor, listed))
            last = listed[-1].row_id
        with self._lend() as sql:
            midnight, _day = bounds(first_day)
            (unended,) = sql.execute(statements.unended(form.id, form.keeping.start), (midnight,)).fetchone()
        return Purged(len(deleted), unended, tuple(deleted))

    def due(self, form: Form, first_day: str) -> int:
        """How many forms `purge` would delete."""
        with self._lend() as sql:
            counted = sql.execute(statements.count_due(form.id, form.keeping.start), bounds(first_day))
            return int(counted.fetchone()[0])

    def purge_keys(self, before: str) -> int:
        """Delete the keys of answers that were erased before a moment (ISO, UTC)."""
        return self._run(partial(self._lifecycle.purge_keys, before=before))

    def reseal(self) -> int:
        """Seal every secret answer with the key in use; return how many rows were not (safe to run again)."""
        return self._resealing.everywhere(self._run)

    def use_only_this_key(self) -> None:
        """Let no process that does not know the key in use keep anything any more."""
        self._run(partial(use_only, vault=self._vault))

    def _is_retired(self) -> bool:
        try:
            with self._lend() as sql:
                return is_retired(sql, self._vault)
        except Busy:  # it cannot be read: somebody else says so
            return False

    def note(self, act: Act) -> None:
        """Keep a line in the audit log."""
        self._run(partial(self._append, act=act))

    def audit(self) -> Iterator[audit.Entry]:
        """The audit log as one moment saw it, oldest first."""
        with self._snapshot() as sql:
            yield from audit.entries(sql)

    def _append(self, sql: Sql, act: Act) -> None:
        audit.append(sql, self._vault.audit_key, stamp(self._clock()), act)

    def _ending(
        self, action: str, work: Callable[..., Ended | None], reference: str, actor: str, sql: Sql
    ) -> Ended | None:
        ended = work(sql, reference, self._clock())
        if ended is not None:
            moved = f" promoted={','.join(ended.promoted)}" if ended.promoted else ""
            self._append(sql, Act(actor, action, reference, f"{ended.form_id} was={ended.before}{moved}"))
            if action == "erase":
                self._remember_erased(reference, stamp(self._clock()))
        return ended

    def _remember_erased(self, reference: str, at: str) -> None:
        """Note an erased reference where putting back a copy from before cannot undo it; by default nowhere."""

    def _due_after(self, form: Form, first_day: str, last: int) -> list[Due]:
        with self._lend() as sql:
            given = (*bounds(first_day), last, PURGE_BATCH)
            return [Due(*row) for row in sql.execute(statements.due(form.id, form.keeping.start), given)]

    def _purge_some(self, form: Form, first_day: str, actor: str, listed: Sequence[Due], sql: Sql) -> tuple[str, ...]:
        deleted = self._lifecycle.purge(sql, form, first_day, listed, self._clock())
        if deleted:
            self._append(sql, Act(actor, "retention", form.id, f"deleted={len(deleted)} before={first_day}"))
        return deleted

    def _note_kept(self, sql: Sql, answers: Iterable[object]) -> None:
        """Leave one line for all forms that a batch has newly kept: who sent them stands in their rows."""
        kept = [answer.reference for answer in answers if isinstance(answer, Outcome) and not answer.replayed]
        if kept:
            self._append(sql, Act("public", "submit", f"count={len(kept)}", " ".join(kept)))
