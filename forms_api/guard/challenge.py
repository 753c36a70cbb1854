"""A small sum for the telephone (ALTCHA, version 2), made and checked here: no third party is asked.

The answer lies within some tens of thousands of SHA-256 hashes, about a second on a cheap phone. It is bound to form
and idempotency key, so that one answer lets one form through, however often it is sent.
"""

import json
import secrets
import time

from altcha import Payload, create_challenge, verify_solution

LEAST, MOST = 10_000, 40_000  # hashes until the answer
LIFETIME = 3600  # seconds


class Challenges:
    """Makes sums and checks their answers."""

    def __init__(self, secret: str) -> None:
        self._secret = f"altcha:{secret}"

    def new(self, form_id: str, key: str) -> str:
        """Return a sum for one form and idempotency key, as JSON."""
        made = create_challenge(
            "SHA-256",
            1,
            counter=LEAST + secrets.randbelow(MOST - LEAST),
            expires_at=int(time.time()) + LIFETIME,
            data={"form": form_id, "key": key},
            hmac_secret=self._secret,
        )
        return json.dumps(made.to_dict(), separators=(",", ":"))

    def solved(self, form_id: str, key: str, text: str) -> bool:
        """Tell whether `text` (base64 of JSON, as ALTCHA sends it) answers a sum that we made for this key."""
        if not text or len(text) > 4_096:
            return False
        try:
            payload = Payload.from_base64(text)
            data = payload.challenge.parameters.data
            return data == {"form": form_id, "key": key} and verify_solution(payload, self._secret).verified
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return False
