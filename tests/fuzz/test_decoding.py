"""Bodies that no form of ours would send: a known answer, never a fault, little memory, and nothing typed is lost."""

import json
import tracemalloc
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.forms.pages import main_form
from tests.fuzz.answers import ANSWERS, FREE_WORDS

PAGES = ("/forms/trainer_signup", "/forms/help_request", "/forms/trainer_signup/check", "/forms/help_request/check")
API = ("/api/v1/forms/trainer_signup", "/api/v1/forms/help_request")
KNOWN = {200, 201, 303, 400, 409, 413, 415, 422}
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
KINDS = (
    URLENCODED,
    MULTIPART,
    "application/json",
    "",
    "text/plain",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary*=x''y",
    'multipart/form-data; boundary="' + "x" * 300 + '"',
    f"{URLENCODED}; charset=utf-16",
    f"{URLENCODED}; charset=\xff",
    f"{URLENCODED};;;charset",
    "APPLICATION/JSON; charset=utf-7",
    "application/json, text/html",
)
CONTROLS = ("go", "key", "page", "then", "token", "last4")
NAMES = sorted({name for answers in ANSWERS.values() for name in answers}.union(CONTROLS))
PART_MORE = ("", '; filename="a.txt"', "; filename*=utf-8''%ff", "\r\nContent-Type: text/html; charset=x")
KEY = {"Idempotency-Key": "key-of-sixteen-or-more"}

anything = st.text(max_size=40)  # with control characters, half signs and all
name = st.sampled_from(NAMES) | anything
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(name, inner, max_size=4),
    max_leaves=8,
)


def escaped(text: str) -> str:
    return urlencode({"": text.encode("utf-8", "surrogatepass")})[1:]


@st.composite
def multipart(draw: st.DrawFn) -> bytes:
    """Parts that may lack an end, a name or a line, or bring a file or a heading of their own."""
    parts = []
    for _ in range(draw(st.integers(0, 5))):
        extra = draw(st.sampled_from(PART_MORE))
        told = draw(name).replace('"', "%22")
        words = draw(anything)
        parts.append(f'--x\r\nContent-Disposition: form-data; name="{told}"{extra}\r\n\r\n{words}\r\n')
    end = draw(st.sampled_from(["--x--\r\n", "--x--", "--x", "", "--y--", "\r\n--x--\r\nmore"]))
    return ("".join(parts) + end).encode("utf-8", "surrogatepass")


urlencoded = st.lists(st.tuples(name, anything), max_size=8).map(
    lambda pairs: "&".join(f"{escaped(key)}={escaped(value)}" for key, value in pairs).encode()
)
jsons = st.dictionaries(name, json_values, max_size=8).map(lambda value: json.dumps(value).encode())
bodies = st.one_of(st.binary(max_size=300), urlencoded, multipart(), jsons)
well_formed = st.one_of(
    st.tuples(st.just(URLENCODED), urlencoded), st.tuples(st.just(MULTIPART), multipart()),
    st.tuples(st.just("application/json"), jsons), st.tuples(st.sampled_from(KINDS), bodies),
)  # fmt: skip


@given(sent=well_formed, path=st.sampled_from([*PAGES, *API, "/status"]))
@example(sent=(URLENCODED, b"full_name=%ED%A0%80&full_name"), path=PAGES[0])
@example(sent=("application/json", b'{"full_name": "\\ud800"}'), path=API[0])
@example(sent=("application/json", b'{"\\udfff": 1}'), path=API[0])
@example(sent=("application/json", b"[" * 60_000), path=API[0])
@example(sent=("application/json", b'{"phone": ' + b"9" * 5_000 + b"}"), path=API[0])
@example(sent=(MULTIPART, b'--x\r\nContent-Disposition: form-data; name="a\x00"\r\n\r\n\xff\r\n--x--'), path=PAGES[0])
def test_whatever_bytes_come_there_is_a_known_answer(client, sent, path):
    kind, body = sent

    answer = client.post(path, content=body, headers={**KEY, "Content-Type": kind.encode("latin-1")})

    assert answer.status_code in KNOWN
    assert answer.headers["x-content-type-options"] == "nosniff"
    if path in API and answer.status_code >= 400:
        assert set(answer.json()) == {"errors"}
    elif path not in API and answer.status_code != 303:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


READ = (
    "/forms/trainer_signup?province=%s&full_name=%s",
    "/forms/help_request?step=%s&%s",
    "/forms/trainer_signup/done?r=%s&r=%s",
    "/forms/%s?%s",
    "/forms/%s/done?%s",
    "/api/v1/forms/%s?%s",
    "/api/v1/sessions?province=%s&%s",
    "/status?reference=%s&last4=%s",
    "/%s?%s",
)


