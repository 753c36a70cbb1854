"""`site-builder`: check the content, build site and leaflets, press single leaflets, write generated docs."""

import argparse
import gc
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NoReturn

from site_builder import cli_build, cli_press
from site_builder.content import CONTENT, read_content
from site_builder.forms import form_docs
from site_builder.output import ROOT, shown
from site_builder.problems import ContentErrors

BUILD = ROOT / "build"
INTERRUPTED = 128 + signal.SIGINT  # as shells count
SPARING = (50_000, 10, 10)  # the collector of dead rings looks seldom: a fifth of a short command went into it


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
    _printing(
        command("build", cli_build.build, "build the site and all leaflets"),
        command("leaflets", cli_press.leaflets, "press leaflets only"),
    )
    covered = command("ink", cli_press.ink, "tell how much ink a printed file takes, by plate")
    covered.add_argument("file", type=Path, nargs="+", help="PDF of any edition")
    _versions(command("version", cli_press.version, "give prints a new version, once their words have changed"))
    docs = command("docs", _docs, "write docs/forms.md from the form definitions")
    docs.add_argument("--out", type=Path, default=ROOT / "docs", help="where docs live (default: docs/)")
    return parser


def _printing(build: argparse.ArgumentParser, leaflets: argparse.ArgumentParser) -> None:
    for one in (build, leaflets):
        one.add_argument("--out", type=Path, default=BUILD, help="where to build (default: build/)")
        one.add_argument("--sessions", type=Path, metavar="FILE", help="also a notice of each session in this list")
    leaflets.add_argument("--province", action="append", metavar="NN", help="only this province (repeat for more)")
    leaflets.add_argument("--product", action="append", metavar="NAME", help="only this product (repeat for more)")
    leaflets.add_argument("--edition", action="append", metavar="NAME", help="only this edition: colour, shop …")
    leaflets.add_argument("--output-intent", type=Path, metavar="FILE.icc", help="a print shop's profile, for shop")
    leaflets.add_argument("--contact-sheet", action="store_true", help="and all provinces side by side, to look at")


def _versions(version: argparse.ArgumentParser) -> None:
    version.add_argument("name", nargs="*", help="what is printed: registration, handbook")
    version.add_argument("--date", type=date.fromisoformat, metavar="2026-12-31", help="its day (default: today)")
    version.add_argument("--all-new", action="store_true", help="also note what prints say that were never noted")
    version.add_argument(
        "--keep", action="store_true", help="note their words, but leave the version: nobody has it yet"
    )


def _check(arguments: argparse.Namespace) -> str:
    from site_builder.press import versions
    from site_builder.press.sources import unprintable_characters
    from site_builder.voice import check_voice  # needs the word cutter, a development package

    content, problems = read_content(arguments.content)
    printed = () if problems else versions.changed(content)
    problems = (*problems, *check_voice(content), *unprintable_characters(content), *printed)
    if problems:
        raise ContentErrors(problems)
    pages, chapters = len(content.pages), len(content.handbook)
    return f"checked {pages} pages, {chapters} chapters, {len(content.facts)} facts, {len(content.forms)} forms"


def _docs(arguments: argparse.Namespace) -> str:
    content, problems = read_content(arguments.content)
    if problems:
        raise ContentErrors(problems)
    target = arguments.out / "forms.md"
    target.write_text(form_docs(content.forms), encoding="utf-8")
    return f"wrote {shown(target)}"


if __name__ == "__main__":
    sys.exit(main())
