"""One side of the comparison a process: `python -m benchmarks.press.sides SIDE FOLDER` fills FOLDER/SIDE.

Every side but typst reads the content and fills in the same template, so that the HTML and its pictures are equal.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from site_builder.content import load_content
from site_builder.press.products import registration
from site_builder.press.run import BASE_URL, Press, press_leaflets
from site_builder.press.sheet import COLOUR


def documents() -> Iterator[tuple[str, str]]:
    """Yield (name, HTML) of the colour leaflet of the country and of each province."""
    content = load_content()
    press = Press(content, Path())
    for sheet in registration.PRODUCT.sheets(content, (None, *content.provinces)):
        if sheet.edition == COLOUR:
            outside, *inner = press.documents(sheet)
            yield sheet.name, "".join([outside.partition("</body>")[0], *map(_body, inner), "</body></html>"])


def _body(html: str) -> str:
    return html.partition("<body>")[2].partition("</body>")[0]


def ours(folder: Path, jobs: int | None = None) -> None:
    """Make them as `make build` does: every gate on."""
    press_leaflets(
        load_content(), folder, jobs=jobs, say=lambda line: None, products=[registration.PRODUCT], editions={COLOUR}
    )


def naive(folder: Path) -> None:
    """Make them as one would first do it: a loop, and no checks."""
    import weasyprint

    for name, html in documents():
        weasyprint.HTML(string=html, base_url=BASE_URL).write_pdf(folder / f"{name}.pdf", pdf_variant="pdf/ua-1")


def chromium(folder: Path) -> None:
    """Make them in one browser, a page each: it is started once, as a patient engineer would."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, html in documents():
            source = folder / f"{name}.html"
            source.write_text(html.replace("<head>", f'<head><base href="{BASE_URL}">'), encoding="utf-8")
            page = browser.new_page()
            page.goto(source.as_uri())
            page.pdf(path=folder / f"{name}.pdf", prefer_css_page_size=True, print_background=True, tagged=True)
            page.close()
        browser.close()


SIDES = {"ours": ours, "alone": lambda folder: ours(folder, jobs=1), "naive": naive, "chromium": chromium}

if __name__ == "__main__":
    place = Path(sys.argv[2], sys.argv[1])
    place.mkdir(exist_ok=True)
    SIDES[sys.argv[1]](place)
