from datetime import datetime

import pytest

from forms_api.sessions import SessionProblems, read_file, samples, shown
from forms_api.store.protocol import NewSession

NINE = datetime.fromisoformat("2026-12-15T09:00")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_with_or_without_bom_and_with_any_usual_delimiter(tmp_path, encoding, delimiter):
    file = tmp_path / "sessions.csv"
    lines = [["province", "starts_at", "place", "capacity"], ["50", "2569-12-15T09:00", "หอประชุมอำเภอ", "๓๐"]]
    file.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))

    assert read_file(file) == [NewSession("50", NINE, "หอประชุมอำเภอ", 30)]


def test_thai_column_names_in_any_order_are_understood(tmp_path):
    file = tmp_path / "sessions.csv"
    file.write_text("สถานที่,หมายเหตุ,จำนวนที่นั่ง,จังหวัด,วันเวลา\nหอประชุม,-,30,เชียงใหม่,15/12/2569 9:00\n,,,,\n", "utf-8")

    assert read_file(file) == [NewSession("50", NINE, "หอประชุม", 30)]


def test_every_fault_of_a_file_is_told_with_its_line(tmp_path):
    file = tmp_path / "sessions.csv"
    good = "50,2026-12-15T09:00,หอประชุม,30\n"
    file.write_text(
        f'province,starts_at,place,capacity\n99,พรุ่งนี้,,0\n{good}\n10,2026-12-15T09:00,"สอง\nบรรทัด",ห้า\n{good}', "utf-8"
    )

    with pytest.raises(SessionProblems) as refusal:
        read_file(file)

    told = [(problem.place.rpartition(":")[2], problem.message.split(" ")[0]) for problem in refusal.value.problems]
    assert told == [
        ("2", "ไม่รู้จักจังหวัด"),
        ("2", "อ่านวันเวลา"),
        ("2", "ใส่สถานที่"),
        ("2", "จำนวนที่นั่ง"),
        ("5", "จำนวนที่นั่ง"),
        ("7", "รอบนี้ซ้ำกับบรรทัด"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "หัวตารางขาด"),
        ("province,place\n50,ก\n", "หัวตารางขาด starts_at, capacity"),
        ("province,starts_at,place,capacity\n", "ไม่มีรอบอบรมในไฟล์"),
    ],
)
def test_a_file_that_cannot_be_a_list_says_what_it_lacks(tmp_path, content, message):
    file = tmp_path / "sessions.csv"
    file.write_text(content, "utf-8")

    with pytest.raises(SessionProblems, match=message):
        read_file(file)


def test_a_file_in_another_encoding_says_how_to_save_it(tmp_path):
    file = tmp_path / "sessions.csv"
    file.write_bytes("province,starts_at,place,capacity\n50,2026-12-15T09:00,หอประชุม,30\n".encode("cp874"))

    with pytest.raises(SessionProblems, match="UTF-8"):
        read_file(file)


def test_a_quotation_mark_that_never_ends_in_a_large_file_is_told(tmp_path):
    file = tmp_path / "sessions.csv"
    file.write_text('province,starts_at,place,capacity\n50,2026-12-15T09:00,"' + "หอประชุม,30\n" * 20_000, "utf-8")

    with pytest.raises(SessionProblems, match="เครื่องหมายคำพูด"):
        read_file(file)


def test_a_missing_file_is_told_plainly(tmp_path):
    with pytest.raises(SessionProblems, match="เปิดไฟล์ไม่ได้"):
        read_file(tmp_path / "none.csv")


def test_a_session_is_shown_with_weekday_and_buddhist_year():
    told = shown(NewSession("50", NINE, "หอประชุม", 30))

    assert told == "เชียงใหม่ · อังคารที่ 15 ธันวาคม 2569 เวลา 09.00 น. · หอประชุม · 30 ที่"


def test_sample_sessions_lie_in_the_future_in_every_province_and_say_that_they_are_samples():
    made = samples(NINE)

    assert len({session.province for session in made}) == 77
    assert all(session.starts_at > NINE and "ตัวอย่าง" in session.place for session in made)
