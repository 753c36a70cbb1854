"""Copies of the data: whole, proved, never over something else, and usable afterwards."""

import asyncio
import fcntl
import json
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from forms_api.store.backup import brought_back
from tests.forms.test_concurrency import crowd, send_until_it_breaks
from tests.serving import Desk
from tests.store_samples import command, made_form, opened, submit


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def rows_of(path) -> dict[str, str]:
    db = sqlite3.connect(path)
    try:
        return dict(db.execute("SELECT key, reference FROM trainer_signup").fetchall())
    finally:
        db.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_copy_made_under_load_holds_everything_acknowledged_before_it_began(desk, workers):
    desk.add_session(capacity="100")
    acknowledged: dict[str, str] = {}

    async def load(service):
        clients = [asyncio.create_task(send_until_it_breaks(service, f"c-{n}", acknowledged)) for n in range(16)]
        await asyncio.gather(*clients)

    with desk.serving("--workers", workers) as service:
        sending = threading.Thread(target=lambda: asyncio.run(load(service)))
        sending.start()
        while len(acknowledged) < 300:
            time.sleep(0.01)
        before = dict(acknowledged)
        made = desk.run("backup", "--out", str(desk.folder / "copy.db"))
        lasting = len(acknowledged) > len(before)
        service.process.terminate()
        sending.join()

    copied = rows_of(desk.folder / "copy.db")
    assert made.returncode == 0, made.stderr
    assert lasting
    assert {key: copied.get(key) for key in before} == before
    assert "ไฟล์สมบูรณ์" in made.stderr
    assert "จำนวนที่นั่งตรงกับรายชื่อทุกรอบ" in made.stderr
    assert f"trainer_signup {len(copied):,}" in made.stderr
    assert (desk.folder / "copy.db").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in desk.folder.glob(".*")) == []


def write_without_pause(path, stop: threading.Event, at_most: float) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("CREATE TABLE ballast (id INTEGER PRIMARY KEY, text TEXT)")
    db.execute("BEGIN")
    db.executemany("INSERT INTO ballast (text) VALUES (?)", [("x" * 2000,)] * 8_000)
    db.execute("COMMIT")
    until = time.monotonic() + at_most
    while not stop.is_set() and time.monotonic() < until:
        db.execute("UPDATE ballast SET text = 'y' WHERE id = 1")
    db.close()


def test_a_copy_is_done_while_somebody_writes_without_any_pause(desk):
    desk.add_session()
    stop = threading.Event()
    writing = threading.Thread(target=write_without_pause, args=(desk.database, stop, 30))
    writing.start()
    while desk.database.stat().st_size < 8_000 * 2000:
        time.sleep(0.01)

    made = desk.run("backup", "--out", str(desk.folder / "copy.db"))
    still_writing = writing.is_alive()
    stop.set()
    writing.join()

    assert made.returncode == 0, made.stderr
    assert still_writing
    assert "ballast 8,000" in made.stderr


def test_a_lost_database_comes_back_and_the_same_keys_give_the_same_answers(desk):
    desk.add_session()
    with desk.serving() as service:
        first = [answer.json() for answer in crowd(service, [f"person-{n}" for n in range(10)])]
    copy = desk.run("backup", "--out", str(desk.folder)).stdout.strip()
    for path in desk.database.parent.glob("forms.db*"):
        path.unlink()

    done = desk.run("restore", copy)
    looked = desk.run("doctor")
    with desk.serving() as service:
        again = crowd(service, [f"person-{n}" for n in range(10)])

    assert done.returncode == 0, done.stderr
    assert looked.returncode == 0, looked.stderr
    assert desk.database.stat().st_mode & 0o077 == 0
    assert {answer.status_code for answer in again} == {200}
    assert [answer.json() for answer in again] == first
    assert desk.run("doctor").returncode == 0
    assert desk.run("audit", "verify").returncode == 0


