"""What products ask of their words: that all are there, in which language, and how a province is named."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, TypeVar

from site_builder import areas
from site_builder.content import Content
from site_builder.english import english_date
from site_builder.problems import Problem
from site_builder.records import Benefit, Measure, Province, Step

THAI, ENGLISH = "th", "en"  # what `language:` of a product's words may be
Told = TypeVar("Told", Measure, Benefit, Step)
Wanted = Mapping[str, tuple[str, ...]]  # by place, as in "back.scan": the words that must stand there


def missing(content: Content, name: str, wanted: Wanted, lists: Wanted | None = None) -> list[Problem]:
    """Return a problem for each word, or list of words, that a product lacks."""
    place = f"content/leaflets/{name}.yml"
    if name not in content.leaflets:
        return [Problem(place, "this file is missing")]
    words = content.leaflets[name]
    return [Problem(place, told) for told in (*_words(words, wanted), *_lists(words, lists or {}))]


def language(content: Content, name: str) -> str:
    """Return the language of a product's words."""
    return str(content.leaflets[name]["language"])


def told(records: Sequence[Told], tongue: str) -> tuple[Told, ...]:
    """Return records that say in a language what a template shows of them: for English, what stands below `en:`."""
    return tuple(_in_english(record) for record in records) if tongue == ENGLISH else tuple(records)


def province_name(province: Province | None, word: str, tongue: str = THAI) -> str:
    """Return a province as it stands on paper, "" for the country: `จังหวัดน่าน`, `Nan Province`.

    Bangkok is a special administrative area: its name is not said with "จังหวัด".
    """
    if province is None:
        return ""
    if tongue == ENGLISH:
        return province.name_en if province.code == areas.BANGKOK else f"{province.name_en} {word}"
    return f"{'' if province.code == areas.BANGKOK else word}{province.name_th}"


def version_line(content: Content, name: str) -> str:
    """Return the version and the day of a print, as each of its sides says it: `รุ่น 1 · 30 พ.ย. 2569`."""
    printed = content.print(name)
    if language(content, name) == ENGLISH:
        return f"{content.phrases['prints_version_en']} {printed.version} · {english_date(printed.day, 'short')}"
    return content.version_line(printed)


def _in_english(record: Told) -> Told:
    shown = {each.name for each in fields(record)}
    return replace(record, **{key: text for key, text in asdict(record.en).items() if key in shown})


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
