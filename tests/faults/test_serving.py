"""Names, proxies and several processes: how the service may be started, and how it stops."""

import asyncio
import os
import signal
import socket
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx2
import pytest

from tests.forms.test_concurrency import crowd, kept, send_until_it_breaks
from tests.serving import Desk, alive

HALF_A_FORM = (
    b"POST /api/v1/forms/help_request HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Idempotency-Key: half-a-form\r\nContent-Length: 100\r\n\r\n{"
)


def eventually(look, settled):
    """What `look` returns once it is `settled`, or after some seconds."""
    until = time.monotonic() + 10
    while not settled(seen := look()) and time.monotonic() < until:
        time.sleep(0.02)
    return seen


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_open_to_all_it_wants_to_know_the_names_it_answers_to(desk):
    secret = desk.folder / "secret.key"
    secret.write_text("a key for tests, long enough to be one")
    desk.run("keys", "make")
    desk.env |= {"FORMS_API_SECRET_FILE": str(secret), "FORMS_API_KEYS_FILE": str(desk.folder / "var/keys.json")}

    refused = desk.run("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104  # it refuses to

    assert refused.returncode == 2
    assert "FORMS_API_HOSTS" in refused.stderr


@pytest.mark.parametrize("proxies", ["*", "10.0.0.0/8", "proxy.example"])
def test_whom_to_believe_is_named_exactly(desk, proxies):
    desk.env["FORMS_API_PROXIES"] = proxies

    refused = desk.run("serve", "--port", "0")

    assert refused.returncode == 2
    assert "FORMS_API_PROXIES" in refused.stderr


def test_a_name_that_is_not_ours_is_told_so_in_thai(desk):
    desk.env["FORMS_API_HOSTS"] = "forms.example"
    with desk.serving() as service:
        refused = service.ask("GET", "/api/v1/sessions", headers={"Host": "other.example"})
        taken = service.ask("GET", "/api/v1/sessions", headers={"Host": "Forms.Example:8000"})

    assert refused[0] == 400
    assert "เปิดหน้าแบบใหม่" in refused[1]["errors"][0]["message"]
    assert taken == (200, [])


def test_more_at_once_than_it_can_take_are_told_in_thai_to_wait_and_then_served(desk):
    with desk.serving("--limit-concurrency", "2") as service:
        inside = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(2)]
        for line in inside:
            line.sendall(HALF_A_FORM)
        sessions = f"http://127.0.0.1:{service.port}/api/v1/sessions"
        told = eventually(lambda: httpx2.get(sessions), lambda answer: answer.status_code == 503)
        page = httpx2.get(f"http://127.0.0.1:{service.port}/forms/help_request")
        alive = service.get("/healthz")
        for line in inside:
            line.close()
        served = eventually(lambda: httpx2.get(sessions), lambda answer: answer.status_code == 200)

    assert (told.status_code, page.status_code, served.status_code) == (503, 503, 200)
    assert "รอสักครู่แล้วลองใหม่" in told.json()["errors"][0]["message"]
    assert "รอสักครู่แล้วลองใหม่" in page.text
    assert int(told.headers["retry-after"]) > 0
    assert alive[0] == 200


def test_who_leaves_half_a_form_behind_is_no_line_of_the_log(desk):
    log = desk.folder / "serve.log"
    with desk.serving() as service:
        with socket.create_connection(("127.0.0.1", service.port)) as line:
            line.sendall(HALF_A_FORM)
        said = eventually(lambda: log.read_text("utf-8"), lambda text: "POST /api/v1/forms/{form_id}" in text)

    assert "POST /api/v1/forms/{form_id}" in said
    assert "ERROR" not in log.read_text("utf-8")


def test_two_processes_start_at_once_on_nothing_and_seat_a_crowd_exactly(desk):
    with desk.serving("--workers", "2") as service:
        desk.add_session(capacity="30")
        answers = crowd(service, [f"person-{n:04}" for n in range(200)])
        again = crowd(service, [f"person-{n:04}" for n in range(200)])
        workers = service.workers()

    told = [answer.json() for answer in answers]
    assert len(workers) == 2
    assert Counter(answer.status_code for answer in answers) == {201: 200}
    assert Counter(one["state"] for one in told) == {"seated": 30, "waiting": 170}
    assert [answer.json() for answer in again] == told
    assert len(kept(desk)) == 200
    assert desk.run("doctor").returncode == 0
    assert desk.run("audit", "verify").returncode == 0


def test_two_services_that_start_at_once_on_one_fresh_file_share_it(desk):
    secret = desk.folder / "secret.key"
    secret.write_text("a key for tests, long enough to be one")
    desk.env["FORMS_API_SECRET_FILE"] = str(secret)
    desk.run("keys", "make")
    with ThreadPoolExecutor() as starts, ExitStack() as running:
        services = list(starts.map(lambda _: running.enter_context(desk.serving()), range(2)))
        desk.add_session()
        answers = [crowd(service, [f"person-{n:04}" for n in range(20)]) for service in services]

    told = [[answer.json()["reference"] for answer in one] for one in answers]
    assert told[0] == told[1]
    assert len(kept(desk)) == 20


def test_stopped_under_load_two_processes_answer_what_they_took_and_keep_exactly_that(desk):
    desk.add_session(capacity="100")
    acknowledged: dict[str, str] = {}

    async def stop_under_load(service):
        clients = [asyncio.create_task(send_until_it_breaks(service, f"c-{n}", acknowledged)) for n in range(24)]
        while len(acknowledged) < 100:
            await asyncio.sleep(0.001)
        service.process.terminate()
        await asyncio.gather(*clients)

    with desk.serving("--workers", "2") as service:
        asyncio.run(stop_under_load(service))
        service.process.wait()

    found = kept(desk)
    assert {key: found.get(key) for key in acknowledged} == acknowledged
    assert len(found) == len(acknowledged)


def test_a_process_that_dies_is_started_again_and_none_outlives_its_parent(desk):
    with desk.serving("--workers", "2") as service:
        desk.add_session()
        assert crowd(service, ["before-1"])[0].status_code == 201
        os.kill(service.workers()[0], signal.SIGKILL)
        until = time.monotonic() + 20
        while len(service.workers()) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        answers = crowd(service, [f"after-{n}" for n in range(10)])
        orphans = service.workers()
        service.process.kill()
        service.process.wait()
        until = time.monotonic() + 20
        while any(map(alive, orphans)) and time.monotonic() < until:
            time.sleep(0.1)

    assert Counter(answer.status_code for answer in answers) == {201: 10}
    assert not any(map(alive, orphans))
    assert len(kept(desk)) == 11


def test_a_start_tells_of_a_clock_that_is_behind_its_newest_row(desk):
    with desk.serving() as service:
        plea = {"topic": "photo", "province": "50", "phone": "0812345678", "call_time": "any"}
        plea |= {"filled_by": "self", "notice_read": True}
        service.ask("POST", "/api/v1/forms/help_request", plea, {"Idempotency-Key": "person-0001"})
    with sqlite3.connect(desk.database) as db:
        db.execute("UPDATE help_request SET created_at = '2999-01-01T00:00:00.000Z'")
    db.close()

    with desk.serving():
        said = (desk.folder / "serve.log").read_text("utf-8")

    assert "ตั้งนาฬิกาให้ตรง" in said
    assert "ตั้งนาฬิกาให้ตรง" in desk.run("doctor").stdout
