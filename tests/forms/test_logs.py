"""Logs: enough to run the service by, and never an answer."""

import asyncio
import io
import json
import logging
import os
import sqlite3
import threading
import time
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from forms_api.logs import DailyFile, Json, Plain, Together, Unquoted, tell_failures
from tests.clusters import Server, new_database, own_server
from tests.faults.test_probes import exchange
from tests.forms.logged import PLEA, SIGNUP, accesses, figures, logging_desk, told, written
from tests.serving import Desk, Serving

NAME, PHONE, WORDS, VILLAGE = "มยุราเครื่องหมาย", "0898765432", "คำลับของฉันหนึ่งสอง", "หมู่บ้านเครื่องหมาย"
MARKS = (NAME, PHONE, PHONE[1:], WORDS, VILLAGE, "secret-marker", "mayura")
MARKED = PLEA | {"phone": PHONE, "full_name": NAME, "detail": WORDS}
MARKED_SIGNUP = SIGNUP | {"phone": PHONE, "full_name": NAME, "village": VILLAGE}
API = "/api/v1/forms/help_request"
END = "Host: 127.0.0.1\r\nConnection: close\r\n"
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
PAGES = ("/forms/help_request", "/forms/help_request/check", "/status", f"/forms/{PHONE}", f"/forms/{PHONE}/check")
ADDRESSES = (
    f"/mayura/{PHONE}", f"/forms/{PHONE}/", f"/forms/{PHONE}/check", f"/api/v1/forms/{PHONE}", "/mayura/../about/",
    f"/forms/help_request?full_name={PHONE}&province=50", f"/forms/help_request/done?r=secret-marker-{PHONE}",
    f"/forms/help_request/?detail={PHONE}", f"/api/v1/sessions?province={PHONE}&q=secret-marker", "/about?q=mayura",
    "/%0d%0a{%22level%22:%22mayura%22}%1b[31m%e2%80%ae", "/secret-marker\x00", "/secret-marker" * 700,
)  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "site/about").mkdir(parents=True)
    (tmp_path / "site/about/index.html").write_text("about", "utf-8")
    return logging_desk(tmp_path)


def post(service: Serving, path: str, kind: str, body: bytes, more: str = "") -> bytes:
    """Post a body by hand, with marked headers."""
    marked = "User-Agent: secret-marker\r\nReferer: http://127.0.0.1/?q=mayura\r\nCookie: a=secret-marker\r\n"
    head = f"POST {path} HTTP/1.1\r\n{END}{marked}{more}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return exchange(service, head.encode() + body)


def bodies() -> list[tuple[str, bytes]]:
    """Marked answers in every shape that a form's page reads or refuses."""
    quoted = "&".join(f"{name}={urllib.request.quote(str(value))}" for name, value in MARKED.items()).encode()
    part = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    parts = b"".join(part % (name.encode(), b"", str(value).encode()) for name, value in MARKED.items())
    return [
        (FORM, quoted + b"&key=secret-marker-0002&go=send&page=mayura"),
        (FORM, f"reference=mayura&last4={PHONE}".encode()),
        (FORM, quoted * 2), (FORM, f"{NAME}={PHONE}".encode() * 80), (FORM, b"phone=%ff%fe" + PHONE.encode()),
        (FORM, f"full_name={NAME}".encode() * 4_000),
        (MULTIPART, parts + b"--x--\r\n"), (MULTIPART, part % (b"phone", b'; filename="mayura"', b"x") + b"--x--\r\n"),
        (MULTIPART, b"--x" + NAME.encode() + parts), (MULTIPART, b"--x\r\n" + NAME.encode() + b": mayura\r\n\r\n"),
        ("text/secret-marker", quoted), ("application/json", b"{}"), (f"{FORM}; charset=mayura", quoted),
    ]  # fmt: skip


