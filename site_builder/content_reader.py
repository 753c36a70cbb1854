"""What every reader of content needs: the root, the facts, settings and phrases, and the list of problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from site_builder import thai
from site_builder.facts import STATUSES, Fact, Facts, show
from site_builder.problems import Problem
from site_builder.reading import freeze, map_strings, read_yaml
from site_builder.records import Setting
from site_builder.references import NumberCheck, Resolver

# Keys whose text is a name for machines, not words for readers: no reference, no check of figures.
_MACHINE_KEYS = frozenset(
    {"icon", "fact", "facts", "sources", "keywords", "href", "id", "layout", "head", "next", "result", "type",
     "choices", "code", "pattern", "svg", "macro", "rule", "rules"}
)  # fmt: skip
FORM_KEYS = frozenset({"name"})  # and in forms: what a field is called in addresses, columns and rules
_DATED = ("law_status", "app_name", "app_store_url", "google_play_url")  # settings that readers see with their day
_NO_DATA = "ยังไม่มีข้อมูลที่ตรวจแล้ว"


@dataclass(frozen=True)
class Reader:
    """Reads one content tree; `problems` grows as files are read."""

    root: Path
    facts: Facts
    settings: Mapping[str, Setting]
    phrases: Mapping[str, str]
    numbers: NumberCheck
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def open(cls, root: Path) -> "Reader":
        """Return a reader for the tree at `root`, with facts, settings and phrases read and checked."""
        problems: list[Problem] = []
        facts = _read_facts(root, problems)
        settings = _read_settings(root, problems)
        raw = read_yaml(root / "data/phrases.yml", "content/data/phrases.yml", problems.append)
        phrases = {str(key): str(text) for key, text in raw.items()} if isinstance(raw, dict) else {}
        reader = cls(root, facts, settings, phrases, NumberCheck(facts), problems)
        for key, text in phrases.items():
            problems.extend(reader.numbers.problems(text, f"content/data/phrases.yml #{key}"))
        for key, setting in settings.items():
            problems.extend(reader.numbers.problems(setting.empty, f"content/data/settings.yml #{key}.empty"))
        return reader

    def report(self, problem: Problem) -> None:
        """Keep a problem for the end."""
        self.problems.append(problem)

    def place(self, path: Path) -> str:
        """Return how a problem names a file of this tree: `content/…`, whatever the tree is called."""
        return f"content/{path.relative_to(self.root).as_posix()}"

    @property
    def resolver(self) -> Resolver:
        """Return the resolver over this tree's data."""
        shown = {key: _shown(setting) for key, setting in self.settings.items()}
        return Resolver(self.facts, shown, self.phrases, self.report)

    def plain_phrase(self, key: str) -> str:
        """Return a phrase resolved."""
        return self.resolver.plain(self.phrases[key], f"content/data/phrases.yml #{key}")

    def words(self, value: object, place: str, *, claims: bool = True, machine: frozenset[str] = frozenset()) -> object:
        """Return `value` (from YAML) frozen, each string for readers resolved, figures typed by hand reported.

        `machine`: keys of names for machines beside those of every file.
        """
        resolver = self.resolver

        def change(text: str, where: str) -> str:
            key = where.rsplit(".", 1)[-1].rsplit("#", 1)[-1].split("[")[0]
            if key in _MACHINE_KEYS or key in machine:
                return text
            self.problems.extend(self.numbers.problems(text, where, claims=claims))
            return resolver.plain(text, where)

        return freeze(map_strings(value, change, place))

    def mapping(
        self, value: object, place: str, *, claims: bool = True, machine: frozenset[str] = frozenset()
    ) -> Mapping[str, object]:
        """Return a YAML mapping as `words` does; anything else is an empty one."""
        words = self.words(value, place, claims=claims, machine=machine)
        return words if isinstance(words, Mapping) else MappingProxyType({})

    def body(self, text: str, place: str, line: int, names: Mapping[str, str] = MappingProxyType({})) -> str:
        """Return a Markdown body resolved, source marks kept, figures typed by hand reported.

        `names`: what this body may refer to beside facts, settings and phrases.
        """
        self.problems.extend(self.numbers.problems(text, place, line))
        return replace(self.resolver, names=names).marked(text, place, line)


def _shown(setting: Setting) -> str:
    try:
        return thai.thai_date(date.fromisoformat(setting.value))
    except ValueError:
        return setting.shown


