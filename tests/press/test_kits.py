"""One file with everything for a province: what lies in it, under which names, and when it is packed anew."""

import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from site_builder.content import Content
from site_builder.press import gates, kits, pictures
from site_builder.press.kits import pack_kits
from site_builder.press.products import how_to_print, registration
from site_builder.press.run import press_leaflets
from site_builder.press.shelves import shelves, without_twins
from site_builder.records import Office

PRODUCTS = [registration.PRODUCT, how_to_print.PRODUCT]
NOTES = {"manifest.json", "kits.json"}  # what was made of what: written each time
PLACES = ("10", "14", "55")


@pytest.fixture(scope="module")
def small(content) -> Content:
    """The content with three provinces and two prints, in black and white: as little as shows everything."""
    prints = (replace(content.print(product.name), editions=("bw",)) for product in PRODUCTS)
    return replace(content, prints=tuple(prints), provinces=tuple(map(content.province, PLACES)))


def build(content: Content, folder: Path) -> dict[str, Path]:
    """Print and pack, as a build does; return the kits by name."""

    def quiet(line: str) -> None:
        pass

    press_leaflets(content, folder / "leaflets", say=quiet, products=PRODUCTS, editions=["bw"])
    return {path.stem: path for path in pack_kits(content, folder / "leaflets", folder / "press", say=quiet)}


@pytest.fixture(scope="module")
def built(small, tmp_path_factory) -> dict[str, Path]:
    return build(small, tmp_path_factory.mktemp("kits"))


@pytest.fixture
def done(built, tmp_path) -> Path:
    """Return a folder in which everything has been built."""
    return Path(shutil.copytree(built["kit"].parents[1], tmp_path, dirs_exist_ok=True))


def told(small: Content, office: Office) -> Content:
    """Return the content with an office of Nan that has told how to reach it."""
    provinces = (replace(each, office=office) if each.code == "55" else each for each in small.provinces)
    return replace(small, provinces=tuple(provinces))


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_ino, path.read_bytes()) for path in folder.rglob("*.*")}


def test_there_is_a_kit_for_the_country_and_for_each_province(built):
    assert sorted(built) == ["kit", "kit-10", "kit-14", "kit-55"]


def test_a_kit_holds_every_file_of_its_province_the_countrys_where_there_is_no_other_and_what_lies_where(built):
    with zipfile.ZipFile(built["kit-14"]) as kit:
        assert kit.testzip() is None
        assert kit.namelist() == [
            "00-contact-sheet.pdf",
            "00-how-to-print-bw.pdf",
            "01-registration/registration-14-bw.pdf",
        ]
        leaflets = built["kit-14"].parent
        assert kit.read("01-registration/registration-14-bw.pdf") == (leaflets / "registration-14-bw.pdf").read_bytes()
        assert kit.read("00-how-to-print-bw.pdf") == (leaflets / "how_to_print-bw.pdf").read_bytes()


def test_every_edition_and_booklet_has_a_name_that_any_computer_can_write(content):
    for place in (None, *content.provinces):
        names = [copy.name for shelf in shelves(content, place) for copy in shelf.copies]

        assert len(set(names)) == len(names)
        assert [name for name in names if not re.fullmatch(r"(00-|[0-9]{2}-[a-z-]+/)[a-z0-9-]+", name)] == []
    booklets = [copy.name for shelf in shelves(content, None) for copy in shelf.copies if copy.made_as]
    assert {"02-steps-card/steps-card-bw-2up", "03-measures-poster/measures-poster-colour-a2"} < set(booklets)
    assert any(name.endswith("-handbook/handbook-colour-booklet") for name in booklets)


def test_the_office_that_has_told_how_to_reach_it_has_its_own_handbook_in_its_kit(content):
    silent = content.province("55")
    office = replace(silent.office, phone="0 5471 0000")

    files = {copy.file for shelf in shelves(content, replace(silent, office=office)) for copy in shelf.copies}
    assert "handbook-55" in files
    assert "handbook" in {copy.file for shelf in shelves(content, silent) for copy in shelf.copies}


def test_the_same_files_give_the_same_bytes(small, built, tmp_path):
    again = build(small, tmp_path)

    assert {name: path.read_bytes() for name, path in again.items()} == {
        name: path.read_bytes() for name, path in built.items()
    }


def test_the_time_of_a_file_is_the_day_of_its_version(small, built):
    with zipfile.ZipFile(built["kit"]) as kit:
        days = {entry.date_time for entry in kit.infolist()}

    day = small.print("registration").day
    assert days == {(day.year, day.month, day.day, 0, 0, 0)}


def test_nothing_is_done_twice(small, done):
    before, said = state(done), []

    build(small, done)
    pack_kits(small, done / "leaflets", done / "press", say=said.append)

    assert said == ["kits: 0 of 4 packed, 1 MB in all"]
    assert state(done).keys() == before.keys()
    assert {name for name, now in state(done).items() if now != before[name]} <= NOTES


def test_the_telephone_of_one_office_changes_its_leaflet_and_its_kit_only(small, done):
    before = state(done)
    office = replace(small.province("55").office, phone="0 5471 0000", address="ศาลากลางจังหวัดน่าน")

    build(told(small, office), done)

    changed = {name for name, now in state(done).items() if now != before.get(name)}
    assert changed - NOTES == {"registration-55-bw.pdf", "kit-55.zip"}


def test_a_kit_of_a_province_that_is_no_more_leaves_with_it(small, done):
    build(replace(small, provinces=small.provinces[:1]), done)

    assert {path.name for path in (done / "leaflets").glob("*.zip")} == {"kit.zip", "kit-10.zip"}


def test_a_kit_that_was_cut_short_is_packed_again(small, done):
    kit = done / "leaflets" / "kit-10.zip"
    whole = kit.read_bytes()
    kit.write_bytes(whole[:1000])

    build(small, done)

    assert kit.read_bytes() == whole


def test_kits_that_would_be_too_large_have_no_booklets(content):
    kit = shelves(content, None)

    assert any(copy.made_as for shelf in kit for copy in shelf.copies)
    assert not any(copy.made_as for shelf in without_twins(kit) for copy in shelf.copies)
    assert [shelf.label for shelf in without_twins(kit)] == [shelf.label for shelf in kit]
    assert kits.MOST == 25 * kits.MEGABYTE


def test_the_contact_sheet_names_each_print_its_paper_its_editions_and_its_folder(small, built):
    with zipfile.ZipFile(built["kit-55"]) as kit:
        document = pypdfium2.PdfDocument(kit.read("00-contact-sheet.pdf"))
    text = gates.folded("".join(page.get_textpage().get_text_range() for page in document))
    pictures_drawn = sum(isinstance(thing, pypdfium2.PdfImage) for page in document for thing in page.get_objects())

    for each in small.prints:
        for word in (each.title, each.paper, small.phrases["prints_edition_bw"]):
            assert gates.folded(word) in text
    assert "01-registration" in text
    assert pictures_drawn >= len(small.prints)


def test_a_picture_on_the_contact_sheet_is_small(built):
    leaflet = built["kit"].parent / "registration-bw.pdf"

    assert len(pictures.stamp(leaflet)) < 30_000
