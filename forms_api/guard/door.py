"""Who may send a form at once, and who is asked for one more step."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from forms_api.guard.buckets import MOST_KEYS, Buckets, neighbourhood
from forms_api.guard.challenge import Challenges
from forms_api.guard.tokens import Tokens

# 300 people of one village, all on one carrier's address, pass within minutes; 700 within an hour.
BURST, PER_SECOND = 400, 0.2
VILLAGE = 300  # people who pass at once, even where all of them meet the same one of several processes
SHORT_WAIT = 5  # seconds at least, for a send that only looked too quick

# Guesses at a status. From one address at one reference few; from one address at any, as a village needs; at one
# reference from anywhere, so that a stranger with many addresses needs weeks. One address may ask a third as often as
# one reference may be asked for: a stranger alone never shuts the owner out.
GUESSES_HERE, GUESSES_HERE_PER_SECOND = 6, 1 / 540
GUESSES_ADDRESS, GUESSES_ADDRESS_PER_SECOND = 120, 0.5
GUESSES_REFERENCE, GUESSES_REFERENCE_PER_SECOND = 60, 1 / 180
A_FEW = 3  # slips of a hand, in any process


@dataclass(frozen=True)
class Verdict:
    """Whether a send may go on; where not, how long one without scripts waits."""

    open: bool
    wait: int = 0  # seconds


@dataclass(frozen=True)
class Slot:
    """A moment that a key has reserved in the line of an address and a form."""

    line: tuple[str, str]
    comes: float  # on the door's clock


class Door:
    """Judges sends and status questions of this process, which is one of `workers` and gives out its share.

    Each key takes one token of its address and form, and passes once that token has come: at once while there are
    any, later where many are in the line. A slot is the key's own; to ask again, or to ask early, changes nothing.
    Whom a system hands a new line to is uneven (4 of 5 to one of two, on a quiet day), so a burst has a floor.
    """

    def __init__(
        self,
        secret: str,
        *,
        limited: bool = True,
        least_seconds: float = 3,
        workers: int = 1,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.tokens, self.challenges = Tokens(secret, wall), Challenges(secret)
        self._limited, self._least_seconds, self._clock = limited, least_seconds, clock
        self._slots: OrderedDict[tuple[str, str], Slot] = OrderedDict()  # by form and key; the note has it as well

        def bucket(burst: float, per_second: float, least: float) -> Buckets:
            return Buckets(max(burst / workers, least), per_second / workers, clock=clock)

        self._sends = bucket(BURST, PER_SECOND, VILLAGE)
        self._here = bucket(GUESSES_HERE, GUESSES_HERE_PER_SECOND, A_FEW)
        self._address = bucket(GUESSES_ADDRESS, GUESSES_ADDRESS_PER_SECOND, A_FEW)
        self._reference = bucket(GUESSES_REFERENCE, GUESSES_REFERENCE_PER_SECOND, A_FEW)

    def judge(
        self,
        address: str,
        form_id: str,
        key: str,
        *,
        solution: str = "",
        waited: str = "",
        age: float | None = None,
        trap: str = "",
    ) -> Verdict:
        """Judge a send by its sum or its slot, the age of its page (seconds, None for programs) and the trap field."""
        if not self._limited:
            return Verdict(open=True)
        if self.challenges.solved(form_id, key, solution):
            self._leave(form_id, key)
            return Verdict(open=True)
        line = (neighbourhood(address), form_id)
        odd = bool(trap) or (age is not None and age < self._least_seconds)
        wait = self._left(form_id, key, waited)
        if wait is None:
            wait = max(self._sends.reserve(line), SHORT_WAIT if odd else 0)
            self._stand(form_id, key, Slot(line, self._clock() + wait))
        elif wait > SHORT_WAIT and not odd and not self._sends.take(line):
            self._leave(form_id, key)  # another network has no line, or the line before them has gone
            self._stand(form_id, key, Slot(line, self._clock()))
            wait = 0
        return Verdict(open=not wait, wait=wait)

    def _left(self, form_id: str, key: str, waited: str) -> int | None:
        """Return the seconds until the slot that a key has, by memory or by its note; None where it has none."""
        slot = self._slots.get((form_id, key))
        if slot is not None:
            return max(0, math.ceil(slot.comes - self._clock()))
        return self.tokens.left(form_id, key, waited)

    def _stand(self, form_id: str, key: str, slot: Slot) -> None:
        self._slots[form_id, key] = slot
        if len(self._slots) > MOST_KEYS:
            self._slots.popitem(last=False)  # who waits has it in the note of the page

    def _leave(self, form_id: str, key: str) -> None:
        """Give a slot that has not come back to its line, once: this key needs it no more."""
        slot = self._slots.get((form_id, key))
        if slot is not None and slot.comes > self._clock():
            self._sends.give_back(slot.line)
            self._slots[form_id, key] = Slot(slot.line, self._clock())

    def guess(self, address: str, reference: str) -> int:
        """Take note of a question for a status; return 0, or the seconds until the next is answered.

        `reference` is "" for what can be none: that is nobody's, so only the address is counted. The first bucket
        that refuses is the last that is asked: who is turned away takes nothing from the owner.
        """
        if not self._limited:
            return 0
        here = neighbourhood(address)
        if not reference:
            return self._address.take(here)
        return self._here.take((here, reference)) or self._address.take(here) or self._reference.take(reference)
