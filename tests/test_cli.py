import csv
import io
import json
import sqlite3
import stat

import pytest

from tests.serving import Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_adding_a_session_prints_its_id_and_echoes_the_date_understood(desk):
    done = desk.add_session(starts_at="2633-12-15T09:00")

    assert (done.returncode, done.stdout) == (0, "1\n")
    assert "ศุกร์ที่ 15 ธันวาคม 2633 เวลา 09.00 น." in done.stderr


def test_a_session_typed_wrong_is_told_in_full_and_not_kept(desk):
    done = desk.add_session(province="99", capacity="0")

    assert (done.returncode, done.stdout) == (2, "")
    assert "ไม่รู้จักจังหวัด" in done.stderr
    assert "จำนวนที่นั่ง" in done.stderr
    assert not (desk.database).exists()


def test_a_second_session_at_the_same_hour_and_place_is_pointed_out(desk):
    desk.add_session()
    done = desk.add_session()

    assert done.stdout == "2\n"
    assert "อยู่แล้ว: รอบ 1" in done.stderr


def test_a_session_in_the_past_is_kept_with_a_word_of_warning(desk):
    done = desk.add_session(starts_at="2020-01-01T09:00")

    assert done.stdout == "1\n"
    assert "ผ่านไปแล้ว" in done.stderr
    assert "ผ่านไปแล้ว" in desk.run("sessions", "list").stdout


def test_sessions_are_listed_by_province_and_closed_by_id(desk):
    desk.add_session()
    desk.add_session(province="เชียงราย", place="ศาลากลาง")

    assert "ศาลากลาง" not in desk.run("sessions", "list", "--province", "50").stdout
    assert desk.run("sessions", "close", "2").returncode == 0
    assert "ปิดรับชื่อ" in desk.run("sessions", "list", "--province", "57").stdout
    assert desk.run("sessions", "close", "9").returncode == 2


@pytest.mark.parametrize("shape", ["--csv", "--json"])
def test_a_list_for_other_programs_can_be_imported_elsewhere(desk, tmp_path, shape):
    desk.add_session(place='ห้อง "ใหญ่", ชั้น 2')
    desk.add_session(province="10", starts_at="2020-01-01T09:00")
    other = Desk(tmp_path / "other")
    other.folder.mkdir()
    (other.folder / "sessions").write_text(desk.run("sessions", "list", shape).stdout, "utf-8")

    done = other.run("sessions", "import", "sessions")

    assert (done.returncode, done.stdout) == (0, "1\n2\n")
    assert 'ห้อง "ใหญ่", ชั้น 2' in other.run("sessions", "list").stdout


def test_a_list_for_other_programs_has_the_number_of_each_session_and_may_hold_open_ones_only(desk):
    desk.add_session(starts_at="2020-01-01T09:00")
    desk.add_session()
    desk.add_session(place="ศาลากลาง")
    desk.run("sessions", "close", "3")

    rows = list(
        csv.DictReader(io.StringIO(desk.run("sessions", "list", "--open", "--csv").stdout.removeprefix("\ufeff")))
    )

    assert [(row["id"], row["starts_at"], row["state"]) for row in rows] == [("2", "2090-12-15T09:00", "open")]
    assert {row["id"] for row in json.loads(desk.run("sessions", "list", "--json").stdout)} == {1, 2, 3}


def test_importing_a_file_twice_adds_its_sessions_once(desk):
    text = "province,starts_at,place,capacity\n50,2633-12-15T09:00,หอประชุม,30\n10,2090-12-16T09:00,สำนักงานเขต,50\n"
    (desk.folder / "sessions.csv").write_text(text, "utf-8-sig")

    first, second = (desk.run("sessions", "import", "sessions.csv") for _ in range(2))

    assert (first.stdout, second.stdout) == ("1\n2\n", "")
    assert "เพิ่ม 2 รอบ มีอยู่แล้ว 0 รอบ" in first.stderr
    assert "เพิ่ม 0 รอบ มีอยู่แล้ว 2 รอบ" in second.stderr


def test_an_import_with_a_fault_tells_all_lines_and_keeps_nothing(desk):
    text = "province,starts_at,place,capacity\n50,2090-12-15T09:00,หอประชุม,30\n99,x,y,0\n"
    (desk.folder / "sessions.csv").write_text(text, "utf-8")

    done = desk.run("sessions", "import", "sessions.csv")

    assert done.returncode == 2
    assert done.stderr.count("sessions.csv:3:") == 3
    assert not (desk.database).exists()


def test_migrate_makes_the_tables_and_the_doctor_finds_them_well(desk):
    made, again, doctor = desk.run("migrate"), desk.run("migrate"), desk.run("doctor")

    assert "trainer_signup" in made.stderr
    assert "อยู่แล้ว" in again.stderr
    assert doctor.returncode == 0
    assert "ไฟล์สมบูรณ์" in doctor.stdout
    assert "SQLite" in doctor.stdout
    assert (desk.database).stat().st_mode & 0o077 == 0


