"""Troubles that a disk, a lock or a hand can make, met by program and page: 503 now, the same key later, no loss."""

import os
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import psycopg
import pytest

from tests.clusters import new_database, own_server
from tests.forms.pages import PageForm, main_form, read_page
from tests.forms.test_concurrency import ANSWERS, base, crowd
from tests.serving import Desk, Serving

TYPED = {name: "yes" if value is True else str(value) for name, value in ANSWERS.items()}
ROOM = 230_000_000  # bytes of the small disk: what has to stay free, and a little for tables


@contextmanager
def a_full_disk(desk: Desk, _service: Serving) -> Iterator[None]:
    """The disk of the data is full to the last byte."""
    filler = desk.database.with_name("filler")
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1_000_000))
        except OSError:
            pass
    yield
    filler.unlink()


@contextmanager
def a_disk_that_takes_no_more(_desk: Desk, service: Serving) -> Iterator[None]:
    """Every write that makes a file longer fails, as on a broken disk or one that turned read-only."""
    number = service.process.pid
    before = resource.prlimit(number, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    yield
    resource.prlimit(number, resource.RLIMIT_FSIZE, before)


@contextmanager
def a_lock_of_another_program(desk: Desk, _service: Serving) -> Iterator[None]:
    other = sqlite3.connect(desk.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def a_file_that_was_moved(desk: Desk, _service: Serving) -> Iterator[None]:
    elsewhere = desk.folder / "elsewhere"
    desk.database.rename(elsewhere)
    yield
    elsewhere.rename(desk.database)


@contextmanager
def a_log_of_changes_that_was_moved(desk: Desk, _service: Serving) -> Iterator[None]:
    log, elsewhere = desk.database.with_name("forms.db-wal"), desk.folder / "elsewhere"
    log.rename(elsewhere)
    yield
    elsewhere.rename(log)


@contextmanager
def a_folder_that_was_moved(desk: Desk, _service: Serving) -> Iterator[None]:
    elsewhere = desk.folder / "elsewhere"
    desk.database.parent.rename(elsewhere)
    yield
    elsewhere.rename(desk.database.parent)


@contextmanager
def another_file_in_its_place(desk: Desk, _service: Serving) -> Iterator[None]:
    elsewhere = desk.folder / "elsewhere"
    desk.database.rename(elsewhere)
    shutil.copyfile(elsewhere, desk.database)
    yield
    elsewhere.rename(desk.database)


@contextmanager
def a_database_that_is_away(_desk: Desk, _service: Serving) -> Iterator[None]:
    server = own_server()
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextmanager
def a_database_that_is_read_only(desk: Desk, _service: Serving) -> Iterator[None]:
    """As a server that was made a standby, or whose administrator is at work."""

    def switch(change: str) -> None:
        with psycopg.connect(desk.env["FORMS_API_STORE"], autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER SYSTEM {change}")
            connection.execute("SELECT pg_reload_conf()")

    switch("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        switch("RESET default_transaction_read_only")


@contextmanager
def a_table_that_its_administrator_holds(desk: Desk, _service: Serving) -> Iterator[None]:
    with psycopg.connect(desk.env["FORMS_API_STORE"]) as connection:
        connection.execute("LOCK TABLE trainer_signup IN ACCESS EXCLUSIVE MODE")
        yield


UNSEEN = (a_disk_that_takes_no_more, a_lock_of_another_program, a_table_that_its_administrator_holds)  # by /readyz


@contextmanager
def sound_afterwards(desk: Desk) -> Iterator[tuple[Desk, Serving]]:
    """A desk and its service, looked over when all troubles are past."""
    desk.add_session(capacity="100")
    with desk.serving() as service:
        yield desk, service
    assert desk.run("doctor").returncode == 0
    assert desk.run("audit", "verify").returncode == 0


@pytest.fixture(scope="module")
def in_sqlite(tmp_path_factory) -> Iterator[tuple[Desk, Serving]]:
    with sound_afterwards(Desk(tmp_path_factory.mktemp("troubled"))) as ready:
        yield ready


@pytest.fixture(scope="module")
def in_postgres(tmp_path_factory) -> Iterator[tuple[Desk, Serving]]:
    desk = Desk(tmp_path_factory.mktemp("troubled-postgres"))
    desk.env["FORMS_API_STORE"] = new_database()
    with sound_afterwards(desk) as ready:
        yield ready


@pytest.fixture(scope="module")
def on_a_small_disk(tmp_path_factory) -> Iterator[tuple[Desk, Serving]]:
    if os.geteuid() != 0:
        pytest.skip("only an administrator may make a small disk; a disk that takes no more is tried all the same")
    desk = Desk(tmp_path_factory.mktemp("small"))
    desk.database.parent.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", desk.database.parent], check=True)
    try:
        with sound_afterwards(desk) as ready:
            yield ready
    finally:
        subprocess.run(["umount", desk.database.parent], check=True)


def begun(line: httpx2.Client) -> PageForm:
    """A form as its first page gives it, all answered."""
    form = main_form(line.get("/forms/trainer_signup").text)
    return PageForm("/forms/trainer_signup/check", form.fields | TYPED | {"go": "send"})


@pytest.mark.parametrize(
    ("place", "trouble"),
    [
        ("on_a_small_disk", a_full_disk),
        ("in_sqlite", a_disk_that_takes_no_more),
        ("in_sqlite", a_lock_of_another_program),
        ("in_sqlite", a_file_that_was_moved),
        ("in_sqlite", a_log_of_changes_that_was_moved),
        ("in_sqlite", a_folder_that_was_moved),
        ("in_sqlite", another_file_in_its_place),
        ("in_postgres", a_database_that_is_away),
        ("in_postgres", a_database_that_is_read_only),
        ("in_postgres", a_table_that_its_administrator_holds),
    ],
    ids=lambda one: getattr(one, "__name__", one).replace("_", " "),
)
def test_in_trouble_nothing_is_acknowledged_the_answers_stay_and_the_same_key_works_afterwards(request, place, trouble):
    desk, service = request.getfixturevalue(place)
    before, one, two = (f"{name}-{trouble.__name__}"[:60] for name in ("before", "one", "two"))
    with httpx2.Client(base_url=base(service), timeout=60) as line:
        first = crowd(service, [before])[0]
        typed = begun(line)
        with trouble(desk, service):
            refused = crowd(service, [one, two])
            page = line.post(typed.action, data=typed.fields)
            ready = service.get("/readyz")[0]
        until = time.monotonic() + 20
        while crowd(service, [f"after-{trouble.__name__}"])[0].status_code == 503 and time.monotonic() < until:
            time.sleep(0.2)  # people are told to wait some seconds, and the disk is looked at once a second
        again = crowd(service, [one, two, before])
        kept_page = main_form(page.text)
        sent = line.post(kept_page.action, data=kept_page.fields | dict(kept_page.buttons))
        ready_again = service.get("/readyz")[0]

    assert first.status_code == 201
    assert [answer.status_code for answer in refused] == [503, 503]
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in (*refused, page))
    assert page.status_code == 503
    assert read_page(page.text).title.startswith("ข้อผิดพลาด:")
    assert "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่ในหน้านี้" in page.text
    assert kept_page.fields["full_name"] == TYPED["full_name"]
    assert kept_page.fields["key"] == typed.fields["key"]
    assert [answer.status_code for answer in again] == [201, 201, 200]
    assert again[-1].json()["reference"] == first.json()["reference"]
    assert sent.status_code == 303
    assert (ready, ready_again) == (200 if trouble in UNSEEN else 503, 200)
