"""The forms in a real Chromium: the whole journey without scripts, and axe-core on every kind of page."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page
from starlette.applications import Starlette

from forms_api.app import create_app
from forms_api.export import export
from forms_api.headers import Doors
from forms_api.references import read_reference
from forms_api.settings import Settings
from forms_api.store import open_store
from forms_api.store.protocol import NewSession, Store
from site_builder.assets import write_assets
from tests.store_samples import VAULT
from tests.test_export import read_back

WIDTHS = (360, 1280)
FAR = datetime.fromisoformat("2090-12-15T09:00")
NEXT = "main .btn"


@contextmanager
def served(app) -> Iterator[str]:
    """Serve `app` on a free port of this machine; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def kept(content, tmp_path_factory):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/forms.db", content.forms.values(), VAULT)
    store.add_session(NewSession("50", FAR, "หอประชุมตัวอย่าง", 1000))
    yield store
    store.close()


@pytest.fixture(scope="module")
def address(content, kept, tmp_path_factory):
    site = tmp_path_factory.mktemp("site")
    write_assets(site / "assets")
    with served(create_app(Settings(secret="s" * 40, least_seconds=0, site_dir=site), content, kept)) as found:
        yield found


@pytest.fixture
def plain(chromium, address) -> Iterator[Page]:
    """A phone with scripts switched off."""
    context = chromium.new_context(viewport={"width": 360, "height": 780}, java_script_enabled=False, base_url=address)
    yield context.new_page()
    context.close()


@pytest.fixture(params=WIDTHS)
def page(request, chromium, address) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": request.param, "height": 900}, base_url=address)
    yield context.new_page()
    context.close()


def fill_signup(page: Page) -> None:
    """Answer every page of the trainer sign-up; end on the check page."""
    page.goto("/forms/trainer_signup")
    page.select_option("#province", label="เชียงใหม่")
    page.click(NEXT)
    page.select_option("#district", label="เมืองเชียงใหม่")
    page.click(NEXT)
    page.select_option("#subdistrict", index=1)
    page.fill("#village", "หมู่ 4 บ้านหนองบัว")
    page.click(NEXT)
    page.check("text=ผู้ใหญ่บ้าน >> nth=0")
    page.click(NEXT)
    page.check("#session")
    page.click(NEXT)
    page.fill("#full_name", "สมหญิง ตัวอย่าง")
    page.fill("#phone", "๐๘๑ ๒๓๔ ๕๖๗๘")
    page.check("#contact")
    page.click(NEXT)
    page.check("text=ล่ามภาษามือ")
    page.click(NEXT)
    page.check("#notice_read")
    page.click(NEXT)
    page.wait_for_selector("main .btn[value=send]")


def fill_plea(page: Page) -> None:
    """Answer every page of the help request; end on the check page."""
    page.goto("/forms/help_request?step=7")
    page.check("text=ถ่ายบัตรไม่ผ่าน")
    page.click(NEXT)
    assert page.is_checked("#step-7")
    page.fill("#detail", "รูปไม่ชัดทุกครั้ง")
    page.click(NEXT)
    page.select_option("#province", label="กรุงเทพมหานคร")
    page.click(NEXT)
    assert "เขต" in page.inner_text("h1")
    page.click(NEXT)
    page.fill("#phone", "081 234 5678")
    page.check("#call_time")
    page.click(NEXT)
    page.check("#filled_by")
    page.check("#notice_read")
    page.click(NEXT)
    page.wait_for_selector("main .btn[value=send]")


@pytest.mark.parametrize(("form_id", "fill"), [("trainer_signup", fill_signup), ("help_request", fill_plea)])
def test_the_whole_journey_works_on_a_phone_without_scripts(plain, content, kept, tmp_path, form_id, fill):
    fill(plain)
    assert "ดูอีกครั้งก่อนส่ง" in plain.inner_text("h1")
    plain.click("main .answers .link >> nth=-3")
    plain.click("main .back")
    assert "ดูอีกครั้งก่อนส่ง" in plain.inner_text("h1")

    plain.click("main .btn")

    reference = plain.inner_text(".ref").replace(" ", "").replace("\n", "")
    assert read_reference(reference) == reference
    for kind in ("csv", "xlsx"):
        out = tmp_path / f"answers.{kind}"
        export(kept, content.forms[form_id], None, kind, out, sys.stdout.buffer, actor="officer:test")
        assert reference in [row[0] for row in read_back(tmp_path / f"answers.{kind}")]
    assert plain.is_hidden("[data-print]")
    assert plain.is_visible("[data-print-how]")


