"""Logs and figures: enough to run the service by, and never an answer."""

import json
import logging
import re
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from forms_api.logs import DailyFile, Json
from tests.faults.test_probes import exchange
from tests.serving import Desk, Serving

NAME, PHONE, WORDS, VILLAGE = "มยุราเครื่องหมาย", "0898765432", "คำลับของฉันหนึ่งสอง", "หมู่บ้านเครื่องหมาย"
MARKS = (NAME, PHONE, PHONE[1:], WORDS, VILLAGE, "secret-marker", "mayura")
PLEA = {
    "topic": "photo", "detail": WORDS, "province": "50", "phone": PHONE, "call_time": "any", "full_name": NAME,
    "filled_by": "self", "notice_read": True,
}  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    made.env |= {"FORMS_API_LOG_FORMAT": "json", "FORMS_API_METRICS": "127.0.0.1:19090"}
    made.env["FORMS_API_ACCESS_LOG"] = str(tmp_path / "logs/access.log")
    return made


def written(desk: Desk) -> str:
    files = [desk.folder / "serve.log", *(desk.folder / "logs").glob("*")]
    return "\n".join(path.read_text("utf-8") for path in files)


def figures(desk: Desk) -> str:
    port = int(desk.env["FORMS_API_METRICS"].rpartition(":")[2])
    pages = []
    for number in range(port, port + 8):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{number}/metrics", timeout=5) as answer:
                pages.append(answer.read().decode())
        except OSError:
            continue
    return "\n".join(pages)


