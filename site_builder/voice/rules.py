"""The rules on words: banned words, piled-up nouns, abbreviations, passives, double negatives (voice.md §6, 2–5, 9).

A rule takes a passage, the document it stands in and the voice, and yields findings.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from site_builder.thai import MONTHS_SHORT
from site_builder.voice.lexicon import Banned, matches
from site_builder.voice.text import Document, Passage
from site_builder.voice.words import Voice, any_of

THAI = re.compile(r"[\u0e01-\u0e3a\u0e40-\u0e4e]")
THAI_SHORT = re.compile(r"(?<![\u0e01-\u0e4e.])(?:[ก-ฮ]{1,3}\.)+")
LATIN_SHORT = re.compile(r"(?<![A-Za-z])[A-Z]{2,}(?![A-Za-z])")
MONTH = re.compile("|".join(map(re.escape, MONTHS_SHORT)))
FINAL_DOT = re.compile(r"(?<=[\u0e01-\u0e4e])\.(?=\s|$)")
NOT_ACTIONS = frozenset({"การเงิน", "การเมือง", "การเกษตร", "ความหมาย", "ความจริง", "ความคิดเห็น", "ความสุข"})
DOUBLE_NEGATIVE = re.compile(
    r"(?:ไม่|มิ)ใช่(?:ว่า)?ไม่(?!ใช่)|ไม่(?:น้อย|เกิน|ต่ำ)กว่า|เว้นแต่.*ไม่|ไม่(?!ได้)(?:(?!และ|หรือ|แต่|แล้ว|ก็).)*?ไม่ได้"
)


@dataclass(frozen=True)
class Finding:
    """A fault at `offset` of a passage's text; `rule` is its number in voice.md §6."""

    offset: int
    rule: int
    message: str


Rule = Callable[[Passage, Document, Voice], Iterator[Finding]]


def short(text: str, letters: int = 32) -> str:
    """`text` on one line, cut for a message."""
    line = " ".join(text.split())
    return line if len(line) <= letters else line[: letters - 1] + "…"


def banned_words(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rules 2 and 9: words of offices, advertisers and books, and words that keep people at a distance."""
    text = voice.own_words(passage.text)
    bounds = token_bounds(text, voice)
    for banned in voice.lexicon.banned:
        for found in banned.pattern.finditer(text):
            if banned.whole and not {found.start(), found.end()} <= bounds:
                continue
            if not _is_kept(banned, found, passage, document, voice):
                yield Finding(found.start(), banned.rule, f"“{found[0].strip()}” ให้เขียนว่า {banned.say}")


def token_bounds(text: str, voice: Voice) -> set[int]:
    """Offsets where a word of `text` begins or ends."""
    return {start for start, _ in voice.cutter.tokens(text)} | {len(text)}


def _is_kept(banned: Banned, found: re.Match[str], passage: Passage, document: Document, voice: Voice) -> bool:
    reports = any_of(voice.lexicon.words("reported")).pattern
    before = passage.text[: found.start()]
    return (
        any(found[0] in term for term in document.own_terms)
        or any(_covers(phrase, found, passage.text) for phrase in banned.kept("phrase"))
        or any(word in passage.text or word in passage.around for word in banned.kept("beside"))
        or matches(passage.path, banned.kept("page"))
        or any(word in document.text for word in banned.kept("page_says"))
        or bool(re.search(rf"(?:{reports})(?:\S{{0,16}}ว่า)?\s*(?:\d+\s*)?$", before))
    )


def _covers(phrase: str, found: re.Match[str], text: str) -> bool:
    return any(at.start() <= found.start() and found.end() <= at.end() for at in re.finditer(re.escape(phrase), text))


def piled_nouns(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 2: at most two การ… or ความ… in a phrase."""
    limit = voice.lexicon.limits["action_words"]
    for phrase in voice.cutter.phrases(voice.own_words(passage.text)):
        count = sum(_is_action(word) for word in phrase.words)
        if count > limit:
            yield Finding(phrase.start, 2, f"“{short(phrase.text)}” มีการ/ความ {count} คำ (ไม่เกิน {limit}) เขียนเป็นกริยา")


def _is_action(word: str) -> bool:
    return word.startswith(("การ", "ความ")) and not word.startswith("การ์") and word not in NOT_ACTIONS


def abbreviations(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 3: only the abbreviations of the list, and no full stop after a Thai sentence."""
    text = MONTH.sub(lambda month: " " * len(month[0]), voice.own_words(passage.text))
    for pattern in (THAI_SHORT, LATIN_SHORT):
        for found in pattern.finditer(text):
            if found[0] not in voice.lexicon.abbreviations:
                yield Finding(found.start(), 3, f"ตัวย่อ “{found[0]}” ไม่อยู่ในรายการ เขียนคำเต็ม")
    for dot in FINAL_DOT.finditer(THAI_SHORT.sub(lambda known: " " * len(known[0]), text)):
        yield Finding(dot.start(), 3, "ตัดจุดท้ายประโยคไทย")


def passives(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 4: ถูก + verb only where somebody is harmed; never ได้รับการ."""
    text = voice.own_words(passage.text)
    allowed = voice.lexicon.words("harms") + voice.lexicon.words("after_right")
    for start, token in voice.cutter.tokens(text):
        rest = text[start + len(token) :]
        if token == "ถูก" and THAI.match(rest) and not rest.startswith(allowed):  # noqa: S105 - a word, no secret
            yield Finding(start, 4, f"“{short(token + rest, 20)}” บอกว่าใครทำ ไม่ใช้ ถูก เมื่อไม่มีใครเสียหาย")
    for found in re.finditer("ได้รับการ", text):
        yield Finding(found.start(), 4, "“ได้รับการ” บอกว่าใครทำอะไร")


def double_negatives(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 5: one negative in a phrase."""
    for phrase in voice.cutter.phrases(voice.own_words(passage.text)):
        if found := DOUBLE_NEGATIVE.search(phrase.text):
            yield Finding(phrase.start + found.start(), 5, f"“{short(found[0])}” ปฏิเสธซ้อน เขียนแบบตรง เช่น อย่างน้อย ต้อง")


def spoken_endings(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 9: ครับ ค่ะ คะ only in what a trainer says."""
    if document.handbook:
        return
    for start, token in voice.cutter.tokens(voice.own_words(passage.text)):
        if token in voice.lexicon.words("spoken"):
            yield Finding(start, 9, f"“{token}” มีได้เฉพาะบทพูด (handbook: true)")


def first_uses(document: Document, voice: Voice) -> Iterator[tuple[Passage, Finding]]:
    """Rule 3, for a page: an abbreviation is explained where it is first used, outside the shared sentences."""
    for short_form in voice.lexicon.abbreviations.values():
        if not short_form.explain:
            continue
        read = ""
        for passage in document.passages:
            read += passage.text + passage.around
            own = voice.shared.sub(lambda known: " " * len(known[0]), voice.own_words(passage.text))
            at = re.search(rf"(?<![A-Za-z\u0e01-\u0e4e]){re.escape(short_form.short)}(?![A-Za-z])", own)
            if not at or passage.kind in ("heading", "button", "small"):
                continue
            if not any(word in read for word in short_form.explain):
                words = " หรือ ".join(short_form.explain)
                yield passage, Finding(at.start(), 3, f"“{short_form.short}” ใช้ครั้งแรกในหน้านี้ อธิบายด้วยคำว่า {words}")
            break


WORD_RULES: tuple[Rule, ...] = (
    banned_words, piled_nouns, abbreviations, passives, double_negatives, spoken_endings,
)  # fmt: skip
