"""The word lists of the voice check, read from the mapping that content/data/voice.yml holds.

Lexicon  every list and limit
Banned   a word we do not use, what to say instead, and where it may stay
Keep     one place where a banned word may stay, with the reason
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch

from site_builder.problems import Problem

PLACE = "content/data/voice.yml"
KEEP_KINDS = ("phrase", "beside", "page", "page_says")
LIMITS = ("phrase", "paragraph", "section", "page", "heading", "button_letters", "action_words", "english_sentence")
LEAFLET_LETTERS = ("cover_title", "cover_line", "benefit", "step", "poster")


class LexiconError(Exception):
    """voice.yml cannot be used; `problems` says where."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True)
class Keep:
    """Where a banned word may stay: inside a phrase, beside a word, in a file, or on a page that explains it."""

    kind: str
    text: str
    why: str


@dataclass(frozen=True)
class Banned:
    """A word of an office or an advertiser, by rule 2 or 9; `whole`: it counts only as a word of its own."""

    pattern: re.Pattern[str]
    whole: bool
    say: str
    keeps: tuple[Keep, ...]
    rule: int

    def kept(self, kind: str) -> list[str]:
        """Texts of the keep entries of one kind."""
        return [keep.text for keep in self.keeps if keep.kind == kind]


@dataclass(frozen=True)
class Abbreviation:
    """An abbreviation that may be used; `explain` are words of which one must stand with its first use."""

    short: str
    explain: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """All lists of voice.yml."""

    limits: Mapping[str, int]
    leaflet_letters: Mapping[str, int]
    banned: tuple[Banned, ...]
    english_banned: tuple[Banned, ...]
    abbreviations: Mapping[str, Abbreviation]
    long_pages: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]]
    waits_mark: str

    def words(self, name: str) -> tuple[str, ...]:
        """One of the plain word lists, empty where voice.yml leaves it out."""
        return self.lists.get(name, ())

    def is_long(self, path: str) -> bool:
        """Whether a page is one of those whose length is not measured."""
        return matches(path, self.long_pages)


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether `path` (with `content/`) is one of the files named below content/."""
    return any(fnmatch(path.removeprefix("content/"), glob) for glob in globs)


def read_lexicon(raw: Mapping[str, object]) -> Lexicon:
    """Turn the mapping into lists; raises LexiconError naming every entry that cannot be read."""
    problems: list[Problem] = []
    banned = [entry for row, place in _placed(raw, "banned") for entry in _banned(row, place, problems)]
    rows = _placed(raw, "english_banned")
    english = [entry for row, place in rows for entry in _banned(_whole_words(row), place, problems)]
    shorts = [
        Abbreviation(str(row.get("short", "")), _strings(row.get("explain"))) for row in _rows(raw, "abbreviations")
    ]
    lexicon = Lexicon(
        limits=_numbers(raw, "limits", LIMITS, problems),
        leaflet_letters=_numbers(raw, "leaflet_letters", LEAFLET_LETTERS, problems),
        banned=tuple(banned),
        english_banned=tuple(english),
        abbreviations={entry.short: entry for entry in shorts},
        long_pages=tuple(_with_reason(row, "page", problems) for row in _rows(raw, "long_pages")),
        lists={key: _strings(value) for key, value in raw.items() if _strings(value)},
        waits_mark=str(raw.get("waits_mark", "")),
    )
    if problems:
        raise LexiconError(problems)
    return lexicon


def _banned(row: Mapping[str, object], place: str, problems: list[Problem]) -> list[Banned]:
    words, say, match = _strings(row.get("words")), str(row.get("say", "")), row.get("match", "text")
    if not words or not say or match not in ("text", "word", "pattern"):
        problems.append(Problem(place, "ต้องมี words และ say (match เป็น text, word หรือ pattern)"))
        return []
    keeps = tuple(_keep(keep, place, problems) for keep in _rows(row, "keep"))
    rule = 9 if row.get("rule") == 9 else 2
    try:
        patterns = [re.compile(word if match == "pattern" else re.escape(word)) for word in words]
        return [Banned(pattern, match == "word", say, keeps, rule) for pattern in patterns]
    except re.error as error:
        problems.append(Problem(place, f"นิพจน์ปรกติใช้ไม่ได้: {error}"))
        return []


def _whole_words(row: Mapping[str, object]) -> Mapping[str, object]:
    """Return a row of English words as one of patterns, which find whole words however they begin a sentence."""
    return {**row, "match": "pattern", "words": [rf"(?i)\b{re.escape(word)}\b" for word in _strings(row.get("words"))]}


def _keep(row: Mapping[str, object], place: str, problems: list[Problem]) -> Keep:
    kinds = [kind for kind in KEEP_KINDS if row.get(kind)]
    if len(kinds) != 1 or not row.get("why"):
        problems.append(Problem(place, "keep แต่ละข้อต้องมี phrase, beside, page หรือ page_says หนึ่งอย่าง และ why"))
        return Keep("", "", "")
    return Keep(kinds[0], str(row[kinds[0]]), str(row["why"]))


def _with_reason(row: Mapping[str, object], key: str, problems: list[Problem]) -> str:
    if not row.get(key) or not row.get("why"):
        problems.append(Problem(f"{PLACE} #long_pages", f"ต้องมี {key} และ why"))
    return str(row.get(key, ""))


def _rows(raw: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    value = raw.get(key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def _placed(raw: Mapping[str, object], key: str) -> list[tuple[Mapping[str, object], str]]:
    return [(row, f"{PLACE} #{key}[{number}]") for number, row in enumerate(_rows(raw, key), 1)]


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or any(isinstance(item, Mapping) for item in value):
        return ()
    return tuple(str(item) for item in value)


def _numbers(raw: Mapping[str, object], key: str, names: tuple[str, ...], problems: list[Problem]) -> Mapping[str, int]:
    value = raw.get(key)
    given = dict(value) if isinstance(value, Mapping) else {}
    if missing := [name for name in names if not isinstance(given.get(name), int)]:
        problems.append(Problem(f"{PLACE} #{key}", f"ต้องเป็นจำนวนเต็ม: {', '.join(missing)}"))
    return {name: int(given[name]) for name in names if name not in missing}
