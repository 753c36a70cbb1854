"""PostgreSQL when it is killed, away for a while, or shared by two nodes."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx2
import psycopg
import pytest

from forms_api.errors import SettingsError
from forms_api.store.postgres import PostgresStore
from tests.clusters import Server, new_database, own_server
from tests.forms.test_concurrency import Acknowledged, crowd, killed_again_and_again, send
from tests.serving import Desk, Serving
from tests.store_samples import FIELDS, VAULT, command, field, made_form, new_session, submit, submit_all


def postgres_desk(folder: Path) -> Desk:
    desk = Desk(folder)
    desk.env["FORMS_API_STORE"] = new_database()
    return desk


def test_a_session_added_before_the_first_start_stands_in_an_audit_log_that_holds(tmp_path):
    desk = postgres_desk(tmp_path)
    assert desk.add_session().returncode == 0
    assert desk.run("audit", "verify").stderr == "บันทึกถูกต้อง 1 รายการ\n"


def kept_in_postgres(desk: Desk) -> Acknowledged:
    with psycopg.connect(desk.env["FORMS_API_STORE"]) as connection:
        rows = connection.execute("SELECT key, reference FROM trainer_signup").fetchall()
        over = connection.execute("SELECT id FROM training_session WHERE taken > capacity").fetchall()
    assert over == []
    assert len(rows) == len({key for key, _ in rows}) == len({reference for _, reference in rows})
    return dict(rows)


@contextmanager
def started(make: Callable[[], Server]) -> Iterator[Server]:
    server = make()
    try:
        if server.process is None:
            server.start()
        yield server
    finally:
        server.remove()


def server_killed_again_and_again(desk: Desk, times: int, most: int) -> Acknowledged:
    """Kill the database under sixty clients who try again with the same key; return what was acknowledged."""
    desk.add_session(capacity="100")
    acknowledged: Acknowledged = {}
    chance = random.Random()
    with desk.serving() as service:
        for life in range(times):
            asyncio.run(_kill_server(service, f"life-{life}", acknowledged, chance.randint(1, most)))
    found = kept_in_postgres(desk)
    assert {key: found.get(key) for key in acknowledged} == acknowledged
    assert desk.run("doctor").returncode == 0
    assert desk.run("audit", "verify").returncode == 0
    return acknowledged


async def _kill_server(service: Serving, life: str, acknowledged: Acknowledged, after: int) -> None:
    await _under_load(service, life, acknowledged, after, lambda: _kill_and_start(own_server()))


async def _under_load(
    service: Serving, life: str, acknowledged: Acknowledged, after: int, happens: Callable[[], None]
) -> None:
    """Sixty clients send; after so many answers something happens to the database; wait until it answers again."""
    enough = len(acknowledged) + after
    stop = asyncio.Event()

    async def client(name: str) -> None:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{service.port}", timeout=60) as line:
            number = 0
            while not stop.is_set():
                key = f"{life}-{name}-{number}".ljust(16, "0")
                answer = await send(line, key)
                if answer.status_code == 503:
                    await asyncio.sleep(0.1)
                    continue
                assert answer.status_code in (200, 201), answer.text
                acknowledged[key] = answer.json()["reference"]
                number += 1

    clients = [asyncio.create_task(client(str(n))) for n in range(60)]
    while len(acknowledged) < enough:
        await asyncio.sleep(0.001)
    await asyncio.to_thread(happens)
    again = len(acknowledged)
    while len(acknowledged) < again + 60:
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*clients)


def _kill_and_start(server: Server) -> None:
    server.kill()
    server.start()


def test_the_service_killed_at_ten_random_points_loses_nothing_it_acknowledged(tmp_path):
    assert killed_again_and_again(postgres_desk(tmp_path), 10, 250, find=kept_in_postgres)


def test_the_database_killed_at_ten_random_points_loses_nothing_that_was_acknowledged(tmp_path):
    assert server_killed_again_and_again(postgres_desk(tmp_path), 10, 250)


def test_while_the_database_is_away_people_are_told_to_come_back_and_nothing_is_lost(tmp_path):
    desk = postgres_desk(tmp_path)
    desk.add_session()
    server = own_server()

    with desk.serving() as service:
        first = crowd(service, ["before-1"])[0]
        server.kill()
        try:
            refused = crowd(service, ["during-1", "during-2"])
            ready = service.get("/readyz")[0]
        finally:
            server.start()
        again = crowd(service, ["during-1", "during-2", "before-1"])

    assert first.status_code == 201
    assert [answer.status_code for answer in refused] == [503, 503]
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert ready == 503
    assert [answer.status_code for answer in again] == [201, 201, 200]
    assert len(kept_in_postgres(desk)) == 3


def test_two_nodes_on_one_database_seat_a_crowd_exactly_and_keep_one_audit_log(tmp_path):
    desk = postgres_desk(tmp_path)
    desk.add_session(capacity="30")

    with desk.serving() as here, desk.serving("--workers", "2") as there:
        first = crowd(here, [f"here-{n:04}" for n in range(100)] + ["both-nodes"])
        second = crowd(there, [f"there-{n:04}" for n in range(100)] + ["both-nodes"])
        os.kill(here.process.pid, signal.SIGTERM)

    states = Counter(answer.json()["state"] for answer in (*first, *second[:-1]))
    assert states == {"seated": 30, "waiting": 171}
    assert second[-1].json()["reference"] == first[-1].json()["reference"]
    assert len(kept_in_postgres(desk)) == 201
    assert desk.run("audit", "verify").returncode == 0
    assert desk.run("sessions", "list").stdout.count("30/30 ที่ รอ 171") == 1
    assert desk.run("export", "trainer_signup", "--out", str(tmp_path / "out.xlsx")).returncode == 0


def test_when_the_primary_dies_a_synchronous_standby_takes_over_with_all_that_was_acknowledged(tmp_path):
    desk = Desk(tmp_path)
    acknowledged: Acknowledged = {}

    with started(Server) as primary, started(primary.standby) as standby:
        desk.env["FORMS_API_STORE"] = f"postgresql://forms@/postgres?host={primary.folder},{standby.folder}"
        desk.add_session(capacity="100")
        with desk.serving() as service:
            asyncio.run(_fail_over(service, acknowledged, primary, standby))
            patience = time.monotonic() + 20
            while (ready := service.get("/readyz")[0]) != 200 and time.monotonic() < patience:
                time.sleep(0.5)
        desk.env["FORMS_API_STORE"] = standby.url("postgres")
        found = kept_in_postgres(desk)
        verified = desk.run("audit", "verify")

    assert {key: found.get(key) for key in acknowledged} == acknowledged
    assert ready == 200
    assert verified.returncode == 0


async def _fail_over(service: Serving, acknowledged: Acknowledged, primary: Server, standby: Server) -> None:
    def away() -> None:
        primary.kill()
        standby.promote()

    await _under_load(service, "life", acknowledged, 500, away)


def test_the_doctor_says_when_the_servers_own_log_would_quote_names(tmp_path):
    desk = postgres_desk(tmp_path)
    desk.run("migrate")

    loose = desk.run("doctor")
    with psycopg.connect(desk.env["FORMS_API_STORE"]) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET log_error_verbosity = terse")
    terse = desk.run("doctor")

    assert (loose.returncode, terse.returncode) == (0, 0)
    assert "log_error_verbosity = terse" in loose.stdout
    assert "log_error_verbosity" not in terse.stdout


def test_an_older_program_beside_a_younger_one_takes_no_answer_away():
    url = new_database()
    older, younger = made_form(), made_form(fields=[*FIELDS, field("village", "text", required=False)])
    young = PostgresStore(url, [younger], VAULT)

    old = PostgresStore(url, [older], VAULT)
    submit(young, command("person-number-0001", form=younger, village="บ้านดอนแก้ว"))
    submit(old, command("person-number-0002", form=older))

    assert [row["village"] for row in young.rows(younger)] == ["บ้านดอนแก้ว", None]
    old.close()
    young.close()


def test_data_of_a_younger_program_is_not_opened():
    url = new_database()
    PostgresStore(url, [made_form()], VAULT).close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO schema_step (name) VALUES ('something_new')")

    with pytest.raises(SettingsError, match="something_new"):
        PostgresStore(url, [made_form()], VAULT)


def test_a_new_question_waits_for_a_reader_and_people_do_not_wait_with_it():
    url = new_database()
    form, longer = made_form(), made_form(fields=[*FIELDS, field("village", "text", required=False)])
    store = PostgresStore(url, [form], VAULT)
    submit(store, command("person-number-0001"))
    reader = psycopg.connect(url)
    reader.execute("SELECT count(*) FROM trainer_signup")

    opening = ThreadPoolExecutor(1).submit(PostgresStore, url, [longer], VAULT)
    slowest = max(_seconds(partial(submit, store, command(f"person-meanwhile-{n}"))) for n in range(20))
    reader.close()
    opened = opening.result(timeout=60)

    assert slowest < 8  # one wait for the lock is cut off after two
    assert submit(opened, command("person-number-0002", form=longer, village="บ้านดอนแก้ว")).state == "received"
    opened.close()
    store.close()


def test_two_nodes_whose_officers_cancel_at_once_never_lock_one_another_out():
    url = new_database()
    nodes = [PostgresStore(url, [made_form()], VAULT) for _ in range(2)]
    sessions = [nodes[0].add_session(new_session(capacity=40)) for _ in range(4)]
    people = [command(f"person-number-{n:04}", session_id=sessions[n % 4]) for n in range(160)]
    references = [answer.reference for answer in submit_all(nodes[0], people)]

    with ThreadPoolExecutor(8) as officers:
        ended = list(officers.map(lambda n: nodes[n % 2].cancel(references[n], "officer:test"), range(160)))
    with psycopg.connect(url) as connection:
        (deadlocks,) = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()

    assert None not in ended
    assert deadlocks == 0
    assert [nodes[0].session(number).taken for number in sessions] == [0] * 4
    for node in nodes:
        node.close()


def test_wiping_says_so_when_a_reader_still_sees_what_was_deleted():
    url = new_database()
    store = PostgresStore(url, [made_form()], VAULT)
    submit(store, command("person-number-0001"))
    with psycopg.connect(url) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM trainer_signup")
        held = store.wipe()

    assert (held, store.wipe()) == (False, True)
    store.close()


def _seconds(work):
    started = time.monotonic()
    work()
    return time.monotonic() - started
