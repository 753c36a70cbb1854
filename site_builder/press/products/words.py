"""What products ask of their words: that all are there, and how a province is named."""

from collections.abc import Iterator, Mapping
from typing import Any

from site_builder import areas
from site_builder.content import Content
from site_builder.problems import Problem
from site_builder.records import Province

Wanted = Mapping[str, tuple[str, ...]]  # by place, as in "back.scan": the words that must stand there


def missing(content: Content, name: str, wanted: Wanted, lists: Wanted | None = None) -> list[Problem]:
    """Return a problem for each word, or list of words, that a product lacks."""
    place = f"content/leaflets/{name}.yml"
    if name not in content.leaflets:
        return [Problem(place, "this file is missing")]
    words = content.leaflets[name]
    return [Problem(place, told) for told in (*_words(words, wanted), *_lists(words, lists or {}))]


def province_name(province: Province | None, before: str) -> str:
    """Return a province as it stands on paper, "" for the country.

    Bangkok is a special administrative area: its name is not said with "จังหวัด".
    """
    if province is None:
        return ""
    return f"{'' if province.code == areas.BANGKOK else before}{province.name_th}"


def version_line(content: Content, name: str) -> str:
    """Return the version and the day of a print, as each of its sides says it: `รุ่น 1 · 30 พ.ย. 2569`."""
    return content.version_line(content.print(name))


def _words(words: Mapping[str, Any], wanted: Wanted) -> Iterator[str]:
    for place, keys in wanted.items():
        part = _part(words, place)
        if not isinstance(part, Mapping):
            yield f"{place} is missing"
            continue
        for key in keys:
            if not isinstance(part.get(key), str) or not part[key].strip():
                yield f"{place}.{key} is missing".removeprefix(".")


def _lists(words: Mapping[str, Any], wanted: Wanted) -> Iterator[str]:
    for place, keys in wanted.items():
        items = _part(words, place)
        if not items or any(not item or any(key not in item for key in keys) for item in items):
            yield f"{place} needs a list of {', '.join(keys) or 'words'}"


def _part(words: Any, place: str) -> Any:
    for key in place.split(".") if place else ():
        words = words.get(key, {}) if isinstance(words, Mapping) else {}
    return words
