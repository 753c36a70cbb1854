"""Words and phrases of Thai text, as the plain-language check counts them.

A phrase (ช่วง) is what stands between two pauses: a space, a line end, a dot between words, a bracket.
Words are cut with pythainlp's newmm plus the project's own terms; the dictionary is loaded on first use, since
only the check needs it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from site_builder.voice.lexicon import Lexicon

PAUSE = re.compile(r"(?:[\s·•()\[\]“”‘’\"':;|/→←—–…?!]|,(?!\d))+")
WORD = re.compile(r"[0-9A-Za-z\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59]")
JOINED = "\ue000"  # stands for a space inside a term, so that the term is not cut there
QUOTED = re.compile(r"“[^“”]*”")


@dataclass(frozen=True)
class Phrase:
    """Text between two pauses, its start in the passage, and its words."""

    text: str
    start: int
    words: tuple[str, ...]


@lru_cache(maxsize=4)
def _cutter(terms: frozenset[str]) -> Any:
    from pythainlp.corpus.common import thai_words
    from pythainlp.tokenize import Tokenizer

    return Tokenizer(set(thai_words()) | terms, engine="newmm", keep_whitespace=True)


@lru_cache(maxsize=65536)
def _cut(text: str, terms: frozenset[str]) -> tuple[str, ...]:
    return tuple(_cutter(terms).word_tokenize(text))


class Cutter:
    """Cuts text with the project's terms among the dictionary's words."""

    def __init__(self, terms: frozenset[str]) -> None:
        self.terms = terms
        spaced = sorted((term for term in terms if " " in term), key=len, reverse=True)
        self._spaced = re.compile("|".join(map(re.escape, spaced))) if spaced else None

    def tokens(self, text: str) -> Iterator[tuple[int, str]]:
        """Every token with its offset, white space included."""
        start = 0
        for token in _cut(text, self.terms) if text else ():
            yield start, token
            start += len(token)

    def phrases(self, text: str) -> Iterator[Phrase]:
        """The phrases of `text` that hold at least one word."""
        joined = self._spaced.sub(lambda term: term[0].replace(" ", JOINED), text) if self._spaced else text
        start = 0
        for pause in [*PAUSE.finditer(joined), None]:
            end = pause.start() if pause else len(joined)
            part = joined[start:end].replace(JOINED, " ")
            words = tuple(token for _, token in self.tokens(part) if WORD.search(token))
            if words:
                yield Phrase(part, start, words)
            start = pause.end() if pause else end

    def count(self, text: str) -> int:
        """Number of words in `text`."""
        return sum(len(phrase.words) for phrase in self.phrases(text))


@dataclass(frozen=True)
class Voice:
    """What the rules need: the lists, the cutter, official names and the sentences used in several places."""

    lexicon: Lexicon
    cutter: Cutter
    names: re.Pattern[str]
    shared: re.Pattern[str]

    def without_names(self, text: str) -> str:
        """`text` with official names blanked, each offset kept."""
        return _blank(self.names, text)

    def own_words(self, text: str) -> str:
        """`text` with official names and quotations blanked: the words that are ours."""
        return _blank(QUOTED, self.without_names(text))


def any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds each of `texts`, the longest first, and nothing where there are none."""
    longest = sorted({text for text in texts if text.strip()}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest)) if longest else r"(?!)")


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: " " * len(found[0]), text)
