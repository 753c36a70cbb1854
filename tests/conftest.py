"""What many tests share: the real content, loaded once, and a real Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from site_builder.content import Content, load_content
from site_builder.site import build_site
from tests.aged import aged

# `trial`: the same examples every time, and none fails because the machine is busy. `search`: `make fuzz`.
settings.register_profile("trial", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=3_000)
settings.load_profile("trial")


@pytest.fixture(scope="session")
def content() -> Content:
    """Return the project's own content."""
    return load_content()


@pytest.fixture(scope="session")
def built_site(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site built from our own content; the pictures of prints, the press's work, are blank."""
    folder = tmp_path_factory.mktemp("built")
    build_site(content, out=folder / "site", docs=folder / "docs", say=lambda text: None)
    (folder / "site/leaflets").mkdir(exist_ok=True)
    for each in content.prints:
        Image.new("L", each.size).save(folder / f"site/leaflets/{each.name}.png")
    return folder / "site"


@pytest.fixture(scope="session")
def aged_site(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site as it is built when every print is in its third version."""
    folder = tmp_path_factory.mktemp("aged")
    build_site(aged(content), out=folder / "site", docs=folder / "docs", say=lambda text: None)
    return folder / "site"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return the system's own Chromium; one for each module, since Playwright allows one at a time."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()
