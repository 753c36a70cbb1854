"""The notice of a training session: one for each session of a list, and a blank one to be filled in by hand."""

from dataclasses import replace
from datetime import datetime
from functools import partial

import pypdfium2
import pytest
import zxingcpp

from site_builder import cli
from site_builder.press import gates
from site_builder.press.products import session_notice
from site_builder.press.products.session_notice import notices_of
from site_builder.press.render import PressErrors
from site_builder.press.run import press_leaflets
from site_builder.press.sessions import LONGEST_PLACE, Session, read_sessions
from tests.serving import Desk

pressed = partial(press_leaflets, say=lambda line: None)
NOW = datetime.fromisoformat("2026-12-01T08:00")
NINE = datetime.fromisoformat("2026-12-17T09:00")
HEAD = "id,province,starts_at,place,capacity\n"
PLACES = {
    "1": "ศาลากลาง",
    "2": "หอประชุมอำเภอเสนา",
    "3": "ห้องประชุมประสงค์ รณะนันทน์ ชั้น 5 อาคารกระทรวงแรงงาน",
    "4": "ห้องประชุมใหญ่ ชั้น 2 อาคารอเนกประสงค์เฉลิมพระเกียรติ องค์การบริหารส่วนตำบลบ้านใหม่ หมู่ 4 "
    "ถนนสายเอเชีย ตำบลบ้านใหม่ อำเภอพระนครศรีอยุธยา ข้างวัดใหญ่",
    "5": "หอประชุมศูนย์การเรียนรู้เพื่อพัฒนาคุณภาพชีวิตผู้สูงอายุและโรงเรียนชาวนาขององค์การบริหารส่วนตำบลบางปะหันข้างตลาดน้ำ"
    "ริมแม่น้ำลพบุรีตรงข้ามสถานีรถไฟใกล้สะพานใหญ่",
}


def session(number, place, province="14", capacity=30):
    return Session(number, province, NINE, place[:LONGEST_PLACE], capacity)


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    """Notices of the longest province name with places of every length, of Bangkok, and the blank ones."""
    folder = tmp_path_factory.mktemp("notices")
    sessions = [session(*each) for each in PLACES.items()] + [session("7", "สำนักงานเขต", "10", 10_000)]
    blank = partial(pressed, content, folder / "blank", products=[session_notice.PRODUCT])
    paths = [*pressed(content, folder, products=[notices_of(sessions)]), *blank([]), *blank(["14", "10"])]
    return {f"{'blank/' if path.parent.name == 'blank' else ''}{path.stem}": path for path in paths}


def text(path):
    return gates.folded("".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)))


def codes(path):
    [page] = pypdfium2.PdfDocument(path)
    return [code.text for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())]


def test_each_session_has_a_notice_in_colour_and_in_black_with_what_the_list_says(printed):
    for number, place in PLACES.items():
        for edition in ("", "-bw"):
            said = text(printed[f"session_notice-{number}{edition}"])
            for words in ("วันพฤหัสบดีที่17ธันวาคม2569", "เวลา09.00น.", "30ที่นั่ง", "จังหวัดพระนครศรีอยุธยา", place[:LONGEST_PLACE]):
                assert gates.folded(words) in said


def test_the_code_leads_to_the_form_with_this_session_and_the_blank_one_to_the_page_of_the_province(printed):
    assert codes(printed["session_notice-2"]) == ["http://127.0.0.1:8000/forms/trainer_signup?province=14&session=2"]
    assert codes(printed["blank/session_notice-14"]) == ["http://127.0.0.1:8000/q/14#session_notice-1"]
    assert codes(printed["blank/session_notice-bw"]) == ["http://127.0.0.1:8000/q/#session_notice-1"]


def test_bangkok_is_not_called_a_province_and_asks_for_no_village_head(printed):
    for name in ("session_notice-7", "blank/session_notice-10"):
        said = text(printed[name])
        assert gates.folded("กรุงเทพมหานคร") in said
        assert gates.folded("จังหวัดกรุงเทพ") not in said
        assert gates.folded("ผู้ใหญ่บ้าน") not in said
    assert "10,000" in text(printed["session_notice-7"])


def test_an_office_that_has_filled_in_its_telephone_is_named_with_it(content, tmp_path):
    phone = "0 3533 6531 ต่อ 1234, 0 3533 6532"
    provinces = [replace(each, office=replace(each.office, phone=phone)) for each in content.provinces]
    filled = replace(content, provinces=tuple(provinces))
    sessions = [session("1", "หอประชุม"), session("2", "สำนักงานเขต", "10")]
    notices = pressed(filled, tmp_path, products=[notices_of(sessions)])
    blank = pressed(filled, tmp_path / "blank", ["14", "10"], products=[session_notice.PRODUCT])

    assert all(gates.folded("โทร 0 3533 6531 ต่อ 1234") in text(path) for path in (*notices, *blank))


def test_the_blank_notice_has_room_for_all_that_a_session_has_and_no_date_of_its_own(printed):
    for name in ("blank/session_notice", "blank/session_notice-14-bw"):
        said = text(printed[name])
        assert all(gates.folded(label) in said for label in ("วันที่", "เดือน ปี", "เวลา", "จำนวนที่นั่ง", "ชื่อ และเบอร์โทร"))
        assert "2569·" not in said