def test_an_error_takes_the_focus_and_its_link_leads_to_the_field(plain):
    plain.goto("/forms/trainer_signup")
    plain.click(NEXT)

    assert plain.title().startswith("ข้อผิดพลาด:")
    assert plain.locator(".wrong:focus").count() == 1
    plain.click(".wrong a")
    assert plain.url.endswith("#province")


def test_the_enter_key_goes_on_and_not_back(plain):
    plain.goto("/forms/help_request?province=50")
    plain.check("#topic")
    plain.click(NEXT)
    plain.click(NEXT)
    plain.click(NEXT)
    plain.click(NEXT)
    plain.check("#call_time")
    plain.fill("#phone", "0812345678")

    plain.press("#phone", "Enter")

    assert "หน้า 6 จาก 6" in plain.inner_text(".count")


def test_the_phones_own_back_button_leads_through_the_answers_and_forward_again(plain):
    fill_signup(plain)
    key = plain.input_value("[name=key]")

    for number in range(8, 0, -1):
        plain.go_back()
        assert f"หน้า {number} จาก 8" in plain.inner_text(".count")
    assert plain.input_value("#province") == "50"
    for _ in range(8):
        plain.go_forward()

    assert "ดูอีกครั้งก่อนส่ง" in plain.inner_text("h1")
    assert plain.input_value("[name=key]") == key


def test_once_sent_the_answers_cannot_be_paged_back_to_on_a_shared_phone(plain):
    fill_signup(plain)
    plain.click(NEXT)
    plain.wait_for_selector(".ref")

    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        plain.go_back()


def test_nothing_is_wider_than_the_phone_and_every_target_is_big_enough(page):
    fill_signup(page)
    pages = ["/forms/trainer_signup", "/forms/help_request", "/status"]

    for address in (None, *pages):
        if address:
            page.goto(address)
        width, inner = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= inner
        sizes = page.eval_on_selector_all(
            "main button:not([hidden]), main select, main textarea, main input[type=text], main input[type=tel],"
            "main .pick, main summary",
            "all => all.map(one => one.getBoundingClientRect().height)",
        )
        assert min(sizes) >= 52


