"""The site as people meet it: axe-core, small screens, keyboard, night, and no script."""

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = ("/", "/measures/k5-fund/", "/register/", "/provinces/50/", "/faq/", "/who/", "/who/#r-ask", "/benefits/",
         "/about/sources/", "/search/", "/404.html")  # fmt: skip
OVERFLOW = """() => [...document.querySelectorAll('body *')].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width && box.right > document.documentElement.clientWidth + 1
    && !element.closest('.scene, table, .skip, details:not([open]) nav');
}).map((element) => element.outerHTML.slice(0, 80))"""
SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-bottom: 2em !important; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(chromium, site_address, width, scheme):
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=site_address, reduced_motion="reduce"
    )
    page = context.new_page()
    found = {}
    for url in PAGES:
        page.goto(url)
        result = Axe().run(page)
        if result.violations_count:
            found[url] = result.generate_report()
    context.close()

    assert found == {}


@pytest.mark.parametrize("width", [320, 360, 640, 768, 1024, 1280])
def test_no_page_scrolls_sideways(chromium, site_address, width):
    page = chromium.new_page(viewport={"width": width, "height": 800}, base_url=site_address)
    wide = {}
    for url in (*PAGES, "/model/committee/", "/trainers/", "/timeline/", "/leaflets/", "/privacy/"):
        page.goto(url)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide[url] = page.evaluate(OVERFLOW)[:5]
    page.close()

    assert wide == {}


def test_text_may_be_spaced_out_on_a_small_screen(chromium, site_address):
    page = chromium.new_page(viewport={"width": 320, "height": 800}, base_url=site_address)
    wide = []
    for url in PAGES:
        page.goto(url)
        page.add_style_tag(content=SPACING)
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(url)
    page.close()

    assert wide == []


def test_whatever_can_be_pressed_is_big_enough_for_a_thumb(chromium, site_address):
    small = """() => [...document.querySelectorAll(
      'header a, header summary, main .btn, main .ways a, footer li a, main .places a')]
      .filter((element) => element.checkVisibility() && !element.matches('.skip'))
      .filter((element) => element.getBoundingClientRect().height < 44)
      .map((element) => element.outerHTML.slice(0, 90))"""
    page = chromium.new_page(viewport={"width": 360, "height": 800}, base_url=site_address)
    found = {}
    for url in ("/", "/register/", "/who/", "/provinces/", "/provinces/50/"):
        page.goto(url)
        if bad := page.evaluate(small):
            found[url] = bad
    page.close()

    assert found == {}


def test_the_keyboard_reaches_content_menu_and_every_page_of_it(chromium, site_address):
    page = chromium.new_page(viewport={"width": 360, "height": 800}, base_url=site_address)
    page.goto("/faq/")
    seen = []
    for _ in range(6):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert seen[0] == "ข้ามไปเนื้อหา"
    assert "เมนู" in seen
    page.locator("details.menu summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/")
    page.close()


def test_the_self_check_works_without_a_script(chromium, site_address):
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 800}, base_url=site_address
    )
    page = context.new_page()
    page.goto("/who/")
    assert page.locator(".flow section:visible").count() == 1
    page.click(".flow a:text-is('ไม่มี'):visible")
    page.click(".flow a:text-is('ใช่'):visible")

    assert page.locator(".flow section:visible h2").inner_text() == "ร่างเรียกงานของคุณว่า “กึ่งอิสระ”"
    assert page.locator(".flow section:visible a.btn").get_attribute("href") == "/register/"
    context.close()


def test_a_link_to_an_answer_opens_it(chromium, site_address):
    page = chromium.new_page(viewport={"width": 360, "height": 800}, base_url=site_address)
    page.goto("/faq/#q16")
    page.locator("#q16").wait_for(state="visible")

    assert page.locator("details.more[open]").count() == 1
    page.close()


def test_a_badge_brings_the_reader_to_the_fact(chromium, site_address):
    page = chromium.new_page(viewport={"width": 360, "height": 800}, base_url=site_address)
    page.goto("/measures/k5-fund/")
    page.locator("a.src[href$='#measure-5-fund']").first.click()
    page.wait_for_url("**/about/sources/#measure-5-fund")

    assert page.locator("#measure-5-fund").is_visible()
    page.close()


def test_a_page_asks_nobody_else_for_anything(chromium, site_address):
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, base_url=site_address)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for url in PAGES[:5]:
        page.goto(url)
    page.close()

    assert [url for url in asked if not url.startswith((site_address, "data:"))] == []
    assert said == []