def everything(service: Serving, key: str) -> None:
    """Marked personal data on every path that reads any, right and wrong."""
    keyed = {"Idempotency-Key": f"secret-marker-{key}", "User-Agent": "secret-marker", "Cookie": "a=mayura"}
    for change in ({}, {}, {"full_name": NAME + "อื่น"}, {"phone": [PHONE]}, {"province": {NAME: 1}}, {NAME: PHONE}):
        service.ask("POST", API, MARKED | change, keyed)
    for number, change in enumerate(
        ({}, {"session": 9}, {"session": PHONE}, {"village": [VILLAGE]}, {"role": VILLAGE})
    ):
        numbered = {"Idempotency-Key": f"secret-marker-{key}-{number}"}
        service.ask("POST", "/api/v1/forms/trainer_signup", MARKED_SIGNUP | change, keyed | numbered)
    service.ask("POST", API, MARKED, {"Idempotency-Key": f"{NAME}".encode().hex() * 9})
    service.ask("POST", API, MARKED, keyed | {"Origin": "http://mayura.example"})
    for body in (f'["{PHONE}"]', f'{{"phone": "{PHONE}"', "[" * 60_000 + NAME, f'{{"a":{PHONE[1:]}e999,"{NAME}":NaN}}'):
        post(service, API, "application/json", body.encode(), "Idempotency-Key: secret-marker-0003\r\n")
    post(service, API, "application/json", b'{"phone": "\xff' + PHONE.encode() + b'"}')
    for path in PAGES:
        for kind, body in bodies():
            post(service, f"{path}?q=secret-marker", kind, body)
    for address in ADDRESSES:
        exchange(service, f"GET {address} HTTP/1.1\r\n{END}\r\n".encode())
    foreign = "GET / HTTP/1.1\r\nHost: secret-marker.example\r\n"
    wrong = f"PUT /forms/{PHONE} HTTP/1.1\r\n{END}"
    for head in (f"MAYURA /{PHONE} HTTP/1.1\r\n{END}", wrong, foreign, f"{NAME}\r\n"):
        exchange(service, head.encode() + b"Connection: close\r\n\r\n")
    exchange(service, f"POST /status HTTP/1.1\r\n{END}Content-Length: 99999\r\n\r\nlast4={PHONE}".encode())


def spoil_sessions(desk: Desk) -> None:
    """Put words where a day belongs, as no program of ours can: the next reader of sessions fails on them."""
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as database:
        database.execute("PRAGMA ignore_check_constraints=ON")
        database.execute("UPDATE training_session SET starts_at = ?", [f"mayura {PHONE}"])


def assert_unmarked(text: str) -> None:
    readings = (text, text.encode().decode("unicode_escape", "replace"), urllib.request.unquote(text))
    for mark in MARKS:
        assert not any(mark in reading for reading in readings), mark


def test_no_log_and_no_figure_holds_what_a_person_sent(desk):
    desk.add_session()
    with desk.serving("--site", str(desk.folder / "site")) as service:
        everything(service, "0001")
        desk.database.rename(desk.folder / "moved.db")
        everything(service, "0004")
        pages = figures(desk)
        (desk.folder / "moved.db").rename(desk.database)
        spoil_sessions(desk)
        failed, _ = service.ask("GET", "/api/v1/sessions?province=50")
    commands = [desk.run("export", "help_request", "--out", str(desk.folder / "out.csv")), desk.run("find", PHONE)]

    assert failed == 500
    assert {200, 201, 303, 400, 404, 405, 409, 413, 415, 422, 500, 503} <= {line["status"] for line in accesses(desk)}
    assert any(line.get("reference") for line in told(desk))
    assert_unmarked(written(desk))
    assert_unmarked("".join(pages))
    for command in commands:
        assert command.returncode == 0, command.stderr
        assert_unmarked(command.stderr)


def spoil_sessions_in_postgres(address: str) -> None:
    """The same in PostgreSQL."""
    with psycopg.connect(address) as connection:
        connection.execute("ALTER TABLE training_session DROP CONSTRAINT training_session_starts_at_check")
        connection.execute("UPDATE training_session SET starts_at = %s", [f"mayura {PHONE}"])


def quiet_database() -> str:
    """A database set up as the guide says, on a server that writes down every statement."""
    address = new_database()
    with psycopg.connect(address) as connection:
        for setting in ("log_error_verbosity = terse", "log_min_duration_statement = 0"):
            connection.execute(f"ALTER DATABASE {connection.info.dbname} SET {setting}")
    return address


