"""Signed notes that travel in the page: when a form was begun, and from when on a waiting person may send."""

import math
import time
from collections.abc import Callable

from itsdangerous import BadSignature, URLSafeSerializer

LONGEST = 24 * 3600  # seconds; an older page is shown once more, with its answers


class Tokens:
    """Makes such notes and reads them back."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._begun = URLSafeSerializer(secret, salt="form-begun")
        self._waiting = URLSafeSerializer(secret, salt="form-waiting")
        self._clock = clock

    def begun(self, form_id: str) -> str:
        """Return the note for a form that begins now."""
        return str(self._begun.dumps([form_id, int(self._clock())]))

    def age(self, form_id: str, token: str) -> float | None:
        """Return how many seconds ago this form was begun; None for a note that is not ours or too old."""
        try:
            signed_for, at = self._begun.loads(token)
            age = self._clock() - float(at)
        except (BadSignature, TypeError, ValueError):
            return None
        return age if signed_for == form_id and -60 <= age <= LONGEST else None

    def waiting(self, form_id: str, key: str, seconds: int) -> str:
        """Return the note for a person who may send this key to this form in some seconds."""
        return str(self._waiting.dumps([form_id, key, int(self._clock()) + seconds]))

    def left(self, form_id: str, key: str, token: str) -> int | None:
        """Return in how many seconds such a note is good, 0 where it is; None where it is not ours or long gone."""
        try:
            signed_for, signed_key, until = self._waiting.loads(token)
            left = float(until) - self._clock()
        except (BadSignature, TypeError, ValueError):
            return None
        if (signed_for, signed_key) != (form_id, key) or left < -LONGEST:
            return None
        return max(0, math.ceil(left))
