"""What a row of a list of sessions must say, whoever reads it: the forms or the press."""

from datetime import datetime

import pytest

from site_builder.training import COLUMNS, NewSession, province_code, read_moment, read_session, rows

NINE = datetime.fromisoformat("2026-12-15T09:00")
TYPED = {"province": "50", "starts_at": "2026-12-15T09:00", "place": "หอประชุม", "capacity": "30"}


@pytest.mark.parametrize(
    "typed",
    [
        "2026-12-15T09:00",
        "2569-12-15T09:00",
        "๒๕๖๙-๑๒-๑๕T๐๙:๐๐",
        "2026-12-15 09:00:00",
        "2026-12-15T09:00+07:00",
        "15/12/2569 9:00",
        "15/12/2026 09.00 น.",
        " 15/12/๒๕๖๙  09.00 ",
    ],
)
def test_a_moment_is_read_in_either_era_and_in_the_usual_spellings(typed):
    assert read_moment(typed) == NINE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "พรุ่งนี้",
        "2026-12-15",
        "15/12/69 09:00",
        "2026-02-30T09:00",
        "2026-12-15T24:00",
        "2226-12-15T09:00",
        "1026-1-1T1:00",
    ],
)
def test_a_moment_that_is_unclear_is_not_guessed(typed):
    assert read_moment(typed) is None


def test_the_leap_day_is_right_in_both_eras():
    assert read_moment("2571-02-29T09:00") == read_moment("2028-02-29T09:00")
    assert read_moment("2570-02-29T09:00") is None


@pytest.mark.parametrize("typed", ["50", "๕๐", "เชียงใหม่", "จังหวัดเชียงใหม่", " 50 "])
def test_a_province_may_be_typed_as_code_or_name(typed):
    assert province_code(typed) == "50"


@pytest.mark.parametrize(
    ("typed", "code"), [("กทม.", "10"), ("กรุงเทพฯ", "10"), ("01", None), ("", None), ("เชียง", None)]
)
def test_bangkok_has_several_names_and_an_unknown_place_has_none(typed, code):
    assert province_code(typed) == code


@pytest.mark.parametrize("over", [0, 3])
def test_a_place_may_be_so_long_and_the_message_says_by_how_much_it_is_longer(over):
    problems = []

    session = read_session(TYPED | {"place": "ก" * (150 + over)}, "รอบ", problems, longest=150)

    assert (session is None) == bool(over)
    assert [problem.message for problem in problems] == (["สถานที่ยาวเกินไป 3 ตัวอักษร ตัดให้เหลือ 150 ตัวอักษร"] if over else [])


def test_records_of_json_are_read_like_rows_and_know_their_lines(tmp_path):
    file = tmp_path / "sessions.json"
    one = (
        '{"seats_left": 2, "province": "50", "starts_at": "2026-12-15T09:00:00+07:00", "place": "ห้อง", "capacity": 30}'
    )
    file.write_text(f"[\n{one},\n\n{one}\n]\n", "utf-8")
    problems = []

    found = list(rows(file, problems))

    assert [line for line, _ in found] == [2, 4]
    assert [read_session(typed, "", problems) for _, typed in found] == [NewSession("50", NINE, "ห้อง", 30)] * 2
    assert problems == []


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('[\n{"province": "50"},\n 7]', ":2", "รายการนี้ขาด starts_at, place, capacity"),
        ('[\n{"province": "50"},\n 7]', ":3", "รายการนี้ขาด province, starts_at, place, capacity"),
        ("[\n{broken}]", ":2", "อ่าน JSON ต่อจากตรงนี้ไม่ได้"),
        ("[", ":1", "อ่าน JSON ต่อจากตรงนี้ไม่ได้"),
        ("[" * 100_000, ":1", "อ่าน JSON ต่อจากตรงนี้ไม่ได้"),
    ],
)
def test_a_fault_of_json_is_told_with_its_line(tmp_path, text, place, message):
    file = tmp_path / "sessions.json"
    file.write_text(text, "utf-8")
    problems = []

    assert list(rows(file, problems)) == []
    assert (f"{file}{place}", message) in [(problem.place, problem.message) for problem in problems]


def test_a_column_that_may_be_missing_is_left_out_of_the_rows(tmp_path):
    file = tmp_path / "sessions.csv"
    file.write_text("province,starts_at,place,capacity\n50,2026-12-15T09:00,หอประชุม,30\n", "utf-8")

    assert list(rows(file, [], {**COLUMNS, "state": ("state",)}, optional=["state"])) == [(2, TYPED)]
