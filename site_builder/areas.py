"""Provinces, districts and sub-districts of Thailand, by DOPA code, from geothai (data CC-BY-4.0).

Codes are strings of 2, 4 and 6 digits; a place's code starts with its parent's. Lists are in Thai order.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import geothai

from site_builder import thai

BANGKOK = "10"


@dataclass(frozen=True)
class Area:
    """A place: its code and its Thai name without อำเภอ/เขต or ตำบล/แขวง."""

    code: str
    name: str


@dataclass(frozen=True)
class AreaWords:
    """What the two lower levels are called in a province."""

    district: str
    subdistrict: str


def words(province: str) -> AreaWords:
    """Return เขต and แขวง for Bangkok, อำเภอ and ตำบล elsewhere."""
    return AreaWords("เขต", "แขวง") if province == BANGKOK else AreaWords("อำเภอ", "ตำบล")


@cache
def provinces() -> tuple[Area, ...]:
    """Return the 77 provinces."""
    return _in_order(Area(p.code, p.name_th) for p in geothai.provinces())


@cache
def districts(province: str) -> tuple[Area, ...]:
    """Return the districts of a province; none where the code is unknown."""
    return _children(geothai.districts, province)


@cache
def subdistricts(district: str) -> tuple[Area, ...]:
    """Return the sub-districts of a district; none where the code is unknown."""
    return _children(geothai.subdistricts, district)


def name(code: str) -> str | None:
    """Return the Thai name of a province, district or sub-district, or None where there is no such code."""
    siblings: tuple[Area, ...] = ()
    if len(code) == 2:
        siblings = provinces()
    elif len(code) == 4:
        siblings = districts(code[:2])
    elif len(code) == 6:
        siblings = subdistricts(code[:4])
    return next((area.name for area in siblings if area.code == code), None)


def _children(read: Callable[[str], Sequence[geothai.District | geothai.Subdistrict]], parent: str) -> tuple[Area, ...]:
    return _in_order(Area(place.code, place.name_th.removeprefix("เขต")) for place in read(parent))


def _in_order(places: Iterable[Area]) -> tuple[Area, ...]:
    return tuple(sorted(places, key=lambda area: thai.sort_key(area.name)))
