"""What a hostile stranger sends over a bare socket: refused or cut off in time, while everybody else is served."""

import json
import socket
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Desk, Serving

HEAD_SECONDS, BODY_SECONDS = 3, 4
GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /api/v1/forms/help_request HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: probe-0001\r\n"
JSON = b"Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Serving]:
    desk = Desk(tmp_path_factory.mktemp("probed"))
    desk.env |= {"FORMS_API_HEAD_SECONDS": str(HEAD_SECONDS), "FORMS_API_BODY_SECONDS": str(BODY_SECONDS)}
    desk.env["FORMS_API_PER_ADDRESS"] = "1000"
    with desk.serving() as running:
        yield running


def connect(service: Serving) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=30)


def exchange(service: Serving, *parts: bytes) -> bytes:
    """Send parts until the other side has had enough, and return all that it answers."""
    with connect(service) as line:
        try:
            for part in parts:
                line.sendall(part)
        except OSError:
            pass
        return received(line)


def received(line: socket.socket) -> bytes:
    answer = b""
    try:
        while chunk := line.recv(65_536):
            answer += chunk
            if _complete(answer):
                break
    except OSError:
        pass
    return answer


def _complete(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":-1")
    return bool(end) and len(body) >= int(length.partition(b":")[2]) >= 0


def status(answer: bytes) -> int:
    """The status of an answer; 0 where the line was cut without one."""
    return int(answer[9:12]) if answer else 0


def memory_mb(service: Serving) -> float:
    text = Path(f"/proc/{service.process.pid}/status").read_text("ascii")
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def ordinary_request_seconds(service: Serving) -> float:
    """The middle time of a few ordinary requests, each with a connection of its own."""
    times = []
    for _ in range(9):
        started = time.monotonic()
        assert service.get("/healthz")[0] == 200
        times.append(time.monotonic() - started)
    return statistics.median(times)


