"""Figures for Prometheus: right, on an address of their own, and about nobody."""

import re

import pytest
from prometheus_client import generate_latest

from forms_api.metrics import Metrics
from forms_api.store.batches import BATCH_LIMIT
from forms_api.store.protocol import Health
from forms_api.store.sizes import BOUNDS, SizeCount
from tests.faults.test_probes import exchange
from tests.forms.logged import PLEA, SIGNUP, accesses, figure, figures, logging_desk, told

PAGE = "/api/v1/forms/help_request"
GET = "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.fixture
def desk(tmp_path):
    return logging_desk(tmp_path)


def test_the_figures_stand_on_their_own_address_only(desk):
    with desk.serving() as service:
        public = exchange(service, GET.format("/metrics").encode())
        pages = figures(desk)

    assert public.startswith(b"HTTP/1.1 404")
    assert figure(pages, "forms_ready") == 1
    assert figure(pages, "forms_queue") == 0
    assert figure(pages, "forms_disk_free_bytes") > 0
    assert re.search(r'^forms_build_info\{python="3\.[0-9.]+",version="[0-9.]+"\} 1\.0$', pages[0], re.M)


def test_sends_are_counted_by_what_became_of_them(desk):
    with desk.serving() as service:
        for key, change in (
            ("person-0001", {}),
            ("person-0001", {}),
            ("person-0001", {"call_time": "morning"}),
            ("person-0002", {"phone": "1"}),
        ):
            service.ask("POST", PAGE, PLEA | change, {"Idempotency-Key": key})
        desk.database.rename(desk.folder / "moved.db")
        service.ask("POST", PAGE, PLEA, {"Idempotency-Key": "person-0003"})
        pages = figures(desk)
        (desk.folder / "moved.db").rename(desk.database)

    for outcome in ("received", "replayed", "keyreused", "invalid", "busy"):
        assert figure(pages, f'forms_sends_total{{form="help_request",outcome="{outcome}"}}') == 1, outcome
    for status in (201, 200, 409, 422, 503):
        counted = f'forms_requests_total{{route="/api/v1/forms/{{form_id}}",status="{status}"}}'
        assert figure(pages, counted) == 1, status
    assert figure(pages, 'forms_request_seconds_count{route="/api/v1/forms/{form_id}"}') == 5
    assert figure(pages, "forms_ready") == 0


def test_a_seat_and_a_place_in_the_queue_are_two_outcomes(desk):
    number = int(desk.add_session(capacity="1").stdout.split()[0])
    answers = SIGNUP | {"session": number}
    with desk.serving() as service:
        statuses = [
            service.ask("POST", "/api/v1/forms/trainer_signup", answers, {"Idempotency-Key": f"person-000{one}"})
            for one in range(2)
        ]
        pages = figures(desk)

    assert [answer["state"] for _, answer in statuses] == ["seated", "waiting"]
    for outcome in ("seated", "waiting"):
        assert figure(pages, f'forms_sends_total{{form="trainer_signup",outcome="{outcome}"}}') == 1


def test_two_workers_tell_their_figures_on_two_ports(desk):
    with desk.serving("--workers", "2") as service:
        for number in range(20):
            service.ask("POST", PAGE, PLEA, {"Idempotency-Key": f"person-{number:04}"})
        while len({line.get("address") for line in told(desk)} - {None}) < 2:
            service.get("/healthz")
        pages = figures(desk)

    assert len(pages) == 2
    assert figure(pages, 'forms_sends_total{form="help_request",outcome="received"}') == 20
    assert figure(pages, "forms_ready") == 2
    assert sum(line["status"] == 201 for line in accesses(desk)) == 20


def test_batches_are_told_by_their_size_from_one_to_the_largest():
    counted = SizeCount()
    for jobs in (1, 1, 2, 3, 4, 5, 200, 256):
        counted.note(jobs)

    page = generate_latest(Metrics(lambda: Health(0, 0, batches=counted.so_far())).registry).decode()

    upto = {bound: figure([page], f'forms_batch_size_bucket{{le="{bound}"}}') for bound in (*BOUNDS, "+Inf")}
    assert upto == {1: 2, 2: 3, 4: 5, 8: 6, 16: 6, 32: 6, 64: 6, 128: 6, 256: 8, "+Inf": 8}
    assert figure([page], "forms_batch_size_count") == 8
    assert figure([page], "forms_batch_size_sum") == 472
    assert BOUNDS[-1] == BATCH_LIMIT


@pytest.mark.parametrize("place", ["9090", ":9090", "127.0.0.1:", "127.0.0.1:many", "127.0.0.1:65536"])
def test_an_address_of_figures_that_is_none_stops_the_start_with_a_reason(desk, place):
    desk.env["FORMS_API_METRICS"] = place

    refused = desk.run("serve", "--port", "0")

    assert refused.returncode == 2
    assert f"FORMS_API_METRICS={place}" in refused.stderr
