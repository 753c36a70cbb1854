"""The pages that few people meet: wait, left open too long, throttled, not kept now, kept already, closed, erased."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from forms_api.app import create_app
from forms_api.references import new_reference
from forms_api.settings import Settings
from forms_api.store import open_store
from forms_api.store.protocol import NewSession
from site_builder.assets import write_assets
from site_builder.stand_ins import NAMES, write_stand_ins
from tests.browser.test_forms import FAR, NEXT, fill_plea, fill_signup, served, violations
from tests.store_samples import VAULT

SCREENS = ((360, "light"), (360, "dark"), (1280, "light"))
LEAST_SECONDS = 60  # every send of this test is too quick, where the limits are on
SHOTS = os.environ.get("SHOTS")  # a folder for pictures, for people who look at pages


class Office:
    """A service with its limits on or off, and the file behind it."""

    def __init__(self, content, folder: Path, *, limited: bool) -> None:
        self.file = folder / "forms.db"
        self.store = open_store(f"sqlite:///{self.file}", content.forms.values(), VAULT)
        self.session = self.store.add_session(NewSession("50", FAR, "หอประชุมตัวอย่าง", 1000))
        write_assets(folder / "site/assets")
        write_stand_ins(content, folder / "site")
        settings = Settings(secret="s" * 40, least_seconds=LEAST_SECONDS, rate_limit=limited, site_dir=folder / "site")
        self.app = create_app(settings, content, self.store)


@pytest.fixture(scope="module")
def busy(content, tmp_path_factory) -> Iterator[tuple[Office, str]]:
    """Where every send is one too many."""
    office = Office(content, tmp_path_factory.mktemp("busy"), limited=True)
    with served(office.app) as address:
        yield office, address
    office.store.close()


@pytest.fixture(scope="module")
def quiet(content, tmp_path_factory) -> Iterator[tuple[Office, str]]:
    """Where nobody counts."""
    office = Office(content, tmp_path_factory.mktemp("quiet"), limited=False)
    with served(office.app) as address:
        yield office, address
    office.store.close()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Page]]:
    contexts = []

    def page(address: str, *, scripts: bool = True) -> Page:
        contexts.append(chromium.new_context(base_url=address, viewport={"width": 360, "height": 780}))
        if not scripts:  # ours only: axe is one too
            contexts[-1].route("**/*.js", lambda route: route.abort())
        return contexts[-1].new_page()

    yield page
    for context in contexts:
        context.close()


def faults(page: Page, name: str) -> list[str]:
    """What axe finds on each screen, what is wider than it, which target is too small."""
    found = []
    for width, scheme in SCREENS:
        page.set_viewport_size({"width": width, "height": 780})
        page.emulate_media(color_scheme=scheme)
        found += violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        targets = "main button, main input[type=text], main summary"
        high = page.locator(targets).evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
        found += [f"{wide} wide on {width}"] if wide > width else []
        found += [f"{one} high on {width}" for one in high if 1 < one < 52]  # 1: the field for robots
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 360, "height": 780})
    return found


def test_the_wait_of_a_phone_without_scripts(busy, opened):
    page = opened(busy[1], scripts=False)
    fill_plea(page)
    page.click(NEXT)

    assert "แล้วกด “ส่งอีกครั้ง”" in page.inner_text("main")
    assert page.is_hidden("[data-sum-working]")
    page.click("details.why summary")
    assert faults(page, "wait") == []


def test_the_sum_while_the_telephone_works_it_out(busy, opened):
    page = opened(busy[1])
    page.add_init_script("HTMLFormElement.prototype.requestSubmit = function () { this.dataset.workedOut = '' }")
    fill_plea(page)
    page.click(NEXT)
    page.wait_for_selector("form[data-worked-out]")

    assert "เครื่องกำลังส่งให้คุณ" in page.inner_text("main")
    assert page.input_value("[name=altcha]")
    assert page.is_hidden("[data-sum-wait]")
    assert faults(page, "sum") == []


def test_a_telephone_with_scripts_gets_through_the_sum_by_itself(busy, opened):
    page = opened(busy[1])
    fill_signup(page)
    page.click(NEXT)

    page.wait_for_selector(".ref")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_that_was_left_open_for_too_long(busy, opened, scripts):
    page = opened(busy[1], scripts=scripts)
    fill_signup(page)
    page.evaluate("document.querySelectorAll('[name=token]').forEach(one => { one.value = 'of the day before' })")
    page.click("main .btn")

    assert page.title().startswith("ข้อผิดพลาด:")
    assert "หน้านี้เปิดไว้นาน" in page.inner_text(".wrong:focus")
    assert "สมหญิง ตัวอย่าง" in page.inner_text("main")
    assert faults(page, f"left-open-{'scripts' if scripts else 'plain'}") == []


def test_a_status_asked_for_in_vain_and_then_too_often(busy, opened):
    page, reference = opened(busy[1]), new_reference()
    for guess in range(9):
        page.goto("/status")
        page.fill("#reference", reference)
        page.fill("#last4", f"{guess:04}")
        page.click(NEXT)
        if guess == 0:
            assert "ไม่พบรหัสกับเบอร์คู่นี้" in page.inner_text(".wrong:focus")
            assert page.title().startswith("ข้อผิดพลาด:")
            assert faults(page, "status-miss") == []

    assert "ดูสถานะบ่อยเกินไป" in page.inner_text(".wrong:focus")
    assert page.title().startswith("ข้อผิดพลาด:")
    assert faults(page, "status-throttled") == []


def test_a_form_that_cannot_be_kept_now_keeps_its_answers_and_goes_out_again(quiet, opened):
    office, address = quiet
    page = opened(address, scripts=False)
    fill_plea(page)
    office.file.rename(office.file.with_name("elsewhere"))
    try:
        page.click(NEXT)
        refused = page.inner_text(".wrong:focus")
        title = page.title()
        found = faults(page, "busy")
    finally:
        office.file.with_name("elsewhere").rename(office.file)
    page.click(NEXT)

    assert "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่ในหน้านี้" in refused
    assert title.startswith("ข้อผิดพลาด:")
    assert found == []
    assert page.is_visible(".ref")


def test_pages_that_meet_a_store_that_cannot_be_read_now(content, quiet, opened, tmp_path):
    page = opened(quiet[1])
    fill_signup(page)
    page.click(NEXT)
    reference, receipt = page.inner_text(".ref"), page.url.removeprefix(quiet[1])
    away = Office(content, tmp_path, limited=False)
    away.file.rename(tmp_path / "elsewhere")
    with served(away.app) as address:
        page = opened(address)
        page.goto("/forms/trainer_signup")
        page.select_option("#province", label="เชียงใหม่")
        page.click(NEXT)
        assert "ลองอีกครั้ง" in page.inner_text(".wrong:focus")
        assert faults(page, "unread-question") == []
        page.goto("/status")
        page.fill("#reference", reference)
        page.click(NEXT)
        assert "ตอนนี้ดูสถานะไม่ได้" in page.inner_text(".wrong:focus")
        assert faults(page, "unread-status") == []
        page.goto(receipt)
        assert page.inner_text(".ref") == reference
        assert faults(page, "unread-confirmation") == []
    away.store.close()


def test_answers_under_a_key_that_has_others(quiet, opened):
    page = opened(quiet[1])
    fill_plea(page)
    key = page.input_value("[name=key]")
    page.click(NEXT)
    fill_plea(page)
    page.evaluate("key => document.querySelectorAll('[name=key]').forEach(one => { one.value = key })", key)
    page.evaluate("document.querySelector('main form [name=detail]').value = 'อีกเรื่องหนึ่ง'")
    page.click("main .btn")

    assert "แบบนี้ส่งมาแล้วครั้งหนึ่ง" in page.inner_text(".wrong:focus")
    assert faults(page, "kept-already") == []


def test_a_session_that_closed_while_the_form_was_filled_in(quiet, opened):
    office, address = quiet
    page = opened(address)
    extra = office.store.add_session(NewSession("50", FAR, "หอประชุมที่ปิดไป", 5))
    fill_signup(page)
    page.evaluate("id => { document.querySelector('main form [name=session]').value = id }", str(extra))
    office.store.close_session(extra)
    page.click("main .btn")

    assert "รอบนี้ปิดแล้ว เลือกรอบอื่น" in page.inner_text("main")
    assert page.title().startswith("ข้อผิดพลาด:")
    assert faults(page, "session-closed") == []


def test_a_form_that_was_erased_is_not_kept_again(quiet, opened):
    office, address = quiet
    page = opened(address, scripts=False)
    fill_plea(page)
    key = page.input_value("[name=key]")
    page.click(NEXT)
    office.store.erase(page.inner_text(".ref").replace("\n", "").replace(" ", ""), "officer:test")
    fill_plea(page)
    page.evaluate("key => document.querySelectorAll('[name=key]').forEach(one => { one.value = key })", key)
    page.click("main .btn")

    assert "แบบนี้ถูกลบตามคำขอแล้ว" in page.inner_text(".wrong")
    assert faults(page, "erased") == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_that_stands_in_for_the_forms(quiet, opened, name):
    page = opened(quiet[1])
    page.goto(f"/stand-in/{name}.html")

    assert page.is_visible(".wrong")
    assert faults(page, f"stand-in-{name}") == []
