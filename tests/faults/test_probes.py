"""What a hostile stranger sends over a bare socket: refused or cut off in time, while everybody else is served."""

import asyncio
import contextlib
import inspect
import json
import re
import secrets
import socket
import statistics
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from forms_api.deadlines import DeadlineProtocol, Limits, ServiceConfig
from tests.serving import Desk, Serving

HEAD_SECONDS, BODY_SECONDS, WRITE_SECONDS, LINGER_SECONDS = 3, 4, 2, 2
FILES = 8
GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /api/v1/forms/help_request HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: probe-0001\r\n"
PLEA = {
    "topic": "photo", "province": "50", "phone": "0812345678", "call_time": "any", "filled_by": "self",
    "notice_read": True,
}  # fmt: skip
JSON = b"Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Serving]:
    desk = Desk(tmp_path_factory.mktemp("probed"))
    desk.env |= {"FORMS_API_HEAD_SECONDS": str(HEAD_SECONDS), "FORMS_API_BODY_SECONDS": str(BODY_SECONDS)}
    desk.env |= {"FORMS_API_WRITE_SECONDS": str(WRITE_SECONDS), "FORMS_API_PER_ADDRESS": "1000"}
    desk.env["FORMS_API_LINGER_SECONDS"] = str(LINGER_SECONDS)
    site, most = desk.folder / "site", swallowed()
    site.mkdir()
    for number in range(FILES):
        (site / f"{number}.bin").write_bytes(bytes(most - 20_000 + number * 12_000))
    with desk.serving("--site", str(site)) as running:
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


def open_files(service: Serving) -> int:
    return len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))