REFUSED = {
    "a hundred thousand headers": (GET + b"X-A: b\r\n" * 100_000 + b"\r\n", {431, 0}),
    "a header of ten megabytes": (GET + b"X-A: " + b"b" * 10_000_000 + b"\r\n\r\n", {431, 0}),
    "a header that never ends": (GET + b"X-A: " + b"b" * 60_000, {431, 0}),
    "a request line that never ends": (b"GET /" + b"a" * 200_000, {414, 431, 0}),
    "a long request line": (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {414}),
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", {400}),
    "two hosts": (GET + b"Host: example.invalid\r\n\r\n", {400}),
    "a host that is not ours": (b"GET / HTTP/1.1\r\nHost: example.invalid\r\n\r\n", {400}),
    "length and chunks": (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", {400}),
    "a length that is no number": (POST + b"Content-Length: five\r\n\r\nhello", {400}),
    "a length below zero": (POST + b"Content-Length: -1\r\n\r\n", {400}),
    "no request at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, {400}),
    "a nul in the path": (b"GET /a\x00b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400}),
    "spaces in a header name": (GET + b"X A: b\r\n\r\n", {400}),
    "an ended line inside a header": (GET + b"X-A: b\rX-B: c\r\n\r\n", {400}),
    "a gigabyte promised": (POST + JSON + b"Content-Length: 1000000000\r\n\r\n{", {413}),
    "JSON sixty thousand deep": (POST + JSON + b"Content-Length: 60000\r\n\r\n" + b"[" * 60_000, {400}),
    "half a letter": (POST + JSON + b'Content-Length: 11\r\n\r\n{"a": "\xff\xfe"}', {400}),
    "a chunk of many": (
        POST + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"a" * 65_536 + b"\r\n") * 2,
        {413},
    ),
    "a chunk size that is none": (POST + JSON + b"Transfer-Encoding: chunked\r\n\r\nzzzz\r\n", {400}),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_much_or_malformed_is_refused(service, name):
    sent, expected = REFUSED[name]
    before = memory_mb(service)

    answer = exchange(service, *(sent[start : start + 65_536] for start in range(0, len(sent), 65_536)))

    assert status(answer) in expected, answer[:200]
    assert b"Traceback" not in answer
    assert memory_mb(service) - before < 25
    assert service.get("/healthz")[0] == 200


def test_an_endless_stream_of_chunks_is_cut_off(service):
    with connect(service) as line:
        line.sendall(POST + JSON + b"Transfer-Encoding: chunked\r\n\r\n")
        sent, started = 0, time.monotonic()
        try:
            while time.monotonic() - started < 3 * BODY_SECONDS:
                sent += line.send(b"1\r\na\r\n" * 2_000)
        except OSError:
            pass
        took = time.monotonic() - started

    assert took < 3 * BODY_SECONDS
    assert service.get("/healthz")[0] == 200


@pytest.mark.parametrize(
    ("beginning", "seconds"),
    [
        (GET + b"X-A: ", HEAD_SECONDS),
        (POST + JSON + b"Content-Length: 4000\r\n\r\n{", BODY_SECONDS),
        (b"", HEAD_SECONDS),
    ],
    ids=["slow heads", "slow bodies", "silent lines"],
)
def test_nine_hundred_slow_visitors_are_cut_off_in_time_and_hold_up_nobody(service, beginning, seconds):
    before = memory_mb(service)
    lines = [connect(service) for _ in range(900)]
    started = time.monotonic()
    for line in lines:
        if beginning:
            line.sendall(beginning)

    during = ordinary_request_seconds(service)
    waiting = list(lines)
    while waiting and time.monotonic() - started < seconds + 20:
        for line in list(waiting):
            try:
                if beginning:
                    line.sendall(b"a")
                line.settimeout(0.001)
                if line.recv(1_000) == b"":
                    waiting.remove(line)
            except TimeoutError:
                continue
            except OSError:
                waiting.remove(line)
        time.sleep(0.2)

    for line in lines:
        line.close()
    assert waiting == []
    assert during < 1.0
    assert memory_mb(service) - before < 40
    assert service.get("/healthz")[0] == 200


def test_a_flood_in_one_line_is_answered_in_part_and_cut(service):
    answer = exchange(service, (GET + b"\r\n") * 5_000)

    assert answer.startswith(b"HTTP/1.1 ")
    assert service.get("/healthz")[0] == 200


def test_a_visitor_who_leaves_in_the_middle_loses_nothing_and_doubles_nothing(service):
    plea = {
        "topic": "photo", "province": "50", "phone": "0812345678", "call_time": "any",
        "filled_by": "self", "notice_read": True,
    }  # fmt: skip
    body = json.dumps(plea).encode()
    head = (
        b"POST /api/v1/forms/help_request HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: left-in-the-middle\r\n"
        b"Content-Type: application/json\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n"
    )
    for cut in (len(body) // 2, len(body)):
        with connect(service) as line:
            line.sendall(head + body[:cut])

    answers = [
        service.ask("POST", "/api/v1/forms/help_request", plea, {"Idempotency-Key": "left-in-the-middle"})
        for _ in range(2)
    ]

    assert {answer[0] for answer in answers} <= {200, 201}
    assert answers[1][0] == 200
    assert answers[0][1]["reference"] == answers[1][1]["reference"]


def test_one_address_may_not_take_every_line(tmp_path):
    desk = Desk(tmp_path)
    desk.env["FORMS_API_PER_ADDRESS"] = "20"

    with desk.serving() as service:
        lines = [connect(service) for _ in range(20)]
        for line in lines:
            line.sendall(GET + b"\r\n")
        served = [status(received(line)) for line in lines]
        one_more = exchange(service, GET + b"\r\n")
        lines.pop().close()
        time.sleep(0.1)
        after = exchange(service, GET + b"\r\n")
        for line in lines:
            line.close()

    assert served == [200] * 20
    assert one_more == b""
    assert status(after) == 200
