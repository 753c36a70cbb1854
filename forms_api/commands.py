"""What the web layer asks of the store, and what the store answers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Channel = Literal["web", "api"]
State = Literal["seated", "waiting", "received", "cancelled", "done"]

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

# What may still happen to a kept form; the two ends stay as they are until the answers are deleted.
OPEN_STATES: tuple[State, ...] = ("seated", "waiting", "received")


@dataclass(frozen=True)
class Submit:
    """One answered form, checked and canonical, to be kept exactly once per `key`."""

    form_id: str
    form_version: str
    key: str  # idempotency key, 8-64 of A-Za-z0-9_-
    body_hash: str  # from `body_hash()`: the same answers give the same hash on every channel
    values: Mapping[str, object]  # field name -> str, int or None; every field of the form is present
    session_id: int | None  # the training session asked for; None: no session chosen or no such field
    channel: Channel


@dataclass(frozen=True)
class Outcome:
    """The answer to a `Submit`; a replay gives the first answer again, with `replayed` set."""

    reference: str
    state: State
    position: int | None  # place in the waiting list, from 1; None unless waiting
    replayed: bool


def body_hash(form_id: str, values: Mapping[str, object]) -> str:
    """SHA-256 of the canonical answers, in hex."""
    text = _CANONICAL.encode([form_id, dict(values)])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
