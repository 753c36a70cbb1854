"""The rules on length and on letters (voice.md §6, 1 and 8)."""

import re
from collections.abc import Iterator

from site_builder.voice.rules import Finding, short
from site_builder.voice.text import Document, Passage
from site_builder.voice.words import Voice

REPEAT_MARK = re.compile(r"(?<![\s(“])ๆ|ๆ(?![\s.,)”/]|$)")
HIDDEN = re.compile("[\u200b\ufeff]")
SPLIT_AM = re.compile("\u0e4d[\u0e48-\u0e4b]?\u0e32|[\u0e48-\u0e4b]\u0e4d\u0e32")
DOUBLE_E = re.compile("เเ")
THAI_DIGIT = re.compile("[๐-๙]")


def phrases(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 1: a phrase is at most 14 words, a paragraph or list item 45, a heading 10."""
    limits = voice.lexicon.limits
    text = voice.without_names(passage.text)
    for phrase in voice.cutter.phrases(text):
        if len(phrase.words) > limits["phrase"]:
            fault = f"“{short(phrase.text)}” ยาว {len(phrase.words)} คำ (ไม่เกิน {limits['phrase']}) เคาะวรรคหรือตัดให้สั้น"
            yield Finding(phrase.start, 1, fault)
    count = voice.cutter.count(text)
    if passage.kind == "heading" and count > limits["heading"]:
        yield Finding(0, 1, f"หัวข้อ “{short(passage.text)}” ยาว {count} คำ (ไม่เกิน {limits['heading']})")
    is_prose = passage.kind not in ("heading", "button")
    if is_prose and count > limits["paragraph"] and not voice.lexicon.is_long(passage.path):
        fault = f"“{short(passage.text)}” ย่อหน้ายาว {count} คำ (ไม่เกิน {limits['paragraph']}) แบ่งเป็นสองย่อหน้า"
        yield Finding(0, 1, fault)


def buttons(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 1: a button is at most 20 letters."""
    limit = voice.lexicon.limits["button_letters"]
    if passage.kind == "button" and len(passage.text) > limit:
        yield Finding(0, 1, f"ปุ่ม “{passage.text}” ยาว {len(passage.text)} ตัวอักษร (ไม่เกิน {limit})")


def letters(passage: Passage, document: Document, voice: Voice) -> Iterator[Finding]:
    """Rule 8: ๆ stands free; no hidden space, no ำ or แ typed as two letters."""
    for found in REPEAT_MARK.finditer(passage.text):
        yield Finding(found.start(), 8, "เคาะวรรคหน้าและหลัง ๆ")
    for pattern, message in (
        (HIDDEN, "มีช่องว่างที่มองไม่เห็น ลบออก"),
        (SPLIT_AM, "สระอำพิมพ์แยกเป็นสองตัว พิมพ์ ำ"),
        (DOUBLE_E, "สระแอพิมพ์เป็น เ สองตัว พิมพ์ แ"),
    ):
        for found in pattern.finditer(passage.raw or passage.text):
            yield Finding(min(found.start(), len(passage.text)), 8, message)


def sections(document: Document, voice: Voice) -> Iterator[tuple[Passage, Finding]]:
    """Rule 1, for a page: at most 120 words before the next heading, 350 in all; tables and buttons do not count."""
    body = [passage for passage in document.passages if passage.line]
    if not body or voice.lexicon.is_long(document.path):
        return
    limits = voice.lexicon.limits
    total = inside = 0
    first = body[0]
    for passage in body:
        if passage.kind == "heading":
            yield from _section(first, inside, limits["section"])
            first, inside = passage, 0
        elif passage.kind in ("paragraph", "item", "label"):
            words = voice.cutter.count(voice.without_names(passage.text))
            inside, total = inside + words, total + words
    yield from _section(first, inside, limits["section"])
    if total > limits["page"]:
        yield document.passages[0], Finding(0, 1, f"หน้านี้ยาว {total} คำ (ไม่เกิน {limits['page']}) ตัดหรือแยกหน้า")


def _section(first: Passage, words: int, limit: int) -> Iterator[tuple[Passage, Finding]]:
    if words > limit:
        yield first, Finding(0, 1, f"ใต้ “{short(first.text)}” ยาว {words} คำ (ไม่เกิน {limit}) เพิ่มหัวข้อย่อยหรือตัด")


def digits(document: Document, voice: Voice) -> Iterator[tuple[Passage, Finding]]:
    """Rule 8: one page, one kind of digits."""
    if not re.search("[0-9]", document.text):
        return
    for passage in document.passages:
        if found := THAI_DIGIT.search(passage.text):
            yield passage, Finding(found.start(), 8, f"เลขไทย “{found[0]}” ปนกับเลขอารบิกในหน้าเดียว")
            return
