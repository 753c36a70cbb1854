"""A thread that takes what waits, up to 256 jobs at a time, has them committed together, and answers them.

No timer: a lone job is committed at once, a crowd shares one commit. An event loop hands over what came in one of its
turns together: job by job, the thread would wake for the first and commit it alone while the loop still has the others.
And the engine takes the jobs when it has the right to write, not before: while it waits for that, more come.
The queue is bounded: what does not fit is told to come back. Closing takes nothing new and finishes all that waits.
What committing means is the engine's to say.
"""

import asyncio
import concurrent.futures
import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from forms_api.errors import Busy

log = logging.getLogger("forms_api.store")

Work = TypeVar("Work")

QUEUE_LIMIT = 2_000  # waiting jobs; more are told to come back
BATCH_LIMIT = 256  # jobs in one commit; beyond this a batch gains nothing
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Job(Generic[Work]):
    """A piece of work and who waits for its answer."""

    work: Work
    future: "asyncio.Future[Any] | concurrent.futures.Future[Any]"
    loop: asyncio.AbstractEventLoop | None  # None: the caller waits in a thread
    alone: bool = False  # runs in no transaction, after the batch it came with

    def settle(self, answer: object) -> None:
        """Hand over the answer, or raise it where it is an error; a caller that has gone is skipped."""
        if self.future.done():
            return
        if isinstance(answer, BaseException):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


Settled = list[tuple[Job[Any], object]]
Take = Callable[
    [], list[Job[Work]]
]  # what waits at this moment, to be called once, when nothing is in the way any more
Commit = Callable[[Take[Work]], Settled]


class Batches(Generic[Work]):
    """Owns the thread; `engine` opens the data in it and gives the function that commits a batch."""

    def __init__(
        self, engine: Callable[[], AbstractContextManager[Commit[Work]]], *, queue_limit: int = QUEUE_LIMIT
    ) -> None:
        """Start the thread and open the data; an error of opening is raised here."""
        self._jobs: deque[Job[Work]] = deque()
        self._gathered: dict[asyncio.AbstractEventLoop, list[Job[Work]]] = {}
        self._queue_limit = queue_limit
        self._gate = threading.Condition()
        self._closed = False
        ready: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._run, args=(engine, ready), name="store-writer", daemon=True)
        self._thread.start()
        try:
            ready.result()
        except BaseException:
            self._thread.join()
            raise

    @property
    def waiting(self) -> int:
        """How many jobs wait for the next batch."""
        return len(self._jobs) + sum(map(len, list(self._gathered.values())))

    @property
    def full(self) -> bool:
        """Whether the next job would be told to come back."""
        return self.waiting >= self._queue_limit

    @property
    def alive(self) -> bool:
        """Whether jobs are still taken."""
        return self._thread.is_alive() and not self._closed

    async def submit(self, work: Work) -> Any:
        """Have `work` done in the next batch; raise Busy at once when the queue is full."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._check_open()
        gathered = self._gathered.setdefault(loop, [])
        gathered.append(Job(work, future, loop))
        if len(gathered) == 1:
            loop.call_soon(self._hand_over, loop)
        return await future

    def run(self, work: Work, *, alone: bool = False) -> Any:
        """Have `work` done in the next batch and wait for it in this thread (for commands of officers)."""
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        with self._gate:
            self._check_open()
            self._jobs.append(Job(work, future, None, alone))
            self._gate.notify()
        return future.result()

    def close(self) -> None:
        """Take nothing new, have all that waits committed and answered, then let go of the data."""
        with self._gate:
            self._closed = True
            self._gate.notify()
        self._thread.join()

    def _check_open(self) -> None:
        if self._closed or self.full or not self._thread.is_alive():
            raise Busy(RETRY_SECONDS)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Queue what a loop has gathered; the thread may have stopped since, and then nothing is kept."""
        jobs = self._gathered.pop(loop)
        with self._gate:
            if not self._closed and self._thread.is_alive():
                self._jobs.extend(jobs)
                self._gate.notify()
                return
        for job in jobs:
            job.settle(Busy(RETRY_SECONDS))

    def _run(
        self,
        engine: Callable[[], AbstractContextManager[Commit[Work]]],
        ready: "concurrent.futures.Future[None]",
    ) -> None:
        try:
            with engine() as commit:
                ready.set_result(None)
                while self._something_waits():
                    _deliver(_committed(commit, self._take))
        except BaseException as error:
            if ready.done():
                log.exception("the writer stopped")
            else:
                ready.set_exception(error)
        finally:
            _deliver([(job, Busy(RETRY_SECONDS)) for job in self._left()])

    def _left(self) -> list[Job[Work]]:
        """Close the queue and take what nobody will do any more: somebody waits for an answer."""
        with self._gate:
            self._closed = True
            left = list(self._jobs)
            self._jobs.clear()
            return left

    def _something_waits(self) -> bool:
        """Wait for jobs; False once all is done that came before the closing."""
        with self._gate:
            self._gate.wait_for(lambda: self._jobs or self._closed)
            return bool(self._jobs)

    def _take(self) -> list[Job[Work]]:
        with self._gate:
            return [self._jobs.popleft() for _ in range(min(len(self._jobs), BATCH_LIMIT))]


def _committed(commit: Commit[Work], take: Take[Work]) -> Settled:
    batch: list[Job[Work]] = []

    def noted() -> list[Job[Work]]:
        batch.extend(take())
        return batch

    try:
        return commit(noted)
    except BaseException as error:  # whatever it is, somebody waits for an answer
        batch = batch or take()
        log.error("batch of %d not kept: %s", len(batch), type(error).__name__)
        return [(job, Busy(RETRY_SECONDS)) for job in batch]


def _deliver(settled: Settled) -> None:
    """Wake each event loop once for all its answers; threads that wait are woken directly."""
    by_loop: dict[asyncio.AbstractEventLoop, Settled] = {}
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


def _settle_all(answers: Settled) -> None:
    for job, answer in answers:
        job.settle(answer)
