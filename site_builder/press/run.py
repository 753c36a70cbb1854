"""Prints all sheets: a pool of forked workers, progress as they finish, every problem of every sheet at the end."""

import multiprocessing
import os
import signal
from collections.abc import Container, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TextIO

from jinja2 import Environment

from site_builder.content import Content
from site_builder.press import archive, fonts, gates, impose, paper, render, shop, sources, typeset
from site_builder.press.files import sweep, write_whole
from site_builder.press.manifest import Manifest, inputs
from site_builder.press.products import PRODUCTS
from site_builder.press.progress import Progress, Say
from site_builder.press.render import Layout, PressErrors
from site_builder.press.sheet import BLACK, COLOUR, SHOP, TRIAL_URL, Part, Product, Sheet
from site_builder.press.sight import Approved
from site_builder.problems import Problem
from site_builder.records import PAPERS, Province, booklet_file, enlarged_file, two_up_file
from site_builder.templates import TEMPLATES, environment

FOLDER = "leaflets/"
BASE_URL = f"{TEMPLATES}/{FOLDER}"
CHUNK = 2

Result = tuple[Sheet, list[str]]  # with its faults
_jobs: list[tuple["Press", Sheet]] = []  # set before the fork: workers inherit the warm press, and get numbers only


def press_leaflets(
    content: Content,
    out: Path,
    provinces: Sequence[str] | None = None,
    jobs: int | None = None,
    say: Say = print,
    products: Sequence[Product] = PRODUCTS,
    editions: Container[str] | None = None,
    terminal: TextIO | None = None,
    intent: shop.Intent | None = None,
) -> list[Path]:
    """Print into the folder `out` what is not there as it must be, and return the paths of all files asked for.

    `provinces`: DOPA codes; None prints the country's and all provinces', an empty list the country's alone.
    `editions`: None prints all, and that for print shops for the country alone; `intent` goes into its files.
    `jobs`: processes, by default one per core. `terminal`: where progress is drawn in place; without it, it is said.
    Raises PressErrors with every problem of every sheet; of a sheet with a problem there is no file.
    """
    if problems := [*fonts.file_faults(), *(problem for each in products for problem in each.problems(content))]:
        raise PressErrors(problems)
    sheets = wanted_sheets(content, products, provinces, editions)
    _say_if_samples(content, say)
    whole = provinces is editions is None and products is PRODUCTS
    progress = Progress(say, terminal)
    return print_sheets(content, out, sheets, products, progress, jobs=jobs, whole=whole, intent=intent)


def print_sheets(
    content: Content,
    out: Path,
    sheets: Sequence[Sheet],
    products: Sequence[Product],
    progress: Progress,
    *,
    jobs: int | None = None,
    whole: bool = False,
    intent: shop.Intent | None = None,
) -> list[Path]:
    """Print sheets as `press_leaflets` does; where they are the `whole` of a folder, every other file leaves it."""
    out.mkdir(parents=True, exist_ok=True)
    press, manifest = Press(content, out, intent), Manifest(out)
    made_of = {sheet.name: press.inputs(sheet) for sheet in sheets}
    todo = [sheet for sheet in sheets if not all(manifest.is_fresh(file, made_of[sheet.name]) for file in sheet.files)]
    if len(todo) < len(sheets):
        progress.say(f"leaflets: {len(sheets) - len(todo)} of {len(sheets)} unchanged")
    told = sources.unprintable_characters(content)
    found = list[tuple[Sheet, str]]()
    try:
        with closing(_results(press, todo, jobs or os.cpu_count() or 1)) as results:
            for sheet, faults in progress.follow("leaflets", results, len(todo), _named):
                found += [(sheet, fault) for fault in faults]
                for file in sheet.files:
                    manifest.forget(file) if faults else manifest.printed(file, made_of[sheet.name])
        if whole:
            manifest.keep_only(file for sheet in sheets for file in sheet.files)
    finally:
        manifest.write()
        sweep(out)
    if problems := [*told, *sources.gathered(found, told, sheets, products)]:
        raise PressErrors(problems)
    return sorted(out / f"{file}.pdf" for sheet in sheets for file in sheet.files)