@pytest.mark.parametrize("lost", ["database only", "its folder too"])
def test_who_was_erased_after_a_copy_was_made_does_not_come_back_with_it(desk, lost):
    desk.add_session()
    copies = desk.folder / "copies"
    with desk.serving() as service:
        gone, stays = (one.json()["reference"] for one in crowd(service, ["person-1", "person-2"]))
        copy = desk.run("backup", "--out", str(copies)).stdout.strip()
        head = desk.run("audit", "head").stdout.strip()
        desk.run("erase", gone)
    desk.run("backup", "--out", str(desk.folder / "copies"))
    for path in desk.database.parent.glob("forms.db*" if lost == "database only" else "*forms.db*"):
        path.unlink()

    done = desk.run("restore", copy)
    told = desk.run("audit", "list").stdout
    drill = desk.run("restore", copy, "--to", str(desk.folder / "drill/forms.db"))

    assert (done.returncode, drill.returncode) == (0, 0), done.stderr
    assert list(rows_of(desk.database).values()) == list(rows_of(desk.folder / "drill/forms.db").values()) == [stays]
    assert head in done.stderr
    assert f"ลบ {gone} อีกครั้ง" in done.stderr
    assert f"\trestore\t{Path(copy).name}\t" in told
    assert f"\terase\t{gone}\t" in told
    assert gone in (desk.database.parent / "erased-from-forms.db.txt").read_text("utf-8")
    assert desk.run("audit", "verify").returncode == 0


def test_without_the_keys_a_restore_tells_whom_to_erase_again_and_fails(desk):
    desk.add_session()
    with desk.serving() as service:
        gone = crowd(service, ["person-1"])[0].json()["reference"]
        desk.run("backup", "--out", str(desk.folder / "copy.db"))
        desk.run("erase", gone)
    (desk.folder / "var/keys.json").rename(desk.folder / "keys.json")

    done = desk.run("restore", str(desk.folder / "copy.db"), "--to", str(desk.folder / "drill/forms.db"))

    assert done.returncode == 2
    assert f"forms-api erase {gone}" in done.stderr


def test_a_reference_that_was_given_anew_after_an_erasure_is_nobody_to_erase_again(tmp_path):
    store = opened(tmp_path)
    reference = submit(store, command("person-number-0001")).reference
    store.close()

    before, after = (
        brought_back(tmp_path / "forms.db", [made_form()], [f"{reference}\t{moment}"]) for moment in ("2000", "2999")
    )

    assert (before, after) == ([], [reference])


def test_nothing_is_ever_written_over(desk):
    desk.add_session()
    copy = str(desk.folder / "copy.db")
    desk.run("backup", "--out", copy)
    before = desk.database.read_bytes()

    refused = [desk.run("restore", copy), desk.run("backup", "--out", copy)]

    assert [one.returncode for one in refused] == [2, 2]
    assert "ไม่เขียนทับ" in refused[0].stderr
    assert "มีไฟล์" in refused[1].stderr
    assert desk.database.read_bytes() == before


@pytest.mark.parametrize("left", ["forms.db-wal", "forms.db-shm", "forms.db-journal"])
def test_what_a_database_left_beside_its_place_stops_a_restore(desk, left):
    desk.add_session()
    copy = str(desk.folder / "copy.db")
    desk.run("backup", "--out", copy)
    for path in desk.database.parent.glob("forms.db*"):
        path.unlink()
    desk.database.with_name(left).write_bytes(b"somebody's answers")

    refused = desk.run("restore", copy)

    assert refused.returncode == 2
    assert left in refused.stderr
    assert not desk.database.exists()
    assert desk.database.with_name(left).read_bytes() == b"somebody's answers"


