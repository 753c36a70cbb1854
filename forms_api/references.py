"""References that can be read out over the telephone.

Eight symbols from an alphabet of 23, with at most one of those that look alike (0 O, 1 I L, 2 Z, 5 S, 8 B, U V, C G).
The last symbol makes the weighted sum a multiple of 23. 23 is prime and the weights 1-8 differ, so every single wrong
symbol and every swap of two symbols, neighbours or not, is detected.
"""

import re
import secrets

from site_builder import thai
from site_builder.forms import REFERENCE_GROUPS

ALPHABET = "2346789ACDEFHJKMNPRTWXY"
LENGTH = sum(REFERENCE_GROUPS)
_KIN = str.maketrans("ZBG", "28C")  # never in a reference, and read for what looks like them


def new_reference() -> str:
    """A random reference (23**7, about 3.4 thousand million); the store retries on the rare one already used.

    None reads like 23467E89, which Excel would take for a number with a power of ten and rewrite.
    """
    while True:
        number, body = secrets.randbelow(len(ALPHABET) ** (LENGTH - 1)), ""
        for _ in range(LENGTH - 1):
            number, symbol = divmod(number, len(ALPHABET))
            body += ALPHABET[symbol]
        reference = body + _check_symbol(body)
        if not re.fullmatch("[0-9]+E[0-9]+", reference):
            return reference


def read_reference(text: str) -> str | None:
    """The reference typed as `text`, or None where it cannot be one; case, spaces and dashes do not count."""
    reference = re.sub("[^0-9A-Z]", "", thai.arabic_digits(thai.tidy(text)).upper()).translate(_KIN)
    if len(reference) != LENGTH or not set(reference) <= set(ALPHABET):
        return None
    return reference if _weighted(reference) == 0 else None


def _weighted(symbols: str) -> int:
    return sum(weight * ALPHABET.index(symbol) for weight, symbol in enumerate(symbols, start=1)) % len(ALPHABET)


def _check_symbol(body: str) -> str:
    # The check symbol stands at weight 8: solve 8*c = -sum (mod 23).
    return ALPHABET[-_weighted(body) * pow(LENGTH, -1, len(ALPHABET)) % len(ALPHABET)]
