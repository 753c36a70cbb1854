"""HTML in, PDF out: WeasyPrint with our fonts, our text layer, and a trap for everything it would only log."""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from site_builder.press import fonts, tags, text_layer
from site_builder.press.marked import resolve
from site_builder.problems import ContentErrors, Problem

VARIANT = "pdf/a-3a"
TOO_HIGH = "something that stays in one piece is higher than a page: a text is far too long ตัดข้อความให้สั้นลง"
PDF_UA = b'<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1" /></rdf:RDF>'
STYLE_SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')


class PressErrors(ContentErrors):
    """Some leaflets cannot be printed; `problems` holds every fault of every leaflet."""


@dataclass(frozen=True)
class Layout:
    """HTML laid out on pages, and what the engine complained about. One layout may be printed in many files."""

    document: Any
    complaints: tuple[str, ...]


@dataclass(frozen=True)
class Styles:
    """Style sheets, parsed, and what the engine complained about in them."""

    sheets: tuple[Any, ...]
    complaints: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """A finished file, its WeasyPrint pages (for the gates), and what the engine complained about."""

    pdf: bytes
    pages: tuple[Any, ...]
    complaints: tuple[str, ...]


@lru_cache(maxsize=1)
def engine() -> Any:
    """Start WeasyPrint once per process and return its fonts; raises PressErrors if it cannot print Thai."""
    with fonts.only_sarabun():
        from weasyprint.text.fonts import FontConfiguration

        configuration = FontConfiguration()
        with _trapped() as complaints:
            problems = fonts.self_test(configuration)
    problems += [Problem("press", complaint) for complaint in complaints]
    if problems:
        raise PressErrors(problems)
    return configuration


def lay_out(html: str, folder: str) -> Layout:
    """Lay out finished HTML. Only local files and data: URLs are read, and a missing one is a complaint."""
    configuration = engine()
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError

    linked = [Path(folder, name).resolve() for name in STYLE_SHEET.findall(html)]
    with _trapped() as complaints:
        try:
            styles = _styles(tuple((path, path.stat().st_mtime if path.exists() else 0) for path in linked))
            source = HTML(string=STYLE_SHEET.sub("", html), base_url=folder, url_fetcher=_fetcher())
            document = source.render(stylesheets=styles.sheets, pdf_variant=VARIANT, font_config=configuration)
        except FatalURLFetchingError as error:
            return Layout(None, (*complaints, str(error)))
        except AssertionError:  # a row of a table that may not be broken, and is higher than a page
            return Layout(None, (*complaints, TOO_HIGH))
    return Layout(document, tuple(dict.fromkeys((*styles.complaints, *complaints))))


@lru_cache(maxsize=64)
def _styles(linked: tuple[tuple[Path, float], ...]) -> Styles:
    """Read style sheets (file, when it was changed) once for all that they set: parsing takes a tenth of a leaflet.

    They come to the engine as the user's, before those in the HTML itself, which is right for links at its head. What
    they name beside rules (`@counter-style`, `@color-profile`) would be lost: none of ours does.
    """
    from weasyprint import CSS

    with _trapped() as complaints:
        sheets = [CSS(url=path.as_uri(), url_fetcher=_fetcher(), font_config=engine()) for path, _ in linked]
    return Styles(tuple(sheets), tuple(complaints))


def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols={"data", "file"}, fail_on_errors=True)


def print_layouts(layouts: Sequence[Layout], scale: float = 1) -> Printed:
    """Print layouts one after the other into one file, with the title and language of the first.

    At another scale everything is drawn larger, text layer and tags included; the pages stay as they were laid out.
    """
    complaints = dict.fromkeys(complaint for layout in layouts for complaint in layout.complaints)
    if any(layout.document is None for layout in layouts):
        return Printed(b"", (), tuple(complaints))
    pages = [page for layout in layouts for page in layout.document.pages]
    with _trapped() as more:  # a missing glyph is only noticed now
        pdf = layouts[0].document.copy(pages).write_pdf(zoom=scale, finisher=_finish, pdf_variant=VARIANT)
    return Printed(pdf, tuple(pages), tuple(complaints | dict.fromkeys(more)))


def print_html(html: str, folder: str) -> Printed:
    """Print finished HTML into a file."""
    return print_layouts([lay_out(html, folder)])


def _finish(document: Any, pdf: Any) -> None:
    tags.finish(pdf)
    text_layer.finish(document, pdf)
    metadata = resolve(pdf, pdf.catalog["Metadata"]).stream  # an XMP packet holds one rdf:RDF, so ours goes inside
    metadata[:] = [b"".join(metadata).replace(b"</rdf:RDF>", PDF_UA)]


@contextmanager
def _trapped() -> Iterator[list[str]]:
    """Collect WeasyPrint's warnings and errors, each once, instead of letting them pass by."""
    logger, trap = logging.getLogger("weasyprint"), _Trap()
    propagates, logger.propagate = logger.propagate, False
    others, logger.handlers = logger.handlers, [trap]
    try:
        yield trap.complaints
    finally:
        logger.propagate, logger.handlers = propagates, others


class _Trap(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.complaints: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if (message := record.getMessage()) not in self.complaints:
            self.complaints.append(message)
