"""One ZIP file for each province and one for the country: all that is printed for it, and what lies where.

Packed last, from finished files, and only where a file in it has changed. The same files give the same bytes: names
in order, the days of the prints' versions as times, and nothing deflated.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from site_builder.content import Content
from site_builder.press import contact_sheet, pictures
from site_builder.press.files import write_whole
from site_builder.press.manifest import Manifest, inputs
from site_builder.press.progress import Progress, Say
from site_builder.press.render import PressErrors
from site_builder.press.run import print_sheets
from site_builder.press.shelves import ENDING, Copy, Shelf, shelves, without_twins
from site_builder.records import Province, kit_file

ZIP = ".zip"
MANIFEST = "kits.json"
MEGABYTE = 1_000_000
MOST = 25 * MEGABYTE  # more is no fun over a telephone line, and then the booklets stay out
CONTACT_SHEET = f"00-contact-sheet{ENDING}"
PLAIN_FILE = 0o100644 << 16  # where ZIP keeps what Unix allows
EARLIEST = date(1980, 1, 1)  # that ZIP can tell


@dataclass(frozen=True)
class Packed:
    """A file of a kit: its name there, where it is taken from, what it was printed from, and its day."""

    name: str
    path: Path
    told: str
    day: date


def pack_kits(content: Content, leaflets: Path, scratch: Path, say: Say = print) -> list[Path]:
    """Pack into the folder of the leaflets what is not there as it must be; return the paths of all kits.

    All that `press_leaflets` prints must be there. The contact sheet is printed into `scratch`.
    """
    if problems := contact_sheet.problems(content):
        raise PressErrors(problems)
    found = _kits(content, leaflets)
    product = contact_sheet.product(found[""], _images(found[""], leaflets))
    print_sheets(content, scratch, product.sheets(content, [None]), [product], Progress(lambda line: None))
    printed, kits, made = Manifest(leaflets), Manifest(leaflets, MANIFEST, ZIP), 0
    first = _contact_sheet(content, Manifest(scratch))
    try:
        for code, kit in found.items():
            files = [first, *_files(kit, printed)]
            made_of = inputs([repr([(file.name, file.told, file.day) for file in files])])
            if not kits.is_fresh(kit_file(code), made_of):
                write_whole(kits.path(kit_file(code)), _pack(files))
                kits.printed(kit_file(code), made_of)
                made += 1
        kits.keep_only(map(kit_file, found))
    finally:
        kits.write()
    paths = [kits.path(kit_file(code)) for code in found]
    say(f"kits: {made} of {len(paths)} packed, {_megabytes(paths)} MB in all")
    return paths


def _kits(content: Content, leaflets: Path) -> dict[str, tuple[Shelf, ...]]:
    """Return what lies in each kit; if any would be too large, none has booklets, so that one list fits all."""
    places: list[Province | None] = [None, *content.provinces]
    found = {place.code if place else "": shelves(content, place) for place in places}
    sizes = (
        sum(_path(leaflets, copy).stat().st_size for shelf in kit for copy in shelf.copies) for kit in found.values()
    )
    if max(sizes) > MOST:
        return {code: without_twins(kit) for code, kit in found.items()}
    return found


def _images(kit: Sequence[Shelf], leaflets: Path) -> Mapping[str, str]:
    return {
        copy.file: pictures.stamp(_path(leaflets, copy)) for shelf in kit for copy in shelf.copies if not copy.made_as
    }


def _path(folder: Path, copy: Copy) -> Path:
    return folder / f"{copy.file}{ENDING}"


def _megabytes(files: Iterable[Path]) -> int:
    return round(sum(file.stat().st_size for file in files) / MEGABYTE)


def _contact_sheet(content: Content, sheets: Manifest) -> Packed:
    name = contact_sheet.NAME
    return Packed(CONTACT_SHEET, sheets.path(name), sheets.told(name), max(each.day for each in content.prints))


def _files(kit: Sequence[Shelf], printed: Manifest) -> Iterator[Packed]:
    for shelf in kit:
        for copy in shelf.copies:
            yield Packed(f"{copy.name}{ENDING}", printed.path(copy.file), printed.told(copy.file), shelf.each.day)


def _pack(files: Sequence[Packed]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as kit:
        for file in sorted(files, key=lambda file: file.name):
            kit.writestr(_entry(file), file.path.read_bytes())
    return written.getvalue()


def _entry(file: Packed) -> zipfile.ZipInfo:
    day = max(file.day, EARLIEST)
    entry = zipfile.ZipInfo(file.name, (day.year, day.month, day.day, 0, 0, 0))
    entry.create_system = 3  # Unix, on any machine
    entry.external_attr = PLAIN_FILE
    return entry
