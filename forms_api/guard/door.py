"""Who may send a form at once, and who is asked for one more step."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from forms_api.guard.buckets import Buckets, neighbourhood
from forms_api.guard.challenge import Challenges
from forms_api.guard.tokens import Tokens

# 300 people of one village, all on one carrier's address, pass within minutes; 700 within an hour.
BURST, PER_SECOND = 400, 0.2
MOST_DEBT = 24  # forms ahead in the wait of one without scripts: two minutes
SHORT_WAIT = 5  # seconds, for a send that only looked too quick

# Guesses at a status. From one address at one reference few; from one address at any, as a village needs; at one
# reference from anywhere, so that a stranger with many addresses needs weeks and the owner is still let in.
GUESSES_HERE, GUESSES_HERE_PER_SECOND = 6, 1 / 60
GUESSES_ADDRESS, GUESSES_ADDRESS_PER_SECOND = 120, 0.5
GUESSES_REFERENCE, GUESSES_REFERENCE_PER_SECOND = 60, 1 / 180


@dataclass(frozen=True)
class Verdict:
    """Whether a send may go on; where not, how long one without scripts waits."""

    open: bool
    wait: int = 0  # seconds


class Door:
    """Judges sends and status questions of this process."""

    def __init__(
        self,
        secret: str,
        *,
        limited: bool = True,
        least_seconds: float = 3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tokens, self.challenges = Tokens(secret), Challenges(secret)
        self._limited, self._least_seconds = limited, least_seconds
        self._sends = Buckets(BURST, PER_SECOND, most_debt=MOST_DEBT, clock=clock)
        self._guesses = (
            Buckets(GUESSES_HERE, GUESSES_HERE_PER_SECOND, clock=clock),
            Buckets(GUESSES_ADDRESS, GUESSES_ADDRESS_PER_SECOND, clock=clock),
            Buckets(GUESSES_REFERENCE, GUESSES_REFERENCE_PER_SECOND, clock=clock),
        )

    def proved(self, key: str, solution: str, waited: str) -> bool:
        """Tell whether the one more step was taken for this key."""
        return self.challenges.solved(key, solution) or self.tokens.waited(key, waited)

    def judge(self, address: str, form_id: str, *, age: float | None = None, trap: str = "") -> Verdict:
        """Judge a send by the age of its page (seconds, None for programs), the trap field and its address."""
        if not self._limited:
            return Verdict(open=True)
        if trap or (age is not None and age < self._least_seconds):
            return Verdict(open=False, wait=SHORT_WAIT)
        wait = self._sends.take((neighbourhood(address), form_id))
        return Verdict(open=not wait, wait=wait)

    def guess(self, address: str, reference: str) -> int:
        """Take note of a question for a status; return 0, or the seconds until the next is answered."""
        if not self._limited:
            return 0
        here = neighbourhood(address)
        keys = ((here, reference), here, reference)
        return max(bucket.take(key) for bucket, key in zip(self._guesses, keys, strict=True))
