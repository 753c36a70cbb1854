"""Provinces, districts and sub-districts of Thailand, by DOPA code, from geothai (data CC-BY-4.0).

Codes are strings of 2, 4 and 6 digits; a place's code starts with its parent's. Lists are in Thai order.
"""

from collections.abc import Iterable, Mapping
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
    return _in_order(geothai.provinces())


def districts(province: str) -> tuple[Area, ...]:
    """Return the districts of a province; none where the code is unknown."""
    return _districts(province) if is_province(province) else ()


def subdistricts(district: str) -> tuple[Area, ...]:
    """Return the sub-districts of a district; none where the code is unknown."""
    return _subdistricts(district) if lies_within(district, district[:2]) else ()


def name(code: str) -> str | None:
    """Return the Thai name of a province, district or sub-district, or None where there is no such code."""
    return _names().get(code)


def is_province(code: str) -> bool:
    """Tell whether `code` is that of a province."""
    return len(code) == 2 and code in _names()


def lies_within(code: str, parent: str) -> bool:
    """Tell whether `code` is a district of the province, or a sub-district of the district, that `parent` is."""
    return bool(parent) and len(code) == len(parent) + 2 and code.startswith(parent) and code in _names()


@cache
def _names() -> Mapping[str, str]:
    """Return every code with its name: strangers type codes too, and what they ask for must not be remembered."""
    districts = [place for province in geothai.provinces() for place in geothai.districts(province.code)]
    subdistricts = [place for district in districts for place in geothai.subdistricts(district.code)]
    return {place.code: _short(place.name_th) for place in (*geothai.provinces(), *districts, *subdistricts)}


@cache
def _districts(province: str) -> tuple[Area, ...]:
    return _in_order(geothai.districts(province))


@cache
def _subdistricts(district: str) -> tuple[Area, ...]:
    return _in_order(geothai.subdistricts(district))


def _in_order(places: Iterable[geothai.Province | geothai.District | geothai.Subdistrict]) -> tuple[Area, ...]:
    named = (Area(place.code, _short(place.name_th)) for place in places)
    return tuple(sorted(named, key=lambda area: thai.sort_key(area.name)))


def _short(name: str) -> str:
    return name.removeprefix("เขต")
