"""Thai text, phones, dates and order."""

import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder import areas, thai

THAI = st.text(st.sampled_from("กขนปฟอะาำิีึืุู่้๊๋็์ํเแไใๆฯ ๐๑9a\u200b\ufeff"), max_size=12)


@pytest.mark.parametrize(
    "typed",
    [
        "0812345678",
        "081-234-5678",
        "๐๘๑ ๒๓๔ ๕๖๗๘",
        "+66 81 234 5678",
        "+66812345678",
        "0066 81 234 5678",
        "66812345678",
        "66 081 234 5678",
        "+66 (0) 81 234 5678",
        "812345678",
        "081\u200b234\ufeff5678",
        " 081.234.5678 ",
        "081\u2011234\u20115678",
        "081\u2010234\u22125678",
    ],
)
def test_every_way_to_write_a_mobile_number_becomes_one_stored_value(typed):
    assert thai.phone(typed) == "0812345678"


@pytest.mark.parametrize(
    "typed", ["1506", "081234567", "08123456789", "0112345678", "โทร 0812345678", "", "+1 202 555 0100"]
)
def test_what_is_no_thai_phone_number_is_refused(typed):
    assert thai.phone(typed) is None


def test_a_landline_is_a_phone_number_that_takes_no_sms():
    number = thai.phone("0 2232 1160")

    assert number == "022321160"
    assert not thai.is_mobile(number)
    assert thai.show_phone(number) == "0 2232 1160"


@pytest.mark.parametrize(
    "typed", ["น\u0e49\u0e33", "น\u0e4d\u0e49\u0e32", "น\u0e49\u0e4d\u0e32", "น\u0e33\u0e49", "น\u200b\u0e49\u0e33"]
)
def test_every_spelling_of_a_cluster_with_sara_am_becomes_one(typed):
    assert thai.normalise(typed) == "น\u0e49\u0e33"


@pytest.mark.parametrize(
    ("parted", "whole"),
    [
        ("e\u200b\u0301", "é"),
        ("e\x01\u0301", "é"),
        ("ก\x02\u0e49\x03\u0e34", "กิ้"),
        ("เ\u0600เ", "แ"),
        ("น\x7f\u0e4d\x00\u0e49\x08\u0e32", "น้ำ"),
    ],
)
def test_what_cannot_be_seen_does_not_part_a_letter_from_its_marks(parted, whole):
    assert thai.tidy(parted) == thai.tidy(whole) == whole


def test_two_sara_e_become_sara_ae():
    assert thai.normalise("เเรงงาน") == "แรงงาน"


@pytest.mark.parametrize("run", ["\u0e49\u0e48\u0e34\u0e35", "\u0e33\u0e49", "\u0e49\u0e34"])
def test_a_flood_of_marks_is_made_canonical_without_holding_everybody_up(run):
    flood = "ก" + run * 50_000  # pair by pair this took hours, for one request

    assert thai.normalise(thai.normalise(flood)) == thai.normalise(flood)
    assert sorted(set(thai.normalise(flood))) == sorted(set(flood))


@pytest.mark.parametrize("mark", ["\u0323\u0307", "\u0e48", "\u0344", "\u0e38\u0e49\u0323"])
def test_of_a_tower_of_marks_no_more_stay_than_any_script_needs(mark):
    tower = thai.tidy("ก" + mark * 30_000 + "ข")  # putting them in order takes the square of their number

    marks = [char for char in tower if unicodedata.combining(char)]
    assert (tower[0], tower[-1]) == ("ก", "ข")
    assert 1 <= len(marks) <= 60
    assert thai.tidy(tower) == tower


@given(THAI)
def test_canonical_text_stays_as_it_is_when_made_canonical_again(text):
    once = thai.tidy(text)

    assert thai.tidy(once) == once


def test_tidying_lines_keeps_the_line_ends_of_a_long_answer():
    assert thai.tidy_lines(" หนึ่ง \r\nสอง\n\n\n\nสาม ") == "หนึ่ง\nสอง\n\nสาม"


