"""The application around the forms: limits, headers, settings, what it loads."""

import asyncio
import subprocess
import sys
from urllib.parse import urlencode

import pytest

from forms_api.app import create_app
from forms_api.errors import SettingsError
from forms_api.settings import Settings, make_secret, read_secret
from tests.forms.conftest import HOSTS, SECRET, Phone


def test_importing_the_service_reads_no_setting_and_opens_no_file(tmp_path):
    code = "import forms_api.app, os; print(os.listdir('.'))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/forms/trainer_signup", "GET, HEAD, POST"),
        ("/api/v1/forms/help_request", "GET, HEAD, POST"),
        ("/status", "GET, HEAD, POST"),
        ("/api/v1/sessions", "GET, HEAD"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_answered_with_those_it_takes(client, path, known):
    response = client.put(path)

    assert response.status_code == 405
    assert response.headers["allow"] == known


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/forms/trainer_signup", "private, no-cache"),
        ("/forms/none", "no-store"),
        ("/status", "no-store"),
        ("/api/v1/sessions", "no-store"),
        ("/healthz", "no-store"),
    ],
)
def test_every_answer_carries_the_security_headers(client, path, caching):
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == caching
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_no_page_needs_an_inline_script_or_style(client, signup):
    for page in (
        client.get("/forms/trainer_signup"),
        client.post("/forms/trainer_signup", data=signup),
        client.get("/status"),
    ):
        assert "style=" not in page.text
        assert "<style" not in page.text
        assert "onclick" not in page.text
        assert page.text.count("<script") == page.text.count("<script src=")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/forms/trainer_signup", "/forms/trainer_signup/check"])
def test_only_our_own_pages_may_post(client, signup, path, headers, status):
    assert client.post(path, data=signup, headers=headers).status_code == status


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_a_form_is_not_read_from_another_content_type(client, kind):
    response = client.post("/forms/trainer_signup", content=b"{}", headers={"Content-Type": kind})

    assert response.status_code == 415
    assert "ส่งแบบนี้ไม่ได้ เปิดหน้าแบบใหม่แล้วกรอกอีกครั้ง" in response.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("full_name=a&full_name=b", 400),
        ("key=aaaaaaaaaaaaaaaaaaaa&key=bbbbbbbbbbbbbbbbbbbb", 400),
        ("&".join(f"f{number}=x" for number in range(200)), 400),
        ("full_name=" + "x" * 70_000, 413),
    ],
)
def test_a_body_out_of_bounds_is_turned_away(client, body, status):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert client.post("/forms/trainer_signup", content=body, headers=headers).status_code == status
    assert client.post("/forms/trainer_signup/check", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    "body", ["reference=23467ACD&reference=23467ACE&last4=5678", "reference=23467ACD&last4=5678&last4=1234"]
)
def test_a_question_for_a_status_is_read_like_any_other_form(client, body):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert client.post("/status", content=body, headers=headers).status_code == 400


class Untouched(str):
    """Text that must not be looked into."""

    def isascii(self):
        raise AssertionError("looked into")


@pytest.mark.parametrize("name", ["needs", "session", "province", "district", "role"])
def test_sixty_kilobytes_where_a_code_belongs_are_refused_before_they_are_made_canonical(client, content, signup, name):
    typed = {field: [Untouched("ุ่" * 10_000) if field == name else text] for field, text in signup.items()}
    form, service = content.forms["trainer_signup"], client.app.state.service

    answer = client.post("/forms/trainer_signup", files={field: (None, text[0]) for field, text in typed.items()})
    reading = asyncio.run(service.read_to_send(form, typed))
    openings = asyncio.run(service.sessions_for(form, typed))

    assert answer.status_code == 422
    assert name in reading.errors
    assert openings == [] or openings == ()


def test_an_answer_is_named_by_chance_and_not_by_how_many_came_before(client):
    names = [client.get("/healthz").headers["x-request-id"] for _ in range(50)]

    assert len(set(names)) == 50
    assert len({name[:6] for name in names}) > 40  # nothing in common, nothing that counts
    assert all(len(name) == 16 for name in names)


