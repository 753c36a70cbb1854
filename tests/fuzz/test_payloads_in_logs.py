"""Harmful words in every part of a request: no line of a log is forged, broken, coloured or turned, or holds them."""

import json
import re
from urllib.parse import quote, urlencode

import pytest

from tests.faults.test_probes import exchange
from tests.fuzz.answers import PLEA, as_json
from tests.fuzz.payloads import LOGS
from tests.serving import Desk, Serving

LINE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:,]{12} [A-Z]+ [a-z_.]+: .*")


def in_every_place(service: Serving, words: str, number: int) -> None:
    """Send words as address, query, headings, proxy's word, key, reference and answers."""
    raw = words.encode().replace(b"\r", b"").replace(b"\n", b" ")
    inside = quote(words.replace("/", ""), safe="").encode()
    for line in (
        b"GET /forms/%b",
        b"GET /forms/%b/",
        b"GET /%b",
        b"GET /%b/",
        b"GET /status?q=%b",
        b"GET /api/v1/forms/%b",
    ):
        exchange(service, line % inside + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    for name in (b"User-Agent", b"Referer", b"X-Forwarded-For", b"X-Request-ID", b"Host", b"Cookie", b"Accept"):
        host = b"" if name == b"Host" else b"Host: 127.0.0.1\r\n"
        exchange(service, b"GET /status HTTP/1.1\r\n" + host + name + b": " + raw + b"\r\n\r\n")
    exchange(service, raw[:20] + b" /status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    body = json.dumps(as_json("help_request", detail=words)).encode()
    posted(service, b"/api/v1/forms/help_request", b"application/json\r\nIdempotency-Key: " + raw, body)
    posted(service, b"/api/v1/forms/help_request", b"application/json\r\nIdempotency-Key: the-key-%04d" % number, body)
    page = urlencode(PLEA | {"detail": words, "key": f"a-key-of-pages-{number}", "go": words}).encode()
    posted(service, b"/forms/help_request/check", b"application/x-www-form-urlencoded", page)
    posted(service, b"/status", b"application/x-www-form-urlencoded", urlencode({"reference": words}).encode())
    posted(service, b"/status", b"text/" + raw, b"x")


def posted(service: Serving, path: bytes, kind: bytes, body: bytes) -> None:
    head = b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    exchange(service, head % (path, kind, len(body)) + body)


@pytest.mark.parametrize("form", ["json", "plain"])
def test_no_words_of_a_request_change_or_enter_a_log(tmp_path, form):
    desk = Desk(tmp_path)
    desk.env |= {"FORMS_API_LOG_FORMAT": form, "FORMS_API_PROXIES": "127.0.0.1"}
    with desk.serving() as service:
        started = (tmp_path / "serve.log").read_bytes()
        for number, words in enumerate(LOGS):
            in_every_place(service, words, number)
    written = (tmp_path / "serve.log").read_bytes().removeprefix(started)

    lines = written.decode("ascii").split("\n")[:-1]
    assert len(lines) > 10 * len(LOGS)
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if re.search("boom|moob|jndi|CRITICAL", line)] == []
    if form == "json":
        assert all({"time", "level", "logger", "message"} <= set(json.loads(line)) for line in lines)
    else:
        assert [line for line in lines if not LINE.fullmatch(line)] == []
