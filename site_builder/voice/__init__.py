"""The machine checklist of the project's voice (voice.md §6): plain words, honest claims, short phrases.

    check_voice  all findings as problems, in the editor's language
    problems_in  the same for one document
    voice_of     the lists and the word cutter of a content

docs/voice-check.md says what each rule wants and how to silence a false alarm.
"""

from collections.abc import Iterator

from site_builder.content import Content
from site_builder.problems import Problem
from site_builder.voice import claims, english, gather, lengths, rules
from site_builder.voice.lexicon import Lexicon, LexiconError, read_lexicon
from site_builder.voice.rules import THAI, Finding
from site_builder.voice.text import Document, Passage
from site_builder.voice.words import Cutter, Voice, any_of

THAI_RULES: tuple[rules.Rule, ...] = (
    *rules.WORD_RULES, lengths.phrases, lengths.buttons, claims.drafts, claims.fund_examples, claims.figures,
)  # fmt: skip
ALL_RULES: tuple[rules.Rule, ...] = (lengths.letters, claims.left_over_marks, claims.people)
COVER_LINES = (("leaflet_cover_title", "cover_title"), ("leaflet_cover_line", "cover_line"))
SHARED_LETTERS = 12  # shorter phrases (labels, buttons) are words like any other

__all__ = ["check_voice", "problems_in", "voice_of"]


def check_voice(content: Content) -> list[Problem]:
    """Return every sentence of the public text that the voice forbids; needs pythainlp."""
    try:
        voice = voice_of(content)
    except LexiconError as error:
        return error.problems
    found = [problem for document in gather.documents(content) for problem in problems_in(document, voice)]
    return sorted({*found, *_leaflet_problems(content, voice)})


def voice_of(content: Content) -> Voice:
    """Return the lists of voice.yml with the content's own terms, names and shared sentences.

    Raises LexiconError where voice.yml cannot be read.
    """
    lexicon = read_lexicon(content.voice)
    return Voice(
        lexicon=lexicon,
        cutter=Cutter(frozenset(content.terms.words)),
        names=any_of((*lexicon.words("names"), *_names(content, lexicon))),
        shared=any_of(text for text in content.phrases.values() if len(text) > SHARED_LETTERS),
    )


def problems_in(document: Document, voice: Voice) -> Iterator[Problem]:
    """Yield what is wrong in one document, a problem for each finding."""
    own = english.RULES if document.language == "en" else THAI_RULES
    for passage in document.passages:
        for rule in (*own, *ALL_RULES):
            for finding in rule(passage, document, voice):
                yield _problem(passage, finding)
    if document.language == "en":
        return
    whole = [*lengths.digits(document, voice)]
    if document.path.endswith(".md"):
        whole += [*lengths.sections(document, voice), *rules.first_uses(document, voice)]
    yield from (_problem(passage, finding) for passage, finding in whole)


def _problem(passage: Passage, finding: Finding) -> Problem:
    return Problem(passage.place(finding.offset), f"{finding.message} (เสียง {finding.rule})")


def _names(content: Content, lexicon: Lexicon) -> Iterator[str]:
    """Official names that facts and settings hold."""
    for prefix in lexicon.words("name_facts"):
        for id_ in content.facts:
            if id_ == prefix or (prefix.endswith(".") and id_.startswith(prefix)):
                value = content.facts[id_].value
                if isinstance(value, str) and THAI.search(value):
                    yield value
    for key in lexicon.words("name_settings"):
        if key in content.settings:
            yield content.settings[key].value


def _leaflet_problems(content: Content, voice: Voice) -> Iterator[Problem]:
    """Rule 8: what a panel of the leaflet can hold, in code points."""
    mark = " " + voice.lexicon.waits_mark
    lines = [
        *((f"content/data/phrases.yml #{key}", kind, content.phrases.get(key, "")) for key, kind in COVER_LINES),
        *((f"{b.path} #leaflet", "benefit", b.leaflet + (mark if b.waits else "")) for b in content.benefits),
        *((f"{step.path} #leaflet", "step", step.leaflet) for step in content.steps),
        *((f"{measure.page.path} #leaflet", "poster", measure.leaflet) for measure in content.measures),
    ]
    for place, kind, text in lines:
        limit = voice.lexicon.leaflet_letters[kind]
        if len(text) > limit:
            yield Problem(place, f"“{rules.short(text)}” ยาว {len(text)} ตัวอักษร (ช่องนี้ไม่เกิน {limit}) (เสียง 8)")
