"""The forms for programs: every answer is held against our own OpenAPI document."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import jsonschema
import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from forms_api.app import create_app
from forms_api.recent import Recent
from forms_api.settings import Settings
from tests.forms.conftest import HOSTS, SECRET
from tests.forms.test_public import FullStore

KEY = "api-key-of-sixteen-or-more"


@pytest.fixture
def answers(signup):
    """The sign-up as JSON: lists, numbers, true and null where the web has text."""
    return signup | {"session": None, "needs": ["ramp"], "note": None, "notice_read": True}


@pytest.fixture
def document(client):
    return client.get("/api/v1/openapi.json").json()


def post(client, answers, key=KEY, form_id="trainer_signup", **more):
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"} | more.pop("headers", {})
    body = answers if isinstance(answers, str | bytes) else json.dumps(answers)
    return client.post(f"/api/v1/forms/{form_id}", content=body, headers=headers)


def check_against(document, response, path, method="post"):
    """Hold an answer against what the document says of this path, method and status."""
    described = document["paths"][path][method]["responses"][str(response.status_code)]
    schema = described["content"]["application/json"]["schema"] | {"components": document["components"]}
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(response.json())
    for name in described.get("headers", {}):
        assert name in response.headers


def rows(store, content):
    return list(store.rows(content.forms["trainer_signup"]))


def test_the_document_is_valid_openapi(document):
    validate(document)


def test_every_api_route_is_in_the_document(document, client):
    paths = {route.path for route in client.app.routes if hasattr(route, "path")}
    listed = {path for path in paths if path.startswith(("/api/", "/healthz", "/readyz"))} - {"/api/v1/openapi.json"}

    assert {path.replace("{form_id}", "trainer_signup") for path in listed} <= set(document["paths"])
    assert "/api/v1/forms/help_request" in document["paths"]


def test_a_program_signs_someone_up_and_a_replay_gives_the_same_answer(client, store, content, answers, document):
    first, again = post(client, answers), post(client, answers)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["state"] == "received"
    check_against(document, first, "/api/v1/forms/trainer_signup")
    check_against(document, again, "/api/v1/forms/trainer_signup")
    (row,) = rows(store, content)
    assert (row["phone"], row["needs"], row["channel"]) == ("0812345678", "ramp", "api")


def test_a_seat_and_then_the_queue(client, answers, add_session, document):
    number = add_session(capacity=1)

    seated = post(client, answers | {"session": number})
    waiting = post(client, answers | {"session": number, "phone": "0899999999"}, key="another-key-0123456")

    assert (seated.json()["state"], seated.json()["position"]) == ("seated", None)
    assert (waiting.json()["state"], waiting.json()["position"]) == ("waiting", 1)
    check_against(document, seated, "/api/v1/forms/trainer_signup")
    check_against(document, waiting, "/api/v1/forms/trainer_signup")


def test_web_and_program_with_one_key_and_the_same_answers_make_one_row(client, store, content, answers, signup):
    api = post(client, answers)

    web = client.post("/forms/trainer_signup/check", data=signup | {"key": KEY, "go": "send"})

    assert (api.status_code, web.status_code) == (201, 303)
    assert len(rows(store, content)) == 1


def test_twenty_equal_posts_at_once_make_one_row(client, store, content, answers):
    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda _: post(client, answers), range(20)))

    assert sorted({response.status_code for response in responses}) == [200, 201]
    assert len({response.json()["reference"] for response in responses}) == 1
    assert len(rows(store, content)) == 1


def test_the_same_key_with_other_answers_is_409_in_thai(client, store, content, answers, document):
    reference = post(client, answers).json()["reference"]

    other = post(client, answers | {"full_name": "สมชาย"})

    assert other.status_code == 409
    assert reference in other.json()["errors"][0]["message"]
    check_against(document, other, "/api/v1/forms/trainer_signup")
    assert [row["full_name"] for row in rows(store, content)] == ["สมหญิง ตัวอย่าง"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "123"}, "phone"),
        ({"phone": 812345678}, "phone"),
        ({"province": "99"}, "province"),
        ({"needs": "ramp"}, "needs"),
        ({"needs": ["flying"]}, "needs"),
        ({"needs": [1]}, "needs"),
        ({"session": "1"}, "session"),
        ({"session": True}, "session"),
        ({"session": 12345}, "session"),
        ({"session": 10**30}, "session"),
        ({"notice_read": False}, "notice_read"),
        ({"notice_read": "yes"}, "notice_read"),
        ({"full_name": None}, "full_name"),
        ({"full_name": {"a": 1}}, "full_name"),
        ({"full_name": "\ud800"}, "full_name"),
        ({"citizen_id": "1101700230708"}, "citizen_id"),
        ({"note": "1101700230708"}, "note"),
        ({"key": "x"}, "key"),
    ],
)
def test_what_must_be_mended_is_named_and_nothing_is_kept(client, store, content, answers, document, change, field):
    response = post(client, answers | change)

    assert response.status_code == 422
    assert field in [error["field"] for error in response.json()["errors"]]
    check_against(document, response, "/api/v1/forms/trainer_signup")
    assert rows(store, content) == []


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with spaces in the key"])
def test_a_key_is_required(client, answers, key):
    response = post(client, answers, key=key)

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[]", 400),
        ("null", 400),
        ("", 400),
        ("{", 400),
        ('{"phone": 1, "phone": 2}', 400),
        ('{"phone": NaN}', 400),
        ("[" * 30_000, 400),
        ('{"\\ud800": 1}', 400),
        (b'{"full_name": "\xff\xfe"}', 400),
        ('{"full_name": "' + "x" * 70_000 + '"}', 413),
    ],
)
def test_a_body_that_is_no_clean_json_object_is_turned_away(client, document, body, status):
    response = post(client, body)

    assert response.status_code == status
    check_against(document, response, "/api/v1/forms/trainer_signup")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_content_type_is_415(client, document, answers, kind):
    response = post(client, answers, headers={"Content-Type": kind})

    assert response.status_code == 415
    check_against(document, response, "/api/v1/forms/trainer_signup")


def test_a_charset_may_be_named(client, answers):
    assert post(client, answers, headers={"Content-Type": "application/json; charset=utf-8"}).status_code == 201


def test_a_page_of_another_site_is_refused(client, document, answers):
    response = post(client, answers, headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403
    check_against(document, response, "/api/v1/forms/trainer_signup")


def test_a_list_of_sessions_that_cannot_be_read_is_described_too(client, tmp_path, document):
    (tmp_path / "forms.db").rename(tmp_path / "elsewhere.db")

    response = client.get("/api/v1/sessions")

    assert response.status_code == 503
    check_against(document, response, "/api/v1/sessions", "get")


def test_a_busy_service_says_when_to_try_again(content, store, answers, document):
    with TestClient(create_app(Settings(secret=SECRET, hosts=HOSTS), content, FullStore(store))) as busy:
        response = post(busy, answers)

    assert response.status_code == 503
    assert response.headers["retry-after"] == "7"
    check_against(document, response, "/api/v1/forms/trainer_signup")


@pytest.mark.parametrize("form_id", ["trainer_signup", "help_request"])
def test_the_schema_says_yes_to_what_the_service_takes(client, form_id, answers, plea):
    schema = client.get(f"/api/v1/forms/{form_id}").json()
    body = answers if form_id == "trainer_signup" else plea | {"notice_read": True, "full_name": None}

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(body, schema)
    assert post(client, body, form_id=form_id).status_code == 201


@pytest.mark.parametrize(
    "change",
    [{"province": "99"}, {"needs": "ramp"}, {"session": "1"}, {"notice_read": False}, {"extra": 1}, {"phone": None}],
)
def test_the_schema_says_no_to_what_the_service_refuses(client, answers, change):
    schema = client.get("/api/v1/forms/trainer_signup").json()

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answers | change, schema)
    assert post(client, answers | change).status_code == 422


def test_sessions_are_listed_by_province_with_what_is_left(client, document, add_session, answers):
    number, elsewhere = add_session(capacity=3), add_session(province="51")
    post(client, answers | {"session": number})

    here = client.get("/api/v1/sessions?province=50")
    everywhere = client.get("/api/v1/sessions")

    assert [(one["id"], one["capacity"], one["seats_left"]) for one in here.json()] == [(number, 3, 2)]
    assert {one["id"] for one in everywhere.json()} == {number, elsewhere}
    assert here.json()[0]["starts_at"].endswith("T09:00:00+07:00")
    check_against(document, here, "/api/v1/sessions", "get")
    check_against(document, everywhere, "/api/v1/sessions", "get")


def test_the_sessions_of_the_whole_country_are_read_once_a_second_however_many_ask(client, add_session):
    number = add_session()
    listed = client.app.state.service.everywhere
    read, clock = [], [0.0]

    def everywhere():
        read.append(listed._make())
        return read[-1]

    async def asked(times):
        answers = await asyncio.gather(*(recent.get() for _ in range(times)))
        return {tuple(one["id"] for one in json.loads(answer)) for answer in answers}

    async def one_after_the_other():
        first, later = await asked(50), add_session()
        still = await asked(50)
        clock[0] += 1
        return later, first, still, await asked(50)

    recent = Recent(everywhere, seconds=1, clock=lambda: clock[0])
    later, *found = asyncio.run(one_after_the_other())

    assert tuple(found) == ({(number,)}, {(number,)}, {(number, later)})
    assert len(read) == 2


def test_a_moment_in_which_the_list_could_not_be_read_is_not_kept(client, add_session, tmp_path):
    add_session()
    (tmp_path / "forms.db").rename(tmp_path / "elsewhere.db")
    refused = client.get("/api/v1/sessions")
    (tmp_path / "elsewhere.db").rename(tmp_path / "forms.db")

    assert refused.status_code == 503
    assert len(client.get("/api/v1/sessions").json()) == 1


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_it_says_that_it_lives_and_can_keep_answers(client, document, path):
    response = client.get(path)

    assert response.status_code == 200
    check_against(document, response, path, "get")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v1/forms/none"), ("POST", "/api/v1/forms/none"), ("PUT", "/api/v1/sessions")]
)
def test_what_is_not_there_is_refused_in_the_same_shape(client, method, path):
    response = client.request(method, path, json={})

    assert response.status_code in (404, 405)
    assert set(response.json()) == {"errors"}


def test_a_session_that_was_asked_for_too_early_is_found_once_it_is_there(client, store, content, answers, add_session):
    early = post(client, answers | {"session": 1}, key="sent-too-early")
    number = add_session()

    sent = post(client, answers | {"session": number}, key="sent-in-time")

    assert (early.status_code, number, sent.status_code) == (422, 1, 201)
    assert sent.json()["state"] == "seated"


def test_a_session_remembered_from_an_earlier_send_still_closes(client, store, answers, add_session):
    number = add_session()
    post(client, answers | {"session": number}, key="before-the-close")
    store.close_session(number)

    assert post(client, answers | {"session": number}, key="after-the-close").status_code == 422


def test_a_session_remembered_from_an_earlier_send_still_belongs_to_its_province(client, answers, add_session):
    number = add_session()
    post(client, answers | {"session": number}, key="from-its-province")
    elsewhere = answers | {"session": number, "province": "10", "district": "1033", "subdistrict": "103301"}

    response = post(client, elsewhere, key="from-another-province")

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "session"
