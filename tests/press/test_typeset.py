"""What must stay on one line stays there; everything else is left to libthai."""

import re

import pytest

from site_builder.press.typeset import breakable, thai_filter, width
from site_builder.records import Terms

TERMS = Terms(words=(), nowrap=("ขึ้นทะเบียน", "แรงงานนอกระบบ", "ครู ข", "App Store"), nowrap_units=("ขั้น", "คน"))
WORD_JOINER, NO_BREAK_SPACE = "\u2060", "\u00a0"


@pytest.fixture
def thai():
    return thai_filter(TERMS, also=("ในแอป",))


def held(markup: str) -> list[str]:
    return [piece.strip() for piece in re.findall('<span class="n">(.*?)</span>', markup)]


def plain(markup: str) -> str:
    return re.sub("<.*?>|[\u200b\u2060]", "", markup)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("มาขึ้นทะเบียนในแอป", ["ขึ้นทะเบียน", "ในแอป"]),
        ("ทั้ง 9 ขั้น", ["9 ขั้น"]),
        ("กว่า 20.2 ล้านคน", ["20.2 ล้านคน"]),
        ("ณ วันที่ 30 พฤษภาคม 2567", ["30 พฤษภาคม 2567"]),
        ("ตั้ง PIN 6 หลัก", ["PIN 6 หลัก"]),
        ("สงสัยโทร 1506", ["โทร 1506"]),
        ("เบอร์ 0 2232 1160", ["0 2232 1160"]),
        ("ครู ข มาแล้ว", ["ครู ข"]),
        ("ดู ก5 ก่อน", ["ก5"]),
        ("พิมพ์ “แรงงานนอกระบบ”", ["“⁠แรงงานนอกระบบ”"]),
    ],
)
def test_terms_numbers_with_units_and_dates_stay_together(thai, text, kept):
    assert held(thai(text)) == kept
    assert plain(thai(text)) == text


def test_short_parts_between_spaces_stay_together_and_long_ones_do_not(thai):
    assert held(thai("กดรับ หรือ ประโยคยาวกว่าสิบตัวอักษรมาก", 6)) == ["กดรับ", "หรือ"]


def test_a_term_longer_than_the_room_is_left_to_break(thai):
    assert held(thai("แรงงานนอกระบบ", 5, most=8)) == []


def test_a_line_may_end_beside_a_held_term(thai):
    assert "มา\u200b<span" in thai("มาขึ้นทะเบียน")
    assert "</span>\u200bกัน" in thai("ขึ้นทะเบียนกัน")


def test_no_space_stands_alone_between_two_pieces(thai):
    """WeasyPrint would not draw it, and two words would run together when copied."""
    assert "> " not in thai("ขึ้นทะเบียน ในแอป ครู ข", 12).replace('<span class="n"> ', "")


def test_a_repetition_mark_never_begins_a_line_and_an_opening_quote_never_ends_one(thai):
    assert f"ช้า{NO_BREAK_SPACE}ๆ" in thai("ช้า ๆ")
    assert f"“{WORD_JOINER}รับ" in thai("กด “รับ”")


def test_words_of_others_are_escaped(thai):
    assert "<script>" not in thai("<script>alert(1)</script>", 5)
    assert "<" not in breakable("<b>")


def test_an_address_may_be_broken_after_its_dots_and_slashes():
    assert breakable("a.go.th/q/50") == "a.\u200bgo.\u200bth/\u200bq/\u200b50"
    assert breakable("a.go.th/q") == f"a.\u200bgo.\u200bth/{WORD_JOINER}q"  # no letter alone on the last line


def test_marks_take_no_room():
    assert width("ขึ้นที่") == 3
