"""Token buckets: how often something may happen for each key, with memory that does not grow.

Counted in this process only: with n worker processes an address may do n times as much.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_KEYS = 50_000  # about 10 MB; the ones that rested longest are forgotten, which can only be kinder


class Buckets:
    """A bucket for each key: `burst` at once, then `per_second`. It can run into debt, so that waiting grows."""

    def __init__(
        self,
        burst: float,
        per_second: float,
        *,
        most_debt: float = 0,
        most_keys: int = MOST_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst, self._per_second, self._most_debt = burst, per_second, most_debt
        self._most_keys, self._clock = most_keys, clock
        self._kept: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # tokens, and when they were counted

    def take(self, key: Hashable) -> int:
        """Take one token; return 0, or the whole seconds until there is one again."""
        now = self._clock()
        tokens, counted = self._kept.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + max(0.0, now - counted) * self._per_second)
        left = max(tokens - 1, -self._most_debt) if tokens < 1 else tokens - 1
        self._kept[key] = (left if tokens >= 1 or self._most_debt else tokens, now)
        if len(self._kept) > self._most_keys:
            self._kept.popitem(last=False)
        return 0 if tokens >= 1 else math.ceil((1 - tokens) / self._per_second)


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
