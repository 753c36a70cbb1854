"""The index of the site's own search: what `assets/js/search.js` reads when the search box gets the focus.

Thai has no spaces between words, so nothing is cut here: the script looks for pieces of text and, for
misspellings, for overlapping groups of three letters.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from site_builder import thai


@dataclass(frozen=True)
class Entry:
    """What can be found: a page or a part of one. `weight` tells pages of their own (1) from parts (below 1)."""

    url: str
    title: str
    summary: str
    keywords: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    text: str = ""
    weight: float = 1


def index(entries: Iterable[Entry]) -> str:
    """Return the index as JSON: u url, t title, s summary, k keywords, h headings, b text, w weight."""
    rows = [
        {
            "u": entry.url,
            "t": plain(entry.title),
            "s": plain(entry.summary),
            "k": plain(" ".join(entry.keywords)),
            "h": plain(" ".join(entry.headings)),
            "b": plain(entry.text),
            "w": entry.weight,
        }
        for entry in entries
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def plain(text: str) -> str:
    """Return `text` in one spelling, single spaces, for reading and for searching."""
    return re.sub(r"\s+", " ", thai.normalise(text)).strip()
