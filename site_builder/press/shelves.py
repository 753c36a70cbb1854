"""What lies in the kit of a province: each print in a folder of its own, in every edition, under plain names."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from site_builder.content import Content
from site_builder.records import SHOP, Print, Province, print_file

BESIDE = ("how_to_print",)  # prints that lie beside the folders: they are about all the others
BESIDE_NUMBER = "00"  # so that they stand first in any list
ENDING = ".pdf"


@dataclass(frozen=True)
class Copy:
    """A file of a kit: `file` is its name where the press puts it, `name` that in the kit, both without ending."""

    file: str
    name: str
    edition: str
    made_as: str = ""  # of a file that is in the kit too: a booklet, two on one sheet, on larger paper


@dataclass(frozen=True)
class Shelf:
    """All files of one print; `number` is what the name of its folder, or of its files without one, begins with."""

    each: Print
    number: str
    folder: str  # empty for what lies beside the folders
    copies: tuple[Copy, ...]

    @property
    def label(self) -> str:
        """Return what to look for in the kit: the folder, or the file."""
        return self.folder or self.copies[0].name


def shelves(content: Content, province: Province | None) -> tuple[Shelf, ...]:
    """Return what is for a province, the country's file where it has none of its own; None is the country."""
    beside = [each for each in content.prints if each.name in BESIDE]
    folded = [each for each in content.prints if each.name not in BESIDE]
    return (
        *(_shelf(each, province, BESIDE_NUMBER, "") for each in beside),
        *(
            _shelf(each, province, f"{number:02}", f"{number:02}-{plain(each.name)}")
            for number, each in enumerate(folded, start=1)
        ),
    )


def without_twins(kit: tuple[Shelf, ...]) -> tuple[Shelf, ...]:
    """Return a kit without what was made of other files in it."""
    return tuple(replace(shelf, copies=tuple(copy for copy in shelf.copies if not copy.made_as)) for shelf in kit)


def plain(name: str) -> str:
    """Return a name as it stands in a kit."""
    return name.replace("_", "-")


def _shelf(each: Print, province: Province | None, number: str, folder: str) -> Shelf:
    place = f"{folder}/" if folder else f"{number}-"
    return Shelf(each, number, folder, tuple(_copies(each, province, place)))


def _copies(each: Print, province: Province | None, place: str) -> Iterator[Copy]:
    """Yield the files of a print; in a folder each says its edition, where the press leaves out that it is colour."""
    code = each.code(province)
    for edition in (one for one in each.offered(province) if one != SHOP):  # a print shop is sent its own file
        file = print_file(each.name, code, edition)
        full = "-".join(part for part in (each.name, code, edition) if part)
        name = place + plain(full if place.endswith("/") else file)
        yield Copy(file, name, edition)
        yield from (
            Copy(twin, name + twin.removeprefix(file), edition, kind) for kind, twin in each.twins(file, edition)
        )
