"""Prints all leaflets: a pool of forked workers, progress as they finish, every problem of every leaflet at the end."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import segno

from site_builder.content import Content
from site_builder.press import archive, gates, products, render, sources, typeset
from site_builder.press.products import Leaflet
from site_builder.press.render import PressErrors
from site_builder.problems import Problem
from site_builder.records import Province
from site_builder.templates import TEMPLATES, environment

TEMPLATE = f"leaflets/{products.NAME}.html"
BASE_URL = f"{TEMPLATES}/leaflets/"
HIGH_PAPER = "<style>@page { size: 297mm 2000mm } .sheet, .panel { height: 2000mm }</style>"
QUIET_ZONE = 4  # modules; ISO/IEC 18004
CHUNK = 2

SCRATCH = ".tmp"

Say = Callable[[str], None]
Result = tuple[Path, list[str]]
_jobs: list[tuple["Press", Leaflet]] = []  # set before the fork: workers inherit the warm press, and get numbers only


def press_leaflets(
    content: Content, out: Path, provinces: Sequence[str] | None = None, jobs: int | None = None, say: Say = print
) -> list[Path]:
    """Print the leaflets into the folder `out` and return their paths.

    `provinces`: DOPA codes; None prints the country's and all provinces', an empty list the country's alone.
    `jobs`: processes, by default one per core.
    Raises PressErrors with every problem of every leaflet; leaflets with a problem are not written.
    """
    if problems := products.problems(content):
        raise PressErrors(problems)
    wanted = content.provinces if provinces is None else _provinces(content, provinces)
    todo = products.leaflets(content, wanted, national=not provinces)
    _say_if_samples(content, say)
    out.mkdir(parents=True, exist_ok=True)
    named = {leaflet.name: leaflet for leaflet in todo}
    told = sources.unprintable_characters(content)
    found, paths = list[tuple[Leaflet, str]](), list[Path]()
    try:
        for path, faults in _told(_results(Press(content, out), todo, jobs or os.cpu_count() or 1), len(todo), say):
            found += [(named[path.stem], fault) for fault in faults]
            paths += [path] if not faults else []
    finally:
        for scratch in out.glob(f"{products.NAME}*{SCRATCH}"):  # of workers that were stopped
            scratch.unlink()
    if problems := [*told, *sources.gathered(found, told, len(todo))]:
        raise PressErrors(problems)
    return sorted(paths)


def _say_if_samples(content: Content, say: Say) -> None:
    if not content.site_url:
        mark = content.leaflets[products.NAME]["sample_mark"]
        say(f"leaflets: site_url is not set, so they say “{mark}” and point to {products.TRIAL_URL}")


def _told(results: Iterator[Result], total: int, say: Say) -> Iterator[Result]:
    began = time.monotonic()
    for done, result in enumerate(results, start=1):
        yield result
        if done % 10 == 0 or done == total:
            say(f"leaflets: {done} of {total}, {time.monotonic() - began:.0f} s")


def _provinces(content: Content, codes: Sequence[str]) -> tuple[Province, ...]:
    known = {province.code: province for province in content.provinces}
    if unknown := [
        Problem(f"province {code}", "there is no province with this code") for code in codes if code not in known
    ]:
        raise PressErrors(unknown)
    return tuple(known[code] for code in codes)


class Press:
    """Turns leaflets into files, each checked by every gate before it is written.

    The inside is the same for the country and every province, so it is laid out once.
    """

    def __init__(self, content: Content, out: Path) -> None:
        self.out = out
        self.environment = environment()
        words: Mapping[str, Any] = content.leaflets[products.NAME]
        self.environment.filters["thai"] = typeset.thai_filter(content.terms, words["nowrap"])
        self.environment.filters["breakable"] = typeset.breakable
        self.draft_line = str(words["draft_line"])
        self.inside_html = self.html(products.leaflets(content, (), national=True)[0], "inside")
        self.inside = render.lay_out(self.inside_html, BASE_URL)

    def html(self, leaflet: Leaflet, *sides: str) -> str:
        """Return sides of a leaflet ("outside", "inside") as HTML."""
        return self.environment.get_template(TEMPLATE).render(
            sides=sides,
            leaflet=leaflet,
            words=leaflet.words,
            benefits=leaflet.benefits,
            steps=leaflet.steps,
            measures=leaflet.measures,
            office=leaflet.province.office if leaflet.province else None,
            page_code=qr_code(leaflet.page_url),
            codes=[{"store": store, "image": qr_code(address)} for store, address in leaflet.stores],
        )

    def press(self, leaflet: Leaflet) -> Result:
        """Print one leaflet; write it only if no gate has a fault to report."""
        path = self.out / f"{leaflet.name}.pdf"
        outside_html = self.html(leaflet, "outside")
        printed = render.print_layouts([render.lay_out(outside_html, BASE_URL), self.inside])
        expected = gates.Expected(
            words=gates.words_of(outside_html) + gates.words_of(self.inside_html),
            panels=products.PANELS,
            codes=leaflet.expected_codes,
            notice=self.draft_line,
            roomy=lambda: _roomy(outside_html, self.inside_html),
        )
        faults = gates.faults(printed, expected)
        faults += archive.faults(printed.pdf) if printed.pdf else []
        if not faults:
            _write(path, printed.pdf)
        return path, faults


def qr_code(address: str) -> str:
    """Return a QR code as a data: URI (level M; the quiet zone is part of the picture)."""
    return str(segno.make(address, error="m", micro=False).svg_data_uri(border=QUIET_ZONE, scale=4, light="#fff"))


def _roomy(*documents: str) -> list[Any]:
    """Return the pages of documents on paper high enough for any text."""
    layouts = [render.lay_out(html.replace("</head>", f"{HIGH_PAPER}</head>"), BASE_URL) for html in documents]
    return [page for layout in layouts if layout.document for page in layout.document.pages]


def _write(path: Path, data: bytes) -> None:
    """Write a file in one step, so that an interruption leaves the old one or none."""
    scratch = path.with_suffix(f".{os.getpid()}{SCRATCH}")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _results(press: Press, todo: list[Leaflet], jobs: int) -> Iterator[Result]:
    if jobs == 1 or len(todo) <= CHUNK:
        yield from map(press.press, todo)
        return
    _jobs[:] = [(press, leaflet) for leaflet in todo]
    try:
        with multiprocessing.get_context("fork").Pool(jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
            yield from pool.imap_unordered(_press_one, range(len(todo)), chunksize=CHUNK)
    finally:
        _jobs.clear()


def _press_one(number: int) -> Result:
    press, leaflet = _jobs[number]
    return press.press(leaflet)
