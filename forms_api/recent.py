"""An answer that many ask for and that may be a moment old: worked out once in that moment, however many ask."""

import asyncio
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool


class Recent:
    """What `make` returns (in another thread), at most `seconds` old. Its errors are not kept."""

    def __init__(
        self, make: Callable[[], bytes], seconds: float = 1, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make, self._seconds, self._clock = make, seconds, clock
        self._kept, self._until = b"", float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def get(self) -> bytes:
        """Return the answer; who comes while it is worked out waits for it."""
        async with self._one_at_a_time:
            if self._clock() >= self._until:
                self._kept = await run_in_threadpool(self._make)
                self._until = self._clock() + self._seconds
            return self._kept
