"""The real Caddy with our configuration before the real service."""

import http.client
from collections.abc import Iterator

import pytest

from forms_api.headers import EVERYWHERE, POLICY
from tests.deploy.fronts import FORM, NAME, Front
from tests.deploy.kinds import KINDS, MARKS, TYPED, ask_service


@pytest.fixture(scope="module")
def front(caddy) -> Iterator[Front]:
    with caddy.serving():
        yield caddy


@pytest.mark.parametrize("path", KINDS)
def test_every_kind_of_page_has_the_security_headers_that_the_service_gives_it_each_once(front, path):
    ours, theirs = front.ask("GET", path), ask_service(front, path)

    for name in EVERYWHERE | POLICY:
        assert ours.headers.get_all(name) == theirs.get_all(name), name
    assert ours.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]


@pytest.mark.parametrize(
    ("path", "status", "leads_to"),
    [("/q/50", 308, "/q/50/"), ("/forms/help_request/", 308, "/forms/help_request"), ("/status/", 308, "/status")],
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


def test_the_access_log_has_address_and_page_and_no_query(front):
    front.ask("GET", "/forms/help_request?detail=marker-one", Referer="https://example.com/marker-two")
    line = front.accesses("/forms/help_request")[-1]

    assert (line["request"]["remote_ip"], line["request"]["method"], line["status"]) == ("127.0.0.1", "GET", 200)
    assert line["request"]["uri"] == "/forms/help_request"
    assert "marker" not in front.logs()


def test_no_log_of_caddy_holds_what_somebody_typed_after_a_slash(front):
    led = set()
    for path in TYPED:
        line = http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=30)
        line.request("GET", path, headers={"Host": NAME})
        led.add(line.getresponse().status)
        line.close()
        front.ask("GET", path)
    front.ask("GET", "/leaflets/registration.pdf")

    assert led == {308}
    assert front.accesses('"uri":"/leaflets/registration.pdf"')
    assert not [mark for mark in MARKS if mark in front.logs() + front.told_by_service("")]


def test_too_much_is_told_in_thai(front):
    answer = front.ask("POST", "/forms/help_request", b"a" * 70_000, **{"Content-Type": FORM})

    assert answer.status == 413
    assert "เขียนให้สั้นลง" in answer.text


def test_plain_http_leads_to_https(front):
    line = http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=30)
    line.request("GET", "/forms/help_request", headers={"Host": NAME})
    led = line.getresponse()
    line.close()

    assert led.status == 308
    assert led.headers["Location"].startswith(f"https://{NAME}")
