"""The leaflets that leave the press: what they say, whom they point to, how they are built."""

import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from pdfua import validate

from site_builder.content import Content
from site_builder.press import gates
from site_builder.press.products import registration
from site_builder.press.products.words import version_line
from site_builder.press.run import Press, press_leaflets
from tests.press.changes import with_settings

SITE = "https://raengnganissara.example"
PLAY = "https://play.google.com/store/apps/details?id=th.example.app"
THIRD = "รุ่น 3 · 1 ก.พ. 2570"
APPLE = "https://apps.apple.com/th/app/example/id1234567890"


pressed = partial(press_leaflets, say=lambda line: None, products=[registration.PRODUCT], editions=["colour"])


@pytest.fixture(scope="module")
def printed(content: Content, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The country's leaflet and those of all provinces; printing them runs every gate on each."""
    paths = pressed(content, tmp_path_factory.mktemp("leaflets"))
    return {path.stem: path for path in paths}


def by_pdftotext(path: Path) -> str:
    """The text in the order of the file; without -raw, pdftotext sorts the three panels into one column by height."""
    return subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True).stdout


def by_pdfium(path: Path) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))


def codes(path: Path) -> list[str]:
    """The QR codes of a 1-bit copy at 150 dpi."""
    found = []
    for page in pypdfium2.PdfDocument(path):
        picture = page.render(scale=150 / 72, grayscale=True).to_pil().point(lambda grey: 255 * (grey > 127), "1")
        found += [code.text for code in zxingcpp.read_barcodes(picture.convert("L"))]
    return sorted(found)


def test_there_is_a_leaflet_for_the_country_and_for_each_province(content, printed):
    assert sorted(printed) == sorted(["registration", *(f"registration-{each.code}" for each in content.provinces)])
    assert len(printed) == 78


def test_the_words_of_every_leaflet_are_read_back_in_order(content, printed, tmp_path):
    press = Press(content, tmp_path)
    for leaflet in registration.leaflets(content, (None, *content.provinces)):
        expected = gates.folded(gates.words_of(press.html(leaflet.part("outside", "inside"), leaflet.nowrap)))

        assert gates.folded(by_pdfium(printed[leaflet.name])) == expected, leaflet.name
        assert gates.folded(by_pdftotext(printed[leaflet.name])) == expected, leaflet.name


def test_every_line_that_the_content_has_for_the_leaflet_stands_on_it(content, printed):
    text = gates.folded(by_pdfium(printed["registration"]))
    without_codes = content.leaflets["registration"]["steps"]["qr_words"]  # no store link is set
    lines = [each.leaflet for each in content.benefits]
    lines += [each.leaflet.removesuffix(without_codes) for each in content.steps]
    lines += [line for each in content.measures for line in (each.leaflet, each.card)]
    lines += [each["name"] for each in content.leaflets["registration"]["flap"]["people"]]

    assert [line for line in lines if gates.folded(line) not in text] == []


def test_every_leaflet_passes_pdfua_and_has_two_a4_sides(printed):
    for name, path in printed.items():
        assert not validate(path).findings, name
        with pikepdf.open(path) as file:
            sides = [[round(float(at)) for at in page.mediabox] for page in file.pages]
        assert sides == [[0, 0, 842, 595]] * 2, name


def test_only_sarabun_is_embedded_in_every_leaflet(printed):
    for name, path in printed.items():
        fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout
        names = [line.split()[0] for line in fonts.splitlines()[2:]]
        assert names, name
        assert all("+Sarabun" in font for font in names), name


def test_the_code_of_every_province_leads_to_its_page(content, printed):
    for province in content.provinces:
        assert codes(printed[f"registration-{province.code}"]) == [
            f"http://127.0.0.1:8000/q/{province.code}#{content.print('registration').anchor}"
        ]


def test_no_letters_are_smaller_than_nine_points(printed):
    for page in pypdfium2.PdfDocument(printed["registration"]):
        sizes = {each.get_font_size() * abs(each.get_matrix().d) for each in page.get_objects(filter=[1], max_depth=4)}
        assert min(sizes) >= 8.99


def test_without_a_public_address_the_leaflet_says_sample_on_both_sides_and_points_here(content, printed):
    for side in pypdfium2.PdfDocument(printed["registration-50"]):
        assert gates.folded("ตัวอย่าง ยังไม่ใช้แจก") in gates.folded(side.get_textpage().get_text_range())
    anchor = content.print("registration").anchor
    assert codes(printed["registration-50"]) == [f"http://127.0.0.1:8000/q/50#{anchor}"]
    assert codes(printed["registration"]) == [f"http://127.0.0.1:8000/q/#{anchor}"]


