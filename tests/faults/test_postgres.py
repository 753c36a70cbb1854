"""PostgreSQL when it is killed, away for a while, or shared by two nodes."""

import asyncio
import os
import random
import signal
from collections import Counter
from pathlib import Path

import httpx2
import psycopg

from tests.clusters import Server, new_database, own_server
from tests.forms.test_concurrency import Acknowledged, crowd, killed_again_and_again, send
from tests.serving import Desk, Serving


def postgres_desk(folder: Path) -> Desk:
    desk = Desk(folder)
    desk.env["FORMS_API_STORE"] = new_database()
    return desk


def kept_in_postgres(desk: Desk) -> Acknowledged:
    with psycopg.connect(desk.env["FORMS_API_STORE"]) as connection:
        rows = connection.execute("SELECT key, reference FROM trainer_signup").fetchall()
        over = connection.execute("SELECT id FROM training_session WHERE taken > capacity").fetchall()
    assert over == []
    assert len(rows) == len({key for key, _ in rows}) == len({reference for _, reference in rows})
    return dict(rows)


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
    server = own_server()
    await asyncio.to_thread(_kill_and_start, server)
    again = len(acknowledged)
    while len(acknowledged) < again + 60:
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*clients)


def _kill_and_start(server: Server) -> None:
    server.kill()
    server.start()


def test_the_service_killed_at_five_random_points_loses_nothing_it_acknowledged(tmp_path):
    assert killed_again_and_again(postgres_desk(tmp_path), 5, 250, find=kept_in_postgres)


def test_the_database_killed_at_three_random_points_loses_nothing_that_was_acknowledged(tmp_path):
    assert server_killed_again_and_again(postgres_desk(tmp_path), 3, 250)


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
