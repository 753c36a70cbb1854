"""Thai search in a real Chromium: words inside words, misspelt words, any digits, and no script at all."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

# What people type, and one page that must be among the first three.
WANTED = (
    ("กองทุน", "/measures/k5-fund/"), ("อิสระ", "/who/"), ("ทะเบียน", "/register/"), ("สมาชิก", "/measures/k5-fund/"),
    ("ไรเดอร์", "/who/"), ("ครู ข", "/trainers/"), ("เงินกู้", "/measures/k5-fund/"), ("ขึ้นทะเบียน", "/register/"),
    ("กำนัน", "/trainers/"), ("ราชกิจจา", "/timeline/"), ("โทษ", "/measures/k6-penalties/"), ("แผ่นพับ", "/leaflets/"),
    ("เชียงใหม่", "/provinces/50/"), ("บึงกาฬ", "/provinces/38/"), ("OTP", "/about/real/"), ("pin", "/register/"),
    ("ขอคนช่วย", "/forms/help_request"), ("อยากกู้เงิน", "/measures/k5-fund/"),
)  # fmt: skip
FIRST = (
    ("กองทุน", "/measures/k5-fund/"),
    ("ไรเดอร์", "/measures/k1-definition/"),
    ("ครู ข", "/trainers/"),
    ("เชียงใหม่", "/provinces/50/"),
)
MISSPELT = (("กองทุณ", "/measures/k5-fund/"), ("ไรเด้อ", "/who/"), ("ขึนทะเบียน", "/register/"), ("แผนพับ", "/leaflets/"))


@pytest.fixture
def page(chromium, site_address) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=site_address)
    opened = context.new_page()
    opened.goto("/search/")
    yield opened
    context.close()


def results(page: Page, text: str) -> list[str]:
    """Type `text` into the box of the search page and return where the results lead."""
    said = page.locator("main .found-says")
    page.fill("#q-page", "")
    said.wait_for(state="hidden")
    page.fill("#q-page", text)
    said.wait_for(state="visible")
    return [link.get_attribute("href") or "" for link in page.locator("main .found a").all()]


@pytest.mark.parametrize(("typed", "wanted"), [*WANTED, *MISSPELT])
def test_a_word_finds_its_page_among_the_first_three(page, typed, wanted):
    assert wanted in results(page, typed)[:3]


@pytest.mark.parametrize(("typed", "wanted"), FIRST)
def test_the_page_about_a_word_comes_first(page, typed, wanted):
    assert results(page, typed)[0] == wanted


def test_thai_and_arabic_digits_find_the_same(page):
    assert results(page, "๑๕๐๖") == results(page, "1506") != []


def test_a_decomposed_am_and_a_doubled_e_find_the_same(page):
    assert results(page, "กํานัน") == results(page, "กำนัน")
    assert results(page, "เเผ่นพับ") == results(page, "แผ่นพับ")


def test_what_is_on_no_page_is_said_in_words(page):
    assert results(page, "qqqq") == []
    assert "ไม่พบคำนี้" in page.locator("main .found-says").inner_text()


def test_the_index_is_fetched_only_when_someone_wants_to_search(chromium, site_address):
    page = chromium.new_page(base_url=site_address, viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    before = [url for url in asked if "search.json" in url]
    with page.expect_response("**/assets/search.json"):
        page.focus("#q")
    page.close()

    assert before == []


def test_text_that_arrives_without_a_key_press_is_searched_too(page):
    page.focus("#q-page")
    page.keyboard.insert_text("เงินกู้")
    page.locator("main .found a").first.wait_for()

    assert page.locator("main .found a").count() > 1


def test_enter_in_the_head_of_a_page_leads_to_the_results(page):
    page.goto("/")
    page.fill("#q", "กองทุน")
    page.keyboard.press("Enter")
    page.locator("header .found a:focus").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/measures/k5-fund/")


def test_an_address_with_a_question_shows_its_results(page):
    page.goto("/search/?q=เงินกู้")
    page.locator("main .found a[href='/measures/k5-fund/']").wait_for()


def test_without_a_script_the_box_leads_to_a_list_of_everything(chromium, site_address):
    context = chromium.new_context(
        java_script_enabled=False, base_url=site_address, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.goto("/")
    page.fill("#q", "กองทุน")
    page.click("header .find button")

    assert page.url.startswith(f"{site_address}/search/?q=")
    assert page.locator("main a[href='/measures/k5-fund/']").count() == 1
    names = page.locator("#all-provinces + ul a").all_inner_texts()
    assert names[:3] == ["กระบี่", "กรุงเทพมหานคร", "กาญจนบุรี"]
    assert len(names) == 77
    context.close()
