"""The real nginx with our configuration before the real service."""

import http.client
import json
import re
import socket
import ssl
from collections.abc import Iterator

import pytest

from forms_api.headers import EVERYWHERE, POLICY
from tests.deploy.fronts import DEPLOY, FORM, NAME, Front
from tests.deploy.kinds import KINDS, MARKS, TYPED, ask_service


@pytest.fixture(scope="module")
def front(nginx) -> Iterator[Front]:
    with nginx.serving():
        yield nginx


@pytest.mark.parametrize("path", KINDS)
def test_every_kind_of_page_has_the_security_headers_that_the_service_gives_it_each_once(front, path):
    ours, theirs = front.ask("GET", path), ask_service(front, path)

    for name in EVERYWHERE | POLICY:
        assert ours.headers.get_all(name) == theirs.get_all(name), name
    assert ours.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/measures/", "public, max-age=300"),
        ("/leaflets/registration.pdf", "public, max-age=300"),
        ("/assets/css/site.css", "public, max-age=3600, stale-while-revalidate=86400"),
        ("/assets/fonts/sarabun-400.woff2", "public, max-age=2592000"),
        ("/forms/help_request", "private, no-cache"),
        ("/status", "no-store"),
    ],
)
def test_pages_are_kept_for_minutes_fonts_for_weeks_and_forms_by_nobody(front, path, kept):
    assert front.ask("GET", path).headers.get_all("Cache-Control") == [kept]


def test_text_is_packed_for_thin_lines(front):
    assert front.ask("GET", "/assets/css/site.css", **{"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("path", "status", "leads_to"),
    [("/q/50", 301, "/q/50/"), ("/forms/help_request/", 308, "/forms/help_request"), ("/status/", 308, "/status")],
)
def test_an_address_with_or_without_its_slash_leads_to_the_page(front, path, status, leads_to):
    answer = front.ask("GET", path)

    assert (answer.status, answer.headers["Location"]) == (status, leads_to)


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/stand-in/away.html", "/stand-in/"])
def test_what_is_for_this_machine_only_is_no_page(front, path):
    answer = front.ask("GET", path)

    assert answer.status == 404
    assert "ไม่มีหน้านี้" in answer.text


def test_the_service_sees_the_true_address_and_not_the_one_a_visitor_claims(front):
    front.ask("GET", "/forms/help_request", come_from="127.0.0.3", **{"X-Forwarded-For": "203.0.113.7"})
    told = front.told_by_service("127.0.0.3")

    assert "127.0.0.3" in told
    assert "203.0.113.7" not in told


def test_no_log_of_nginx_holds_a_query_or_a_made_up_address(front):
    (front.folder / "log/access.log").write_text("", "utf-8")
    front.ask("GET", "/forms/help_request?detail=marker-one", Referer="https://example.com/marker-two")
    front.ask("GET", "/marker-three/?q=marker-four")
    page, missing = front.accesses('"status":404')[-2:]

    assert [page[name] for name in ("client", "method", "path", "status")] == [
        "127.0.0.1",
        "GET",
        "/forms/help_request",
        200,
    ]
    assert (missing["path"], missing["status"]) == ("-", 404)
    assert "marker" not in front.logs()


def test_no_log_of_nginx_holds_what_somebody_typed_after_a_slash(front):
    led = set()
    for path in TYPED:
        line = http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=30)
        line.request("GET", path, headers={"Host": NAME})
        led.add(line.getresponse().status)
        line.close()
        front.ask("GET", path)
    front.ask("GET", "/leaflets/registration.pdf")

    assert led == {301}
    assert front.accesses('"path":"/leaflets/registration.pdf"')
    assert not [mark for mark in MARKS if mark in front.logs() + front.told_by_service("")]


def test_too_much_is_told_in_thai_to_people_and_to_machines(front):
    page = front.ask("POST", "/forms/help_request", b"a" * 70_000, **{"Content-Type": FORM})
    machine = front.ask("POST", "/api/v1/forms/help_request", b" " * 70_000, **{"Content-Type": "application/json"})

    assert (page.status, machine.status) == (413, 413)
    assert "เขียนให้สั้นลง" in page.text
    assert page.headers["Content-Security-Policy"] == POLICY["Content-Security-Policy"]
    assert "64 KB" in json.loads(machine.text)["errors"][0]["message"]


def test_a_request_that_is_none_is_answered_in_thai(front):
    answer = front.ask("GET", "/", **{"X-Long": "x" * 40_000})

    assert answer.status == 400
    assert "เครื่องอ่านคำขอนี้ไม่ได้" in answer.text


def test_plain_http_leads_to_https_and_other_names_get_nothing(front):
    line = http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=30)
    line.request("GET", "/forms/help_request?step=4", headers={"Host": NAME})
    led = line.getresponse()
    stranger = http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=30)
    stranger.request("GET", "/", headers={"Host": "other.example"})

    assert (led.status, led.headers["Location"]) == (301, f"https://{NAME}/forms/help_request?step=4")
    with pytest.raises(http.client.RemoteDisconnected):
        stranger.getresponse()
    line.close()
    stranger.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-",
        b"POST /forms/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1",
    ],
    ids=["half a head", "half a body"],
)
def test_who_stops_in_the_middle_is_cut_off(front, sent):
    trusted = ssl.create_default_context(cafile=front.folder / "tls/cert.pem")
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=30) as bare,
        trusted.wrap_socket(bare, server_hostname=NAME) as line,
    ):
        line.sendall(sent)
        heard = b"".join(iter(lambda: line.recv(4096), b""))

    assert heard == b"" or heard.startswith(b"HTTP/1.1 408")


def test_the_cut_offs_of_the_file_are_the_ones_that_the_guide_names():
    text = (DEPLOY / "nginx/forms.conf").read_text("utf-8")
    guide = (DEPLOY.parent / "docs/operating.md").read_text("utf-8")

    assert set(re.findall(r"client_(header|body)_timeout (\d+)s", text)) == {("header", "15"), ("body", "30")}
    assert "a head 15 seconds" in guide
    assert "pauses for 30 seconds" in guide