def refuse_rows(address: str, refused: bool) -> None:
    """Have the database refuse every row with a name, as after a wrong hand of its administrator's."""
    change = (
        "ADD CONSTRAINT wrong_hand CHECK (full_name IS NULL) NOT VALID" if refused else "DROP CONSTRAINT wrong_hand"
    )
    with psycopg.connect(address) as connection:
        connection.execute(f"ALTER TABLE help_request {change}")


def sent_while(service: Serving, database: Server) -> list[int]:
    """Send marked forms from many sides while the database is killed in the middle of them; what each was told."""
    stop, told = threading.Event(), []

    def send(name: str) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            keyed = {"Idempotency-Key": f"secret-marker-{name}-{number}"}
            told.append(service.ask("POST", API, MARKED, keyed)[0])
            told.append(int(post(service, "/status", FORM, f"reference=MAYURA&last4={PHONE}".encode())[9:12]))

    senders = [threading.Thread(target=send, args=[f"sender-{number}"]) for number in range(16)]
    for sender in senders:
        sender.start()
    while told.count(201) < 60:
        time.sleep(0.01)
    database.kill()
    while told.count(503) < 60:
        time.sleep(0.01)
    stop.set()
    for sender in senders:
        sender.join()
    return told


def test_no_log_holds_what_a_person_sent_when_postgresql_keeps_it_refuses_it_or_goes_away_in_the_middle(desk):
    database = own_server()
    before = database.log()
    desk.env["FORMS_API_STORE"] = quiet_database()
    desk.add_session()
    with desk.serving("--site", str(desk.folder / "site")) as service:
        everything(service, "0001")
        refuse_rows(desk.env["FORMS_API_STORE"], refused=True)
        refused, _ = service.ask("POST", API, MARKED, {"Idempotency-Key": "secret-marker-0008"})
        refuse_rows(desk.env["FORMS_API_STORE"], refused=False)
        again, _ = service.ask("POST", API, MARKED, {"Idempotency-Key": "secret-marker-0008"})
        try:
            during = sent_while(service, database)
            everything(service, "0004")
            pages = figures(desk)
        finally:
            database.start()
        spoil_sessions_in_postgres(desk.env["FORMS_API_STORE"])
        failed, _ = service.ask("GET", "/api/v1/sessions?province=50")
    commands = [desk.run("export", "help_request", "--out", str(desk.folder / "out.csv")), desk.run("find", PHONE)]

    assert (refused, again, failed) == (500, 201, 500)
    assert set(during) == {201, 422, 503}
    assert {200, 201, 303, 400, 404, 405, 409, 413, 415, 422, 500, 503} <= {line["status"] for line in accesses(desk)}
    assert "CheckViolation at " in written(desk)
    assert "wrong_hand" in database.log().removeprefix(before)
    assert_unmarked(written(desk) + database.log().removeprefix(before))
    assert_unmarked("".join(pages))
    for command in commands:
        assert command.returncode == 0, command.stderr
        assert_unmarked(command.stderr)


def test_every_access_is_one_json_object_with_what_an_operator_needs(desk):
    with desk.serving() as service:
        status, answer = service.ask("POST", f"{API}?q=1", PLEA, {"Idempotency-Key": "person-0009"})
        service.ask("GET", "/api/v1/forms/nothing")

    first, second = accesses(desk)
    kept = next(line for line in told(desk) if line["message"] == "kept")
    assert status == 201
    assert {"client": "127.0.0.1", "method": "POST", "path": API, "status": 201}.items() <= first.items()
    assert {"path": "/api/v1/forms/{form_id}", "status": 404}.items() <= second.items()
    assert first["bytes"] > 0 < first["ms"]
    assert datetime.fromisoformat(first["time"]).utcoffset() == timedelta(0)
    assert {"form": "help_request", "state": "received", "channel": "api", "replayed": False}.items() <= kept.items()
    assert (kept["reference"], kept["request_id"]) == (answer["reference"], first["request_id"])
    assert all(path.stat().st_mode & 0o077 == 0 for path in (desk.folder / "logs").iterdir())


