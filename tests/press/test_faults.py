"""An editor's or a machine's mistake stops the press, with a line that names the leaflet, the place and the fault."""

import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from site_builder.content import Content
from site_builder.press import archive, fonts, gates, render
from site_builder.press.products import steps_card
from site_builder.press.products.registration import NAME, PANELS, PRODUCT
from site_builder.press.run import press_leaflets
from tests.press.changes import with_settings, with_words

LONG = "ขึ้นทะเบียนแรงงานอิสระ ในแอปมือถือ "


def complaints(content: Content, folder: Path) -> list[str]:
    with pytest.raises(render.PressErrors) as error:
        press_leaflets(content, folder, ["10", "50"], say=lambda line: None, products=[PRODUCT], editions=["colour"])
    assert list(folder.glob("*.pdf")) == []
    return [str(problem) for problem in error.value.problems]


def test_an_overfull_panel_of_all_leaflets_is_one_line_with_its_file_and_how_much_it_is_too_long(content, tmp_path):
    found = complaints(with_words(content, "back.source", LONG * 8), tmp_path)

    about = [line for line in found if "panel back:" in line]
    assert len(about) == 1
    assert about[0].startswith("content/leaflets/registration.yml: leaflets/registration, all 2: panel back:")
    assert about[0].endswith("mm too long")


def test_an_overfull_step_is_named_though_the_panel_would_hold_it(content, tmp_path):
    fifth = replace(content.steps[4], leaflet="กด\nแล้ว\nกด\nแล้ว\nกด\nแล้ว\nกด")
    steps = (*content.steps[:4], fifth, *content.steps[5:])

    found = complaints(replace(content, steps=steps), tmp_path)

    assert all("panel steps, 5:" in line for line in found)


def test_words_that_are_positioned_in_a_box_are_watched_like_all_others(content, tmp_path):
    fifth = replace(content.steps[4], leaflet=LONG * 3)
    changed = replace(content, steps=(*content.steps[:4], fifth, *content.steps[5:]))

    with pytest.raises(render.PressErrors) as error:
        press_leaflets(changed, tmp_path, [], say=lambda line: None, products=[steps_card.PRODUCT], editions=["bw"])

    assert any("panel route, 5:" in str(problem) and "mm too long" in str(problem) for problem in error.value.problems)


def test_a_title_of_three_lines_is_named(content, tmp_path):
    found = complaints(with_words(content, "measures.title", LONG * 2), tmp_path)

    assert any("panel measures, title:" in line and "mm too long" in line for line in found)


def test_an_unknown_province_is_named(content, tmp_path):
    with pytest.raises(render.PressErrors, match="province 99: there is no province with this code"):
        press_leaflets(content, tmp_path, ["50", "99"], say=lambda line: None, products=[PRODUCT], editions=["colour"])


def test_a_line_that_cannot_break_is_named_as_too_wide(content, tmp_path):
    found = complaints(with_words(content, "flap.rider.name", "M" * 20), tmp_path)

    assert any("panel flap" in line and "mm too wide" in line for line in found)


def test_a_letter_that_sarabun_lacks_is_named(content, tmp_path):
    found = complaints(with_words(content, "flap.lead", "คนทำอาชีพของตัวเอง 漢"), tmp_path)

    assert any("漢" in line for line in found)


def test_a_broken_picture_is_named(content, tmp_path):
    found = complaints(with_words(content, "flap.rider.icon", "person-nobody"), tmp_path)

    assert any("person-nobody.svg" in line for line in found)


def test_lines_over_the_limit_of_the_leaflet_are_named_all_at_once(content, tmp_path):
    measures = tuple(replace(each, leaflet=each.leaflet + " " + LONG) for each in content.measures)
    found = complaints(with_words(replace(content, measures=measures), "cover.title", LONG * 2), tmp_path)

    assert sum("poster is" in line for line in found) == 6
    assert any("cover title is" in line for line in found)
    assert all(line.startswith("content/") for line in found)


def test_a_missing_entry_is_named_with_its_place(content, tmp_path):
    found = complaints(with_words(content, "back.scan.title", ""), tmp_path)

    assert found == [f"content/leaflets/{NAME}.yml: back.scan.title is missing"]