def test_a_service_that_is_writing_stops_a_restore(desk):
    desk.add_session()
    copy = str(desk.folder / "copy.db")
    desk.run("backup", "--out", copy)
    desk.database.unlink()

    with desk.database.with_name("forms.db.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = desk.run("restore", copy)

    assert refused.returncode == 2
    assert "หยุดบริการก่อน" in refused.stderr
    assert not desk.database.exists()


def test_a_service_that_was_not_stopped_keeps_its_hands_off_what_was_restored(desk):
    desk.add_session()
    copy = str(desk.folder / "copy.db")
    with desk.serving() as service:
        crowd(service, ["person-1"])
        desk.run("backup", "--out", copy)
        (desk.folder / "aside").mkdir()
        for path in desk.database.parent.glob("forms.db*"):
            path.rename(desk.folder / "aside" / path.name)
        done = desk.run("restore", copy)
        late = crowd(service, ["person-2"])[0]
        ready, _ = service.get("/readyz")

    assert done.returncode == 0, done.stderr
    assert (late.status_code, ready) == (503, 503)
    assert list(rows_of(desk.database)) == ["person-1".ljust(16, "0")]
    assert desk.run("doctor").returncode == 0


@pytest.fixture(scope="module")
def sound_copy(tmp_path_factory):
    """A copy with 150 people in it."""
    desk = Desk(tmp_path_factory.mktemp("sound"))
    desk.add_session(capacity="1000")
    with desk.serving() as service:
        crowd(service, [f"person-{n:03}" for n in range(150)])
    desk.run("backup", "--out", str(desk.folder / "copy.db"))
    return (desk.folder / "copy.db").read_bytes()


def spoil_middle(path):
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 4))