@pytest.mark.parametrize(
    "text",
    ["1101700203450", "1-1017-00203-45-0", "เลขบัตร ๑ ๑๐๑๗ ๐๐๒๐๓ ๔๕ ๐ ครับ", "1 1 0 1 7 0 0 2 0 3 4 5 0",
     "1\u20111017\u201100203\u201145\u20110", "1\u22121017\u221200203\u221245\u22120",
     "หมู่ 4 1-1017-00203-45-0", "หมู่ ๔ ๑ ๑๐๑๗ ๐๐๒๐๓ ๔๕ ๐", "99/4 1-1017-00203-45-0 7", "1 1101700203450 2"],
)  # fmt: skip
def test_a_citizen_id_is_found_however_it_is_spaced(text):
    assert thai.has_citizen_id(text)


@pytest.mark.parametrize(
    "text", ["1101700203451", "0812345678", "11017002034500", "ไม่มีเลข", "081 234 5678 และ 022321160"]
)
def test_other_numbers_are_not_taken_for_a_citizen_id(text):
    assert not thai.has_citizen_id(text)


def test_dates_are_shown_in_the_buddhist_era():
    day = date(2024, 5, 8)

    assert thai.thai_date(day) == "8 พฤษภาคม 2567"
    assert thai.thai_date(day, "short") == "8 พ.ค. 2567"
    assert thai.thai_date(day, "weekday") == "พุธที่ 8 พฤษภาคม 2567"
    assert thai.thai_date(day, "month") == "พฤษภาคม 2567"
    assert thai.thai_datetime(datetime(2026, 12, 15, 9, 0)) == "อังคารที่ 15 ธันวาคม 2569 เวลา 09.00 น."


@pytest.mark.parametrize(
    ("figure", "shown"),
    [(75249, "75,249"), (9_000_000, "9 ล้าน"), (20_200_000, "20.2 ล้าน"), (9_029_880, "9,029,880"), (9, "9")],
)
def test_figures_are_shown_for_reading(figure, shown):
    assert thai.number(figure) == shown


def test_provinces_stand_in_thai_dictionary_order():
    names = [area.name for area in areas.provinces()]

    assert len(names) == 77
    assert names[:3] == ["กระบี่", "กรุงเทพมหานคร", "กาญจนบุรี"]
    assert names.index("เชียงใหม่") > names.index("ชุมพร")
    assert names.index("แพร่") < names.index("ภูเก็ต")


def test_areas_know_their_children_and_their_words():
    assert sum(len(areas.districts(area.code)) for area in areas.provinces()) == 928
    assert len(areas.districts(areas.BANGKOK)) == 50
    assert areas.name("1033") == "คลองเตย"
    assert areas.words("10").district == "เขต"
    assert areas.words("50").subdistrict == "ตำบล"
    assert areas.name("99") is None
    assert areas.districts("99") == ()
    assert areas.subdistricts("5099") == ()
    assert areas.subdistricts("500101") == ()


@pytest.mark.parametrize(
    ("code", "parent", "within"),
    [
        ("5001", "50", True), ("500101", "5001", True), ("5001", "10", False), ("500101", "50", False),
        ("50", "", False), ("5099", "50", False), ("500199", "5001", False), ("", "", False),
    ],
)  # fmt: skip
def test_a_place_lies_within_its_parent_only(code, parent, within):
    assert areas.lies_within(code, parent) is within


def test_codes_that_strangers_make_up_are_not_remembered():
    areas.districts("50"), areas.subdistricts("5001")
    before = areas._districts.cache_info().currsize, areas._subdistricts.cache_info().currsize

    for number in range(1_000):
        made_up = chr(0x4E00 + number)
        for asked in (made_up * 2, made_up * 4, made_up * 6):
            areas.name(asked), areas.districts(asked), areas.subdistricts(asked)

    assert (areas._districts.cache_info().currsize, areas._subdistricts.cache_info().currsize) == before
