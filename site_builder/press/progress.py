"""What somebody who waits is told: how far the work is, how quick, and how long it will still take.

On a terminal one line is rewritten in place. In a log, which keeps every line, there is one every few seconds at
most, without control characters.
"""

import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TextIO, TypeVar

from site_builder.press.typeset import width

LOG_EVERY, DRAW_EVERY = 5.0, 0.1  # seconds
RECENT = 60  # results by which the rate is taken: some products take ten times as long as others
REST_OF_LINE = "\x1b[K"
MINUTE, HOUR = 60, 3600

Say = Callable[[str], None]
T = TypeVar("T")


class Progress:
    """Tells how a piece of work goes on: `say` takes whole lines, `terminal` is None where the output is a log."""

    def __init__(
        self, say: Say = print, terminal: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.say, self._terminal, self._clock = say, terminal, clock

    def follow(self, what: str, results: Iterator[T], total: int, named: Callable[[T], str]) -> Iterator[T]:
        """Yield results as they come, and tell of them; `named` says what a result is."""
        began = told = self._clock()
        times = deque([began], maxlen=RECENT + 1)
        try:
            for done, result in enumerate(results, start=1):
                yield result
                times.append(now := self._clock())
                if done == total:
                    self._show(f"{what}: {total} of {total} in {_spoken(now - began)} · {_rate(done, now - began)}")
                elif now - told >= (DRAW_EVERY if self._terminal else LOG_EVERY):
                    self._show(f"{what}: {done} of {total} · {named(result)} · {_pace(times, total - done)}")
                    told = now
        finally:
            if self._terminal is not None and total:
                self._terminal.write("\n")  # what is said next, or of an interruption, stands on a line of its own
                self._terminal.flush()

    def _show(self, line: str) -> None:
        if self._terminal is None:
            self.say(line)
        else:
            columns = shutil.get_terminal_size().columns
            self._terminal.write(f"\r{shortened(line, columns - 1)}{REST_OF_LINE}")
            self._terminal.flush()


def shortened(line: str, columns: int) -> str:
    """Return as much of a line as stands in so many columns; marks above and below take none."""
    while width(line) > columns:
        line = line[:-1]
    return line


def _pace(times: "deque[float]", left: int) -> str:
    """Return how quick the newest results came, and how long the rest takes at that rate."""
    done, seconds = len(times) - 1, times[-1] - times[0]
    return f"{_rate(done, seconds)} · {_spoken(left * seconds / done)} left"


def _rate(done: int, seconds: float) -> str:
    return f"{done / seconds:.1f} files/s" if seconds > 0 else "at once"


def _spoken(seconds: float) -> str:
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"