def _read_facts(root: Path, problems: list[Problem]) -> Facts:
    place = "content/data/facts.yml"
    raw = read_yaml(root / "data/facts.yml", place, problems.append)
    if not isinstance(raw, dict) or not isinstance(raw.get("facts"), list):
        if raw is not None:
            problems.append(Problem(place, "ต้องมีรายการ facts:"))
        return Facts({})
    titles = (raw.get("meta") or {}).get("source_sections") or {}
    facts: dict[str, Fact] = {}
    for number, row in enumerate(raw["facts"], 1):
        if not isinstance(row, dict):
            problems.append(Problem(f"{place} #{number}", "ต้องเป็นรายการของ ชื่อ: ค่า"))
            continue
        where = f"{place} #{row.get('id', number)}"
        missing = [key for key in ("id", "value", "unit", "text_th", "source_section", "status") if key not in row]
        if missing:
            problems.append(Problem(where, f"ขาด {', '.join(missing)}"))
        elif str(row["id"]) in facts:
            problems.append(Problem(where, "รหัสนี้มีสองครั้ง"))
        else:
            fact = _checked(_fact(row, titles), where, problems)
            facts[fact.id] = fact
    return Facts(facts)


def _checked(fact: Fact, where: str, problems: list[Problem]) -> Fact:
    """Return `fact`, its unit taken away where the value does not fit it, so that one slip is told once."""
    if fact.status not in STATUSES:
        problems.append(Problem(where, f"ไม่รู้จัก status {fact.status} ที่มีคือ {', '.join(STATUSES)}"))
    try:
        if not isinstance(fact.value, bool):
            show(fact)
    except ValueError:
        problems.append(Problem(where, f"ค่า {fact.value} ใช้กับ unit {fact.unit} ไม่ได้ วันที่เขียนแบบ 2026-12-31"))
        return replace(fact, unit="")
    return fact


def _fact(row: Mapping[str, object], titles: Mapping[str, str]) -> Fact:
    value, section = row["value"], str(row["source_section"])
    lines, nouns = row.get("source_lines") or (), row.get("nouns") or ()
    return Fact(
        id=str(row["id"]),
        value=value if isinstance(value, bool | int | float) else str(value),
        unit=str(row["unit"]),
        text_th=str(row["text_th"]),
        text_en=str(row.get("text_en") or ""),
        section=section,
        section_title=titles.get(section, section),
        lines=tuple(lines) if isinstance(lines, list) else (),
        evidence=str(row.get("evidence") or ""),
        status=str(row["status"]),
        note=str(row.get("note") or ""),
        nouns=tuple(str(noun) for noun in nouns) if isinstance(nouns, list) else (),
        publish=row.get("publish") is not False,
    )


def _read_settings(root: Path, problems: list[Problem]) -> dict[str, Setting]:
    place = "content/data/settings.yml"
    raw = read_yaml(root / "data/settings.yml", place, problems.append)
    settings: dict[str, Setting] = {}
    for key, row in (raw if isinstance(raw, dict) else {}).items():
        if not isinstance(row, dict) or "value" not in row:
            problems.append(Problem(f"{place} #{key}", "ต้องมี value: (ว่างได้) และ as_of:"))
            continue
        value, as_of = str(row["value"] or "").strip(), str(row.get("as_of") or "")
        settings[str(key)] = Setting(value, as_of, str(row.get("note") or ""), str(row.get("empty") or _NO_DATA))
    for key in ("site_url", "law_status_date", "hotline_hours", *_DATED):
        if key not in settings:
            problems.append(Problem(place, f"ขาดค่า {key}"))
            settings[key] = Setting("", "", "", _NO_DATA)
    _check_addresses(settings, place, problems)
    undated = [key for key in _DATED if settings[key].value and not is_date(settings[key].as_of)]
    problems += [Problem(f"{place} #{key}", "ใส่วันที่ตรวจ (as_of) แบบ 2026-12-31 เมื่อมีค่า") for key in undated]
    return settings


def _check_addresses(settings: Mapping[str, Setting], place: str, problems: list[Problem]) -> None:
    for key, setting in settings.items():
        if key.endswith("_url") and setting.value and not setting.value.startswith("https://"):
            problems.append(Problem(f"{place} #{key}", "ที่อยู่เว็บต้องขึ้นต้นด้วย https://"))
        if key.endswith("_date") and setting.value and not is_date(setting.value):
            problems.append(Problem(f"{place} #{key}", "เขียนวันที่แบบ 2026-12-31 (ปี ค.ศ.-เดือน-วัน)"))


def is_date(text: str) -> bool:
    """Tell whether `text` is a day as 2026-12-31."""
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