def test_a_failure_of_ours_is_told_by_place_and_found_again_by_the_number_on_the_page(desk):
    desk.add_session()
    with desk.serving() as service:
        spoil_sessions(desk)
        page = exchange(service, f"GET /api/v1/sessions?province=50 HTTP/1.1\r\n{END}\r\n".encode())

    failed = next(line for line in told(desk) if line["message"] == "request failed")
    assert page.startswith(b"HTTP/1.1 500")
    assert "ValueError at training.py:" in failed["exc_info"]
    assert f"x-request-id: {failed['request_id']}\r\n".encode() in page
    assert {"status": 500, "request_id": failed["request_id"]}.items() <= accesses(desk)[-1].items()


def test_an_address_that_a_proxy_passes_on_is_written_only_where_it_is_one(desk):
    desk.env["FORMS_API_PROXIES"] = "127.0.0.1"
    with desk.serving() as service:
        for forwarded in ("2001:db8::7", "198.51.100.7", "mayura", PHONE):
            service.ask("GET", "/healthz", None, {"X-Forwarded-For": forwarded})

    assert [line["client"] for line in accesses(desk)] == ["2001:db8::7", "198.51.100.7", "-", "-"]


def test_without_a_file_accesses_go_to_stderr_and_plain_lines_are_short(desk):
    del desk.env["FORMS_API_ACCESS_LOG"]
    desk.env |= {"FORMS_API_LOG_FORMAT": "plain", "FORMS_API_LOG_LEVEL": "info"}
    with desk.serving() as service:
        service.get("/healthz")

    last = (desk.folder / "serve.log").read_text("utf-8").splitlines()[-1]
    assert " INFO forms_api.access:  GET /healthz 200 " in last
    assert not (desk.folder / "logs").exists()


@pytest.mark.parametrize(("name", "value"), [("FORMS_API_LOG_FORMAT", "xml"), ("FORMS_API_LOG_LEVEL", "loud")])
def test_a_log_setting_that_is_none_stops_the_start_with_a_reason(desk, name, value):
    desk.env[name] = value

    refused = desk.run("serve", "--port", "0")

    assert refused.returncode == 2
    assert f"{name}={value}" in refused.stderr


def line_of(message: str) -> logging.LogRecord:
    return logging.LogRecord("forms_api.access", logging.INFO, "", 0, message, None, None)


def test_ninety_days_of_accesses_are_kept_and_the_day_before_is_deleted(tmp_path):
    now = [datetime(2027, 6, 15, 23, 59, tzinfo=UTC)]
    for days in (89, 90, 91):
        (tmp_path / f"access-{(now[0] - timedelta(days=days)).date()}.log").touch()
    (tmp_path / "other-2020-01-01.log").touch()
    handler = DailyFile(str(tmp_path / "access.log"), lambda: now[0])
    handler.setFormatter(Json())

    handler.emit(line_of("first"))
    at_first = {path.name for path in tmp_path.iterdir()}
    now[0] += timedelta(minutes=1)
    handler.emit(line_of("second"))
    handler.close()

    later = {"access-2027-03-18.log", "access-2027-06-15.log", "other-2020-01-01.log"}
    assert at_first == {"access-2027-03-17.log", *later}
    assert {path.name for path in tmp_path.iterdir()} == {"access-2027-06-16.log", *later}
    assert json.loads((tmp_path / "access-2027-06-16.log").read_text())["message"] == "second"


def test_lines_of_several_writers_into_one_file_stay_whole(tmp_path):
    handlers = [DailyFile(str(tmp_path / "access.log")) for _ in range(4)]

    def write(handler: DailyFile) -> None:
        handler.setFormatter(Json())
        for _ in range(500):
            handler.emit(line_of("x" * 200))
        handler.close()

    writers = [threading.Thread(target=write, args=[handler]) for handler in handlers]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    lines = "".join(path.read_text() for path in tmp_path.iterdir()).splitlines()
    assert [len(json.loads(line)["message"]) for line in lines] == [200] * 2_000


