"""Where the words of a leaflet come from, so that a fault of a panel leads an editor to a file."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from site_builder.content import Content
from site_builder.press import fonts
from site_builder.press.sheet import Product, Sheet
from site_builder.problems import Problem

OFFICES = "content/data/offices.csv"
TOO_LONG = "ข้อความยาวเกินช่อง ตัดให้สั้นลง"
_PANEL = re.compile(r"panel ([^:]+):")
_SAID = re.compile(r"“(.)” \(U\+")


def unprintable_characters(content: Content) -> list[Problem]:
    """Return a problem for each text on paper with characters that the typeface cannot draw, with its file."""
    found = [(place, fonts.unprintable(text)) for place, text in _texts(content)]
    return [
        Problem(place, f"{' '.join(map(_named, chars))} ไม่มีในตัวพิมพ์ {fonts.FAMILY} ใช้ตัวอื่นแทน")
        for place, chars in found
        if chars
    ]


def _named(char: str) -> str:
    code = f"U+{ord(char):04X}"
    return code if unicodedata.combining(char) or unicodedata.category(char) == "Mn" else f"“{char}” ({code})"


def gathered(
    found: Sequence[tuple[Sheet, str]], told: Sequence[Problem], todo: Sequence[Sheet], products: Sequence[Product]
) -> list[Problem]:
    """Return the faults of all sheets as lines for an editor.

    A fault that all places of a product share is one line, and so is one of several editions for the same place; what
    `told` has said of a character is not said again.
    """
    said = {char for problem in told for char in _SAID.findall(problem.message)}
    by_fault: dict[tuple[str, str], dict[str, Sheet]] = {}
    for sheet, fault in found:
        if not any(char in fault for char in said):
            by_fault.setdefault((sheet.product, fault), {}).setdefault(sheet.code, sheet)
    totals = Counter(product for product, _ in {(sheet.product, sheet.code) for sheet in todo})
    named = {product.name: product for product in products}
    lines = []
    for (name, fault), sheets in by_fault.items():
        place = _file(fault, named[name])
        if len(sheets) == (total := totals[name]) > 1:
            lines.append(Problem(place, f"leaflets/{name}, all {total}: {fault}"))
        else:
            lines += [Problem(sheet.place, f"{fault}{_hint(place, sheet)}") for sheet in sheets.values()]
    return lines


def _texts(content: Content) -> Iterator[tuple[str, str]]:
    for name, leaflet in content.leaflets.items():
        yield from _strings(leaflet, f"content/leaflets/{name}.yml #")
    yield from ((benefit.path, benefit.leaflet + benefit.en.leaflet) for benefit in content.benefits)
    yield from ((step.path, step.leaflet + step.en.leaflet) for step in content.steps)
    for measure in content.measures:
        yield measure.page.path, measure.leaflet + measure.card + measure.en.leaflet + measure.en.card
    for form in content.forms.values():
        for field in form.fields:
            options = " ".join(option.label + option.note for option in getattr(field, "listed", ()))
            asked = f"{field.label} {field.short} {field.hint} {getattr(field, 'text', '')} {options}"
            yield f"content/forms/{form.id}.yml {field.name}", asked
    for chapter in content.handbook:
        yield chapter.path, chapter.title + chapter.lead + chapter.source_note
        for words in chapter.words:
            yield from ((f"{words.path}:{at}", line) for at, line in enumerate(words.body.split("\n"), words.line))
    for province in content.provinces:
        office = province.office
        yield (
            f"{OFFICES} ({province.code})",
            office.name + office.address + office.phone + office.email + office.website,
        )


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place.rstrip("."), value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _strings(item, f"{place}{key}.")
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _strings(item, place)


def _file(fault: str, product: Product) -> str:
    panel = match.group(1) if (match := _PANEL.match(fault)) else ""
    return product.files.get(panel) or product.files.get(panel.split(",")[0], product.path)


def _hint(place: str, sheet: Sheet) -> str:
    return f" (see {OFFICES}, {sheet.province.code}) {TOO_LONG}" if sheet.province and place == OFFICES else ""
