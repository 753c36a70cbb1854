"""`site-builder`: check the content, build site and leaflets, press single leaflets, write generated docs."""

import argparse
import gc
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from site_builder.content import CONTENT, read_content
from site_builder.forms import form_docs
from site_builder.freshness import Stamp
from site_builder.problems import ContentErrors, Problem

if TYPE_CHECKING:
    from site_builder.press.sheet import Product

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
INTERRUPTED = 128 + signal.SIGINT  # as shells count
SPARING = (50_000, 10, 10)  # the collector of dead rings looks seldom: a tenth of a short command went into it
SOURCES = tuple(ROOT / name for name in ("site_builder", "site_templates", "mkdocs.yml", "requirements.lock"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 the content needs mending, 130 stopped by Ctrl-C."""
    arguments = _parser().parse_args(argv)
    started = time.monotonic()
    gc.set_threshold(*SPARING)
    try:
        with _one_interruption():
            made = arguments.run(arguments)
    except KeyboardInterrupt:
        print("หยุดแล้ว ไฟล์ที่ทำเสร็จแล้วยังอยู่ สั่งใหม่จะทำต่อ (stopped: finished files stay)", file=sys.stderr)
        return INTERRUPTED
    except ContentErrors as errors:
        for problem in errors.problems:
            print(problem, file=sys.stderr)
        print(f"พบ {len(errors.problems)} จุดที่ต้องแก้ ({len(errors.problems)} problems)", file=sys.stderr)
        return 1
    print(f"{made} in {time.monotonic() - started:.1f} s")
    return 0


@contextmanager
def _one_interruption() -> Iterator[None]:
    """Let the first Ctrl-C stop the work, and no second one disturb the tidying up after it."""

    def stop(number: int, frame: object) -> NoReturn:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="site-builder", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[[argparse.Namespace], str], help_text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_text, description=help_text)
        made.set_defaults(run=run)
        made.add_argument("--content", type=Path, default=CONTENT, help="the content tree (default: content/)")
        return made

    command("check", _check, "check content and plain language; print every problem")
    build = command("build", _build, "build the site and all leaflets")
    build.add_argument("--out", type=Path, default=BUILD, help="where to build (default: build/)")
    leaflets = command("leaflets", _leaflets, "press leaflets only")
    leaflets.add_argument("--out", type=Path, default=BUILD, help="where to build (default: build/)")
    leaflets.add_argument("--province", action="append", metavar="NN", help="only this province (repeat for more)")
    leaflets.add_argument("--product", action="append", metavar="NAME", help="only this product (repeat for more)")
    leaflets.add_argument("--edition", action="append", metavar="NAME", help="only this edition: colour, bw")
    leaflets.add_argument("--contact-sheet", action="store_true", help="and all provinces side by side, to look at")
    docs = command("docs", _docs, "write docs/forms.md from the form definitions")
    docs.add_argument("--out", type=Path, default=ROOT / "docs", help="where docs live (default: docs/)")
    return parser


def _check(arguments: argparse.Namespace) -> str:
    from site_builder.press.sources import unprintable_characters
    from site_builder.voice import check_voice  # needs the word cutter, a development package

    content, problems = read_content(arguments.content)
    problems = (*problems, *check_voice(content), *unprintable_characters(content))
    if problems:
        raise ContentErrors(problems)
    pages, chapters = len(content.pages), len(content.handbook)
    return f"checked {pages} pages, {chapters} chapters, {len(content.facts)} facts, {len(content.forms)} forms"


def _build(arguments: argparse.Namespace) -> str:
    """Build everything beside the old output, and put it in its place only when nothing is wrong."""
    fresh, site, leaflets = arguments.out / "fresh", arguments.out / "site", arguments.out / "leaflets"
    stamp = Stamp(arguments.out / "built.json", [arguments.content, *SOURCES])
    if stamp.is_current(site):
        return f"nothing has changed since {_shown(site)} was built: looked"
    from site_builder.press.kits import pack_kits
    from site_builder.press.pictures import draw
    from site_builder.press.run import press_leaflets
    from site_builder.site import build_site

    content, problems = read_content(arguments.content)
    found: list[Problem] = list(problems)
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        made = _gather(found, lambda: press_leaflets(content, leaflets, terminal=_terminal()))
        shown = _gather(found, lambda: draw(leaflets / f"{each.name}.pdf" for each in content.prints)) if made else []
        kits = _gather(found, lambda: pack_kits(content, leaflets, arguments.out / "press")) if made else []
        sizes = {kit.stem: kit.stat().st_size for kit in kits}
        pages = _gather(found, lambda: build_site(content, out=fresh, docs=arguments.out / "docs", kits=sizes))
        if found:
            raise ContentErrors(found)
        _link([*made, *shown, *kits], fresh / "leaflets")
        _swap(fresh, site)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # a build with a mistake in it, or one that was stopped
    stamp.set(site)
    return f"built {len(pages)} pages, {len(made)} leaflets and {len(kits)} kits in {_shown(site)}"


def _leaflets(arguments: argparse.Namespace) -> str:
    from site_builder.press.run import press_leaflets

    content, problems = read_content(arguments.content)
    if problems:
        raise ContentErrors(problems)
    folder, press = arguments.out / "leaflets", arguments.out / "press"
    products, chosen, editions = _products(arguments.product), arguments.province, arguments.edition
    pressed = press_leaflets(
        content, folder, provinces=chosen, products=products, editions=editions, terminal=_terminal()
    )
    kits = list[Path]()
    if not (arguments.product or chosen or editions):
        from site_builder.press.kits import pack_kits

        kits = pack_kits(content, folder, press)
    _link([*pressed, *kits], arguments.out / "site" / "leaflets")
    if arguments.contact_sheet:
        from site_builder.press.proofs import draw_proofs

        for sheet in draw_proofs(content, folder, press, products, chosen, editions):
            print(f"to look at: {_shown(sheet)}")
    return f"pressed {len(pressed)} leaflets in {_shown(folder)}"


def _terminal() -> TextIO | None:
    """Return where progress can be drawn in place, None where the output is a log."""
    return sys.stdout if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else None


def _products(names: Sequence[str] | None) -> "Sequence[Product]":
    """Return the products of these names, all where none is named; an unknown name is a problem."""
    from site_builder.press.products import PRODUCTS

    known = {product.name: product for product in PRODUCTS}
    if unknown := [name for name in names or () if name not in known]:
        raise ContentErrors([Problem(f"--product {name}", f"ไม่มีสิ่งพิมพ์นี้ มี {', '.join(known)}") for name in unknown])
    return tuple(known[name] for name in names) if names else PRODUCTS


def _docs(arguments: argparse.Namespace) -> str:
    content, problems = read_content(arguments.content)
    if problems:
        raise ContentErrors(problems)
    target = arguments.out / "forms.md"
    target.write_text(form_docs(content.forms), encoding="utf-8")
    return f"wrote {_shown(target)}"


def _gather(found: list[Problem], make: Callable[[], list[Path]]) -> list[Path]:
    """Return what `make` makes; its problems join `found`, so that an editor sees those of all outputs at once."""
    try:
        return make()
    except ContentErrors as errors:
        found.extend(errors.problems)
    except Exception:
        if not found:
            raise
        # A content that is known to be faulty may trip an output; what was found is still told, and mended first.
    return []


def _link(files: Sequence[Path], folder: Path) -> None:
    """Give files a second name in a folder: a site that is built anew has the leaflets that are as they were."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        target = folder / file.name
        target.unlink(missing_ok=True)
        try:
            target.hardlink_to(file)
        except OSError:  # another disk
            shutil.copyfile(file, target)


def _swap(fresh: Path, site: Path) -> None:
    old = site.with_name("old")
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    fresh.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


if __name__ == "__main__":
    sys.exit(main())
