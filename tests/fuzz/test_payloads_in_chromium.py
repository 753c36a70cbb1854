"""Harmful words in a real Chromium: every page that shows them has the elements of one that shows plain words."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from forms_api.app import create_app
from forms_api.settings import Settings
from site_builder.assets import write_assets
from tests.browser.test_forms import served
from tests.fuzz.answers import SIGNUP
from tests.fuzz.payloads import LOGS, MARKUP

ILL = [words for words in (*MARKUP, *LOGS) if len(words) < 100]
ILL = ILL[: len(ILL) // 2 * 2]
PLAIN = {"village": "บ้านหนองบัว", "full_name": "สมหญิง", "note": "มาสองคน"}
OURS = "Autofocus processing was blocked"  # said or not, by chance, of the page's own list of faults
POST = """([action, fields]) => {
  const form = Object.assign(document.createElement("form"), {method: "post", action});
  for (const [name, value] of Object.entries(fields)) {
    const area = Object.assign(document.createElement("textarea"), {name, value});
    form.append(area);
  }
  document.body.append(form);
  form.submit();
}"""
# Every element and the names of its attributes; with where each leads and what it runs.
SHAPE = """() => [...document.querySelectorAll("*")].map(one => one.tagName + " " +
  [...one.attributes].map(two => /^(href|src|action|on.*|srcdoc|style)$/i.test(two.name)
    ? two.name + "=" + two.value : two.name).sort().join(" "))"""
SHOWN = """name => [...document.querySelectorAll(`[name=${name}]`)].map(one => one.value)"""


@pytest.fixture(scope="module")
def address(content: Any, store: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = tmp_path_factory.mktemp("site")
    write_assets(site / "assets")
    settings = Settings(secret="s" * 40, least_seconds=0, rate_limit=False, site_dir=site)
    with served(create_app(settings, content, store)) as found:
        yield found


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return []


@pytest.fixture(scope="module")
def page(chromium: Any, address: str, complaints: list[str]) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 780}, base_url=address)
    page = context.new_page()
    page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda message: complaints.append(message.text) if OURS not in message.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if address not in request.url else None)
    yield page
    context.close()


def shape(page: Page, path: str, words: dict[str, str]) -> tuple[list[str], dict[str, list[str]]]:
    """Post answers as a page of ours does; return the elements of the answer, and what its fields hold."""
    with page.expect_navigation(wait_until="load"):
        page.evaluate(POST, [path, SIGNUP | {"phone": "0812345678"} | words])
    return page.evaluate(SHAPE), {name: page.evaluate(SHOWN, name) for name in PLAIN}


PATHS = {
    "the check page": ("/forms/trainer_signup/check", {}),
    "a page with an error in its lines": ("/forms/trainer_signup", {"page": "contact", "phone": "1"}),
    "a page with words of several lines": ("/forms/trainer_signup", {"page": "contact", "then": ""}),
}


@pytest.mark.parametrize("case", PATHS)
def test_a_page_with_harmful_words_has_the_elements_of_one_with_plain_words(page, complaints, case):
    path, more = PATHS[case]
    page.goto("/forms/trainer_signup")
    complaints.clear()
    plain, _ = shape(page, path, PLAIN | more)
    usual = set(complaints)

    for one, two, three in zip(ILL[::2], ILL[1::2], [*ILL[2::2], ILL[0]], strict=True):
        several = f"{two}\n{three}\n{one}"
        found, held = shape(page, path, {"village": one, "full_name": unnumbered(two), "note": several} | more)

        assert found == plain, several
        assert set(complaints) <= usual, several
        assert held["village"], several
        assert all(one.splitlines()[0].replace("\x00", "\ufffd") in value for value in held["village"])


def test_a_reference_that_is_not_found_is_shown_as_words(page, complaints):
    page.goto("/status")
    complaints.clear()
    plain, _ = shape(page, "/status", {"reference": "สมหญิง", "last4": "1"})
    usual = set(complaints)

    for start in range(0, len(ILL), 6):
        words = " ".join(ILL[start : start + 6])
        assert shape(page, "/status", {"reference": words, "last4": words})[0] == plain, words
    assert set(complaints) <= usual


def unnumbered(words: str) -> str:
    """A name must have letters and no digits, or the page would show its fault."""
    return "ก" + words.translate(dict.fromkeys(map(ord, "0123456789")))
