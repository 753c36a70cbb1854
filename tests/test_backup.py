"""Copies of the data: whole, proved, never over something else, and usable afterwards."""

import asyncio
import json
import os
import sqlite3
import threading
import time

import pytest

from tests.forms.test_concurrency import crowd, send_until_it_breaks
from tests.serving import Desk


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
        service.process.terminate()
        sending.join()

    copied = rows_of(desk.folder / "copy.db")
    assert made.returncode == 0, made.stderr
    assert {key: copied.get(key) for key in before} == before
    assert "ไฟล์สมบูรณ์" in made.stderr
    assert "จำนวนที่นั่งตรงกับรายชื่อทุกรอบ" in made.stderr
    assert (desk.folder / "copy.db").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in desk.folder.glob(".*")) == []


def test_a_lost_database_comes_back_and_the_same_keys_give_the_same_answers(desk):
    desk.add_session()
    with desk.serving() as service:
        first = [answer.json() for answer in crowd(service, [f"person-{n}" for n in range(10)])]
    copy = desk.run("backup", "--out", str(desk.folder)).stdout.strip()
    for path in desk.database.parent.glob("forms.db*"):
        path.unlink()

    done = desk.run("restore", copy)
    with desk.serving() as service:
        again = crowd(service, [f"person-{n}" for n in range(10)])

    assert done.returncode == 0, done.stderr
    assert {answer.status_code for answer in again} == {200}
    assert [answer.json() for answer in again] == first
    assert desk.run("doctor").returncode == 0
    assert desk.run("audit", "verify").returncode == 0


def test_nothing_is_ever_written_over(desk):
    desk.add_session()
    copy = str(desk.folder / "copy.db")
    desk.run("backup", "--out", copy)
    with desk.serving() as service:
        crowd(service, ["person-1"])
        refused = [desk.run("restore", copy), desk.run("backup", "--out", copy)]
        desk.database.rename(desk.folder / "moved.db")
        for end in ("-wal", "-shm"):
            desk.database.with_name(f"forms.db{end}").unlink(missing_ok=True)
        time.sleep(0.1)

    assert [one.returncode for one in refused] == [2, 2]
    assert "ไม่เขียนทับ" in refused[0].stderr
    assert len(rows_of(desk.folder / "moved.db")) <= 1


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
def test_what_is_not_a_sound_copy_of_ours_is_refused_and_nothing_is_put_in_place(desk, spoil):
    desk.add_session(capacity="1000")
    with desk.serving() as service:
        crowd(service, [f"person-{n}" for n in range(150)])
    copy = desk.folder / "copy.db"
    desk.run("backup", "--out", str(copy))
    spoil(copy)

    refused = desk.run("restore", str(copy), "--to", str(desk.folder / "new/forms.db"))

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert list((desk.folder / "new").glob("*") if (desk.folder / "new").exists() else []) == []


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
    for name in ("forms-2020-01-01T000000.db", "forms-2020-01-02T000000.db", "letter.txt"):
        (folder / name).touch()

    desk.run("backup", "--out", str(folder), "--keep", "2")

    left = sorted(path.name for path in folder.iterdir())
    assert left[0] == "forms-2020-01-02T000000.db"
    assert left[-1] == "letter.txt"
    assert len(left) == 3


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