def test_a_very_long_text_comes_back_with_what_to_do_and_is_not_lost(client, plea):
    long = "ฉันถ่ายรูปหน้าบัตรหลายครั้งแล้ว " * 150  # three bytes a letter, nine when a browser sends it

    response = client.post("/forms/help_request", data=plea | {"page": "step", "detail": long})

    assert response.status_code == 422
    assert "ตัดให้เหลือ 1000 ตัวอักษร" in response.text
    assert long.strip() in response.text
    assert 'maxlength="4000"' in response.text  # a browser cannot send more than is read


@pytest.mark.parametrize("charset", ["utf-7", "idna", "unicode_escape", "tis-620", "nosuch"])
def test_a_form_in_another_encoding_is_refused_rather_than_garbled(client, charset):
    body = b'--b\r\nContent-Disposition: form-data; name="detail"\r\n\r\n+2AA-xn--x\\ud800\xff\r\n--b--\r\n'
    kind = f"multipart/form-data; boundary=b; charset={charset}"

    assert client.post("/forms/help_request", content=body, headers={"Content-Type": kind}).status_code == 415


def test_a_form_may_say_that_it_is_utf_8(client, signup):
    headers = {"Content-Type": 'application/x-www-form-urlencoded; charset="UTF-8"'}

    assert client.post("/forms/trainer_signup", content=urlencode(signup), headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/forms/trainer_signup", "/forms/help_request", "/status"])
def test_an_address_typed_with_a_slash_at_its_end_leads_to_the_form(content, store, tmp_path, path):
    (tmp_path / "site").mkdir()
    app = create_app(Settings(secret=SECRET, hosts=HOSTS, site_dir=tmp_path / "site"), content, store)
    with Phone(app, follow_redirects=False) as client:
        response = client.get(f"{path}/?province=50")

    assert response.status_code == 308
    assert response.headers["location"] == f"{path}?province=50"


def test_an_address_of_no_form_leads_nowhere(client):
    response = client.get("/forms/0899999999-somsri/")

    assert response.status_code == 404
    assert "location" not in response.headers


def test_a_body_without_a_declared_length_is_counted(client):
    def chunks():
        for _ in range(100):
            yield b"full_name=" + b"x" * 1000 + b"&"

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = client.post("/forms/trainer_signup", content=chunks(), headers=headers)

    assert response.status_code in (400, 413)
    assert "ส่งแบบนี้ไม่ได้" in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_file_is_not_taken(client, signup):
    response = client.post(
        "/forms/trainer_signup", data=signup, files={"card": ("card.jpg", b"\xff\xd8", "image/jpeg")}
    )

    assert response.status_code == 400


def test_a_list_of_choices_may_repeat_its_name(client, signup):
    page = client.post("/forms/trainer_signup", data=signup | {"needs": ["ramp", "reader"]})

    assert "ทางลาด หรือห้องชั้นล่าง, คนช่วยอ่านและช่วยกรอก" in page.text


def test_a_multipart_post_is_read_like_any_other(client, signup):
    fields = {name: (None, value) for name, value in signup.items()}

    assert "ดูอีกครั้งก่อนส่ง" in client.post("/forms/trainer_signup", files=fields).text


def test_the_built_site_stands_behind_the_forms(content, store, tmp_path):
    site = tmp_path / "site"
    (site / "register").mkdir(parents=True)
    (site / "index.html").write_text("front", "utf-8")
    (site / "register/index.html").write_text("nine steps", "utf-8")
    (site / "leaflet.pdf").write_bytes(b"%PDF-1.7")
    with Phone(create_app(Settings(secret=SECRET, hosts=HOSTS, site_dir=site), content, store)) as client:
        assert client.get("/").text == "front"
        assert client.get("/register/").text == "nine steps"
        assert client.get("/register/").headers["x-content-type-options"] == "nosniff"
        assert "form-action 'self'" in client.get("/").headers["content-security-policy"]
        assert "no-store" not in client.get("/").headers.get("cache-control", "")
        assert "content-security-policy" not in client.get("/leaflet.pdf").headers  # a viewer styles its own page
        assert "ลงชื่อเข้าอบรม" in client.get("/forms/trainer_signup").text
        assert client.get("/nowhere/").status_code == 404
        assert client.get("/../forms.db").status_code == 404


def test_without_a_built_site_the_forms_still_answer(content, store, tmp_path):
    with Phone(create_app(Settings(secret=SECRET, hosts=HOSTS, site_dir=tmp_path / "none"), content, store)) as client:
        assert client.get("/forms/trainer_signup").status_code == 200
        assert client.get("/").status_code == 404


def test_it_opens_and_closes_its_own_store(content, tmp_path, signup):
    settings = Settings(secret=SECRET, hosts=HOSTS, store_url=f"sqlite:///{tmp_path}/own.db")
    key = "a-key-of-sixteen-or-more"
    with Phone(create_app(settings, content), follow_redirects=False) as client:
        first = client.post("/forms/trainer_signup/check", data=signup | {"key": key, "go": "send"})
    with Phone(create_app(settings, content), follow_redirects=False) as client:
        again = client.post("/forms/trainer_signup/check", data=signup | {"key": key, "go": "send"})
        assert "เราได้รับแล้วตั้งแต่ครั้งแรก" in client.get(again.headers["location"]).text

    assert first.status_code == again.status_code == 303


def test_settings_come_from_the_environment(tmp_path):
    make_secret(tmp_path / "key")
    env = {"FORMS_API_SECRET_FILE": f"{tmp_path}/key", "FORMS_API_STORE": "sqlite:///x.db", "FORMS_API_SITE_DIR": "out"}

    settings = Settings.from_env(env)

    assert (settings.store_url, str(settings.site_dir)) == ("sqlite:///x.db", "out")
    assert settings.secret == read_secret(tmp_path / "key")
    assert settings.secret not in repr(settings)


def test_a_key_is_made_once_and_is_private(tmp_path):
    make_secret(tmp_path / "var/key")
    first = read_secret(tmp_path / "var/key")
    make_secret(tmp_path / "var/key")

    assert read_secret(tmp_path / "var/key") == first
    assert (tmp_path / "var/key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "short"])
def test_a_key_too_short_is_refused(tmp_path, text):
    (tmp_path / "key").write_text(text, "utf-8")

    with pytest.raises(SettingsError):
        Settings.from_env({"FORMS_API_SECRET_FILE": f"{tmp_path}/key"})


def test_a_key_of_raw_bytes_says_how_to_make_one_of_text(tmp_path):
    (tmp_path / "key").write_bytes(b"\xf1\x80" * 24)

    with pytest.raises(SettingsError, match="openssl rand -base64 48"):
        read_secret(tmp_path / "key")


def test_a_missing_key_says_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match="FORMS_API_SECRET_FILE"):
        Settings.from_env({"FORMS_API_SECRET_FILE": f"{tmp_path}/none"})


class BrokenStore:
    """A store that fails in a way nobody foresaw."""

    def __init__(self, store):
        self.store = store

    async def submit(self, command):
        raise RuntimeError("0812345678")

    def __getattr__(self, name):
        return getattr(self.store, name)


def test_an_unforeseen_failure_is_told_without_its_details(content, store, signup):
    app = create_app(Settings(secret=SECRET, hosts=HOSTS), content, BrokenStore(store))
    with Phone(app, raise_server_exceptions=False) as client:
        page = client.post("/forms/trainer_signup/check", data=signup | {"key": "k" * 20, "go": "send"})

    assert page.status_code == 500
    assert "เรายังไม่ได้รับแบบของคุณ" in page.text
    assert "data-again" in page.text  # the tab keeps what was sent, and this page sends it again
    assert "RuntimeError" not in page.text
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path", "told", "kept_in_the_tab"),
    [
        ("POST", "/forms/help_request", "คำตอบยังอยู่", True),
        ("POST", "/forms/help_request/check", "คำตอบยังอยู่", True),
        ("GET", "/forms/help_request", "หน้านี้เปิดไม่ได้ รอสักครู่แล้วลองใหม่", False),
        ("POST", "/status", "หน้านี้เปิดไม่ได้ รอสักครู่แล้วลองใหม่", False),
        ("POST", "/api/v1/forms/help_request", "เรายังไม่ได้รับแบบนี้", False),
    ],
)
def test_who_comes_while_too_many_are_inside_is_told_what_became_of_the_form(
    content, store, plea, method, path, told, kept_in_the_tab
):
    app = create_app(Settings(secret=SECRET, hosts=HOSTS, most_at_once=0), content, store)
    with Phone(app) as client:
        page = client.request(method, path, data=plea if method == "POST" else None)

    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert told in page.text
    assert ("data-again" in page.text) == kept_in_the_tab
    assert ("ยังไม่ได้รับ" in page.text) == ("/forms/" in path and method == "POST")
