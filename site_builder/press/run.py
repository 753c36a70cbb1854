"""Prints all sheets: a pool of forked workers, progress as they finish, every problem of every sheet at the end."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment

from site_builder.content import Content
from site_builder.press import archive, gates, impose, paper, render, sources, typeset
from site_builder.press.products import PRODUCTS
from site_builder.press.render import Layout, PressErrors
from site_builder.press.sheet import TRIAL_URL, Part, Product, Sheet
from site_builder.problems import Problem
from site_builder.records import Province
from site_builder.templates import TEMPLATES, environment

FOLDER = "leaflets/"
BASE_URL = f"{TEMPLATES}/{FOLDER}"
CHUNK = 2

SCRATCH = ".tmp"

Say = Callable[[str], None]
Result = tuple[Path, list[str]]
_jobs: list[tuple["Press", Sheet]] = []  # set before the fork: workers inherit the warm press, and get numbers only


def press_leaflets(
    content: Content,
    out: Path,
    provinces: Sequence[str] | None = None,
    jobs: int | None = None,
    say: Say = print,
    products: Sequence[Product] = PRODUCTS,
) -> list[Path]:
    """Print products into the folder `out` and return the paths of their files.

    `provinces`: DOPA codes; None prints the country's and all provinces', an empty list the country's alone.
    `jobs`: processes, by default one per core.
    Raises PressErrors with every problem of every sheet; sheets with a problem are not written.
    """
    if problems := [problem for product in products for problem in product.problems(content)]:
        raise PressErrors(problems)
    todo = _sheets(content, products, provinces)
    _say_if_samples(content, say)
    out.mkdir(parents=True, exist_ok=True)
    named = {sheet.name: sheet for sheet in todo}
    told = sources.unprintable_characters(content)
    found, paths = list[tuple[Sheet, str]](), list[Path]()
    try:
        for path, faults in _told(
            _results(Press(content, out, todo), todo, jobs or os.cpu_count() or 1), len(todo), say
        ):
            found += [(named[path.stem], fault) for fault in faults]
            paths += [path] if not faults else []
    finally:
        for scratch in out.glob(f"*{SCRATCH}"):  # of workers that were stopped
            scratch.unlink()
    if problems := [*told, *sources.gathered(found, told, todo, products)]:
        raise PressErrors(problems)
    return sorted(paths)


def _sheets(content: Content, products: Sequence[Product], provinces: Sequence[str] | None) -> list[Sheet]:
    """Return what is to be printed, the country's first."""
    wanted = content.provinces if provinces is None else _provinces(content, provinces)
    places: list[Province | None] = [*([] if provinces else [None]), *wanted]
    return [sheet for product in products for sheet in product.sheets(content, places)]


def _say_if_samples(content: Content, say: Say) -> None:
    if not content.site_url:
        say(f"leaflets: site_url is not set, so they say that they are samples and point to {TRIAL_URL}")


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
    """Turns sheets into files, each checked by every gate before it is written.

    Parts that several of its sheets share are laid out once, before the workers are forked.
    """

    def __init__(self, content: Content, out: Path, todo: Sequence[Sheet] = ()) -> None:
        self.out = out
        self._environment = lru_cache(partial(_environment, content))
        self._shared: dict[str, Layout] = {}
        seen: set[Any] = set()
        for part, nowrap in ((part, sheet.nowrap) for sheet in todo for part in sheet.parts):
            if id(part) in seen and (html := self.html(part, nowrap)) not in self._shared:
                self._shared[html] = render.lay_out(html, BASE_URL)
            seen.add(id(part))

    def html(self, part: Part, nowrap: tuple[str, ...]) -> str:
        """Return a part as HTML."""
        return self._environment(nowrap).get_template(FOLDER + part.template).render(part.values)

    def _layout(self, html: str) -> Layout:
        return self._shared.get(html) or render.lay_out(html, BASE_URL)

    def press(self, sheet: Sheet) -> Result:
        """Print one sheet; write it only if no gate has a fault to report."""
        path = self.out / f"{sheet.name}.pdf"
        documents = [self.html(part, sheet.nowrap) for part in sheet.parts]
        layouts = [self._layout(html) for html in documents]
        if over := sum(len(layout.document.pages) for layout in layouts if layout.document) % sheet.multiple:
            last = sheet.parts[-1]
            filled = replace(last, values={**last.values, "blanks": sheet.multiple - over})
            documents[-1] = self.html(filled, sheet.nowrap)
            layouts[-1] = self._layout(documents[-1])
        printed = render.print_layouts(layouts)
        expected = gates.Expected(
            documents=documents,
            paper=sheet.paper,
            sides=sheet.sides,
            panels=sheet.panels,
            codes=sheet.codes,
            notice=sheet.notice,
            running=sheet.running,
            multiple=sheet.multiple,
            roomy=lambda: _roomy(documents),
        )
        faults = gates.faults(printed, expected)
        faults += archive.faults(printed.pdf) if printed.pdf else []
        if not faults:
            _write(path, printed.pdf)
            if sheet.booklet:
                _write(impose.beside(path), impose.booklet(printed.pdf))
        return path, faults


def _environment(content: Content, nowrap: tuple[str, ...]) -> Environment:
    made = environment()
    made.filters["thai"] = typeset.thai_filter(content.terms, nowrap)
    made.filters["flow"] = paper.flow_filter(made.filters["thai"])
    made.filters["breakable"] = typeset.breakable
    return made


def _roomy(documents: Sequence[str]) -> list[Any]:
    """Return the pages of documents on paper high enough for any text: `.sheet` and `.panel` are as high as it."""
    high = "<style>@page { size: 600mm 3000mm } .sheet, .panel { height: 3000mm !important }</style></head>"
    layouts = [render.lay_out(html.replace("</head>", high), BASE_URL) for html in documents]
    return [page for layout in layouts if layout.document for page in layout.document.pages]


def _write(path: Path, data: bytes) -> None:
    """Write a file in one step, so that an interruption leaves the old one or none."""
    scratch = path.with_suffix(f".{os.getpid()}{SCRATCH}")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _results(press: Press, todo: list[Sheet], jobs: int) -> Iterator[Result]:
    if jobs == 1 or len(todo) <= CHUNK:
        yield from map(press.press, todo)
        return
    _jobs[:] = [(press, sheet) for sheet in todo]
    try:
        with multiprocessing.get_context("fork").Pool(jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
            yield from pool.imap_unordered(_press_one, range(len(todo)), chunksize=CHUNK)
    finally:
        _jobs.clear()


def _press_one(number: int) -> Result:
    press, sheet = _jobs[number]
    return press.press(sheet)
