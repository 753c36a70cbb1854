"""What is searched by Atheris: each target takes bytes and raises AssertionError where a promise is broken.

Nothing here imports Atheris, so that ordinary tests can hold the seeds and every finding against the same promises.
"""

import asyncio
import json
import tempfile
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from forms_api.app import create_app
from forms_api.references import ALPHABET, LENGTH, read_reference
from forms_api.settings import Settings
from forms_api.store.sqlite import SqliteStore
from site_builder import thai
from site_builder.content import load_content
from site_builder.forms.secrets import has_secret_code
from tests.store_samples import VAULT

SEEDS = Path(__file__).with_name("seeds")
KNOWN = {200, 201, 303, 400, 409, 413, 415, 422}
FORM, PARTS, PROGRAM = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"
WAYS = {
    "a": ("/forms/trainer_signup", FORM),
    "b": ("/forms/help_request", PARTS),
    "c": ("/forms/trainer_signup/check", FORM),
    "d": ("/forms/help_request/check", PARTS),
    "e": ("/api/v1/forms/trainer_signup", PROGRAM),
    "f": ("/api/v1/forms/help_request", PROGRAM),
    "g": ("/status", FORM),
    "h": ("/status", PARTS),
}


def decoded(data: bytes) -> str:
    """Text with half signs where the bytes hold them, as JSON may bring."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def text(data: bytes) -> None:
    """Canonical text is canonical once and for all, and nothing hidden stays in it."""
    typed = decoded(data)
    line, lines = thai.tidy(typed), thai.tidy_lines(typed)

    assert thai.tidy(line) == line == thai.tidy(lines)
    assert thai.tidy_lines(lines) == lines
    assert unicodedata.is_normalized("NFC", line)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in line)
    assert thai.normalise(thai.normalise(typed)) == thai.normalise(typed)
    assert thai.has_citizen_id(line) in (False, True)
    assert has_secret_code(line) in (False, True)
    assert len(thai.sort_key(line)) == 3


def phone(data: bytes) -> None:
    """A number is bare digits of a known shape, however it was written, or it is none."""
    typed = decoded(data)
    number = thai.phone(typed)

    assert number == thai.phone(thai.thai_digits(typed)) == thai.phone(thai.tidy(typed))
    if number is not None:
        assert number.isascii()
        assert number.isdigit()
        assert len(number) == (10 if thai.is_mobile(number) else 9)
        assert number == thai.phone(thai.show_phone(number)) == thai.phone(f"+66{number[1:]}")


def references(data: bytes) -> None:
    """What is read as a reference is one, and no other symbol in any place would do."""
    reference = read_reference(decoded(data))

    if reference is not None:
        assert len(reference) == LENGTH
        assert read_reference(f" {reference[:4].lower()}-{reference[4:]}\u200b") == reference
        for place in range(LENGTH):
            others = {reference[:place] + symbol + reference[place + 1 :] for symbol in ALPHABET} - {reference}
            assert {read_reference(other) for other in others} == {None}


def decoding(data: bytes) -> None:
    """Whatever body comes by whatever way, the whole application gives a known answer in its own shape.

    The first byte says the way, so that the search learns it: see WAYS.
    """
    path, kind = WAYS.get(chr(data[0]) if data else "", WAYS["a"])
    status, headers, body = _loop().run_until_complete(_ask(path, kind, data[1:]))

    assert status in KNOWN, status
    assert headers["x-content-type-options"] == "nosniff"
    if path.startswith("/api/"):
        assert set(json.loads(body)) == ({"errors"} if status >= 400 else {"reference", "state", "position"})
    elif status != 303:
        assert body.startswith(b"<!doctype html>")
        assert body.rstrip().endswith(b"</html>")


TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one for one in (text, phone, references, decoding)
}  # fmt: skip


async def _ask(path: str, kind: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    """Ask the application as its server would."""
    headers = [(b"host", b"localhost"), (b"content-type", kind.encode()), (b"idempotency-key", b"one-key-for-all")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    heard: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        heard.append(message)

    await _app()(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in heard[0]["headers"]}
    return heard[0]["status"], told, b"".join(one.get("body", b"") for one in heard[1:])


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@cache
def _app() -> Any:
    """The application over a store in a folder that goes with the process."""
    content = load_content()
    store = SqliteStore(Path(_folder().name) / "forms.db", content.forms.values(), VAULT)
    return create_app(Settings(secret="s" * 40, rate_limit=False, least_seconds=0), content, store)


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="forms-fuzz-")