def test_the_doctor_finds_counters_that_do_not_agree(desk):
    desk.add_session()
    with sqlite3.connect(desk.database) as db:
        db.execute("UPDATE training_session SET taken = 3")
    db.close()

    done = desk.run("doctor")

    assert done.returncode == 1
    assert "จำนวนที่นั่งไม่ตรง" in done.stdout


@pytest.mark.parametrize("command", [["doctor"], ["sessions", "list"], ["export", "trainer_signup"]])
def test_reading_where_nothing_was_kept_yet_says_so_and_makes_no_file(desk, command):
    done = desk.run(*command)

    assert done.returncode == 2
    assert "ยังไม่มีไฟล์ข้อมูล" in done.stderr
    assert not (desk.folder / "var").exists()


def test_an_export_counts_its_rows_and_does_not_overwrite(desk):
    desk.run("migrate")

    first = desk.run("export", "trainer_signup", "--province", "50", "--format", "xlsx", "--out", "out.xlsx")
    second = desk.run("export", "trainer_signup", "--format", "xlsx", "--out", "out.xlsx")
    third = desk.run("export", "trainer_signup", "--format", "xlsx", "--out", "out.xlsx", "--force")

    assert [done.returncode for done in (first, second, third)] == [0, 2, 0]
    assert "trainer_signup: 0 แถว" in first.stderr
    assert "--force" in second.stderr


@pytest.mark.parametrize("arguments", [["nothing"], ["trainer_signup", "--province", "99"]])
def test_an_export_of_what_does_not_exist_is_refused(desk, arguments):
    desk.run("migrate")

    assert desk.run("export", *arguments).returncode == 2


def test_an_export_into_a_folder_that_is_not_there_says_so(desk):
    desk.run("migrate")

    done = desk.run("export", "trainer_signup", "--out", "none/out.csv")

    assert done.returncode == 2
    assert "ไม่ได้" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_database_is_told_by_the_doctor_and_refused_by_the_rest(desk):
    desk.database.parent.mkdir()
    desk.database.write_bytes(b"not a database at all, but long enough to be read as one" * 20)

    doctor, migrate = desk.run("doctor"), desk.run("migrate")

    assert (doctor.returncode, migrate.returncode) == (1, 2)
    assert "อ่านไฟล์ข้อมูลไม่ได้" in doctor.stdout
    assert "เปิดไฟล์ข้อมูล" in migrate.stderr


def test_an_export_to_standard_output_is_the_table_alone(desk):
    desk.run("migrate")

    assert (
        next(csv.reader(io.StringIO(desk.run("export", "help_request").stdout.removeprefix("\ufeff"))))[0]
        == "reference"
    )
    assert json.loads(desk.run("export", "help_request", "--format", "json").stdout) == []


def test_serving_beyond_this_machine_needs_a_key_of_the_office(desk):
    done = desk.run("serve", "--host", "192.0.2.1", "--port", "0")

    assert done.returncode == 2
    assert "FORMS_API_SECRET_FILE" in done.stderr


def test_a_port_in_use_is_told_in_one_line(desk):
    with desk.serving() as first:
        done = desk.run("serve", "--port", str(first.port))

    assert done.returncode == 2
    assert f"พอร์ต {first.port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["99999", "-1", "แปดพัน"])
def test_a_port_that_cannot_be_is_told_without_a_traceback(desk, port):
    typed = desk.run("serve", f"--port={port}")
    desk.env["FORMS_API_PORT"] = port

    for done in (typed, desk.run("serve")):
        assert done.returncode == 2
        assert "0 ถึง 65535" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_port_set_wrong_troubles_no_other_command(desk):
    desk.env["FORMS_API_PORT"] = "abc"

    assert desk.run("migrate").returncode == 0


@pytest.mark.parametrize("word", ["0", "no", "false", ""])
def test_only_the_word_1_asks_for_sample_sessions(desk, word):
    desk.env["DEMO"] = word

    with desk.serving() as service:
        assert service.get("/api/v1/sessions") == (200, [])


def test_a_demo_serves_sample_sessions_logs_no_query_and_stops_cleanly(desk):
    with desk.serving("--demo") as service:
        status, offered = service.get("/api/v1/sessions?province=50&secret=hidden")

    log = (desk.folder / "serve.log").read_text("utf-8")
    assert status == 200
    assert {"ตัวอย่าง" in session["place"] for session in offered} == {True}
    assert service.process.returncode == 0
    assert "GET /api/v1/sessions" in log
    assert "hidden" not in log
    assert stat.S_IMODE((desk.folder / "var/secret.key").stat().st_mode) == 0o600
    assert not desk.database.with_name("forms.db-wal").exists()


def test_sample_sessions_are_not_added_to_real_ones(desk):
    desk.add_session()

    with desk.serving("--demo") as service:
        assert [session["place"] for session in service.get("/api/v1/sessions")[1]] == ["หอประชุม"]


def test_sessions_can_be_added_while_the_service_runs(desk):
    with desk.serving() as service:
        desk.add_session()

        assert [session["id"] for session in service.get("/api/v1/sessions?province=50")[1]] == [1]
