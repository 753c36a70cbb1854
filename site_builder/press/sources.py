"""Where the words of a leaflet come from, so that a fault of a panel leads an editor to a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from site_builder.content import Content
from site_builder.press import fonts
from site_builder.press.products import NAME, PLACE, Leaflet
from site_builder.problems import Problem

OFFICES = "content/data/offices.csv"
PANEL_FILES = {
    "benefits": "content/benefits/ (leaflet:)",
    "steps": "content/register/ (leaflet:)",
    "measures": "content/measures/ (leaflet:, card:)",
    "back, office": OFFICES,
}
_PANEL = re.compile(r"panel ([^:]+):")


def unprintable_characters(content: Content) -> list[Problem]:
    """Return a problem for each character on paper that the typeface cannot draw, with the file it stands in."""
    return [
        Problem(place, f"“{char}” (U+{ord(char):04X}) ไม่มีในตัวพิมพ์ {fonts.FAMILY} ใช้ตัวอื่นแทน")
        for place, text in _texts(content)
        for char in fonts.unprintable(text)
    ]


def gathered(found: Sequence[tuple[Leaflet, str]], told: Sequence[Problem], total: int) -> list[Problem]:
    """Return the faults of all leaflets as lines for an editor.

    A fault that all `total` leaflets share is one line; what `told` has said of a character is not said again.
    """
    said = {problem.message[1] for problem in told}
    by_fault: dict[str, list[Leaflet]] = {}
    for leaflet, fault in found:
        if not any(char in fault for char in said):
            by_fault.setdefault(fault, []).append(leaflet)
    lines = []
    for fault, leaflets in by_fault.items():
        if len(leaflets) == total > 1:
            lines.append(Problem(_file(fault), f"leaflets/{NAME}, all {total}: {fault}"))
        else:
            lines += [Problem(leaflet.place, f"{fault}{_hint(fault, leaflet)}") for leaflet in leaflets]
    return lines


def _texts(content: Content) -> Iterator[tuple[str, str]]:
    yield from _strings(content.leaflets.get(NAME, {}), f"{PLACE} #")
    yield from ((benefit.path, benefit.leaflet) for benefit in content.benefits)
    yield from ((step.path, step.leaflet) for step in content.steps)
    for measure in content.measures:
        yield measure.page.path, measure.leaflet + measure.card
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


def _file(fault: str) -> str:
    panel = match.group(1) if (match := _PANEL.match(fault)) else ""
    return PANEL_FILES.get(panel) or PANEL_FILES.get(panel.split(",")[0], PLACE)


def _hint(fault: str, leaflet: Leaflet) -> str:
    if leaflet.province and _PANEL.match(fault) and _file(fault) == OFFICES:
        return f" (see {OFFICES}, {leaflet.province.code})"
    return ""
