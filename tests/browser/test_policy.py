"""The built site behind the form service, in a real Chromium, under the strict Content-Security-Policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from forms_api.app import create_app
from forms_api.settings import Settings
from forms_api.store import open_store
from tests.browser.test_forms import served
from tests.store_samples import VAULT


@pytest.fixture(scope="module")
def address(content, built_site, tmp_path_factory) -> Iterator[str]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/forms.db", content.forms.values(), VAULT)
    with served(create_app(Settings(secret="s" * 40, least_seconds=0, site_dir=built_site), content, store)) as found:
        yield found
    store.close()


@pytest.fixture
def page(chromium, address) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", ["/", "/register/", "/who/", "/provinces/50/", "/search/?q=เงินกู้", "/no-such-page/"])
def test_a_page_of_the_site_keeps_to_the_strict_policy(page, path):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    answer = page.goto(path, wait_until="networkidle")

    assert answer is not None
    assert "script-src 'self'" in (answer.header_value("content-security-policy") or "")
    assert [text for text in complaints if "404" not in text] == []


def test_search_works_under_the_policy(page):
    page.goto("/search/?q=เงินกู้")
    page.locator("main .found a[href='/measures/k5-fund/']").wait_for()
    page.goto("/")
    page.fill("#q", "กองทุน")
    page.keyboard.press("Enter")

    page.locator("header .found a:focus").wait_for()
