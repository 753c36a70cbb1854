"""Crowds, kills and moved files against the real service: what was acknowledged stays, once, within capacity."""

import asyncio
import os
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.serving import Desk, Serving, alive

ANSWERS = {
    "province": "50",
    "district": "5001",
    "subdistrict": "500101",
    "village": "หมู่ 4 บ้านหนองบัว",
    "role": "village_head",
    "session": 1,
    "full_name": "สมหญิง ใจดี",
    "phone": "081 234 5678",
    "contact": "call",
    "notice_read": True,
}
Acknowledged = dict[str, str]  # key -> reference


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


async def send(client: httpx2.AsyncClient, key: str, **changed: object) -> httpx2.Response:
    return await client.post(
        "/api/v1/forms/trainer_signup", json=ANSWERS | changed, headers={"Idempotency-Key": key.ljust(16, "0")}
    )


def crowd(service: Serving, keys: list[str], **changed: object) -> list[httpx2.Response]:
    """Send all keys at the same time."""

    async def together() -> list[httpx2.Response]:
        limits = httpx2.Limits(max_connections=200)
        async with httpx2.AsyncClient(base_url=base(service), limits=limits, timeout=60) as client:
            return await asyncio.gather(*(send(client, key, **changed) for key in keys))

    return asyncio.run(together())


def base(service: Serving) -> str:
    return f"http://127.0.0.1:{service.port}"


def kept(desk: Desk) -> dict[str, str]:
    """Key and reference of every row, after SQLite has found the file sound."""
    with sqlite3.connect(desk.database) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute("SELECT key, reference FROM trainer_signup").fetchall()
    db.close()
    assert len(rows) == len({key for key, _ in rows}) == len({reference for _, reference in rows})
    return dict(rows)


def test_two_hundred_people_for_thirty_seats_seat_thirty_and_queue_the_rest(desk):
    desk.add_session(capacity="30")

    with desk.serving() as service:
        answers = crowd(service, [f"person-{n:04}" for n in range(200)])
        status, session = service.get("/api/v1/sessions?province=50")

    assert Counter(answer.status_code for answer in answers) == {201: 200}
    told = [answer.json() for answer in answers]
    assert Counter(one["state"] for one in told) == {"seated": 30, "waiting": 170}
    assert sorted(one["position"] for one in told if one["state"] == "waiting") == list(range(1, 171))
    assert (status, session[0]["seats_left"]) == (200, 0)
    assert set(kept(desk).values()) == {one["reference"] for one in told}
    assert desk.run("doctor").returncode == 0


def test_one_key_sent_twenty_times_at_once_gives_one_row_and_one_reference(desk):
    desk.add_session()

    with desk.serving() as service:
        answers = crowd(service, ["same-person"] * 20)
        other = crowd(service, ["same-person"], full_name="คนอื่น")[0]

    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 19}
    assert {answer.json()["reference"] for answer in answers} == set(kept(desk).values())
    assert len(kept(desk)) == 1
    assert other.status_code == 409


async def send_until_it_breaks(service: Serving, worker: str, acknowledged: Acknowledged) -> None:
    async with httpx2.AsyncClient(base_url=base(service), timeout=60) as client:
        for number in range(100_000):
            key = f"{worker}-{number}".ljust(16, "0")
            try:
                answer = await send(client, key)
            except httpx2.TransportError:
                return
            assert answer.status_code in (200, 201), answer.text
            acknowledged[key] = answer.json()["reference"]


async def kill_under_load(service: Serving, life: str, acknowledged: Acknowledged, after: int) -> None:
    """Sixty clients send without pause; when `after` answers have come, the service and its workers are killed."""
    clients = [asyncio.create_task(send_until_it_breaks(service, f"{life}-{n}", acknowledged)) for n in range(60)]
    while len(acknowledged) < after:
        await asyncio.sleep(0.001)
    workers = service.workers()
    for number in (service.process.pid, *workers):
        os.kill(number, signal.SIGKILL)
    await asyncio.gather(*clients)
    while any(Path(f"/proc/{number}/fd").exists() and alive(number) for number in workers):
        await asyncio.sleep(0.01)


def killed_again_and_again(
    desk: Desk, lives: int, most: int, *options: str, find: Callable[[Desk], Acknowledged] | None = None
) -> Acknowledged:
    """Kill the service `lives` times, each after at most `most` answers; return what it acknowledged and kept."""
    desk.add_session(capacity="100")
    acknowledged: Acknowledged = {}
    chance = random.Random()
    for life in range(lives):
        with desk.serving(*options) as service:
            enough = len(acknowledged) + chance.randint(1, most)
            asyncio.run(kill_under_load(service, f"life-{life}", acknowledged, enough))
    found = (find or kept)(desk)
    assert {key: found.get(key) for key in acknowledged} == acknowledged
    assert desk.run("doctor").returncode == 0
    assert desk.run("audit", "verify").returncode == 0
    return acknowledged


@pytest.mark.parametrize(("workers", "lives"), [("1", 12), ("2", 8)])
def test_killed_at_twenty_random_points_the_service_loses_nothing_it_acknowledged(desk, workers, lives):
    acknowledged = killed_again_and_again(desk, lives, 250, "--workers", workers)

    with desk.serving("--workers", workers) as service:
        again = crowd(service, list(acknowledged)[:50])
    assert {answer.status_code for answer in again} == {200}
    assert [answer.json()["reference"] for answer in again] == list(acknowledged.values())[:50]


def test_stopped_under_load_the_service_answers_what_it_took_and_keeps_exactly_that(desk):
    desk.add_session(capacity="100")
    acknowledged: Acknowledged = {}

    async def stop_under_load(service: Serving) -> None:
        clients = [asyncio.create_task(send_until_it_breaks(service, f"c-{n}", acknowledged)) for n in range(24)]
        while len(acknowledged) < 100:
            await asyncio.sleep(0.001)
        service.process.terminate()
        await asyncio.gather(*clients)

    with desk.serving() as service:
        asyncio.run(stop_under_load(service))
        assert service.process.wait() == 0

    assert kept(desk) == acknowledged


def test_when_the_file_is_moved_the_service_says_busy_and_the_keys_work_once_it_is_back(desk):
    desk.add_session()
    elsewhere = desk.folder / "elsewhere.db"

    with desk.serving() as service:
        first = crowd(service, ["before-0"])[0]
        desk.database.rename(elsewhere)
        refused = crowd(service, ["during-0", "during-1"])
        ready, told = service.get("/readyz")
        elsewhere.rename(desk.database)
        again = crowd(service, ["during-0", "during-1", "before-0"])

    assert first.status_code == 201
    assert [answer.status_code for answer in refused] == [503, 503]
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert ready == 503
    assert "ไม่อยู่ที่เดิม" in told["problems"][0]
    assert [answer.status_code for answer in again] == [201, 201, 200]
    assert len(kept(desk)) == 3


def test_a_page_that_cannot_read_the_store_says_to_come_back(client, tmp_path):
    (tmp_path / "forms.db").rename(tmp_path / "elsewhere.db")

    answer = client.get("/api/v1/sessions?province=50")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
