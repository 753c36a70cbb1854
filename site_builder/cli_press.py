"""`site-builder leaflets` and `version`: what is printed, for which provinces, and what it says of its version."""

import argparse
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from site_builder.content import Content, load_content
from site_builder.output import link, shown, terminal
from site_builder.problems import ContentErrors, Problem

if TYPE_CHECKING:
    from site_builder.press.sessions import Session
    from site_builder.press.sheet import Product
    from site_builder.press.shop import Intent

THAI_TIME = timezone(timedelta(hours=7))


def leaflets(arguments: argparse.Namespace) -> str:
    """Print what is asked for, and a notice of each session where a list of them is given."""
    content = load_content(arguments.content)
    products, sessions = _products(arguments), sessions_of(arguments)
    told = [_pressed(arguments, content, products)] if products else []
    told += [notices(arguments, content, sessions)] if sessions else []
    return f"pressed {', '.join(told)}"


def _pressed(arguments: argparse.Namespace, content: Content, products: "Sequence[Product]") -> str:
    from site_builder.press.run import press_leaflets

    folder, press = arguments.out / "leaflets", arguments.out / "press"
    chosen, editions = arguments.province, arguments.edition
    warn(content, products)
    pressed = press_leaflets(
        content,
        folder,
        provinces=chosen,
        products=products,
        editions=editions,
        terminal=terminal(),
        intent=_intent(arguments.output_intent),
    )
    kits = list[Path]()
    if not (arguments.product or chosen or editions):
        from site_builder.press.kits import pack_kits

        kits = pack_kits(content, folder, press)
    link([*pressed, *kits], arguments.out / "site" / "leaflets")
    if arguments.contact_sheet:
        from site_builder.press.proofs import draw_proofs

        for sheet in draw_proofs(content, folder, press, products, chosen, editions):
            print(f"to look at: {shown(sheet)}")
    return f"{len(pressed)} leaflets in {shown(folder)}"


def warn(content: Content, products: "Sequence[Product]") -> None:
    """Say which prints have other words than their version; they are printed all the same."""
    from site_builder.press import versions

    for problem in versions.changed(content, products):
        print(f"leaflets: {problem}")


def _named(names: Sequence[str], option: str = "") -> "list[Product]":
    """Return the products of these names; an unknown name is a problem."""
    from site_builder.press.products import PRODUCTS

    known = {product.name: product for product in PRODUCTS}
    if unknown := [name for name in names if name not in known]:
        raise ContentErrors([Problem(f"{option}{name}", f"ไม่มีสิ่งพิมพ์นี้ มี {', '.join(known)}") for name in unknown])
    return [known[name] for name in names]


def _products(arguments: argparse.Namespace) -> "Sequence[Product]":
    """Return the products that are named, all where none is.

    The notice of sessions is printed for those of a list, and blank where there is no list.
    """
    from site_builder.press.products import PRODUCTS, session_notice
    from site_builder.press.sessions import LIST_COMMAND

    names = arguments.product or ()
    named = _named(names, "--product ")
    if arguments.sessions and names and session_notice.NAME not in names:
        raise ContentErrors([Problem("--sessions", f"ใช้กับ --product {session_notice.NAME}")])
    if session_notice.NAME in names and not arguments.sessions:
        print(f"{session_notice.NAME}: ไม่มี --sessions FILE จึงพิมพ์แต่ใบเปล่าให้เขียนเอง ทำ FILE ด้วย {LIST_COMMAND}")
    if not names:
        return PRODUCTS
    return [each for each in named if not (arguments.sessions and each.name == session_notice.NAME)]


def sessions_of(arguments: argparse.Namespace) -> "Sequence[Session]":
    """Return the sessions of the list that is given; its faults are told before anything is printed."""
    from site_builder.press.sessions import read_sessions, thai_now

    return read_sessions(arguments.sessions, thai_now()) if arguments.sessions else ()


def notices(arguments: argparse.Namespace, content: Content, sessions: "Sequence[Session]") -> str:
    """Print a notice of each session, in a folder of their own: their numbers may be those of provinces."""
    from site_builder.press.products.session_notice import notices_of
    from site_builder.press.run import press_leaflets

    folder, only = arguments.out / "notices", vars(arguments)
    pressed = press_leaflets(
        content,
        folder,
        provinces=only.get("province"),
        products=[notices_of(sessions)],
        editions=only.get("edition"),
        terminal=terminal(),
    )
    return f"{len(pressed)} notices in {shown(folder)}"


def _intent(file: Path | None) -> "Intent | None":
    """Return the profile in a file; one that is none is a problem."""
    from site_builder.press.shop import Intent

    try:
        return Intent.read(file) if file else None
    except (OSError, ValueError) as error:
        told = f"ใช้ไฟล์นี้ไม่ได้ ขอไฟล์ ICC แบบ CMYK จากโรงพิมพ์ ({error})"
        raise ContentErrors([Problem(f"--output-intent {file}", told)]) from error


def ink(arguments: argparse.Namespace) -> str:
    """Tell how much of each ink printed files take."""
    from site_builder.press.plates import coverage

    for file in arguments.file:
        try:
            print(f"{file.name}: {coverage(file.read_bytes())}")
        except (OSError, ValueError) as error:
            raise ContentErrors([Problem(str(file), str(error))]) from error
    return f"measured {len(arguments.file)} files"


def version(arguments: argparse.Namespace) -> str:
    """Give the prints that are named a new version, and note what is printed on them."""
    from site_builder.press import versions

    content = load_content(arguments.content)
    if not arguments.name and not arguments.all_new:
        raise ContentErrors([Problem("version", "name the prints whose words have changed, or say --all-new")])
    products = _named(arguments.name)
    same = products if arguments.keep else ()
    if arguments.all_new:
        same = (*same, *(product for product in versions.unrecorded(content) if product not in products))
    changed = [product for product in products if product not in same]
    made = versions.note(content, changed, same, arguments.date or datetime.now(THAI_TIME).date())
    return f"noted {', '.join(f'{each.name} {each.version}' for each in made) or 'nothing new'}"
