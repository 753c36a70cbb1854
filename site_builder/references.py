"""References from words to data: `[[fact.id]]`, `[[settings.x]]`, `[[phrase.x]]` and source marks `[[src: ids]]`.

A figure is typed once, in the data; a figure typed by hand is a problem, so that one edit changes every output.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from site_builder.facts import Facts
from site_builder.problems import Problem

_REFERENCE = re.compile(r"\[\[\s*([^\]|]*?)\s*(?:\|\s*([^\]]*?)\s*)?\]\]")
_SOURCE = re.compile(r"[ \t]*\[\[\s*src:\s*([^\]]*?)\s*\]\]")
# Where a kind of reference is kept; facts in data/facts.yml.
_FILES = {"settings": "data/settings.yml", "phrase": "data/phrases.yml", "field": "forms/", "chapter": "handbook/"}
# What holds digits without being a claim: link targets, attributes, tags, code, addresses, list markers.
_NOT_PROSE = re.compile(
    r"\[\[.*?\]\]|\]\([^)]*\)|\{[^}]*\}|<[^>]*>|`[^`]*`|https?://\S+|/[\w/?=#.-]+|^[ \t]*\d+[.)] ", re.MULTILINE
)
_NUMBER = re.compile(r"(?<![\w.])[0-9๐-๙](?:[0-9๐-๙]|[,.:/](?=[0-9๐-๙]))*")


def source_ids(text: str) -> list[tuple[str, ...]]:
    """Return the fact ids of each source mark in `text`, in order."""
    return [tuple(match.group(1).replace(",", " ").split()) for match in _SOURCE.finditer(text)]


def replace_sources(text: str, render: Callable[[tuple[str, ...]], str]) -> str:
    """Return `text` with each source mark (and the space before it) replaced by `render(fact ids)`."""
    return _SOURCE.sub(lambda match: render(tuple(match.group(1).replace(",", " ").split())), text)


@dataclass(frozen=True)
class Resolver:
    """Turns references into words; `report` takes the problems, and a dash stands where a reference is unknown."""

    facts: Facts
    settings: Mapping[str, str]
    phrases: Mapping[str, str]
    report: Callable[[Problem], None]
    within: tuple[str, ...] = ()  # the phrases that led here
    names: Mapping[str, str] = field(default_factory=dict)  # what only some words may refer to, as `chapter.door`

    def plain(self, text: str, place: str) -> str:
        """Return `text` resolved, without source marks: for titles, labels and paper."""
        return replace_sources(self.marked(text, place), lambda ids: "")

    def marked(self, text: str, place: str, line: int = 0) -> str:
        """Return `text` resolved, its source marks kept. `line`: where the text starts in the file, 0 if unknown."""
        for ids in source_ids(text):
            self._check_sources(ids, place if not line else f"{place}:{line}")
        return _REFERENCE.sub(lambda match: self._one(match, text, place, line), text)

    def _one(self, match: re.Match[str], text: str, place: str, line: int) -> str:
        name, style = match.group(1), match.group(2) or ""
        if name.startswith("src:"):
            return match.group(0)
        where = f"{place}:{line + text.count(chr(10), 0, match.start())}" if line else place
        try:
            return self._value(name, style, where)
        except KeyError:
            file = _FILES.get(name.partition(".")[0], "data/facts.yml")
            self.report(Problem(where, f"ไม่รู้จัก [[{name}]] ดูรหัสใน content/{file}"))
        except ValueError as error:
            self.report(Problem(where, f"[[{match.group(0).strip('[]')}]] {error}"))
        return "–"

    def _value(self, name: str, style: str, where: str) -> str:
        kind, _, rest = name.partition(".")
        if kind == "settings":
            return self.settings[rest]
        if kind == "phrase":
            if rest in self.within:
                raise ValueError("อ้างถึงตัวเอง")
            return replace(self, within=(*self.within, rest)).marked(self.phrases[rest], where)
        if name in self.names:
            return self.names[name]
        if self.facts[name].status == "disputed":
            raise ValueError("เอกสารขัดกันเอง ห้ามเผยแพร่")
        return self.facts.show(name, style)

    def _check_sources(self, ids: tuple[str, ...], where: str) -> None:
        if not ids:
            self.report(Problem(where, "[[src: ]] ต้องมีรหัสที่มาอย่างน้อย 1 รหัส"))
        for fact_id in ids:
            if fact_id not in self.facts:
                self.report(Problem(where, f"ไม่รู้จักที่มา {fact_id} ดูรหัสใน content/data/facts.yml"))


class NumberCheck:
    """Finds figures typed by hand."""

    def __init__(self, facts: Facts) -> None:
        self._ids: dict[str, list[str]] = {}
        self._counted: dict[tuple[str, str], list[str]] = {}
        for fact in facts.values():
            if isinstance(fact.value, bool) or fact.unit == "order" or fact.status == "disputed":
                continue
            shown = facts.show(fact.id)
            for number in _NUMBER.findall(shown):
                if _digits(number) > 1:
                    self._ids.setdefault(number.replace(",", ""), []).append(fact.id)
            for noun in fact.nouns:
                self._counted.setdefault((shown, noun), []).append(fact.id)
        nouns = sorted({noun for _, noun in self._counted}, key=len, reverse=True)
        self._count_pattern = re.compile(rf"(?<![\w.])([0-9]+) ?({'|'.join(map(re.escape, nouns))})") if nouns else None

    def problems(self, text: str, place: str, line: int = 0, *, claims: bool = True) -> Iterator[Problem]:
        """Yield a problem for each figure in `text` that should be a reference.

        `claims`: prose, where each number of two or more digits needs a fact; labels of forms are only
        checked for figures of three or more digits that a fact holds.
        """
        prose = _NOT_PROSE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
        for match in _NUMBER.finditer(prose):
            plain = match.group().replace(",", "")
            held_by = self._ids.get(plain)
            if _digits(plain) < (2 if claims else 3) or (held_by is None and not claims):
                continue
            where = _where(place, line, text, match.start())
            advice = f"ให้เขียน {_or(held_by)}" if held_by else "ไม่มีในข้อมูลที่ตรวจแล้ว เพิ่มใน facts.yml พร้อมที่มา หรือตัดออก"
            yield Problem(where, f"พิมพ์เลข {match.group()} เอง {advice}")
        if claims and self._count_pattern:
            for match in self._count_pattern.finditer(prose):
                if held_by := self._counted.get((match.group(1), match.group(2))):
                    where = _where(place, line, text, match.start())
                    yield Problem(where, f"พิมพ์ “{match.group()}” เอง ให้เขียน {_or(held_by)} {match.group(2)}")


def _or(fact_ids: list[str]) -> str:
    return " หรือ ".join(f"[[{fact_id}]]" for fact_id in fact_ids[:3])


def _digits(number: str) -> int:
    return sum(char.isdigit() for char in number)


def _where(place: str, line: int, text: str, position: int) -> str:
    return f"{place}:{line + text.count(chr(10), 0, position)}" if line else place
