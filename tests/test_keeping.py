"""Cancelling, erasing, retention, keys and the audit log, as an officer does them on the command line."""

import csv
import json
import os
import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forms_api.export import FORMATS
from forms_api.retention import ClockInDoubt, first_day, old_exports, run
from forms_api.store.audit import Act
from forms_api.store.sqlite import SqliteStore
from forms_api.vault import Vault
from site_builder.forms.keeping import Keeping, read_period
from tests.serving import Desk
from tests.store_samples import command, made_form, new_session, opened, submit

ACTOR = "officer:test"
PHONE = "0812345678"
WORDS = "ขอห้องชั้นล่างเพราะเดินไม่สะดวก"
PLEA = {
    "topic": "photo",
    "detail": WORDS,
    "province": "50",
    "phone": PHONE,
    "call_time": "morning",
    "full_name": "สมหญิง ใจดี",
    "filled_by": "self",
    "notice_read": True,
}


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def ask(service, number=1, **changed):
    key = {"Idempotency-Key": f"person-number-{number:04}"}
    return service.ask("POST", "/api/v1/forms/help_request", PLEA | changed, key)


def kept_bytes(desk: Desk) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(desk.database.parent.glob("forms.db*")))


def test_no_telephone_number_and_no_free_word_can_be_read_in_the_files(desk):
    with desk.serving() as service:
        reference = ask(service)[1]["reference"]
        while_open = kept_bytes(desk)
    exported = json.loads(desk.run("export", "help_request", "--format", "json").stdout)

    for files in (while_open, kept_bytes(desk)):
        assert reference.encode() in files
        assert PHONE.encode() not in files
        assert PHONE[1:].encode() not in files
        assert WORDS.encode() not in files
    assert exported[0]["detail"] == WORDS


def test_without_its_keys_the_service_does_not_start_and_says_what_is_missing(desk):
    with desk.serving() as service:
        ask(service)
    keys = desk.folder / "var/keys.json"
    keys.rename(desk.folder / "kept-apart.json")

    refused = desk.run("serve", "--port", "0")

    assert refused.returncode == 2
    assert "ไม่พบไฟล์กุญแจ" in refused.stderr
    assert not keys.exists()
    desk.env["FORMS_API_KEYS_FILE"] = str(desk.folder / "kept-apart.json")
    assert desk.run("doctor").returncode == 0


