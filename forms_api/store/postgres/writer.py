"""Micro-batches in PostgreSQL: what waits is committed in one transaction, all forms of a batch in one call each.

Several nodes may write at once: row locks on sessions, taken in ascending order, decide who gets a seat.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import psycopg

from forms_api.commands import Outcome, State, Submit
from forms_api.errors import Busy, Erased, KeyReused, SessionClosed, SettingsError
from forms_api.references import new_reference
from forms_api.store.batches import RETRY_SECONDS, Commit, Job, Settled, Take
from forms_api.store.keycheck import refuse_retired
from forms_api.store.postgres.functions import keep_function
from forms_api.store.postgres.pool import Spoken
from forms_api.store.postgres.server import Connection, connect
from forms_api.store.sql import Sql
from forms_api.store.submissions import Clock, Rows, first_answer, local_minute, stamp
from forms_api.vault import Vault
from site_builder.forms import Form

log = logging.getLogger("forms_api.store")

TRIES = 3  # of a batch that lost a deadlock, or of a command whose reference was taken
# Faults of one form or act; every other error says that the server or the connection is in trouble.
COMMAND_ERRORS = (psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError, psycopg.NotSupportedError)
IDLE_SECONDS = 1.0  # a connection that rested longer is asked whether it still answers


@dataclass(frozen=True)
class Maintenance:
    """Work on the bare connection, in no transaction."""

    work: Callable[[Connection], bool]


Work = Submit | Callable[[Sql], Any] | Maintenance


class PostgresWriter:
    """Owns the writing connection of this process; makes it anew when it was lost."""

    def __init__(
        self,
        url: str,
        forms: Iterable[Form],
        vault: Vault,
        clock: Clock,
        note_kept: Callable[[Sql, Iterable[object]], None],
    ) -> None:
        self._url, self._vault, self._clock, self._note_kept = url, vault, clock, note_kept
        forms = tuple(forms)
        self._rows = Rows(forms, vault)
        self._calls = {form.id: keep_function(form, [one.id for one in forms]).call for form in forms}
        self._connection: Connection | None = None
        self._used = 0.0

    @contextmanager
    def opened(self) -> Iterator[Commit[Work]]:
        """Give the function that commits batches, until the end of the block."""
        try:
            yield self._commit
        finally:
            self._drop()

    def _commit(self, take: Take[Work]) -> Settled:
        """Keep the forms of a batch in one transaction, then do each officer's act in one of its own.

        An act locks a session first and the end of the audit log last; two in one transaction would do it the other way
        round, and two nodes could wait for one another.
        """
        batch = take()
        settled = self._kept([job for job in batch if isinstance(job.work, Submit)])
        for job in batch:
            if not isinstance(job.work, Submit):
                settled.append((job, self._outside(job) if job.alone else self._act(job)))
        return settled

    def _kept(self, jobs: list[Job[Work]]) -> Settled:
        """Keep forms together; where one of them is at fault, each by itself."""
        answers = self._tried(partial(self._attempt, jobs)) if jobs else []
        if isinstance(answers, list):
            return list(zip(jobs, answers, strict=True))
        if len(jobs) == 1 or isinstance(answers, Busy):
            return [(job, answers) for job in jobs]
        return [settled for job in jobs for settled in self._kept([job])]

    def _act(self, job: Job[Work]) -> object:
        return self._tried(partial(self._done, job.work))

    def _tried(self, work: Callable[[], Any]) -> Any:
        """Return the answer of a transaction; its error where it is at fault itself, Busy where the server is."""
        for _ in range(TRIES):
            try:
                return work()
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                continue
            except COMMAND_ERRORS as error:
                return error
            except (psycopg.Error, SettingsError) as error:  # SettingsError: not a server that keeps what it says
                log.error("nothing kept: %s", type(error).__name__)
                self._drop()
                return Busy(RETRY_SECONDS)
            except Exception as error:
                return error
        return Busy(RETRY_SECONDS)

    def _attempt(self, jobs: list[Job[Work]]) -> list[object]:
        with self._open().transaction() as transaction:
            sql = Spoken(transaction.connection)
            refuse_retired(sql, self._vault)
            answers = self._keep(sql, {n: job.work for n, job in enumerate(jobs) if isinstance(job.work, Submit)})
            self._note_kept(sql, answers.values())
        return [answers[n] for n in range(len(jobs))]

    def _done(self, work: Any) -> Any:
        with self._open().transaction() as transaction:
            return work(Spoken(transaction.connection))

    def _keep(self, sql: Spoken, submits: dict[int, Submit]) -> dict[int, object]:
        """Keep commands, form by form; those whose reference was taken are tried with another."""
        now = self._clock()
        answers: dict[int, object] = {}
        waiting = dict(submits)
        for _ in range(TRIES):
            for form_id in sorted({command.form_id for command in waiting.values()}):
                numbers = [n for n, command in waiting.items() if command.form_id == form_id]
                answers |= self._call(sql, form_id, {n: waiting[n] for n in numbers}, now)
            waiting = {n: command for n, command in waiting.items() if n not in answers}
        return answers | dict.fromkeys(waiting, Busy(RETRY_SECONDS))

    def _call(self, sql: Spoken, form_id: str, commands: dict[int, Submit], now: datetime) -> dict[int, object]:
        told = [self._told(command, now) for command in commands.values()]
        rows = sql.execute(self._calls[form_id], (json.dumps(told, ensure_ascii=False), local_minute(now))).fetchall()
        numbers = list(commands)
        answers: dict[int, object] = {}
        for number, outcome, *seen in rows:
            n = numbers[number - 1]
            if outcome != "again":
                answers[n] = self._answer(commands[n], outcome, *seen)
        return answers

    def _answer(
        self, command: Submit, outcome: str, reference: str, state: State, place: int | None, *seen: str | None
    ) -> object:
        if outcome == "closed":
            return SessionClosed()
        if outcome == "kept":
            return Outcome(reference, state, place, replayed=False)
        body_hash, erased_at = seen
        try:
            kept = (body_hash or "", reference, state, place, erased_at)
            return first_answer(kept, self._vault.fingerprint(command.body_hash))
        except (Erased, KeyReused) as error:
            return error

    def _told(self, command: Submit, now: datetime) -> dict[str, object]:
        """Return a command as the function reads it: one row without state and ticket, and the hash of the body."""
        outcome = Outcome(new_reference(), "received", None, replayed=False)
        row = self._rows.values(command, outcome, None, stamp(now))
        named = dict(zip(self._rows.names(command.form_id), row, strict=True))
        return named | {"body_hash": self._vault.fingerprint(command.body_hash)}

    def _outside(self, job: Job[Work]) -> object:
        try:
            connection = self._open()
            connection.execute("SET statement_timeout = 0")
            connection.execute("SET lock_timeout = 0")
            return job.work.work(connection) if isinstance(job.work, Maintenance) else None
        except psycopg.Error as error:
            return error
        finally:
            self._drop()

    def _open(self) -> Connection:
        idle = time.monotonic() - self._used
        if self._connection is not None and idle > IDLE_SECONDS and not _answers(self._connection):
            self._drop()
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._url)  # it may be another server than at the start
        self._used = time.monotonic()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _answers(connection: Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except (psycopg.OperationalError, psycopg.InterfaceError):
        return False
    return True