def narrow_line(port: int) -> socket.socket:
    """A line whose own end takes next to nothing without being read."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    line.connect(("127.0.0.1", port))
    return line


def swallowed() -> int:
    """How many bytes this system takes for somebody who fetches none of them."""
    with socket.create_server(("127.0.0.1", 0)) as listener, narrow_line(listener.getsockname()[1]):
        sender, _ = listener.accept()
        sender.setblocking(False)
        taken = 0
        with sender, contextlib.suppress(BlockingIOError):
            while True:
                taken += sender.send(bytes(65_536))
    return taken


def ordinary_request_seconds(service: Serving) -> float:
    """The middle time of a few forms sent and kept, each with a connection of its own."""
    times = []
    for _ in range(9):
        started = time.monotonic()
        key = {"Idempotency-Key": secrets.token_hex(8)}
        assert service.ask("POST", "/api/v1/forms/help_request", PLEA, key)[0] == 201
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
    "a word where there is no path": (b"GET nonsense HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400}),
    "a tunnel to elsewhere": (b"CONNECT example.invalid:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400}),
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", {400}),
    "the beginning of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    "a nul in the path, escaped": (b"GET /forms/%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {404}),
    "half a letter in the path": (b"GET /forms/%ff%fe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {404}),
    "the way out of the folder": (b"GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {404}),
    "another protocol asked for": (
        POST + JSON + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4000\r\n\r\n{",
        {400},
    ),
    "a chunk size that is none": (POST + JSON + b"Transfer-Encoding: chunked\r\n\r\nzzzz\r\n", {400}),
}  # fmt: skip


def test_uvicorn_still_has_what_our_protocol_stands_on():
    """Another uvicorn may rename what it calls; our limits would be there and nobody would ask them."""
    extended = {name for name, what in vars(DeadlineProtocol).items() if callable(what) and hasattr(what, "__code__")}
    ours = {name for name in extended if name.startswith("_")}
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        config = ServiceConfig(print, Limits(), (), log_config=None, lifespan="off")
        plain = HttpToolsProtocol(config, ServerState(), {}, loop)

    assert extended - ours <= set(vars(HttpToolsProtocol))
    assert {"cycle", "pipeline", "parser", "headers", "transport", "client", "config", "loop"} <= set(vars(plain))
    assert plain.cycle is None
    assert {"keep_alive", "on_response"} <= set(inspect.signature(RequestResponseCycle).parameters)
    kept = set(RequestResponseCycle.__init__.__code__.co_names)
    assert {"response_started", "response_complete", "more_body", "disconnected", "message_event"} <= kept
    asked = re.findall(r"self\.transport\.(\w+)", inspect.getsource(RequestResponseCycle))
    assert set(asked) == {"write", "close", "is_closing"}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_much_or_malformed_is_refused(service, name):
    sent, expected = REFUSED[name]
    before = memory_mb(service)

    answer = exchange(service, *(sent[start : start + 65_536] for start in range(0, len(sent), 65_536)))

    assert status(answer) in expected, answer[:200]
    assert b"Traceback" not in answer
    assert memory_mb(service) - before < 25
    assert service.get("/healthz")[0] == 200


TOO_MUCH = {
    "a body longer than it may be": (POST + JSON + b"Content-Length: 2000000\r\n\r\n", b"a" * 1_000, 413),
    "chunks without end": (
        POST + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"a" * 65_536 + b"\r\n1\r\na\r\n",
        b"1\r\na\r\n" * 200,
        413,
    ),
    "a body for a page that is not there": (
        b"POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2000000\r\n\r\n",
        b"a" * 1_000,
        405,
    ),
    "a body by another name than ours": (
        b"POST / HTTP/1.1\r\nHost: example.invalid\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n",
        b"a" * 1_000,
        400,
    ),
    "a head that never ends": (GET + b"X-A: " + b"b" * 30_000, b"b" * 1_000, 431),
    "a request line that never ends": (b"GET /" + b"a" * 9_000, b"a" * 1_000, 414),
    "no request at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, b"\x16" * 1_000, 400),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_MUCH)
def test_who_is_refused_and_goes_on_sending_still_reads_the_whole_answer(service, name):
    """A close with bytes unread is a reset, and a reset takes the words away from who has not read them yet."""
    beginning, piece, expected = TOO_MUCH[name]
    with connect(service) as line:
        line.sendall(beginning)
        line.recv(1, socket.MSG_PEEK)  # refused by now
        for _ in range(1_000):
            line.sendall(piece)
        time.sleep(0.2)  # a reset would be back by then
        line.sendall(piece)
        answer = b""
        while chunk := line.recv(65_536):
            answer += chunk

    assert status(answer) == expected
    assert _complete(answer)
    assert service.get("/healthz")[0] == 200


def test_who_is_refused_and_hangs_up_at_once_is_no_fault_of_the_service(service):
    log = Path(f"/proc/{service.process.pid}/fd/2").resolve()
    before = open_files(service)
    for beginning, _, _ in TOO_MUCH.values():
        for number in range(60):
            line = connect(service)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not a goodbye
            line.sendall(beginning)
            time.sleep(number / 20_000)  # while it is read, while it is answered, after the answer
            line.close()
    until = time.monotonic() + LINGER_SECONDS + 20
    while open_files(service) > before and time.monotonic() < until:
        time.sleep(0.1)

    assert open_files(service) <= before
    assert "ERROR" not in log.read_text("utf-8")


def test_who_is_refused_and_never_leaves_is_cut_off_soon(service):
    before, lines = open_files(service), []
    for _ in range(100):
        line = connect(service)
        line.sendall(b"GET nonsense HTTP/1.1\r\n\r\n")
        lines.append(line)
    refused = [status(received(line)) for line in lines]
    until = time.monotonic() + LINGER_SECONDS + 20
    while open_files(service) > before and time.monotonic() < until:
        for line in lines:
            with contextlib.suppress(OSError):
                line.send(b"a")
        time.sleep(0.1)
    left = open_files(service)
    for line in lines:
        line.close()

    assert refused == [400] * 100
    assert left <= before


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [(b"", b"1\r\na\r\n"), (b"1;", b"a"), (b"0\r\nX-A: ", b"a"), (b"", b"0")],
    ids=["chunks", "an extension of a chunk", "a trailer", "zeros of a size"],
)
def test_a_body_that_never_ends_is_cut_off_after_little(service, beginning, piece):
    cut_off_after_little(service, POST + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + beginning, piece)


@pytest.mark.parametrize("name", TOO_MUCH)
def test_who_is_refused_and_sends_on_for_ever_is_cut_off_after_little(service, name):
    beginning, piece, _ = TOO_MUCH[name]

    cut_off_after_little(service, beginning.replace(b" 2000000", b" 2000000000"), piece)


def cut_off_after_little(service: Serving, beginning: bytes, piece: bytes) -> None:
    before, sent = memory_mb(service), 0
    with connect(service) as line:
        line.sendall(beginning)
        try:
            while sent < 1_000_000_000:
                sent += line.send(piece * (60_000 // len(piece)))
        except OSError:
            pass

    assert sent < 20_000_000  # ours is half a million, and four once refused; the system's buffers hold the rest
    assert memory_mb(service) - before < 25
    assert service.get("/healthz")[0] == 200


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (GET + b"\r\n", b"\r\n"),
        (GET + b"\r\n", b"G"),
        (b"POST / HTTP/1.1\r\nHost: example.invalid\r\nContent-Length: 4\r\n\r\n", b"late"),
    ],
    ids=["an empty line", "one letter", "a body after its answer"],
)
def test_a_line_kept_open_after_an_answer_is_cut_off_too(service, first, then):
    with connect(service) as line:
        line.sendall(first)
        answered = status(received(line))
        line.sendall(then)
        line.settimeout(HEAD_SECONDS + 20)
        try:
            end = line.recv(1)
        except ConnectionError:
            end = b""

    assert answered in {200, 400}
    assert end == b""


def test_what_came_before_nonsense_is_answered_as_itself(service):
    with connect(service) as line:
        line.sendall(GET + b"\r\n" + GET + b"\r\n\x16\x03\x01 nonsense\r\n\r\n")
        answer = b""
        while chunk := line.recv(65_536):
            answer += chunk

    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b" 400 " not in answer


def test_an_answer_that_nobody_fetches_does_not_hold_its_line(service):
    """Answers of many sizes, since only some end where the system's buffers are full and ours is nearly empty."""
    before, lines = open_files(service), []
    for number in range(FILES):
        line = narrow_line(service.port)
        line.sendall(b"GET /%d.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % number)
        lines.append(line)
    until = time.monotonic() + WRITE_SECONDS + 30
    while open_files(service) < before + FILES and time.monotonic() < until:
        time.sleep(0.01)
    while open_files(service) > before and time.monotonic() < until:
        time.sleep(0.1)
    left = open_files(service)
    for line in lines:
        line.close()

    assert left <= before


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
    body = json.dumps(PLEA).encode()
    head = (
        b"POST /api/v1/forms/help_request HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: left-in-the-middle\r\n"
        b"Content-Type: application/json\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n"
    )
    for cut in (len(body) // 2, len(body)):
        with connect(service) as line:
            line.sendall(head + body[:cut])

    answers = [
        service.ask("POST", "/api/v1/forms/help_request", PLEA, {"Idempotency-Key": "left-in-the-middle"})
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


def test_several_processes_share_the_lines_of_an_address(tmp_path):
    desk = Desk(tmp_path)
    desk.env["FORMS_API_PER_ADDRESS"] = "400"

    with desk.serving("--workers", "2") as service:
        lines = [connect(service) for _ in range(500)]
        for line in lines:
            with contextlib.suppress(OSError):
                line.sendall(GET + b"\r\n")
        served = [status(received(line)) for line in lines]
        for line in lines:
            line.close()

    assert 150 <= served.count(200) <= 400
    assert set(served) == {0, 200}


def test_an_address_has_no_fewer_lines_than_a_village_needs_however_many_processes_there_are():
    shares = {workers: Limits().shared(workers).per_address for workers in (1, 2, 3, 4, 16)}

    assert shares == {1: 600, 2: 300, 3: 200, 4: 150, 16: 150}
    assert Limits(per_address=20).shared(8).per_address == 20
