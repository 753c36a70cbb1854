"""Where lines end: no sign stands forlorn, and what belongs together stays on one line."""

import re

import pytest

from site_builder.press import line_ends, render, typeset

TOGETHER = re.compile("ครู [กข]|พ\\.ศ\\. [0-9]{4}|[0-9]+ ขั้น|กระทรวงแรงงาน")


def lines(*told: str) -> list[str]:
    return list(line_ends.line_faults(told, TOGETHER))


@pytest.mark.parametrize("sign", ["ๆ", "ฯ", "”", "’", ")", "่", "ำ", ","])
def test_no_line_begins_with_a_sign_that_belongs_to_the_word_before(sign):
    assert lines("ทำงานต่าง", f"{sign} ต่อไป") == [f"a line begins with “{sign} ต่อไป” after “ทำงานต่าง”"]


@pytest.mark.parametrize("sign", ["“", "‘", "(", "เ", "ไ"])
def test_no_line_ends_with_a_sign_that_belongs_to_the_word_after(sign):
    assert lines(f"คำว่า {sign}", "แรงงานอิสระ") == [f"a line ends with “คำว่า {sign}”"]


@pytest.mark.parametrize(
    ("before", "after", "split"),
    [("อบรมโดยครู", "ก ในอำเภอ", "ครู ก"), ("ทำทั้ง 9", "ขั้นตอน", "9 ขั้น"), ("ถามกระทรวง", "แรงงานได้", "กระทรวงแรงงาน")],
)
def test_a_term_or_a_number_and_its_unit_is_not_split_be_there_a_space_or_none(before, after, split):
    assert lines(before, after) == [f"“{split}” is split over two lines"]


def test_a_last_line_of_one_letter_stands_forlorn():
    assert lines("ขึ้นทะเบียนแรงงาน", "ไ") != []
    assert lines("ขึ้นทะเบียน", "แรงงานอิสระ") == []


def test_digits_of_both_kinds_in_one_product_are_a_fault():
    assert list(line_ends.mixed_digits("มี 9 ขั้นตอน")) == list(line_ends.mixed_digits("มี ๙ ขั้นตอน")) == []
    assert len(list(line_ends.mixed_digits("มี ๙ ขั้นตอน ใช้เวลา 5 นาที"))) == 1


def test_the_lines_are_those_of_the_finished_page(content):
    html = (
        '<html lang="th"><title>หน้า</title><style>@page { size: 60mm 80mm; margin: 0 } body { font: 12pt Sarabun } '
        "p { width: 20mm }</style><body><h1>หน้า</h1><p>ทำงานกับ<b>ครู<br>ก</b>ทุกวัน</p></body></html>"
    )
    pages = render.print_html(html, "").pages

    found = list(line_ends.faults(pages, typeset.held_together(content.terms)))

    assert "side 1: “ครู ก” is split over two lines" in found