def test_beyond_this_machine_the_keys_come_from_outside(desk):
    secret = desk.folder / "secret.key"
    secret.write_text("a key for tests, long enough to be one")
    desk.env |= {"FORMS_API_SECRET_FILE": str(secret), "FORMS_API_HOSTS": "example.invalid"}

    refused = desk.run("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104  # it refuses to

    assert refused.returncode == 2
    assert "forms-api keys make" in refused.stderr


def test_only_demo_runs_without_keys_and_it_says_so_loudly(desk):
    with desk.serving("--demo") as service:
        assert ask(service)[0] == 201
    said = (desk.folder / "serve.log").read_text("utf-8")

    assert "ข้อมูลไม่ได้เข้ารหัส" in said
    assert not (desk.folder / "var/keys.json").exists()
    assert PHONE.encode() in kept_bytes(desk)


def test_an_erased_form_leaves_no_trace_in_file_or_log_of_changes(desk):
    with desk.serving() as service:
        reference, other = (ask(service, n, full_name=name)[1]["reference"] for n, name in ((1, "อุษณีย์"), (2, "ประไพ")))
        done = desk.run("erase", reference)
        files = kept_bytes(desk)
        again = ask(service)
    with sqlite3.connect(desk.database) as db:
        rows = db.execute("SELECT reference FROM help_request").fetchall()

    assert (done.returncode, "ลบถาวรแล้ว" in done.stderr) == (0, True)
    assert "อุษณีย์".encode() not in files
    assert "ประไพ".encode() in files
    assert rows == [(other,)]
    assert again[0] == 410
    assert desk.run("erase", reference).returncode == 2
    assert desk.run("doctor").returncode == 0


def test_a_cancelled_seat_names_who_to_call(desk):
    desk.add_session(capacity="1")
    signup = {
        "province": "50", "district": "5001", "subdistrict": "500101", "village": "หมู่ 4", "role": "village_head",
        "session": 1, "full_name": "สมหญิง", "phone": PHONE, "contact": "call", "notice_read": True,
    }  # fmt: skip
    with desk.serving() as service:
        first, second = (
            service.ask("POST", "/api/v1/forms/trainer_signup", signup, {"Idempotency-Key": f"person-{n:08}"})[1]
            for n in (1, 2)
        )

        done = desk.run("cancel", first["reference"].lower())

    assert (second["state"], done.returncode, done.stdout) == ("waiting", 0, second["reference"] + "\n")
    assert desk.run("cancel", first["reference"]).returncode == 2
    assert desk.run("finish", second["reference"]).returncode == 2
    assert desk.run("cancel", "ABC").returncode == 2


def test_retention_waits_for_the_office_to_say_how_long_and_says_so(desk):
    with desk.serving() as service:
        ask(service)

    done = desk.run("retention")

    assert done.returncode == 2
    assert done.stdout.count("settings.yml") == 2
    assert "deleted" not in done.stdout


def test_a_clock_that_ran_ahead_deletes_nothing_until_somebody_says_that_it_is_right(tmp_path):
    form = made_form()
    store = opened(tmp_path, form, clock=lambda: datetime(2027, 6, 1, tzinfo=UTC))
    session_id = store.add_session(new_session(starts_at=datetime(2027, 6, 20, 9)))
    submit(store, command("person-number-0001", form=form, session_id=session_id))
    right, ahead = datetime(2027, 6, 30, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)

    assert [one.purged.deleted for one in run(store, [form], right, ACTOR)] == [0]
    with pytest.raises(ClockInDoubt, match="--yes"):
        list(run(store, [form], ahead, ACTOR))
    store._clock = lambda: ahead  # a backup or a form sent meanwhile does not make the clock right
    store.note(Act(ACTOR, "backup", "copy"))
    with pytest.raises(ClockInDoubt, match="2027-06-01"):
        list(run(store, [form], ahead, ACTOR))
    assert len(list(store.rows(form))) == 1
    assert [one.purged.deleted for one in run(store, [form], ahead, ACTOR, sure=True)] == [1]
    assert [one.purged.deleted for one in run(store, [form], ahead + timedelta(days=1), ACTOR)] == [0]
    store.close()


def test_retention_after_months_of_silence_asks_whether_the_clock_is_right(desk, content):
    long_ago = datetime(2026, 1, 5, tzinfo=UTC)
    store = SqliteStore(desk.database, content.forms.values(), Vault.off(), clock=lambda: long_ago)
    store.note(Act(ACTOR, "find", "phone", "found=0"))
    store.close()

    refused, counted, sure = (desk.run("retention", *more) for more in ((), ("--dry-run",), ("--yes",)))

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "timedatectl" in refused.stderr
    assert "timedatectl" in counted.stderr
    assert "timedatectl" not in sure.stderr
    assert sure.stdout.count("settings.yml") == 2


def test_exports_older_than_thirty_days_are_deleted(desk):
    with desk.serving() as service:
        ask(service)
    folder = desk.folder / "var/exports"
    folder.mkdir()
    for name in ("old.csv", "new.csv"):
        assert desk.run("export", "help_request", "--out", str(folder / name)).returncode == 0
    month_ago = time.time() - 31 * 86_400
    os.utime(folder / "old.csv", (month_ago, month_ago))

    counted = desk.run("retention", "--dry-run")
    before = sorted(path.name for path in folder.iterdir())
    done = desk.run("retention")

    assert (before, [path.name for path in folder.iterdir()]) == (["new.csv", "old.csv"], ["new.csv"])
    assert "1 ไฟล์" in counted.stdout
    assert "1 ไฟล์" in done.stdout


def test_keys_are_rotated_while_the_service_goes_on_and_the_old_one_is_retired(desk):
    with desk.serving() as service:
        reference = ask(service)[1]["reference"]
    assert desk.run("keys", "show").stdout.startswith("ใช้อยู่ k1")
    assert desk.run("keys", "rotate").returncode == 0
    with desk.serving() as service:
        ask(service, 2)
        resealed, retired = desk.run("keys", "reseal"), desk.run("keys", "retire")
        answers = json.loads(desk.run("export", "help_request", "--format", "json").stdout)

    assert "1 แถว" in resealed.stderr
    assert retired.returncode == 0
    assert desk.run("keys", "show").stdout == "ใช้อยู่ k2 · มี k2\n"
    assert [row["detail"] for row in answers] == [WORDS, WORDS]
    assert reference in desk.run("find", "081-234-5678").stdout
    assert desk.run("keys", "make").returncode == 2


def test_the_audit_log_is_verified_and_a_change_is_found(desk):
    with desk.serving() as service:
        ask(service)
    desk.run("export", "help_request", "--out", str(desk.folder / "out.csv"))
    head = desk.run("audit", "head").stdout.strip()
    listed = desk.run("audit", "list").stdout
    sound = desk.run("audit", "verify", "--head", head)
    with sqlite3.connect(desk.database) as db:
        db.execute("DROP TRIGGER audit_no_update")
        db.execute("UPDATE audit SET actor = 'nobody' WHERE action = 'export'")

    broken = desk.run("audit", "verify")

    assert "\texport\thelp_request\tprovince=all format=csv rows=1" in listed
    assert PHONE not in listed
    assert (sound.returncode, broken.returncode) == (0, 1)
    assert "ถูกแก้" in broken.stderr


def test_a_trial_without_keys_that_became_real_is_verified_up_to_where_it_had_none(desk):
    desk.env["DEMO"] = "1"
    with desk.serving() as service:
        ask(service)
    del desk.env["DEMO"]
    with desk.serving() as service:
        ask(service, 2)
    bare = sum(line.split("\t")[3] == "submit" for line in desk.run("audit", "list").stdout.splitlines()) - 1

    strict, lenient = desk.run("audit", "verify"), desk.run("audit", "verify", "--unkeyed-until", str(bare))

    assert (strict.returncode, lenient.returncode) == (1, 0)
    assert "--unkeyed-until" in strict.stderr
    assert desk.run("audit", "head").returncode == 1
    assert desk.run("audit", "head", "--unkeyed-until", str(bare)).stdout.startswith(f"{bare + 1}:")
    assert desk.run("audit", "verify", "--unkeyed-until", "x").returncode == 2


def test_after_a_leak_those_to_tell_are_listed_by_day(desk):
    with desk.serving() as service:
        ask(service)
    out = desk.folder / "tell.csv"

    nobody = desk.run("affected", "--until", "2020-01-01", "--out", str(desk.folder / "nobody.csv"))
    done = desk.run("affected", "--since", "2020-01-01", "--out", str(out))

    assert "0 แบบ" in nobody.stderr
    assert done.returncode == 0
    (row,) = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    assert (row["form"], row["full_name"]) == ("help_request", "สมหญิง ใจดี")
    assert row["phone"] == "081 234 5678"
    assert out.stat().st_mode & 0o077 == 0
    assert desk.run("affected", "--out", str(out)).returncode == 2


def test_one_answer_that_nothing_opens_stops_no_export_and_no_list_of_those_to_tell(desk):
    with desk.serving() as service:
        spoilt, whole = (ask(service, number)[1]["reference"] for number in (1, 2))
    with sqlite3.connect(desk.database) as db:
        db.execute(
            "UPDATE help_request SET phone = (SELECT phone FROM help_request WHERE reference = ?) WHERE reference = ?",
            (whole, spoilt),
        )
    tell = desk.folder / "tell.csv"

    done = [
        desk.run("affected", "--out", str(tell)),
        *(desk.run("export", "help_request", "--format", one, "--out", f"{desk.folder}/out.{one}") for one in FORMATS),
        desk.run("find", PHONE),
    ]
    numbers = {row["reference"]: row["phone"] for row in csv.DictReader(tell.read_text("utf-8-sig").splitlines())}
    taken = {row["reference"]: row["phone"] for row in json.loads((desk.folder / "out.json").read_text("utf-8"))}

    assert [one.returncode for one in done] == [1] * 5
    assert all("1 คำตอบที่เปิดอ่านไม่ได้" in one.stderr for one in done)
    assert numbers == taken == {spoilt: "อ่านไม่ได้", whole: "081 234 5678"}
    assert done[-1].stdout == f"{spoilt}\thelp_request\tอ่านไม่ได้\n{whole}\thelp_request\n"
    assert "rows=2 illegible=1" in desk.run("audit", "list").stdout


def test_an_office_that_says_one_year_has_it_obeyed(content):
    now = datetime(2028, 3, 1, 18, 0, tzinfo=UTC)  # 2 March in Thailand
    form = content.forms["help_request"]
    days = {
        text: first_day(replace(form, keeping=Keeping(read_period(text), "end")), now)
        for text in ("1 ปี", "๖ เดือน", "90 วัน", "ตามที่กำหนด")
    }

    assert days == {"1 ปี": "2027-03-02", "๖ เดือน": "2027-09-02", "90 วัน": "2027-12-03", "ตามที่กำหนด": None}


def test_folders_are_not_taken_for_exports(tmp_path):
    (tmp_path / "kept").mkdir()

    assert old_exports(tmp_path, datetime(2999, 1, 1, tzinfo=UTC), 30) == []
    assert old_exports(Path(tmp_path / "none"), datetime(2999, 1, 1, tzinfo=UTC), 30) == []