def wanted_sheets(
    content: Content,
    products: Sequence[Product],
    provinces: Sequence[str] | None,
    editions: Container[str] | None = None,
) -> list[Sheet]:
    """Return what is to be printed, the country's first.

    What goes to a print shop is the sheet in colour, made ready for it: for a province only where it is asked for.
    """
    wanted = content.provinces if provinces is None else _provinces(content, provinces)
    places: list[Province | None] = [*([] if provinces else [None]), *wanted]
    sheets = [sheet for product in products for sheet in product.sheets(content, places)]
    sheets += [
        replace(sheet, edition=SHOP, booklet=False, two_up=False, enlarged=())
        for sheet in sheets
        if sheet.edition == COLOUR and SHOP in content.print(sheet.product).editions
        if sheet.province is None or (editions is not None and SHOP in editions)
    ]
    return [sheet for sheet in sheets if editions is None or sheet.edition in editions]


def _say_if_samples(content: Content, say: Say) -> None:
    if not content.site_url:
        say(f"leaflets: site_url is not set, so they say that they are samples and point to {TRIAL_URL}")


def _named(result: Result) -> str:
    sheet = result[0]
    place = f"{sheet.province.code} {sheet.province.name_th}" if sheet.province else "country"
    return f"{sheet.product} {sheet.edition} · {place}"


def _provinces(content: Content, codes: Sequence[str]) -> tuple[Province, ...]:
    known = {province.code: province for province in content.provinces}
    if unknown := [
        Problem(f"province {code}", "there is no province with this code") for code in codes if code not in known
    ]:
        raise PressErrors(unknown)
    return tuple(known[code] for code in codes)


class Press:
    """Turns sheets into files, each checked by every gate before it is written."""

    def __init__(self, content: Content, out: Path, intent: shop.Intent | None = None) -> None:
        self.content, self.out, self.intent = content, out, intent
        self._environment = lru_cache(partial(_environment, content))
        self._shared: dict[str, Layout] = {}
        self._approved: dict[tuple[str, str], dict[int, Approved]] = {}

    def warm(self, todo: Sequence[Sheet]) -> None:
        """Start the engine and lay out what several sheets share, before the workers are forked."""
        render.engine()
        seen: set[int] = set()
        for html in (html for sheet in todo for html in self.documents(sheet)):
            if (known := hash(html)) in seen and html not in self._shared:
                self._shared[html] = render.lay_out(html, BASE_URL)
            seen.add(known)

    def html(self, part: Part, nowrap: tuple[str, ...]) -> str:
        """Return a part as HTML."""
        return self._environment(nowrap).get_template(FOLDER + part.template).render(part.values)

    def documents(self, sheet: Sheet) -> list[str]:
        """Return the parts of a sheet as HTML."""
        return [self.html(part, sheet.nowrap) for part in sheet.parts]

    def inputs(self, sheet: Sheet) -> str:
        """Return the hash of all that a sheet is printed from; of its province, only what stands on it counts."""
        intent = [repr(self.intent)] if sheet.edition == SHOP else []
        return inputs([*self.documents(sheet), sheet.name, repr(replace(sheet, parts=(), province=None)), *intent])

    def _layout(self, html: str) -> Layout:
        return self._shared.get(html) or render.lay_out(html, BASE_URL)

    def press(self, sheet: Sheet) -> list[str]:
        """Print one sheet; write its files only if no gate has a fault to report."""
        documents, layouts = self._laid_out(sheet)
        printed = render.print_layouts(layouts)
        expected = self._expected(sheet, documents)
        faults = gates.faults(printed, expected)
        faults += archive.faults(printed.pdf) if printed.pdf else []
        if not faults and sheet.edition == SHOP:
            for_shop, faults = shop.pressed(printed.pdf, sheet.paper, sheet.folds, sheet.codes, self.intent)
            printed = replace(printed, pdf=for_shop)
        files = {sheet.name: printed.pdf}
        for size in () if faults else sheet.enlarged:
            larger = render.print_layouts(layouts, PAPERS[size][0] / sheet.paper[0])
            found = [*gates.enlargement_faults(larger, expected, PAPERS[size]), *archive.faults(larger.pdf)]
            faults += [f"{size}: {fault}" for fault in found]
            files[enlarged_file(sheet.name, size)] = larger.pdf
        if not faults:
            files |= {booklet_file(sheet.name): impose.booklet(printed.pdf)} if sheet.booklet else {}
            files |= {two_up_file(sheet.name): impose.two_up(printed.pdf)} if sheet.two_up else {}
            for name, pdf in files.items():
                write_whole(self.out / f"{name}.pdf", pdf)
        return faults

    def _laid_out(self, sheet: Sheet) -> tuple[list[str], list[Layout]]:
        """Return the parts of a sheet as HTML and as layouts; the last is filled up with blank pages."""
        documents = self.documents(sheet)
        layouts = [self._layout(html) for html in documents]
        if over := sum(len(layout.document.pages) for layout in layouts if layout.document) % sheet.multiple:
            last = sheet.parts[-1]
            filled = replace(last, values={**last.values, "blanks": sheet.multiple - over})
            documents[-1] = self.html(filled, sheet.nowrap)
            layouts[-1] = self._layout(documents[-1])
        return documents, layouts

    def _approved_pages(self, sheet: Sheet) -> dict[int, Approved]:
        """Return the pages approved of this print and edition; of others, which come before or later, none are kept."""
        which = (sheet.product, sheet.edition)
        if which not in self._approved:
            self._approved = {which: {}}
        return self._approved[which]

    def _expected(self, sheet: Sheet, documents: Sequence[str]) -> gates.Expected:
        return gates.Expected(
            documents=documents,
            paper=sheet.paper,
            sides=sheet.sides,
            panels=sheet.panels,
            codes=sheet.codes,
            notice=sheet.notice,
            together=typeset.held_together(self.content.terms, _held(self.content, sheet.nowrap)),
            running=sheet.running,
            multiple=sheet.multiple,
            roomy=lambda: _roomy(documents),
            approved=self._approved_pages(sheet),
            one_bit=sheet.edition == BLACK,
        )