def test_a_missing_record_is_named(content, tmp_path):
    found = complaints(replace(content, steps=content.steps[:8]), tmp_path)

    assert found == ["content/steps: 8 records, but the fact says 9"]


def page(body: str, style: str = "") -> render.Printed:
    html = (
        f'<html lang="th"><title>หน้า</title><style>@page {{ size: 100mm 50mm; margin: 0 }} '
        f"body {{ font: 12pt Sarabun }} {style}</style><body><h1>หน้า</h1>{body}</body></html>"
    )
    return render.print_html(html, str(Path(__file__).parent))


def test_a_misspelt_font_cannot_leak_in_a_system_font():
    """With the machine's own fontconfig, this would be set in some other font without a word."""
    printed = page('<p style="font-family: Sarabn">ขึ้นทะเบียน</p>')

    with pikepdf.open(io.BytesIO(printed.pdf)) as file:
        fonts_used = {str(each.BaseFont).split("+")[1] for each in archive._dictionaries(file, "/Font")}
    assert {name.split("-")[0] for name in fonts_used} == {"Sarabun"}


def test_a_missing_font_file_is_a_complaint():
    printed = page("<p>ขึ้น</p>", "@font-face { font-family: Other; src: url(nowhere.ttf) }")

    assert any("nowhere.ttf" in complaint for complaint in printed.complaints)


def test_a_page_from_the_network_is_refused():
    printed = page('<img alt="x" src="http://127.0.0.1:1/x.png">')

    assert any("127.0.0.1" in complaint for complaint in printed.complaints)


def test_lost_and_reordered_words_are_named_with_what_stands_before_them():
    assert list(gates.text_differences("หนึ่งสองสาม", "หนึ่งสาม")) == ["text after “หนึ่งส”: “องส” is read as “”"]
    assert list(gates.text_differences("หนึ่งสอง", "สองหนึ่ง"))


def test_lost_and_added_spaces_are_named_but_a_line_may_end_anywhere():
    assert list(gates.text_differences("หนึ่งสอง สาม", "หนึ่ง\r\nสอง\r\nสาม")) == []
    assert list(gates.text_differences("หนึ่ง สอง", "หนึ่งสอง")) == ["text after “หนึ่ง”: a space is lost"]
    assert list(gates.text_differences("หนึ่งสอง", "หนึ่ง สอง")) == ["text after “หนึ่ง”: a space too many"]


def test_text_that_falls_off_the_paper_is_lost_text_and_a_lost_end():
    body = '<div style="position: absolute; top: 0; height: 50mm; overflow: hidden">' + "<p>ขึ้นทะเบียน</p>" * 40
    printed = page(body + '<div id="end-cover"></div></div>')

    assert list(gates.panel_ends(printed.pages, ["cover"], 50, lambda: ())) == [
        "panel cover: its end is lost, it is far too long"
    ]
    assert list(gates.page_count(printed.pages, 2)) == ["1 pages instead of 2"]
    assert list(gates.paper_sizes(printed.pages, (100, 50))) == []
    assert list(gates.paper_sizes(printed.pages, (210, 297))) == ["side 1 measures 100 × 50 mm, not 210 × 297"]


def test_a_side_without_the_draft_notice_is_named():
    assert list(gates.sides_without("ร่างกฎหมาย ข้อมูล", ["ร่างกฎหมาย\nข้อมูล", "อื่น"])) == [
        "side 2: the notice “ร่างกฎหมาย ข้อมูล” is missing"
    ]


def test_a_code_too_dense_to_be_read_is_named(content, tmp_path):
    dense = with_settings(content, google_play_url="https://play.google.com/store/apps/details?id=" + "x" * 900)
    found = complaints(dense, tmp_path)

    assert any("QR code for https://play.google.com" in line for line in found)


def test_every_panel_of_the_leaflet_is_watched(content):
    assert len(PANELS) == 6


def test_this_machine_can_print_thai():
    assert fonts.self_test(render.engine()) == []


def test_a_sentence_that_stays_in_one_piece_tells_of_a_machine_without_line_breaking():
    assert [str(fault) for fault in fonts.self_test(render.engine(), sentence="ก")] == [
        "press: libthai breaks no lines: install libthai-data"
    ]