def test_with_a_public_address_the_mark_is_gone_and_the_code_leads_there(content, tmp_path):
    [path] = pressed(with_settings(content, site_url=SITE), tmp_path, ["96"])

    assert codes(path) == [f"{SITE}/q/96#{content.print('registration').anchor}"]
    assert f"{SITE}/q/96".removeprefix("https://") in by_pdfium(path).replace("\r\n", "")
    assert "#" not in by_pdfium(path)
    assert "ตัวอย่าง" not in by_pdfium(path)


def test_without_store_links_no_step_mentions_the_install_code(printed):
    text = gates.folded(by_pdfium(printed["registration"]))

    assert "คิวอาร์เริ่มตรงนี้" not in text
    assert gates.folded("พิมพ์ค้นหา “แรงงานนอกระบบ”") in text


def test_with_store_links_the_steps_show_the_codes_and_where_they_start(content, tmp_path):
    linked = with_settings(content, site_url=SITE, app_store_url=APPLE, google_play_url=PLAY)

    [path] = pressed(linked, tmp_path, [])

    assert codes(path) == sorted([f"{SITE}/q/#{content.print('registration').anchor}", APPLE, PLAY])
    text = gates.folded(by_pdfium(path))
    assert "คิวอาร์เริ่มตรงนี้" in text
    assert gates.folded("เริ่มที่ขั้น 3") in text


def test_both_sides_carry_the_draft_notice_and_benefits_two_to_five_wait(content, printed):
    notice, waits = gates.folded(content.phrases["draft_line"]), gates.folded("รอกฎหมาย")
    sides = [
        gates.folded(page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(printed["registration"])
    ]

    assert all(notice in side for side in sides)
    assert [gates.folded(each.leaflet) + waits in sides[1] for each in content.benefits] == [
        each.waits for each in content.benefits
    ]


def test_both_sides_say_which_version_they_are_and_its_day(content, printed, tmp_path):
    prints = tuple(replace(each, version=3, day=date(2027, 2, 1)) for each in content.prints)

    [later] = pressed(replace(content, prints=prints), tmp_path, [])

    for path, version in ((printed["registration-14"], version_line(content, "registration")), (later, THIRD)):
        for side in pypdfium2.PdfDocument(path):
            assert gates.folded(version) in gates.folded(side.get_textpage().get_text_range())
    assert codes(later) == ["http://127.0.0.1:8000/q/#registration-3"]


def test_an_office_without_contact_gets_a_box_for_its_stamp(printed):
    text = by_pdfium(printed["registration-50"])

    assert "ประทับตรา" in text
    assert gates.folded("สำนักงานแรงงานจังหวัดเชียงใหม่") in gates.folded(text)


def test_an_office_with_contact_is_printed_instead_of_the_box(content, tmp_path):
    nan = content.province("55")
    office = replace(nan.office, phone="0540000000", address="ศาลากลางจังหวัดน่าน", website="nan.example.go.th")
    provinces = tuple(replace(each, office=office) if each.code == "55" else each for each in content.provinces)

    [path] = pressed(replace(content, provinces=provinces), tmp_path, ["55"])

    text = gates.folded(by_pdfium(path))
    assert gates.folded("โทร 0 5400 0000") in text
    assert "ศาลากลางจังหวัดน่าน" in text
    assert "ประทับตรา" not in text


def test_two_runs_and_any_number_of_workers_give_the_same_bytes(content, printed, tmp_path):
    again = pressed(content, tmp_path / "one", ["10", "50", "77"], jobs=1)

    assert [path.read_bytes() for path in again] == [printed[path.stem].read_bytes() for path in again]


def test_nothing_but_finished_leaflets_is_left_in_the_folder(printed):
    folder = printed["registration"].parent

    assert {path.suffix for path in folder.iterdir()} == {".pdf", ".json"}  # and the manifest of what they are made of


def test_progress_is_told_with_counts_and_the_missing_address_in_one_line(content, tmp_path):
    said: list[str] = []

    pressed(content, tmp_path, ["10"], say=said.append)

    assert len([line for line in said if "site_url" in line]) == 1
    assert "1 of 1" in said[-1]


def test_an_interrupted_run_leaves_whole_leaflets_only(tmp_path):
    code = (
        "import sys; from pathlib import Path; from site_builder.content import load_content;"
        "from site_builder.press.run import press_leaflets; press_leaflets(load_content(), Path(sys.argv[1]))"
    )
    run = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert run.stdout
    while not re.search(rb"leaflets: [0-9]+ of", line := run.stdout.readline()):
        assert line, "it ended before it was interrupted"
    run.send_signal(signal.SIGINT)
    run.wait()

    assert {path.suffix for path in tmp_path.iterdir()} == {".pdf", ".json"}
    left = list(tmp_path.glob("*.pdf"))
    for path in left:
        with pikepdf.open(path) as file:
            assert len(file.pages) in (1, 2)
