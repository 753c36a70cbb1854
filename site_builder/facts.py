"""The facts of the circular: each figure, date and name once, with its place in the source.

`content/data/facts.yml` is the only place that holds them; words refer to them by id (see references.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from site_builder import english, thai

Value = bool | int | float | str
STATUSES = ("stated", "corrected", "disputed", "derived")

# Units whose whole numbers are years, sections or labels, not quantities: never grouped with commas.
_LABEL_UNITS = frozenset({"BE_year", "BE_fiscal_year", "section", "order", "ref"})


@dataclass(frozen=True)
class Fact:
    """One fact: `lines` count in the scanned circular; `status` is one of STATUSES.

    `publish` is false where the reading is not certain enough for the page of sources.
    """

    id: str
    value: Value
    unit: str
    text_th: str
    text_en: str
    section: str
    section_title: str
    lines: tuple[int, ...]
    evidence: str
    status: str
    note: str
    nouns: tuple[str, ...] = ()
    publish: bool = True

    @property
    def anchor(self) -> str:
        """Return the id of this fact on the page of sources."""
        return self.id.replace(".", "-").replace("_", "-")


class Facts(Mapping[str, Fact]):
    """All facts by id."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self._facts = dict(facts)

    def __getitem__(self, fact_id: str) -> Fact:
        return self._facts[fact_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def show(self, fact_id: str, style: str = "") -> str:
        """Return a fact's value for a Thai reader.

        `style`: for dates `short`, `weekday`, `month`, `year`; for any fact `text` (its plain Thai sentence),
        `exact` (a round figure with all its digits) and `en` (for a reader of English). Raises KeyError for an
        unknown fact and ValueError where the fact has no value to show or the style does not fit it.
        """
        return show(self[fact_id], style)


def show(fact: Fact, style: str = "") -> str:
    """Return `fact` for a Thai reader; see `Facts.show`."""
    if style == "text":
        return fact.text_th
    if isinstance(fact.value, bool):
        raise ValueError("ไม่มีค่าให้แสดง ใช้ |text")
    if style == "en":
        return _show_english(fact)
    if fact.unit in ("date", "deadline"):
        return thai.thai_date(date.fromisoformat(str(fact.value)), style or "long")
    if fact.unit == "month":
        return thai.thai_date(date.fromisoformat(f"{fact.value}-01"), "month")
    if style and style != "exact":
        raise ValueError(f"รูปแบบ {style} ใช้กับข้อมูลนี้ไม่ได้")
    return _show_plain(fact, style)


def _show_english(fact: Fact) -> str:
    if fact.unit in ("date", "deadline"):
        return english.english_date(date.fromisoformat(str(fact.value)))
    if fact.unit == "month":
        return english.english_date(date.fromisoformat(f"{fact.value}-01"), "month")
    if fact.unit in ("BE_year", "BE_fiscal_year"):
        return english.english_year(int(fact.value))
    if isinstance(fact.value, str) or fact.unit in _LABEL_UNITS:
        return _show_plain(fact, "")
    return english.english_number(fact.value)


def _show_plain(fact: Fact, style: str) -> str:
    if fact.unit == "phone":
        return thai.show_phone(str(fact.value))
    if fact.unit == "time":
        return str(fact.value).replace(":", ".")
    if isinstance(fact.value, str) or fact.unit in _LABEL_UNITS:
        return str(fact.value)
    return f"{fact.value:,}" if style == "exact" or isinstance(fact.value, float) else thai.number(fact.value)