def test_the_black_notices_have_no_grey_that_a_copier_would_lose(printed):
    for name in ("session_notice-4-bw", "blank/session_notice-14-bw"):
        [page] = pypdfium2.PdfDocument(printed[name])
        counts = page.render(scale=150 / 72, grayscale=True).to_pil().histogram()
        assert sum(counts[32:224]) / sum(counts) < 0.06  # the smoothed edges of letters and lines


def test_a_place_in_letters_too_wide_is_refused_with_by_how_much_for_each_session(content, tmp_path):
    sessions = [session(number, "W" * LONGEST_PLACE) for number in ("3", "4")]

    with pytest.raises(PressErrors) as refusal:
        pressed(content, tmp_path, products=[notices_of([*sessions, session("5", "ห้อง")])], editions=["colour"])

    told = [(problem.place, problem.message[-11:]) for problem in refusal.value.problems]
    assert told == [(f"leaflets/session_notice-{number}", "mm too long") for number in ("3", "4")]


def written(tmp_path, text):
    file = tmp_path / "sessions.csv"
    file.write_text(text, "utf-8")
    return file


def test_a_list_of_the_store_is_read_and_thai_digits_become_those_of_the_notice(tmp_path):
    file = written(tmp_path, HEAD.strip() + ",taken,waiting,state\n7,14,2026-12-17T09:00,ห้อง ๕,30,2,0,open\n")

    assert read_sessions(file, NOW) == (Session("7", "14", NINE, "ห้อง 5", 30),)


def test_every_fault_of_a_list_is_told_at_once_in_thai_with_its_line(tmp_path):
    file = written(
        tmp_path,
        "id,province,starts_at,place,capacity,state\n"
        "x,99,พรุ่งนี้,,ห้า,open\n"
        f"1,14,2026-12-17T09:00,{'ก' * 157},30,open\n"
        "1,14,2026-11-30T09:00,ห้อง 🎉,30,closed\n",
    )

    with pytest.raises(PressErrors) as refusal:
        read_sessions(file, NOW)

    told = [(problem.place.rpartition(":")[2], problem.message) for problem in refusal.value.problems]
    assert sorted((line, message.split(" ")[0]) for line, message in told) == [
        ("2", "จำนวนที่นั่ง"),
        ("2", "อ่านวันเวลา"),
        ("2", "เลขรอบ"),
        ("2", "ใส่สถานที่"),
        ("2", "ไม่รู้จักจังหวัด"),
        ("3", "สถานที่ยาวเกินไป"),
        ("4", "รอบ"),
        ("4", "รอบนี้ปิดรับชื่อแล้ว"),
        ("4", "รอบนี้ผ่านไปแล้ว"),
        ("4", "สถานที่มี"),
    ]
    assert any("ยาวเกินไป 7 ตัวอักษร ตัดให้เหลือ 150" in message for _, message in told)
    assert any("U+1F389" in message for _, message in told)


@pytest.mark.parametrize(("text", "message"), [(HEAD, "ไม่มีรอบอบรมในไฟล์"), ("", "หัวตารางขาด id")])
def test_a_list_without_sessions_says_how_to_make_one(tmp_path, text, message):
    with pytest.raises(PressErrors, match=message):
        read_sessions(written(tmp_path, text), NOW)


def test_the_list_that_the_store_writes_is_what_notices_are_printed_from(tmp_path, capsys):
    desk = Desk(tmp_path)
    desk.add_session(place="หอประชุมอำเภอ")
    desk.add_session(starts_at="2020-01-01T09:00")
    listed = written(tmp_path, desk.run("sessions", "list", "--open", "--csv").stdout)

    code = cli.main(
        [
            "leaflets",
            "--product",
            "session_notice",
            "--sessions",
            str(listed),
            "--edition",
            "bw",
            "--out",
            str(tmp_path),
        ]
    )

    assert code == 0, capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*.pdf")] == ["session_notice-1-bw.pdf"]
    assert codes(tmp_path / "notices/session_notice-1-bw.pdf") == [
        "http://127.0.0.1:8000/forms/trainer_signup?province=50&session=1"
    ]


def test_without_a_list_the_blank_notice_is_printed_and_it_is_told_how_to_make_a_list(tmp_path, capsys):
    command = ["leaflets", "--product", "session_notice", "--province", "10", "--edition", "bw", "--out", str(tmp_path)]

    assert cli.main(command) == 0
    assert "forms-api sessions list --open --csv > FILE" in capsys.readouterr().out
    assert (tmp_path / "leaflets/session_notice-10-bw.pdf").is_file()


@pytest.mark.parametrize(
    ("product", "told"),
    [("session_notice", "sessions.csv:2: ไม่รู้จักจังหวัด"), ("steps_card", "ใช้กับ --product session_notice")],
)
def test_a_wrong_list_or_a_list_for_something_else_stops_before_anything_is_printed(tmp_path, capsys, product, told):
    listed = written(tmp_path, f"{HEAD}1,99,2090-12-17T09:00,ห้อง,30\n")

    assert cli.main(["leaflets", "--product", product, "--sessions", str(listed), "--out", str(tmp_path)]) == 1
    assert told in capsys.readouterr().err
    assert list(tmp_path.rglob("*.pdf")) == []


def test_a_build_reads_the_list_first(tmp_path, capsys):
    listed = written(tmp_path, f"{HEAD}1,14,2020-12-17T09:00,ห้อง,30\n")

    assert cli.main(["build", "--sessions", str(listed), "--out", str(tmp_path / "build")]) == 1
    assert "รอบนี้ผ่านไปแล้ว" in capsys.readouterr().err
    assert not (tmp_path / "build").exists()
