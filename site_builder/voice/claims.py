"""The rules on what is claimed: drafts, examples, targets, left-over marks, names of people (voice.md §6, 6 and 7)."""

import re
from collections.abc import Iterator

from site_builder.voice.rules import THAI, Finding, short, token_bounds
from site_builder.voice.text import Document, Passage
from site_builder.voice.words import Voice, any_of

MORE_THAN = re.compile(r"(?<!กว่า)(?<!กว่า )(?<![\d.,])20\.2(?=\s*ล้าน)")
TARGET = re.compile(r"(?<![\d.,])(?:9|20)\s*ล้าน")
NEAR = 80  # letters before a figure in which its “ตั้งเป้า” may stand; half as many after it
BRACES = re.compile(r"\{\s*(?P<name>\w*)\s*\}?")
UNRESOLVED = re.compile(r"\[\[[^\]]*\]?\]?")


def drafts(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 6: a claim that rests on the draft says ร่าง, จะ or แผ่นพับ."""
    lexicon = voice.lexicon
    rests = sorted(id_ for id_ in passage.sources if id_.startswith(lexicon.words("draft_facts")))
    rests = [id_ for id_ in rests if not id_.endswith(lexicon.words("name_endings"))]
    said = passage.text + passage.around
    signs = lexicon.words("draft_signs")
    if not rests or passage.kind in ("heading", "button", "small") or _has(said, signs + lexicon.words("silence")):
        return
    yield Finding(0, 6, f"“{short(passage.text)}” อ้าง {rests[0]} ต้องมีคำว่า {' หรือ '.join(signs)}")


def fund_examples(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 6: the fund's services are examples, joined by “หรือ”; without those words the law says something else."""
    lexicon = voice.lexicon
    if not passage.sources & set(lexicon.words("fund_facts")) or _has(passage.text, lexicon.words("silence")):
        return
    named = [word for word in lexicon.words("fund_examples") if word in passage.text]
    if named and "เช่น" not in passage.text:
        yield Finding(passage.text.find(named[0]), 6, f"“{named[0]}” เป็นตัวอย่างในร่าง เก็บคำว่า เช่น ไว้")
    if len(named) > 1 and "หรือ" not in passage.text:
        yield Finding(passage.text.find(named[0]), 6, f"“{' '.join(named)}” เก็บคำว่า หรือ ไว้")


def figures(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 6: “กว่า” before 20.2 million; “ตั้งเป้า” or “อย่างน้อย” near a target."""
    text = passage.text
    for found in MORE_THAN.finditer(text):
        yield Finding(found.start(), 6, "“20.2 ล้าน” ต้องมี กว่า นำหน้า ตามเอกสาร")
    for found in TARGET.finditer(text):
        near = text[max(0, found.start() - NEAR) : found.end() + NEAR // 2] + passage.around
        if not _has(near, voice.lexicon.words("targets")):
            words = " หรือ ".join(voice.lexicon.words("targets"))
            yield Finding(found.start(), 6, f"“{found[0]}” เป็นเป้า ไม่ใช่ยอดจริง ต้องมีคำว่า {words} อยู่ใกล้")


def left_over_marks(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 7: no reference or brace reaches a reader, except the slots that forms and province pages fill in."""
    for found in UNRESOLVED.finditer(passage.text):
        yield Finding(found.start(), 7, f"“{short(found[0])}” ยังไม่ได้แทนค่า")
    for found in BRACES.finditer(passage.text):
        if passage.line or found["name"] not in voice.lexicon.words("placeholders"):
            yield Finding(found.start(), 7, f"“{short(found[0])}” ยังไม่ได้แทนค่า")


def people(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 7: no name of a private person; a title with a name stuck to it gives one away."""
    text, others = passage.text, voice.lexicon.words("not_a_person")
    bounds = token_bounds(text, voice)
    for title in any_of(voice.lexicon.words("person_titles")).finditer(text):
        name = text[title.end() :].lstrip(" ") if title[0].endswith(".") else text[title.end() :]
        if {title.start(), title.end()} <= bounds and THAI.match(name) and not text[title.start() :].startswith(others):
            yield Finding(title.start(), 7, f"“{title[0]}…” เหมือนชื่อบุคคล เขียนตำแหน่งแทนชื่อ")


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)
