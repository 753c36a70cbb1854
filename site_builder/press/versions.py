"""Which version of a print said which words: whoever changes them is told to give the print a new version.

`content/data/versions.yml` keeps a fingerprint of the words of each print as they were when it got its version. It is
of the country's sheets, and of words alone: drawings, type, addresses and the offices' contacts do not count.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from site_builder.content import Content
from site_builder.press import gates
from site_builder.press.products import PRODUCTS
from site_builder.press.run import Press
from site_builder.press.sheet import Product
from site_builder.problems import ContentErrors, Problem
from site_builder.records import Recorded

PRINTS, VERSIONS = "data/prints.yml", "data/versions.yml"  # below the content's root
HEAD = """\
# รุ่นของสิ่งพิมพ์แต่ละอย่าง กับลายนิ้วมือของคำในรุ่นนั้น คำสั่ง site-builder version เขียนไฟล์นี้ อย่าแก้ด้วยมือ
"""
SOMEWHERE = "https://address.example"  # stands for the public address, set or not
DIGITS = 16  # of the hash
_ITEM = re.compile(r"(?m)^(?= *- )")


def fingerprint(content: Content, product: Product) -> str:
    """Return the hash of the words of a product."""
    neutral = _neutral(content)
    documents = Press(neutral, Path()).documents
    words = {gates.folded("".join(map(gates.words_of, documents(sheet)))) for sheet in product.sheets(neutral, [None])}
    return hashlib.sha256("\0".join(sorted(words)).encode()).hexdigest()[:DIGITS]


def changed(content: Content, products: Sequence[Product] = PRODUCTS) -> list[Problem]:
    """Return a problem for each product whose words are not those of its version, in a content without other problems.

    A product that lacks words is passed over: the press itself says which.
    """
    return [problem for product in products if not product.problems(content) for problem in _faults(content, product)]


def note(content: Content, changed: Sequence[Product], same: Sequence[Product], day: date) -> list[Recorded]:
    """Write what prints say now into versions.yml; those that are `changed` get a new version, of `day`, in prints.yml.

    The others (`same`) keep the version that they have: nobody holds it yet, or only a misprint was mended.
    """
    made = [Recorded(each.name, _next(content, each.name), fingerprint(content, each)) for each in changed]
    path = content.root / PRINTS
    text = path.read_text("utf-8")
    for record in made:
        if day < (last := content.print(record.name).day):
            raise ContentErrors([Problem(record.name, f"{day} is before the day of its version now, {last}")])
        text = _with_version(text, record, day)
    made += [Recorded(each.name, content.print(each.name).version, fingerprint(content, each)) for each in same]
    if changed:
        path.write_text(text, encoding="utf-8")
    _write(content, made)
    return made


def unrecorded(content: Content) -> tuple[Product, ...]:
    """Return the products that are offered and of which versions.yml knows nothing."""
    offered = {each.name for each in content.prints}
    return tuple(each for each in PRODUCTS if each.name in offered - set(content.recorded))


def _neutral(content: Content) -> Content:
    """Return the content as if every version were the first, no address but ours were set, and no office known."""
    settings = {
        key: replace(setting, value=SOMEWHERE if key == "site_url" else "") if key.endswith("_url") else setting
        for key, setting in content.settings.items()
    }
    silent = dict.fromkeys(("address", "phone", "email", "website", "opening_hours", "verified_on", "verified_by"), "")
    return replace(
        content,
        settings=MappingProxyType(settings),
        prints=tuple(replace(each, version=1, day=date.min) for each in content.prints),
        provinces=tuple(replace(each, office=replace(each.office, **silent)) for each in content.provinces),
    )


def _faults(content: Content, product: Product) -> Iterator[Problem]:
    name, record = product.name, content.recorded.get(product.name)
    if name not in {each.name for each in content.prints}:
        yield Problem(name, f"it is not in content/{PRINTS}")
    elif record is None:
        yield Problem(name, "its words were never noted: run site-builder version --all-new")
    elif record.version != (said := content.print(name).version):
        told = f"{PRINTS} says version {said}, {VERSIONS} {record.version}"
        yield Problem(name, f"{told}: run site-builder version {name}")
    elif record.words != fingerprint(content, product):
        yield Problem(name, f"its words changed since version {said}: run site-builder version {name}")


def _next(content: Content, name: str) -> int:
    """Return the version after the last; a number that somebody has raised by hand alone is no version yet."""
    record = content.recorded.get(name)
    return 1 + (record.version if record else content.print(name).version)


def _with_version(text: str, record: Recorded, day: date) -> str:
    """Return prints.yml with two lines of one print changed, and nothing else."""
    items = _ITEM.split(text)
    for number, item in enumerate(items):
        if not re.search(rf"(?m)^[ -]+name: *{record.name}\b", item):
            continue
        item, versions = re.subn(r"(?m)^( +version: *)\d+", rf"\g<1>{record.version}", item)
        item, days = re.subn(r"(?m)^( +date: *)[\d-]+", rf"\g<1>{day}", item)
        if versions == days == 1:
            return "".join([*items[:number], item, *items[number + 1 :]])
    raise ContentErrors([Problem(f"content/{PRINTS} #{record.name}", "write version: and date: on lines of their own")])


def _write(content: Content, made: Iterable[Recorded]) -> None:
    kept = {**content.recorded, **{record.name: record for record in made}}
    known = {product.name for product in PRODUCTS}
    lines = [
        f"{name}: {{version: {kept[name].version}, words: {kept[name].words}}}\n" for name in sorted(known & set(kept))
    ]
    (content.root / VERSIONS).write_text(HEAD + "".join(lines), encoding="utf-8")
