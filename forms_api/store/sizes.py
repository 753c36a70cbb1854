"""How large the batches are that a store commits together: counted as they go, read by whoever asks.

Many small ones are a quiet day; batches near the limit with a queue that stays say that the disk is too slow.
"""

from dataclasses import dataclass

BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # the last is the most that a batch holds


@dataclass(frozen=True)
class Sizes:
    """Batches by size since the start: of each up to its bound and above the one before, and all their jobs."""

    counts: tuple[int, ...] = (0,) * len(BOUNDS)
    jobs: int = 0


class SizeCount:
    """Counts in the one thread that commits; read from any."""

    def __init__(self) -> None:
        self._counts = [0] * len(BOUNDS)
        self._jobs = 0

    def note(self, jobs: int) -> None:
        """Count one batch."""
        self._counts[min((jobs - 1).bit_length(), len(BOUNDS) - 1)] += 1
        self._jobs += jobs

    def so_far(self) -> Sizes:
        """Return what was counted so far."""
        return Sizes(tuple(self._counts), self._jobs)
