"""While the service is away: a page in its place, in real browsers, with the real nginx and the real Caddy."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from forms_api.headers import POLICY
from tests.browser.test_forms import NEXT, fill_plea
from tests.deploy.fronts import FORM, Front


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def front(request) -> Front:
    """A web server with nothing behind it yet."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(
    ("method", "path", "told", "untold"),
    [
        ("POST", "/forms/help_request/check", "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่", "รอ 1 นาที แล้วเปิดใหม่"),
        ("GET", "/forms/help_request?detail=marker-five", "รอ 1 นาที แล้วเปิดใหม่", "เรายังไม่ได้รับแบบ"),
        ("GET", "/forms/marker-six", "รอ 1 นาที แล้วเปิดใหม่", "เรายังไม่ได้รับแบบ"),
        ("POST", "/status", "รอ 1 นาที แล้วเปิดใหม่", "เรายังไม่ได้รับแบบ"),
        ("POST", "/api/v1/forms/help_request", "เรายังไม่ได้รับแบบนี้", "<html"),
    ],
)
def test_while_the_service_is_away_who_asks_is_told_what_became_of_it(front, method, path, told, untold):
    answer = front.ask(method, path, b"a=1" if method == "POST" else b"", **{"Content-Type": FORM})

    assert answer.status == 503
    assert answer.headers.get_all("Retry-After") == ["30"]
    assert answer.headers.get_all("Cache-Control") == ["no-store"]
    assert answer.headers.get_all("Content-Security-Policy") == [POLICY["Content-Security-Policy"]]
    assert told in answer.text
    assert untold not in answer.text
    assert ("json" in answer.headers["Content-Type"]) == path.startswith("/api/")
    assert "marker" not in front.logs()


@pytest.fixture(scope="module")
def browser(front) -> Iterator[Browser]:
    """A Chromium that trusts the certificate; one that only overlooks its faults would keep no page for Back."""
    trusted = f"--ignore-certificate-errors-spki-list={front.fingerprint()}"
    with sync_playwright() as playwright:
        path = "/usr/bin/chromium"
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", trusted])
        yield opened
        opened.close()


@dataclass(frozen=True)
class Phone:
    """A page on a phone, with or without scripts."""

    page: Page
    scripts: bool


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def phone(request, browser, front) -> Iterator[Phone]:
    size = {"width": 360, "height": 780}
    context = browser.new_context(java_script_enabled=request.param, base_url=front.address, viewport=size)
    yield Phone(context.new_page(), request.param)
    context.close()


def test_what_was_typed_is_sent_once_the_service_is_back_with_the_key_that_it_had(front, phone):
    page = phone.page
    with front.serving():
        fill_plea(page)
        before, key = len(front.kept()), page.locator("main input[name=key]").last.get_attribute("value")
    page.click(NEXT)
    shut = page.inner_text("main")
    if phone.scripts:
        page.click("form[data-again] .btn")  # still away: it stays on offer
    with front.serving():
        if not phone.scripts:
            page.go_back()
        again = page.locator("main input[name=key]").last.get_attribute("value")
        page.click("form[data-again] .btn" if phone.scripts else NEXT)
        page.wait_for_selector(".ref")
        after = len(front.kept())

    assert "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่" in shut
    assert ("ส่งอีกครั้ง" in shut) == phone.scripts
    assert (again, after) == (key, before + 1)
    assert not phone.scripts or page.evaluate("sessionStorage.length") == 0


def test_back_from_the_page_in_between_leads_to_what_was_typed_on_a_question_too(front, phone):
    page = phone.page
    with front.serving():
        page.goto("/forms/trainer_signup?province=50")
        page.click(NEXT)
        page.select_option("#district", index=2)
        page.click(NEXT)
        page.fill("#village", "หมู่ 4 บ้านหนองบัว")
    page.click(NEXT)
    shut = page.inner_text("h1")
    page.go_back()

    assert "ตอนนี้ส่งแบบไม่ได้" in shut
    assert page.input_value("#village") == "หมู่ 4 บ้านหนองบัว"


def test_who_leaves_the_page_in_between_leaves_nothing_on_the_phone(front, browser):
    context = browser.new_context(base_url=front.address)
    page = context.new_page()
    with front.serving():
        page.goto("/forms/help_request?topic=photo")
    page.click(NEXT)
    held = page.evaluate("sessionStorage.length")
    page.click("main .plainlist a")

    assert held == 1
    assert page.evaluate("sessionStorage.length") == 0
    context.close()


def test_the_services_own_503_passes_as_it_is_with_the_answers_in_it(front, phone):
    page = phone.page
    with front.serving():
        fill_plea(page)
        away = front.desk.database.with_name("away.db")
        front.desk.database.rename(away)
        try:
            with page.expect_response("**/check") as got:
                page.click(NEXT)
            told, kept = page.inner_text("h1"), page.locator("main input[name=phone]").get_attribute("value")
        finally:
            away.rename(front.desk.database)

    assert got.value.status == 503
    assert "ตอนนี้คนใช้มาก" in told
    assert kept == "081 234 5678"
