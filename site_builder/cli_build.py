"""`site-builder build`: the site and all that is printed, made beside the old output."""

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

from site_builder.cli_press import notices, sessions_of, warn
from site_builder.content import load_content, read_content
from site_builder.freshness import Stamp
from site_builder.output import ROOT, link, shown, swap, terminal
from site_builder.problems import ContentErrors, Problem

SOURCES = tuple(ROOT / name for name in ("site_builder", "site_templates", "mkdocs.yml", "requirements.lock"))


def build(arguments: argparse.Namespace) -> str:
    """Build the site and all that is printed, and a notice of each session where a list of them is given."""
    sessions = sessions_of(arguments)
    told = _site(arguments)
    return f"{told}, {notices(arguments, load_content(arguments.content), sessions)}" if sessions else told


def _site(arguments: argparse.Namespace) -> str:
    """Build everything beside the old output, and put it in its place only when nothing is wrong."""
    fresh, site, leaflets = arguments.out / "fresh", arguments.out / "site", arguments.out / "leaflets"
    stamp = Stamp(arguments.out / "built.json", [arguments.content, *SOURCES])
    if stamp.is_current(site):
        return f"nothing has changed since {shown(site)} was built: looked"
    from site_builder.press.finished import measured
    from site_builder.press.kits import pack_kits
    from site_builder.press.pictures import draw
    from site_builder.press.products import PRODUCTS
    from site_builder.press.run import press_leaflets
    from site_builder.press.sheet import COLOUR
    from site_builder.site import build_site

    content, problems = read_content(arguments.content)
    found: list[Problem] = list(problems)
    if not found:
        warn(content, PRODUCTS)
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        tried = {COLOUR} if problems else None  # nothing can be published, and editions differ in colours alone
        made = _gather(found, lambda: press_leaflets(content, leaflets, editions=tried, terminal=terminal()))
        files = [leaflets / f"{each.name}.pdf" for each in content.prints]
        pictures = [] if found else _gather(found, lambda: draw(files))
        kits = [] if found else _gather(found, lambda: pack_kits(content, leaflets, arguments.out / "press"))
        known = measured(made, kits)
        pages = _gather(found, lambda: build_site(content, out=fresh, docs=arguments.out / "docs", finished=known))
        if found:
            raise ContentErrors(found)
        link([*made, *pictures, *kits], fresh / "leaflets")
        swap(fresh, site)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # a build with a mistake in it, or one that was stopped
    stamp.set(site)
    return f"built {len(pages)} pages, {len(made)} leaflets and {len(kits)} kits in {shown(site)}"


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
