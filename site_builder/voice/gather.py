"""Every word that readers meet, out of the loaded content: pages, records, questions, forms, leaflets, phrases."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

from site_builder.content import Content
from site_builder.records import Benefit, Chapter, English, Page, Question, Step
from site_builder.voice.rules import THAI
from site_builder.voice.text import Document, Kind, Passage, markdown_passages, passage

RECORD_KEYS = frozenset({"fact", "short", "card", "leaflet", "number", "en"})  # of a measure; read from its record
UNREAD_KEYS = frozenset(
    {"id", "icon", "fact", "facts", "sources", "href", "name_en", "keywords", "note_for_editors", "legal_basis",
     "purpose", "retention", "version", "rules", "autocomplete", "code", "why",
     "app_name"}
)  # fmt: skip
KINDS: Mapping[str, Kind] = {"button": "button", "title": "heading", "question": "heading", "short": "heading"}


def documents(content: Content) -> Iterator[Document]:
    """All documents, each with its passages in reading order."""
    measures = {measure.page.path: measure for measure in content.measures}
    for page in content.pages:
        measure = measures.get(page.path)
        record = _measure_passages(page, measure.fact, measure.short, measure.card, measure.leaflet) if measure else []
        yield _page(page, record, measure.fact if measure else "")
        if measure:
            yield _english(page.path, measure.en, measure.fact)
    parts: tuple[Benefit | Step, ...] = (*content.benefits, *content.steps)
    for part in parts:
        yield _part(part)
        yield _english(part.path, part.en, part.fact)
    yield from (_chapter(chapter) for chapter in content.handbook)
    yield from (_question(question) for question in (*content.questions, *content.open_questions))
    for term in content.glossary:
        path = "content/data/glossary.yml"
        meaning = passage(path, "item", term.meaning, record=term.term)
        meaning = replace(meaning, sources=frozenset(term.facts), around=term.term)
        yield Document(path, (meaning,), own_terms=frozenset({term.term}))
    for name, form in content.forms.items():
        path = f"content/forms/{name}.yml"
        yield Document(path, tuple(_walk(form, path)))
    yield from _data(content)


def _data(content: Content) -> Iterator[Document]:
    for name, mapping in (("timeline", content.timeline), ("committee", content.committee)):
        path = f"content/data/{name}.yml"
        yield Document(path, tuple(_walk(mapping, path)))
    for name, leaflet in content.leaflets.items():
        path, language = f"content/leaflets/{name}.yml", str(leaflet.get("language"))
        yield Document(path, tuple(_walk(leaflet, path, language=language)), language=language)
    path = "content/data/phrases.yml"
    for key, text in content.phrases.items():
        kind: Kind = "button" if key.startswith("button_") else "label"
        language = "en" if key.endswith("_en") else "th"
        yield Document(path, (passage(path, kind, text, record=key),), language=language)


def _page(page: Page, record: list[Passage], fact: str) -> Document:
    summary = passage(page.path, "small", page.summary, record="summary")
    if fact:
        summary = replace(summary, kind="label", sources=frozenset({fact}))
    extra = {key: value for key, value in page.extra.items() if not (record and key in RECORD_KEYS)}
    passages = (
        passage(page.path, "heading", page.title, record="title"),
        summary,
        *record,
        *_walk(extra, page.path),
        *markdown_passages(page.body, page.path, page.line),
    )
    return Document(page.path, passages, handbook=page.handbook)


def _measure_passages(page: Page, fact: str, short: str, card: str, leaflet: str) -> list[Passage]:
    card_passage = replace(passage(page.path, "label", card, record="card"), sources=frozenset({fact}))
    return [
        passage(page.path, "heading", short, record="short"),
        card_passage,
        passage(page.path, "small", leaflet, record="leaflet"),
    ]


def _english(path: str, words: English, fact: str) -> Document:
    """The English words of a record; its title and its line on paper are too short for a claim to be qualified."""
    told: tuple[tuple[str, Kind], ...] = (
        ("title", "heading"),
        ("summary", "label"),
        ("card", "label"),
        ("leaflet", "small"),
    )
    passages = (
        replace(passage(path, kind, getattr(words, key), record=f"en.{key}"), sources=frozenset({fact}))
        for key, kind in told
    )
    return Document(path, tuple(each for each in passages if each.text), language="en")


def _part(part: Benefit | Step) -> Document:
    passages = (
        passage(part.path, "heading", part.title, record="title"),
        replace(passage(part.path, "label", part.summary, record="summary"), sources=frozenset({part.fact})),
        passage(part.path, "small", part.leaflet, record="leaflet"),
        *markdown_passages(part.body, part.path, part.line),
    )
    return Document(part.path, passages)


def _chapter(chapter: Chapter) -> Document:
    """A chapter of the handbook; the records it shows are read where they are written."""
    passages = [passage(chapter.path, "heading", chapter.title, record="title")]
    passages += [passage(chapter.path, "small", chapter.lead, record="lead")]
    passages += [passage(chapter.path, "label", chapter.source_note, record="source_note")]
    for words in chapter.words:
        passages += markdown_passages(words.body, words.path, words.line)
    return Document(chapter.path, tuple(each for each in passages if each.text), handbook=True)


def _question(question: Question) -> Document:
    path = "content/data/faq.yml"
    answer = passage(path, "item", question.answer, record=question.id)
    answer = replace(answer, sources=answer.sources | frozenset(question.facts), around=question.question)
    asked = passage(path, "heading", question.question, record=question.id)
    return Document(path, (asked, answer) if question.answer else (asked,))


def _walk(
    value: object, path: str, record: str = "", key: str = "", rests: frozenset[str] = frozenset(), language: str = "th"
) -> Iterator[Passage]:
    """The strings of a language inside a mapping, a sequence or a record; `rests` are the facts of their row."""
    if isinstance(value, str):
        if language != "th" or THAI.search(value):
            found = passage(path, KINDS.get(key, "label"), value, record=record)
            yield replace(found, sources=found.sources | rests)
        return
    for name, inner, step in _members(value):
        if name in UNREAD_KEYS or (is_dataclass(value) and name == "name") or _is_part(inner, value):
            continue
        yield from _walk(inner, path, f"{record}{step}".lstrip("."), name or key, _facts(value) or rests, language)


def _members(value: object) -> Iterator[tuple[str, object, str]]:
    """Name, value and step (as in `.doors[2]`) of each member."""
    if isinstance(value, Mapping):
        yield from ((str(name), inner, f".{name}") for name, inner in value.items())
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, 1):
            yield "", inner, f".{getattr(inner, 'name', '')}" if getattr(inner, "name", "") else f"[{number}]"
    elif is_dataclass(value):
        yield from ((each.name, getattr(value, each.name), f".{each.name}") for each in fields(value))


def _is_part(text: object, row: object) -> bool:
    """Whether `text` is a piece of another string of its row, as a figure set large is of its sentence."""
    others = row.values() if isinstance(row, Mapping) and isinstance(text, str) else ()
    return any(isinstance(other, str) and text != other and str(text) in other for other in others)


def _facts(value: object) -> frozenset[str]:
    if not isinstance(value, Mapping):
        return frozenset()
    ids = [value.get("fact"), *(value.get("facts") or ())] if not isinstance(value.get("facts"), str) else []
    return frozenset(id_ for id_ in ids if isinstance(id_, str) and re.fullmatch(r"[\w.-]+", id_))
