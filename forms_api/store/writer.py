"""Group commit in SQLite: one thread owns the one writing connection and commits what waits.

A command is a form to keep, or a function that takes the connection and returns its answer. It is answered only after
the commit that holds it has reached the disk.

    queue ──► BEGIN IMMEDIATE ─► SAVEPOINT, forms together or one act, RELEASE (× n) ─► COMMIT (synced) ──► n answers

Forms that follow one another are kept together behind one savepoint; where one of them is at fault they are taken back
and kept one by one, each behind its own, so that the fault stays with the one. Before the commit `seal_batch` sees all
answers, so that one line of the audit log can stand for the whole batch.

An error of the file, disk or lock rolls back the whole batch, and all of it is answered Busy: nothing of it was kept,
and the same idempotency keys will work later.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from forms_api.commands import Submit
from forms_api.errors import Busy
from forms_api.store._sqlite import COMMAND_ERRORS, Connection, DatabaseError, open_writer
from forms_api.store.batches import QUEUE_LIMIT, RETRY_SECONDS, Batches, Commit, Job, Settled, Take
from forms_api.store.guard import FileGuard
from forms_api.store.side_lock import LONG_SECONDS, SideLock

log = logging.getLogger("forms_api.store")

Answer = TypeVar("Answer")
Act = Callable[[Connection], Answer]
Keep = Callable[[Connection, Sequence[Submit]], Sequence[object]]  # an answer, or a fault to tell, for each form
SealBatch = Callable[[Connection, list[object]], None]


class Writer:
    """Owns the writing connection of one database file for this process."""

    def __init__(
        self,
        path: Path,
        prepare: Callable[[Connection], None],
        keep: Keep,
        seal_batch: SealBatch = lambda _connection, _answers: None,
        *,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        """Start the thread, which runs `prepare` (schema) under the file lock; its error is raised here."""
        self._path, self._prepare, self._keep, self._seal_batch = path, prepare, keep, seal_batch
        self._guard: FileGuard | None = None
        self._batches: Batches[Submit | Act[Any]] = Batches(self._opened, queue_limit=queue_limit)

    @property
    def waiting(self) -> int:
        """How many commands wait for the next batch."""
        return self._batches.waiting

    @property
    def full(self) -> bool:
        """Whether the next command would be told to come back."""
        return self._batches.full

    @property
    def alive(self) -> bool:
        """Whether commands are still taken."""
        return self._batches.alive

    def in_place(self) -> bool:
        """Whether the open file is still the file at its path."""
        return self._guard is not None and self._guard.in_place()

    async def submit(self, command: Submit) -> Any:
        """Keep a form in the next batch and return what `keep` answers; raise Busy at once when the queue is full."""
        return await self._batches.submit(command)

    def run(self, work: Act[Answer]) -> Answer:
        """Run `work` in the next batch and wait for it in this thread (for commands of officers)."""
        answer: Answer = self._batches.run(work)
        return answer

    def maintain(self, work: Act[Answer]) -> Answer:
        """Run `work` outside any transaction (a checkpoint, VACUUM) while nobody else writes, and wait for it."""
        answer: Answer = self._batches.run(work, alone=True)
        return answer

    def close(self) -> None:
        """Take nothing new, commit and answer all that waits, then close the connection."""
        self._batches.close()

    @contextmanager
    def _opened(self) -> Iterator[Commit[Submit | Act[Any]]]:
        with closing(SideLock(self._path)) as lock:
            connection: Connection | None = None
            try:
                with lock.taken(LONG_SECONDS):
                    connection = open_writer(self._path)
                    self._prepare(connection)
                    self._guard = FileGuard(self._path)
                yield partial(self._commit, connection, self._guard, lock)
            finally:
                if connection is not None:
                    _close(connection, lock)

    def _commit(self, connection: Connection, guard: FileGuard, lock: SideLock, take: Take[Any]) -> Settled:
        guard.check()
        try:
            with lock.taken():
                batch = take()
                connection.execute("BEGIN IMMEDIATE")
                settled = self._done(connection, [job for job in batch if not job.alone])
                self._seal_batch(connection, [answer for _, answer in settled])
                connection.execute("COMMIT")
                settled += [(job, _outcome(connection, job.work)) for job in batch if job.alone]
            guard.check()  # moved while we wrote: what we committed may be nowhere
        except BaseException:
            _rollback(connection)
            raise
        return settled

    def _done(self, connection: Connection, jobs: list[Job[Any]]) -> Settled:
        settled: Settled = []
        for is_form, group in groupby(jobs, key=lambda job: isinstance(job.work, Submit)):
            if is_form:
                settled += self._kept(connection, list(group))
            else:
                settled += [(job, _attempt(connection, job.work)) for job in group]
        return settled

    def _kept(self, connection: Connection, jobs: list[Job[Any]]) -> Settled:
        """Keep forms together; where one of them is at fault, each by itself."""
        answers = _attempt(connection, lambda its: self._keep(its, [job.work for job in jobs]))
        if isinstance(answers, list):
            return list(zip(jobs, answers, strict=True))
        if len(jobs) == 1:
            return [(jobs[0], answers)]
        return [settled for job in jobs for settled in self._kept(connection, [job])]


def _attempt(connection: Connection, work: Act[Any]) -> object:
    """Return the answer of `work`, or its error when only this command is at fault."""
    connection.execute("SAVEPOINT command")
    try:
        answer: object = work(connection)
    except Exception as error:
        if _spoils_the_batch(error) or not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO command")
        answer = error
    connection.execute("RELEASE command")
    return answer


def _outcome(connection: Connection, work: Act[Any]) -> object:
    """Return the answer of work that stands outside the transaction, or its error."""
    try:
        return work(connection)
    except Exception as error:
        return Busy(RETRY_SECONDS) if isinstance(error, DatabaseError) else error


def _spoils_the_batch(error: Exception) -> bool:
    return isinstance(error, DatabaseError) and not isinstance(error, COMMAND_ERRORS)


def _rollback(connection: Connection) -> None:
    if connection.in_transaction:
        try:
            connection.execute("ROLLBACK")
        except Exception as error:
            log.error("rollback failed: %s", type(error).__name__)


def _close(connection: Connection, lock: SideLock) -> None:
    # The last connection to close copies the log into the database, so other processes are kept out meanwhile.
    with lock.taken(LONG_SECONDS):
        connection.close()
