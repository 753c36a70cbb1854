"""Group commit: one thread owns the one writing connection and commits what waits, up to 256 commands at a time.

A command is a function that takes the connection and returns its answer. It is answered only after the commit that
holds it has reached the disk. No timer: a lone command is committed at once, a crowd shares one commit.

    queue ──► BEGIN IMMEDIATE ─► SAVEPOINT, command, RELEASE  (× n) ─► COMMIT (synced) ──► n answers

Before the commit `seal_batch` sees all answers, so that one line of the audit log can stand for the whole batch.

An error of one command rolls back that command. An error of the file, disk or lock rolls back the whole batch, and
all of it is answered Busy: nothing of it was kept, and the same idempotency keys will work later.
"""

import asyncio
import concurrent.futures
import fcntl
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from forms_api.errors import Busy
from forms_api.store._sqlite import COMMAND_ERRORS, Connection, DatabaseError, open_writer
from forms_api.store.guard import FileGuard

log = logging.getLogger("forms_api.store")

Answer = TypeVar("Answer")
Work = Callable[[Connection], Answer]
SealBatch = Callable[[Connection, list[object]], None]

QUEUE_LIMIT = 2_000  # waiting commands; more are told to come back
BATCH_LIMIT = 256  # commands in one commit; beyond this a batch gains nothing
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work[Any]
    future: "asyncio.Future[Any] | concurrent.futures.Future[Any]"
    loop: asyncio.AbstractEventLoop | None  # None: the caller waits in a thread
    alone: bool = False  # runs under the lock, but in no transaction

    def settle(self, answer: object) -> None:
        """Hand over the answer, or raise it where it is an error; a caller that has gone is skipped."""
        if self.future.done():
            return
        if isinstance(answer, BaseException):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


_Settled = list[tuple[_Job, object]]


class Writer:
    """Owns the writing connection of one database file for this process."""

    def __init__(
        self,
        path: Path,
        prepare: Callable[[Connection], None],
        seal_batch: SealBatch = lambda _connection, _answers: None,
        *,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        """Start the thread, which runs `prepare` (schema) under the file lock; its error is raised here."""
        self._path = path
        self._seal_batch = seal_batch
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._queue_limit = queue_limit
        self._gate = threading.Lock()
        self._closed = False
        self._guard: FileGuard | None = None
        ready: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._run, args=(prepare, ready), name="store-writer", daemon=True)
        self._thread.start()
        try:
            ready.result()
        except BaseException:
            self._thread.join()
            raise

    @property
    def waiting(self) -> int:
        """How many commands wait for the next batch."""
        return self._queue.qsize()

    @property
    def full(self) -> bool:
        """Whether the next command would be told to come back."""
        return self._queue.qsize() >= self._queue_limit

    def in_place(self) -> bool:
        """Whether the open file is still the file at its path."""
        return self._guard is not None and self._guard.in_place()

    @property
    def alive(self) -> bool:
        """Whether commands are still taken."""
        return self._thread.is_alive() and not self._closed

    async def submit(self, work: Work[Answer]) -> Answer:
        """Run `work` in the next batch; raise Busy at once when the queue is full."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._put(_Job(work, future, loop))
        return await future

    def run(self, work: Work[Answer]) -> Answer:
        """Run `work` in the next batch and wait for it in this thread (for commands of officers)."""
        future: concurrent.futures.Future[Answer] = concurrent.futures.Future()
        self._put(_Job(work, future, None))
        return future.result()

    def maintain(self, work: Work[Answer]) -> Answer:
        """Run `work` outside any transaction (a checkpoint, VACUUM) while nobody else writes, and wait for it."""
        future: concurrent.futures.Future[Answer] = concurrent.futures.Future()
        self._put(_Job(work, future, None, alone=True))
        return future.result()

    def close(self) -> None:
        """Take nothing new, commit and answer all that waits, then close the connection."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _put(self, job: _Job) -> None:
        with self._gate:
            if self._closed or self.full or not self._thread.is_alive():
                raise Busy(RETRY_SECONDS)
            self._queue.put(job)

    def _run(self, prepare: Callable[[Connection], None], ready: "concurrent.futures.Future[None]") -> None:
        with ExitStack() as held:
            try:
                lock_file = held.enter_context(self._path.with_name(self._path.name + ".lock").open("ab"))
                with _locked(lock_file):
                    connection = open_writer(self._path)
                    held.callback(_close, connection, lock_file)
                    prepare(connection)
                    self._guard = guard = FileGuard(self._path)
            except BaseException as error:
                ready.set_exception(error)
                return
            ready.set_result(None)
            while batch := self._next_batch():
                _deliver(self._commit(connection, guard, lock_file, batch))

    def _next_batch(self) -> list[_Job]:
        job = self._queue.get()
        batch: list[_Job] = []
        while job is not None:
            batch.append(job)
            if len(batch) == BATCH_LIMIT:
                break
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
        if job is None and batch:
            self._queue.put(None)  # finish this batch first, then stop
        return batch

    def _commit(self, connection: Connection, guard: FileGuard, lock_file: IO[bytes], batch: list[_Job]) -> _Settled:
        try:
            with _locked(lock_file):
                guard.check()
                connection.execute("BEGIN IMMEDIATE")
                settled = [(job, _attempt(connection, job.work)) for job in batch if not job.alone]
                self._seal_batch(connection, [answer for _, answer in settled])
                connection.execute("COMMIT")
                guard.check()  # moved while we wrote: what we committed may be nowhere
                settled += [(job, _outcome(connection, job.work)) for job in batch if job.alone]
        except BaseException as error:  # whatever it is, somebody waits for an answer
            log.error("batch of %d not kept: %s: %s", len(batch), type(error).__name__, error)
            _rollback(connection)
            return [(job, Busy(RETRY_SECONDS)) for job in batch]
        return settled


def _attempt(connection: Connection, work: Work[Any]) -> object:
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


def _outcome(connection: Connection, work: Work[Any]) -> object:
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
        except Exception:
            log.exception("rollback failed")


def _deliver(settled: _Settled) -> None:
    """Wake each event loop once for all its answers; threads that wait are woken directly."""
    by_loop: dict[asyncio.AbstractEventLoop, _Settled] = {}
    for job, answer in settled:
        if job.loop is None:
            job.settle(answer)
        else:
            by_loop.setdefault(job.loop, []).append((job, answer))
    for loop, answers in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, answers)
        except RuntimeError:
            log.warning("%d answers kept, but their event loop is closed", len(answers))


def _settle_all(answers: _Settled) -> None:
    for job, answer in answers:
        job.settle(answer)


def _close(connection: Connection, lock_file: IO[bytes]) -> None:
    # The last connection to close copies the log into the database, so other processes are kept out meanwhile.
    with _locked(lock_file):
        connection.close()


@contextmanager
def _locked(lock_file: IO[bytes]) -> Iterator[None]:
    """Hold the side file's lock: fair between processes, where SQLite's own waiting starves some of them."""
    fcntl.flock(lock_file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock_file, fcntl.LOCK_UN)
