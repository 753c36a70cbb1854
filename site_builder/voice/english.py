"""The rules for English words (voice.md §7): short sentences, no promises of a draft, examples kept as examples."""

import re
from collections.abc import Iterator

from site_builder.voice.rules import Finding, Rule, short
from site_builder.voice.text import Document, Passage
from site_builder.voice.words import Voice

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“])|\n")
WORD = re.compile(r"[\w’'-]+")
MORE_THAN = re.compile(r"(?<!more than )20\.2 million")


def sentences(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 1: one idea in a sentence, so that it has at most 20 words."""
    limit, start = voice.lexicon.limits["english_sentence"], 0
    for end in [*SENTENCE_END.finditer(passage.text), None]:
        sentence = passage.text[start : end.start() if end else None]
        if (count := len(WORD.findall(sentence))) > limit:
            yield Finding(start, 1, f"“{short(sentence)}” ยาว {count} คำ (ประโยคอังกฤษไม่เกิน {limit}) แบ่งเป็นสองประโยค")
        start = end.end() if end else start


def banned_words(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 2: no word that promises what is only a draft, and none of an office."""
    text = voice.own_words(passage.text)
    for banned in voice.lexicon.english_banned:
        for found in banned.pattern.finditer(text):
            yield Finding(found.start(), banned.rule, f"“{found[0]}” ให้เขียนว่า {banned.say}")


def drafts(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 6: a claim that rests on the draft says so, by draft, would or leaflet."""
    lexicon = voice.lexicon
    rests = sorted(id_ for id_ in passage.sources if id_.startswith(lexicon.words("draft_facts")))
    signs = lexicon.words("english_draft_signs")
    if rests and passage.kind == "label" and not _has(passage.text, signs):
        yield Finding(0, 6, f"“{short(passage.text)}” อ้าง {rests[0]} ต้องมีคำว่า {' หรือ '.join(signs)}")


def fund_examples(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 6: what the fund would do are examples, “such as … or …”."""
    lexicon = voice.lexicon
    named = [word for word in lexicon.words("english_fund_examples") if word in passage.text]
    if not named or not passage.sources & set(lexicon.words("fund_facts")):
        return
    lacking = [word for word in ("such as", " or ") if word not in passage.text]
    yield from (Finding(0, 6, f"“{named[0]}” เป็นตัวอย่างในร่าง เก็บคำว่า {word.strip()} ไว้") for word in lacking)


def figures(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 6: “more than” before 20.2 million."""
    for found in MORE_THAN.finditer(passage.text):
        yield Finding(found.start(), 6, "“20.2 million” ต้องมี more than นำหน้า ตามเอกสาร")


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE) for word in words)


RULES: tuple[Rule, ...] = (sentences, banned_words, drafts, fund_examples, figures)