@given(path=st.sampled_from(READ), one=anything, two=anything)
def test_whatever_an_address_holds_there_is_a_known_answer(client, path, one, two):
    answer = client.get(path % (escaped(one), escaped(two)))

    assert answer.status_code in {200, 303, 308, 404, 422}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers.get("location", "/").startswith("/")
    assert not answer.headers.get("location", "/").startswith("//")


bytes_of_a_heading = st.binary(max_size=30).map(lambda some: bytes(one for one in some if one >= 32 and one != 127))
HEADINGS = ("Idempotency-Key", "Altcha-Solution", "Origin", "Sec-Fetch-Site", "Content-Length", "Accept", "Cookie")


@given(st.dictionaries(st.sampled_from(HEADINGS), bytes_of_a_heading, max_size=4))
def test_whatever_headings_come_there_is_a_known_answer(client, headings):
    answer = client.post(API[0], content=b"{}", headers={"Content-Type": "application/json", **headings})

    assert answer.status_code in {403, 413, 422}
    assert set(answer.json()) == {"errors"}


readable = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=60)


@given(
    form_id=st.sampled_from(sorted(ANSWERS)),
    words=st.lists(readable, min_size=3, max_size=3),
    faults=st.dictionaries(st.sampled_from(["phone", "province", "role", "topic", "call_time"]), readable, max_size=2),
    at_check=st.booleans(),
    in_parts=st.booleans(),
    page=st.sampled_from(["", "contact", "village", "notice", "step", "nonsense"]),
)
def test_what_was_typed_is_in_the_page_that_answers(client, form_id, words, faults, at_check, in_parts, page):
    typed = dict(zip(FREE_WORDS[form_id], words, strict=False))
    sent = ANSWERS[form_id] | faults | typed | {"page": page}
    more = {"files": {key: (None, value) for key, value in sent.items()}} if in_parts else {"data": sent}

    answer = client.post(f"/forms/{form_id}" + ("/check" if at_check else ""), **more)

    assert answer.status_code in (200, 422)
    shown = main_form(answer.text).fields
    assert {key: shown[key] for key in typed} == typed
    assert shown["phone"] == sent["phone"]


LONG = 60_000
HEAVY = {
    "names without end": (URLENCODED, b"a&" * (LONG // 2)),
    "one field": (URLENCODED, b"note=" + b"%E0%B8%B3%E0%B9%89" * (LONG // 18)),
    "half of escapes": (URLENCODED, b"note=" + b"%E0%B8%" * (LONG // 7)),
    "towers of marks": (URLENCODED, b"full_name=e" + "\u0323\u0307".encode() * (LONG // 4)),
    "boundaries": (MULTIPART, b"--x\r\n" * (LONG // 5)),
    "headings of a part": (MULTIPART, b"--x\r\n" + b"A: b\r\n" * (LONG // 6)),
    "lists in lists": ("application/json", b"[" * LONG),
    "objects in objects": ("application/json", b'{"a":' * (LONG // 5)),
    "one long number": ("application/json", b'{"phone": 1' + b"0" * LONG + b"}"),
    "names in an object": ("application/json", b"{" + b",".join(b'"%d":1' % n for n in range(LONG // 10)) + b"}"),
    "signs of six bytes": ("application/json", b'{"note": "' + b"\\u0e33" * (LONG // 6) + b'"}'),
}


@pytest.mark.parametrize("case", HEAVY)
@pytest.mark.parametrize("path", [PAGES[0], API[0]])
def test_a_heavy_body_takes_little_memory(client, path, case):
    kind, body = HEAVY[case]
    tracemalloc.start()
    try:
        answer = client.post(path, content=body, headers=KEY | {"Content-Type": kind})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert answer.status_code in KNOWN
    assert peak < 20 * 1024 * 1024  # of a body of 60 KB


@settings(max_examples=60)
@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(lambda text: text not in NAMES))
def test_a_field_that_no_form_has_is_refused_by_name_and_left_out_of_pages(client, name):
    told = client.post(API[1], json={name: "x"}, headers=KEY)
    page = client.post(PAGES[1], data={"page": "topic", name: "<mark>"})

    assert name in {error["field"] for error in told.json()["errors"]}
    assert page.status_code == 422
    assert "<mark>" not in page.text
    assert "&lt;mark&gt;" not in page.text
