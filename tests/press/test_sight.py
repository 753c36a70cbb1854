"""What cannot be seen, or would be lost by a copier, does not leave the press."""

from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageDraw

from site_builder.press import render, sight


def page(body: str) -> pypdfium2.PdfPage:
    html = (
        '<html lang="th"><title>หน้า</title><style>@page { size: 100mm 60mm; margin: 0 } * { margin: 0 }'
        "body { font: 11pt/1.5 Sarabun } p { padding: 3mm }</style>"
        f"<body><h1>หน้า</h1>{body}</body></html>"
    )
    return pypdfium2.PdfDocument(render.print_html(html, str(Path(__file__).parent)).pdf)[0]


def seen(body: str, one_bit: bool = False) -> list[str]:
    return list(sight.faults(page(body), one_bit))


def test_contrast_is_that_of_wcag():
    assert sight.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert sight.contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert sight.contrast((34, 25, 18), (255, 184, 31)) == pytest.approx(10.0, abs=0.05)  # ink on mango, tokens.css


@pytest.mark.parametrize(
    "style", ["color: #222", "color: #FFF; background: #222", "color: #221912; background: #FFB81F"]
)
def test_letters_on_a_ground_of_enough_contrast_pass(style):
    assert seen(f'<p style="{style}">ขึ้นทะเบียนแรงงานอิสระ</p>') == []


def test_letters_too_like_their_ground_are_named_with_both_colours():
    [fault] = seen('<p style="color: #B5301B; background: #FFB81F">ขึ้นทะเบียน</p>')

    assert fault == "“ขึ้นทะเบียน”: #B5301B on #FFB81F has a contrast of 3.6, at least 4.5 is needed"


def test_large_letters_may_have_less_contrast():
    style = "color: #B5301B; background: #FFB81F"

    assert seen(f'<p style="{style}; font-size: 18pt">ขึ้นทะเบียน</p>') == []
    assert seen(f'<p style="{style}; font-size: 14pt; font-weight: 700">ขึ้นทะเบียน</p>') == []
    assert len(seen(f'<p style="{style}; font-size: 14pt; font-weight: 600">ขึ้นทะเบียน</p>')) == 1


def test_what_is_painted_below_counts_and_not_what_the_style_sheet_says():
    over = '<div style="position: absolute; top: 20mm; left: 0; width: 100mm; height: 15mm; background: #222"></div>'
    body = f'{over}<p style="position: absolute; top: 22mm; background: none; color: #221912">ขึ้นทะเบียน</p>'

    [fault] = seen(body)
    assert "#221912 on #222222" in fault


def test_letters_that_run_from_a_good_ground_onto_a_bad_one_are_named():
    half = '<div style="position: absolute; top: 20mm; left: 20mm; width: 80mm; height: 15mm; background: #222"></div>'

    [fault] = seen(f'{half}<p style="position: absolute; top: 22mm; left: 0">ขึ้นทะเบียนแรงงานอิสระ</p>')
    assert "on #222222" in fault


def test_letters_under_something_are_named():
    over = '<div style="position: absolute; top: 8mm; left: 0; width: 100mm; height: 40mm; background: #FFF"></div>'

    [fault] = seen(f"<p>ขึ้นทะเบียน</p>{over}")
    assert fault.startswith("“ขึ้นทะเบียน” cannot be seen")


@pytest.mark.parametrize("colour", ["#999", "#C8C8C8"])
def test_grey_letters_that_one_bit_makes_white_are_named(colour):
    faults = seen(f'<p style="color: {colour}; font-size: 20pt">ขึ้นทะเบียน</p>', one_bit=True)

    assert any("a copy of one bit loses “ข" in fault for fault in faults)


def test_letters_on_a_ground_that_one_bit_makes_their_like_are_named():
    faults = seen('<p style="color: #000; background: #787878; font-size: 20pt">ขึ้นทะเบียน</p>', one_bit=True)

    assert any("a copy of one bit loses" in fault for fault in faults)


def test_a_single_letter_that_vanishes_among_others_is_named():
    patch = '<div style="position: absolute; top: 22mm; left: 3mm; width: 3mm; height: 9mm; background: #000"></div>'
    line = "ขึ้นทะเบียนแรงงานอิสระในแอปมือถือ"

    faults = seen(f'{patch}<p style="position: absolute; top: 20mm; left: 0">{line}</p>', one_bit=True)

    assert any("one bit loses “ข" in fault for fault in faults)


def test_a_grey_surface_is_named_and_black_and_white_are_not():
    box = '<div style="background: {}; width: 20mm; height: 10mm"></div>'

    assert any("grey surface" in fault for fault in seen(box.format("#AAA"), one_bit=True))
    assert seen(box.format("#000"), one_bit=True) == []
    assert seen("<p>" + "ขึ้นทะเบียนแรงงานอิสระ ในแอปมือถือ " * 6 + "</p>", one_bit=True) == []


def test_a_smoothed_edge_is_no_grey_surface():
    picture = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(picture).ellipse((50, 50, 350, 350), fill=0)

    assert sight.flat_grey(picture.resize((100, 100), Image.Resampling.LANCZOS)) < sight.FLAT_GREY