def test_nothing_is_cut_off_on_the_narrowest_phone(plain):
    plain.set_viewport_size({"width": 320, "height": 640})
    fill_signup(plain)
    widths = [plain.locator("body").evaluate("body => body.scrollWidth")]
    for address in ("/forms/trainer_signup", "/forms/help_request", "/status"):
        plain.goto(address)
        widths.append(plain.locator("body").evaluate("body => body.scrollWidth"))

    assert max(widths) <= 320


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands."""
    found = Axe().run(page)
    return [f"{one['id']}: {node['html']}" for one in found.response["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("path", ["/forms/trainer_signup", "/forms/help_request", "/status", "/forms/no_such_form"])
def test_axe_finds_nothing_on_a_first_page(page, path):
    page.goto(path)

    assert violations(page) == []


@pytest.mark.parametrize(
    ("form_id", "fill", "pages"), [("trainer_signup", fill_signup, 8), ("help_request", fill_plea, 6)]
)
def test_axe_finds_nothing_on_any_question_page_nor_on_its_errors(page, content, form_id, fill, pages):
    fill(page)
    assert violations(page) == []
    form = content.forms[form_id]
    assert len(form.pages) == pages

    for asked in form.pages:
        page.click(f"main .answers button[value=edit-{asked.id}] >> nth=0")
        page.click("details.why summary")
        assert violations(page) == []
        page.click("main .back")

    for asked in form.pages:
        page.goto(f"/forms/{form_id}")
        page.evaluate(
            """page => { document.querySelectorAll('main form').forEach(form => form.elements.page.value = page) }""",
            asked.id,
        )
        page.click(NEXT)
        if any(field.required for field in asked.fields) and asked.id != "session":
            assert page.title().startswith("ข้อผิดพลาด:")
        assert violations(page) == []


@pytest.mark.parametrize("fill", [fill_signup, fill_plea])
def test_axe_finds_nothing_on_the_confirmation_and_the_status(page, fill):
    fill(page)
    page.click(NEXT)
    reference = page.inner_text(".ref").replace("\n", "")

    assert violations(page) == []
    assert page.is_visible("[data-print]")
    page.goto("/status")
    page.fill("#reference", reference)
    page.fill("#last4", "5678")
    page.click(NEXT)
    assert reference[:4] in page.inner_text(".ref")
    assert violations(page) == []
    page.goto("/status")
    page.click(NEXT)
    assert violations(page) == []


@dataclass(frozen=True)
class Own:
    """A service of one test."""

    address: str
    app: Starlette
    store: Store
    file: Path


@pytest.fixture
def own(content, tmp_path):
    """A service whose file can be taken away, and which can be full, without harm to other tests."""
    write_assets(tmp_path / "site/assets")
    store = open_store(f"sqlite:///{tmp_path}/forms.db", content.forms.values(), VAULT)
    store.add_session(NewSession("50", FAR, "หอประชุมตัวอย่าง", 1000))
    app = create_app(Settings(secret="s" * 40, least_seconds=0, site_dir=tmp_path / "site"), content, store)
    with served(app) as found:
        yield Own(found, app, store, tmp_path / "forms.db")
    store.close()


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def phone(request, chromium, own) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 360, "height": 780}, java_script_enabled=request.param, base_url=own.address
    )
    yield context.new_page()
    context.close()


def test_where_the_file_is_away_for_a_while_the_same_pages_button_sends_once_with_the_same_key(phone, own, content):
    elsewhere = own.file.with_name("elsewhere.db")
    fill_signup(phone)
    key = phone.input_value("main form >> nth=-1 >> [name=key]")
    own.file.rename(elsewhere)
    for _ in range(2):  # pressed again too early: still there
        with phone.expect_response("**/check") as answer:
            phone.click(NEXT)
    told, held = phone.inner_text("main"), phone.input_value("main form [name=full_name]")
    width = phone.locator("body").evaluate("body => body.scrollWidth")
    same = phone.input_value("main form [name=key]")
    elsewhere.rename(own.file)
    phone.click("main .btn:has-text('ส่งอีกครั้ง')")
    phone.wait_for_selector(".ref")

    assert answer.value.status == 503
    assert "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่ในหน้านี้" in told
    assert (held, same) == ("สมหญิง ตัวอย่าง", key)
    assert width <= 360
    (kept,) = own.store.rows(content.forms["trainer_signup"])
    assert (kept["full_name"], kept["state"]) == ("สมหญิง ตัวอย่าง", "seated")


def test_where_the_file_is_away_on_a_question_the_same_button_leads_on(phone, own):
    elsewhere = own.file.with_name("elsewhere.db")
    phone.goto("/forms/trainer_signup")  # nothing is read yet; a line to the file that is open would go on reading it
    phone.select_option("#province", label="เชียงใหม่")
    own.file.rename(elsewhere)
    phone.click(NEXT)
    told = phone.inner_text("main")
    elsewhere.rename(own.file)
    phone.click("main .btn:has-text('ลองอีกครั้ง')")

    assert "คำตอบยังอยู่ในหน้านี้" in told
    assert "ยังไม่ได้รับ" not in told
    assert "หน้า 2 จาก 8" in phone.inner_text(".count")
    assert "อำเภอ" in phone.inner_text("h1")


def test_while_too_many_are_inside_what_was_sent_stays_and_goes_out_once_with_the_same_key(phone, own, content):
    site = own.file.with_name("site")  # a web server in front has the scripts, however full the service is
    phone.route(
        "**/assets/**", lambda route: route.fulfill(path=site / route.request.url.removeprefix(own.address)[1:])
    )
    fill_plea(phone)
    key = phone.input_value("main form >> nth=-1 >> [name=key]")
    doors = own.app.middleware_stack
    while not isinstance(doors, Doors):
        doors = doors.app
    doors.inside = doors.most
    with phone.expect_response("**/check") as answer:
        phone.click(NEXT)
    told, offered = phone.inner_text("main"), phone.is_visible("form[data-again] .btn")
    doors.inside = 0
    if offered:
        same = phone.input_value("form[data-again] [name=key]")
        phone.click("form[data-again] .btn")
    else:
        phone.go_back()
        same = phone.input_value("main form >> nth=-1 >> [name=key]")
        phone.click(NEXT)
    phone.wait_for_selector(".ref")

    assert answer.value.status == 503
    assert "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่" in told
    assert offered == ("ส่งอีกครั้ง" in told)
    assert same == key
    (kept,) = own.store.rows(content.forms["help_request"])
    assert kept["detail"] == "รูปไม่ชัดทุกครั้ง"


def test_behind_a_long_line_a_phone_with_scripts_passes_by_itself_and_one_without_is_told_what_to_do(
    phone, own, content
):
    door = own.app.state.service.door
    for number in range(500):
        door.judge("127.0.0.1", "help_request", f"before-{number:06}")
    fill_plea(phone)
    scripts = phone.locator("html").evaluate("html => matchMedia('(scripting: enabled)').matches")
    with phone.expect_response("**/check") as answer:
        phone.click(NEXT)
    if scripts:
        phone.wait_for_selector(".ref")
    told = phone.inner_text("main")
    kept = list(own.store.rows(content.forms["help_request"]))

    assert answer.value.status == 429
    assert len(kept) == int(scripts)
    assert ("เราจองคิวให้คุณแล้ว" in told) != scripts
    assert phone.locator("body").evaluate("body => body.scrollWidth") <= 360