def everything_wrong(service: Serving) -> None:
    """Marked personal data on every path that reads any, right and wrong."""
    key = {"Idempotency-Key": "secret-marker-0001"}
    marked = {"User-Agent": "secret-marker", "Referer": "http://127.0.0.1/?q=mayura", "Cookie": "a=secret-marker"}
    service.ask("POST", "/api/v1/forms/help_request", PLEA, key | marked)
    service.ask("POST", "/api/v1/forms/help_request", PLEA | {"full_name": NAME + "อื่น"}, key)
    service.ask("POST", "/api/v1/forms/help_request", PLEA | {"phone": [PHONE]}, key)
    service.ask("POST", "/api/v1/forms/help_request", PLEA | {NAME: PHONE}, key)
    service.ask("GET", f"/api/v1/sessions?province={PHONE}&q=secret-marker")
    form = "&".join(f"{name}={urllib.request.quote(str(value))}" for name, value in PLEA.items())
    body = f"{form}&key=secret-marker-0002&go=send".encode()
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/secret-marker"):
        for path in ("/forms/help_request", "/forms/help_request/check", "/status", f"/forms/{PHONE}"):
            head = f"POST {path}?q=secret-marker HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
            exchange(service, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    for line in (
        f"GET /mayura/{PHONE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        f"GET /forms/help_request/done?r=secret-marker-{PHONE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /secret-marker\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "POST /secret-marker HTTP/1.1\r\nHost: secret-marker.example\r\nContent-Length: 2\r\n\r\n{}",
        f"POST /status HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999\r\n\r\nlast4={PHONE}",
        "GET /%0d%0a{\"level\":\"mayura\"}%1b[31m%e2%80%ae HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ):  # fmt: skip
        exchange(service, line.encode())


def test_no_log_and_no_figure_holds_what_a_person_sent(desk):
    with desk.serving() as service:
        everything_wrong(service)
        desk.database.rename(desk.folder / "moved.db")
        everything_wrong(service)
        told = figures(desk)
        (desk.folder / "moved.db").rename(desk.database)
    exported = desk.run("export", "help_request", "--out", str(desk.folder / "out.csv"))

    logs = written(desk)
    assert '"reference"' in logs
    assert "forms_requests_total" in told
    for mark in MARKS:
        assert mark not in logs.encode().decode("unicode_escape", "replace"), mark
        assert mark not in logs
        assert mark not in told
        assert mark not in exported.stderr


def test_every_line_is_one_json_object_with_what_an_operator_needs(desk):
    with desk.serving() as service:
        everything_wrong(service)
        status, answer = service.ask("POST", "/api/v1/forms/help_request", PLEA, {"Idempotency-Key": "person-0009"})

    accesses = [
        json.loads(line)
        for path in (desk.folder / "logs").glob("access-*.log")
        for line in path.read_text("ascii").splitlines()
    ]
    kept = [
        json.loads(line)
        for line in (desk.folder / "serve.log").read_text("ascii", "replace").splitlines()
        if "{" in line
    ]
    assert status == 201
    assert {"time", "client", "method", "path", "status", "ms", "bytes", "request"} <= set(accesses[0])
    assert {"path": "/api/v1/forms/help_request", "status": 201}.items() <= accesses[-1].items()
    assert any(one.get("reference") == answer["reference"] and one["state"] == "received" for one in kept)
    assert not any("?" in one["path"] for one in accesses)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (desk.folder / "logs").iterdir())


def test_the_figures_stand_on_their_own_address_only(desk):
    desk.env["FORMS_API_METRICS"] = "127.0.0.1:19190"
    with desk.serving() as service:
        service.ask("POST", "/api/v1/forms/help_request", PLEA, {"Idempotency-Key": "person-0009"})
        public = exchange(service, b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        told = figures(desk)

    assert public.startswith(b"HTTP/1.1 404")
    assert 'forms_sends_total{form="help_request",outcome="received"} 1.0' in told
    assert 'forms_requests_total{route="/api/v1/forms/{form_id}",status="201"} 1.0' in told
    assert "forms_ready 1.0" in told
    assert re.search(r"forms_disk_free_bytes [0-9.e+]{5,}", told)


def test_two_workers_tell_their_figures_on_two_ports(desk):
    desk.env["FORMS_API_METRICS"] = "127.0.0.1:19290"
    with desk.serving("--workers", "2") as service:
        for number in range(20):
            service.ask("POST", "/api/v1/forms/help_request", PLEA, {"Idempotency-Key": f"person-{number:04}"})
        told = figures(desk)

    sums = re.findall(r'forms_sends_total\{form="help_request",outcome="received"\} ([0-9.]+)', told)
    assert sum(map(float, sums)) == 20
    assert told.count("forms_ready 1.0") >= 1


def test_ninety_days_of_accesses_are_kept_and_the_day_before_is_deleted(tmp_path):
    now = [datetime(2027, 6, 15, tzinfo=UTC)]
    for days in (89, 90, 91):
        (tmp_path / f"access-{(now[0] - timedelta(days=days)).date()}.log").touch()
    (tmp_path / "other.log").touch()
    handler = DailyFile(str(tmp_path / "access.log"), lambda: now[0])
    handler.setFormatter(Json())

    handler.emit(logging.LogRecord("a", 20, "", 0, "first", None, None))
    now[0] += timedelta(days=1)
    handler.emit(logging.LogRecord("a", 20, "", 0, "second", None, None))
    handler.close()

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["access-2027-03-18.log", "access-2027-06-15.log", "access-2027-06-16.log", "other.log"]
    assert json.loads((tmp_path / "access-2027-06-16.log").read_text())["message"] == "second"


def test_an_exception_is_told_by_type_and_place_and_never_by_its_words():
    try:
        try:
            raise ValueError(PHONE)
        except ValueError as error:
            raise RuntimeError(NAME) from error
    except RuntimeError as error:
        record = logging.LogRecord("a", 40, "", 0, "failed", None, (type(error), error, error.__traceback__))

    line = Json().format(record)

    assert "RuntimeError at test_logs.py" in line
    assert "ValueError" in line
    assert PHONE not in line
    assert NAME not in json.loads(line)["exc_info"]


def test_control_and_turning_marks_come_out_escaped():
    line = Json().format(logging.LogRecord("a", 20, "", 0, "a\n\x1b[31m\u202eb", None, None))

    assert line.isascii()
    assert "\n" not in line
    assert "\x1b" not in line