def test_a_day_whose_file_cannot_be_opened_closes_nobody_elses_file_and_is_told_once(tmp_path, caplog):
    now = [datetime(2027, 6, 15, tzinfo=UTC)]
    handler = DailyFile(str(tmp_path / "access.log"), lambda: now[0])
    handler.setFormatter(Json())
    handler.emit(line_of("first"))
    (tmp_path / "access-2027-06-16.log").mkdir()
    now[0] += timedelta(days=1)

    handler.emit(line_of("lost"))
    others = [os.open(tmp_path / "others", os.O_WRONLY | os.O_CREAT, 0o600) for _ in range(3)]
    handler.emit(line_of("lost too"))
    (tmp_path / "access-2027-06-16.log").rmdir()
    handler.emit(line_of("second"))
    handler.close()

    assert [os.write(other, b"x") for other in others] == [1, 1, 1]
    for other in others:
        os.close(other)
    assert [record.getMessage() for record in caplog.records] == ["the access log cannot be written: Is a directory"]
    assert json.loads((tmp_path / "access-2027-06-16.log").read_text())["message"] == "second"


def failed_record() -> logging.LogRecord:
    try:
        try:
            raise ValueError(PHONE)
        except ValueError as error:
            raise RuntimeError(NAME) from error
    except RuntimeError as error:
        return logging.LogRecord("a", 40, "", 0, "failed", None, (type(error), error, error.__traceback__))


@pytest.mark.parametrize("formatter", [Json(), Plain()])
def test_an_exception_is_told_by_type_and_place_and_never_by_its_words(formatter):
    line = formatter.format(failed_record())

    assert "RuntimeError at test_logs.py" in line
    assert "ValueError at test_logs.py" in line
    assert_unmarked(line)


@pytest.mark.parametrize("formatter", [Json(), Plain()])
def test_control_and_turning_marks_come_out_escaped(formatter):
    line = formatter.format(line_of("a\r\n\x1b[31m\x00\x7f\x85\u2028\u202eb"))

    assert line.isascii()
    assert "a\\" in line
    assert line.replace("\x7f", "").isprintable()


def test_the_event_loop_may_not_quote_calls_and_exceptions(caplog):
    def fail(answers: str) -> None:
        raise ValueError(answers)

    async def forgotten() -> None:
        asyncio.get_running_loop().call_soon(fail, PHONE)
        task = asyncio.get_running_loop().create_task(asyncio.sleep(0))
        asyncio.get_running_loop().call_exception_handler({"message": f"left behind <{NAME}>", "future": task})
        await asyncio.sleep(0.01)

    asyncio.run(forgotten())
    lines = [Json().format(record) for record in caplog.records if Unquoted().filter(record)]

    assert len(lines) == 2
    assert_unmarked("".join(lines))
    assert any("Exception in callback" in line and "ValueError at" in line for line in lines)


def test_what_nobody_caught_in_a_thread_is_told_by_type_and_place(caplog, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # put back what tell_failures sets
    monkeypatch.setattr("sys.unraisablehook", None)
    tell_failures()

    def fail() -> None:
        raise ValueError(PHONE)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    line = Json().format(caplog.records[-1])
    assert "ValueError at test_logs.py" in line
    assert_unmarked(line)


def test_lines_of_one_turn_of_the_loop_are_written_together_and_a_warning_at_once():
    class Counting(io.StringIO):
        writes = 0

        def write(self, text):
            self.writes += 1
            return super().write(text)

    stream = Counting()
    handler = Together(stream)
    logger = logging.Logger("trial")
    logger.addHandler(handler)

    async def turns():
        for number in range(20):
            logger.info("line %d", number)
        before = stream.writes
        await asyncio.sleep(0)
        after = stream.writes
        logger.info("before the warning")
        logger.warning("warning")
        return before, after, stream.writes

    assert asyncio.run(turns()) == (0, 1, 2)
    assert stream.getvalue().splitlines() == [*(f"line {n}" for n in range(20)), "before the warning", "warning"]


def test_a_line_of_a_thread_without_a_loop_is_written_at_once():
    stream = io.StringIO()
    logger = logging.Logger("trial")
    logger.addHandler(Together(stream))

    logger.info("alone")

    assert stream.getvalue() == "alone\n"