def cut_off(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // 4096 * 4096)


def foreign(path):
    path.unlink()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE other (id INTEGER)")
    db.commit()
    db.close()


def younger(path):
    db = sqlite3.connect(path)
    db.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('forms_api', 'of_2600', 'x')")
    db.commit()
    db.close()


@pytest.mark.parametrize(
    "spoil", [spoil_middle, cut_off, foreign, younger, lambda path: path.write_text("สวัสดี", "utf-8")]
)
def test_what_is_not_a_sound_copy_of_ours_is_refused_and_nothing_is_put_in_place(desk, sound_copy, spoil):
    copy = desk.folder / "copy.db"
    copy.write_bytes(sound_copy)
    spoil(copy)

    refused = desk.run("restore", str(copy), "--to", str(desk.folder / "new/forms.db"))

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert [path.name for path in desk.folder.glob("new/*") if path.suffix != ".lock"] == []


def test_a_sound_copy_is_put_back_and_nothing_is_left_beside_it(desk, sound_copy):
    (desk.folder / "copies").mkdir()
    copy = desk.folder / "copies/copy.db"
    copy.write_bytes(sound_copy)

    done = desk.run("restore", str(copy), "--to", str(desk.folder / "new/forms.db"))

    assert done.returncode == 0, done.stderr
    assert "trainer_signup 150" in done.stderr
    assert len(rows_of(desk.folder / "new/forms.db")) == 150
    assert list((desk.folder / "copies").iterdir()) == [copy]
    assert copy.read_bytes() == sound_copy


def test_an_older_program_does_not_start_on_younger_data(desk):
    desk.add_session()
    younger(desk.database)

    refused = desk.run("serve", "--port", "0")

    assert refused.returncode == 2
    assert "รุ่นใหม่กว่า" in refused.stderr


def test_a_folder_keeps_the_newest_copies_only_and_touches_nothing_else(desk):
    desk.add_session()
    folder = desk.folder / "copies"
    folder.mkdir()
    others = {"forms-letter.db", "forms-2020-01-01.db", "letter.txt"}
    for name in ("forms-2020-01-01T000000.db", "forms-2020-01-02T000000.db", *others):
        (folder / name).touch()

    desk.run("backup", "--out", str(folder), "--keep", "2")

    left = {path.name for path in folder.iterdir()}
    assert others < left
    assert "forms-2020-01-02T000000.db" in left
    assert len(left - others) == 2


def test_a_copy_just_made_stays_though_the_clock_is_behind(desk):
    desk.add_session()
    folder = desk.folder / "copies"
    folder.mkdir()
    for number in range(3):
        (folder / f"forms-2999-12-0{number + 1}T023000.db").touch()

    made = [desk.run("backup", "--out", str(folder), "--keep", keep).stdout.strip() for keep in ("3", "1")]
    last = sorted(path.name for path in folder.iterdir())

    assert made[0] != ""
    assert last == [Path(made[1]).name]


def test_what_a_killed_backup_left_goes_with_the_next_one_and_what_is_being_written_stays(desk):
    desk.add_session()
    folder = desk.folder / "copies"
    for name in ("killed", "alive"):
        (folder / f".unfinished-{name}").mkdir(parents=True)
        (folder / f".unfinished-{name}/forms.db").write_bytes(b"a whole copy")
    handle = os.open(folder / ".unfinished-alive", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)

    made = desk.run("backup", "--out", str(folder), "--keep", "3").stdout.strip()
    os.close(handle)

    assert {path.name for path in folder.iterdir()} == {".unfinished-alive", Path(made).name}


def test_a_folder_that_is_not_there_yet_is_made_for_its_owner_only(desk):
    desk.add_session()

    made = desk.run("backup", "--out", str(desk.folder / "copies"), "--keep", "3")

    assert (desk.folder / "copies").stat().st_mode & 0o077 == 0
    assert [str(path) for path in (desk.folder / "copies").iterdir()] == [made.stdout.strip()]


def test_a_copy_holds_nothing_that_was_deleted(desk):
    desk.add_session()
    db = sqlite3.connect(desk.database)
    db.execute("PRAGMA secure_delete = OFF")
    db.execute("CREATE TABLE other (id INTEGER PRIMARY KEY, text TEXT)")
    db.execute("INSERT INTO other (text) VALUES (?)", ("deleted words " * 1000,))
    db.commit()
    db.execute("DELETE FROM other")
    db.commit()
    db.close()
    copy = desk.folder / "copy.db"

    desk.run("backup", "--out", str(copy))

    assert b"deleted words" in desk.database.read_bytes()
    assert b"deleted words" not in copy.read_bytes()


def test_that_a_whole_copy_was_made_is_in_the_audit_log_and_in_the_copy(desk):
    desk.add_session()

    made = desk.run("backup", "--out", str(desk.folder / "copy.db"))
    told = desk.run("audit", "list").stdout
    with sqlite3.connect(desk.folder / "copy.db") as db:
        copied = db.execute("SELECT action, object FROM audit ORDER BY seq DESC LIMIT 1").fetchone()

    assert made.returncode == 0
    assert "\tbackup\tcopy.db\t" in told
    assert copied == ("backup", "copy.db")


def test_a_copy_is_made_even_where_it_cannot_be_noted(desk):
    desk.run("keys", "make")
    desk.add_session()
    (desk.folder / "var/keys.json").rename(desk.folder / "keys.json")

    made = desk.run("backup", "--out", str(desk.folder / "copy.db"))

    assert made.returncode == 0
    assert "ยังจดการสำรองครั้งนี้ลงบันทึกไม่ได้" in made.stderr


@pytest.mark.parametrize(
    ("command", "instead"), [(("backup", "--out", "copies"), "pg_dump"), (("restore", "copy.db"), "pg_restore")]
)
def test_postgresql_is_copied_with_its_own_commands(desk, command, instead):
    desk.env["FORMS_API_STORE"] = "postgresql://127.0.0.1/forms"

    refused = desk.run(*command)

    assert refused.returncode == 2
    assert instead in refused.stderr
    assert not (desk.folder / "copies").exists()


def test_a_copy_without_its_keys_shows_no_telephone_number(desk):
    desk.add_session()
    with desk.serving() as service:
        crowd(service, ["person-1"])
    copy = desk.folder / "copy.db"
    desk.run("backup", "--out", str(copy))

    desk.env["FORMS_API_STORE"] = f"sqlite:///{copy}"
    exported = desk.run("export", "trainer_signup", "--format", "json")
    (desk.folder / "var/keys.json").unlink()

    assert b"0812345678" not in copy.read_bytes()
    assert json.loads(exported.stdout)[0]["phone"] == "081 234 5678"
    assert desk.run("export", "trainer_signup").returncode == 2
