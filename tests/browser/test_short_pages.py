"""The page behind a printed QR code: it knows the paper in one's hand, without a script."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.aged import AGE

NEWEST, OLDER = f"#registration-{AGE}", "#registration-1"


@pytest.fixture
def page(chromium, aged_address):
    """Return a page of a small telephone without scripts."""
    context = chromium.new_context(
        base_url=aged_address, viewport={"width": 360, "height": 800}, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


def shown(page):
    return [entry.inner_text() for entry in page.locator(".held > div").all() if entry.is_visible()]


@pytest.mark.parametrize("place", ["/q/", "/q/10/", "/q/14"])  # the last as it is printed: a redirect keeps the end
def test_the_newest_paper_is_told_so_and_nothing_else_is(page, place):
    page.goto(place + NEWEST)

    [told] = shown(page)
    assert page.get_by_role("heading", level=1).bounding_box()["y"] > 0  # one still sees where one is
    assert told.startswith(f"แผ่นนี้เป็นรุ่นล่าสุด (รุ่น {AGE} · 1 ก.พ. 2570)")
    assert page.locator(NEWEST).get_by_role("link").count() == 0


def test_an_older_paper_is_told_of_the_new_one_and_led_to_its_file(page):
    page.goto("/q/14/" + OLDER)

    [told] = shown(page)
    assert told.startswith("แผ่นนี้เก่าแล้ว")
    assert f"มีรุ่น {AGE} ลงวันที่ 1 กุมภาพันธ์ 2570 ให้ใช้รุ่นใหม่" in told
    assert page.locator(OLDER).get_by_role("link").get_attribute("href") == "/leaflets/registration-14.pdf"


@pytest.mark.parametrize("end", ["", "#registration-99", "#poster_of_nobody-1", "#registration", "#main"])
def test_without_a_known_end_nothing_is_said_of_a_paper_but_the_table_stands_there(page, end):
    page.goto("/q/14/" + end)

    assert shown(page) == []
    assert page.get_by_role("table").is_visible()


def test_what_belongs_to_other_papers_is_not_read_aloud(page):
    page.goto("/q/14/" + NEWEST)

    heard = page.locator("body").aria_snapshot()

    assert heard.count("รุ่นล่าสุด (") == 1
    assert "เก่าแล้ว" not in heard


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(chromium, aged_address, width, scheme):
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=aged_address)
    page = context.new_page()
    found = {}
    for url in ("/q/", f"/q/14/{NEWEST}", f"/q/10/{OLDER}"):
        page.goto(url)
        if (result := Axe().run(page)).violations_count:
            found[url] = result.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()

    assert found == {}


def test_the_page_is_light_enough_for_a_poor_network(aged_site, content):
    for name in ("index.html", "14/index.html"):
        assert (aged_site / "q" / name).stat().st_size < 9_000 + AGE * 1_000 * len(content.prints)