def _environment(content: Content, nowrap: tuple[str, ...]) -> Environment:
    made = environment()
    made.filters["thai"] = typeset.thai_filter(content.terms, _held(content, nowrap))
    made.filters["flow"] = paper.flow_filter(made.filters["thai"])
    made.filters["breakable"] = typeset.breakable
    return made


def _held(content: Content, nowrap: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a product that stay on one line, and the names of all provinces as offices bear them."""
    return (*nowrap, *(f"จังหวัด{province.name_th}" for province in content.provinces))


def _roomy(documents: Sequence[str]) -> list[Any]:
    """Return the pages of documents on paper high enough for any text: `.sheet` and `.panel` are as high as it."""
    high = "<style>@page { size: 600mm 3000mm } .sheet, .panel { height: 3000mm !important }</style></head>"
    layouts = [render.lay_out(html.replace("</head>", high), BASE_URL) for html in documents]
    return [page for layout in layouts if layout.document for page in layout.document.pages]


def _results(press: Press, todo: list[Sheet], jobs: int) -> Generator[Result]:
    if todo:
        press.warm(todo)
    if jobs == 1 or len(todo) <= CHUNK:
        yield from ((sheet, press.press(sheet)) for sheet in todo)
        return
    _jobs[:] = [(press, sheet) for sheet in todo]
    try:
        with _no_interruption():  # its workers never see one: they are stopped by this process, when it has seen it
            workers = multiprocessing.get_context("fork").Pool(jobs)
        with workers as pool:
            for number, faults in pool.imap_unordered(_press_one, range(len(todo)), chunksize=CHUNK):
                yield todo[number], faults
    finally:
        _jobs.clear()


def _press_one(number: int) -> tuple[int, list[str]]:
    press, sheet = _jobs[number]
    return number, press.press(sheet)


@contextmanager
def _no_interruption() -> Iterator[None]:
    """Hold Ctrl-C back for a moment; what is forked in it never gets any."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
