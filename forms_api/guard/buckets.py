"""Token buckets: how often something may happen for each key, with memory that does not grow.

Counted in this process only; who makes them for one of several processes gives each its share (door.py).
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_KEYS = 50_000  # about 10 MB; the ones that rested longest are forgotten, which can only be kinder
_NEARLY = 1 - 1e-9  # a token that came in many small parts


class Buckets:
    """A bucket for each key: `burst` at once, then `per_second`."""

    def __init__(
        self,
        burst: float,
        per_second: float,
        *,
        most_keys: int = MOST_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst, self._per_second = burst, per_second
        self._most_keys, self._clock = most_keys, clock
        self._kept: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # tokens, and when they were counted

    def take(self, key: Hashable) -> int:
        """Take a token where there is one: return 0, or the whole seconds until there is one again."""
        tokens = self._tokens(key)
        self._keep(key, tokens - 1 if tokens >= _NEARLY else tokens)
        return self._seconds_until_one(tokens)

    def reserve(self, key: Hashable) -> int:
        """Take the next token that nobody else has reserved: return 0, or the whole seconds until it comes.

        The line has no end: as nobody is told the same moment twice, who asks more often gets nothing sooner.
        """
        tokens = self._tokens(key)
        self._keep(key, tokens - 1)
        return self._seconds_until_one(tokens)

    def give_back(self, key: Hashable) -> None:
        """Return a token that was not needed after all."""
        self._keep(key, min(self._burst, self._tokens(key) + 1))

    def _tokens(self, key: Hashable) -> float:
        tokens, counted = self._kept.pop(key, (self._burst, self._clock()))
        return min(self._burst, tokens + max(0.0, self._clock() - counted) * self._per_second)

    def _keep(self, key: Hashable, tokens: float) -> None:
        self._kept[key] = (tokens, self._clock())
        if len(self._kept) > self._most_keys:
            self._kept.popitem(last=False)

    def _seconds_until_one(self, tokens: float) -> int:
        return 0 if tokens >= _NEARLY else math.ceil((_NEARLY - tokens) / self._per_second)


def neighbourhood(address: str) -> str:
    """Return what is counted as one address: an IPv4 address, or the /64 network that one IPv6 subscriber has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
