"""The trainer's handbook as a book: every word in order, on pages that can be found, in fours."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pdfua import validate

from site_builder.press import gates, impose, paper, shop, typeset
from site_builder.press.products import handbook
from site_builder.press.products.words import version_line
from site_builder.press.run import press_leaflets
from site_builder.press.sheet import A5, Running

NOTICE = "ร่างกฎหมาย ข้อมูล ณ วันที่ 30 พฤษภาคม 2567"


TOLD = {  # the longest that is plausible
    "address": "อาคารศาลากลางจังหวัดพระนครศรีอยุธยา หลังใหม่ ชั้น 4 ถนนสายเอเชีย หมู่ที่ 4 ตำบลคลองสวนพลู"
    " อำเภอพระนครศรีอยุธยา จังหวัดพระนครศรีอยุธยา 13000",
    "phone": "0 3500 0000 ต่อ 1234, 0 3500 0001 ต่อ 5678, 080 000 0000",
    "opening_hours": "วันจันทร์ถึงวันศุกร์ เวลา 08.30 น. ถึง 16.30 น. เว้นวันหยุดราชการ",
    "verified_on": "2026-11-30",
}
BODY = (16 / 210, 196 / 210)  # of a page's height: between its running lines
FILLED = 0.7


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory) -> dict[str, Path]:
    """The country's book in both editions, without its booklets; printing runs every gate."""
    out = tmp_path_factory.mktemp("handbook")
    products, editions = [handbook.PRODUCT], ["colour", "bw"]
    paths = press_leaflets(content, out, [], say=lambda line: None, products=products, editions=editions)
    return {path.stem: path for path in paths if not path.stem.endswith("-booklet")}


@pytest.fixture(scope="module")
def of_a_province(content, tmp_path_factory) -> Path:
    """The book of the province with the longest name, whose office has told all there is to tell."""
    told = [
        replace(each, office=replace(each.office, **TOLD)) if each.code == "14" else each for each in content.provinces
    ]
    out = tmp_path_factory.mktemp("province")
    later = replace(content, provinces=tuple(told))
    paths = press_leaflets(later, out, ["14"], say=lambda line: None, products=[handbook.PRODUCT], editions=["colour"])
    return next(path for path in paths if path.stem == "handbook-14")


def texts(path: Path) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]


def test_the_book_comes_in_colour_and_for_a_copier_and_folds_into_a_booklet(printed):
    assert sorted(printed) == ["handbook", "handbook-bw"]
    for path in printed.values():
        assert len(texts(path)) % 4 == 0


def test_every_page_says_that_the_act_is_a_draft(printed):
    for path in printed.values():
        assert [
            number for number, text in enumerate(texts(path), 1) if gates.folded(NOTICE) not in gates.folded(text)
        ] == []


def test_the_contents_name_the_page_on_which_each_chapter_begins(content, printed):
    pages = [gates.folded(text) for text in texts(printed["handbook"])]
    for chapter in content.handbook:
        entry = gates.folded(f"{chapter.number}{chapter.title}")
        begins = next(number for number, page in enumerate(pages, start=1) if number != 3 and entry in page)

        assert f"{entry}{begins}" in pages[2], chapter.title


def test_the_book_passes_pdfua_and_its_margins_are_artifacts(printed):
    for path in printed.values():
        assert not validate(path).findings
        with pikepdf.open(path) as book:
            content = b"".join(page.Contents.read_bytes() for page in book.pages)
            pages = len(book.pages)
        assert content.count(b"/Pagination") >= 2 * (pages - 1)


def test_chapters_are_bookmarks(content, printed):
    with pikepdf.open(printed["handbook"]) as book, book.open_outline() as outline:
        titles = [gates.folded(str(item.title)) for item in outline.root]

    assert [each.title for each in content.handbook if gates.folded(each.title) not in titles] == []


def test_a_province_has_its_own_book_once_its_office_has_told_how_to_reach_it(content):
    silent = content.province("50")
    told = replace(silent, office=replace(silent.office, phone="0 0000 0000"))

    assert handbook.sheets(content, [silent]) == []
    assert [sheet.name for sheet in handbook.sheets(content, [None, told])] == [
        *("handbook", "handbook-bw", "handbook-50", "handbook-50-bw")
    ]


def test_rows_about_an_office_are_filled_only_where_it_has_told_us(content):
    province = content.province("50")
    chapter = next(each for each in content.handbook if each.id == "contacts")
    body = "".join(part.body for part in chapter.words)
    words = content.leaflets["handbook"]
    told = replace(province.office, phone="0 0000 0000", address="ถนนตัวอย่าง")

    assert "| เบอร์โทร | |" in handbook.filled(body, words, province.office)
    assert "| เบอร์โทร | 0 0000 0000 |" in handbook.filled(body, words, told)
    assert f"| ชื่อสำนักงาน | {province.office.name} |" in handbook.filled(body, words, told)
    assert words["office_line"]["empty"] in handbook.filled(body, words, None)
    assert words["office_line"]["empty"] not in handbook.filled(body, words, told)


def test_the_contact_of_a_province_stands_whole_on_one_page_with_its_day_in_thai(content, of_a_province):
    pages = [gates.folded(text) for text in texts(of_a_province)]
    begins = gates.folded("29ถามใคร")
    page = next(page for page in pages[3:] if begins in page)

    assert len(pages) % 4 == 0
    assert [value for value in TOLD.values() if gates.folded(value) not in page] == ["2026-11-30"]
    assert gates.folded("30 พฤศจิกายน 2569") in page
    assert gates.folded("จังหวัดพระนครศรีอยุธยา") in pages[0]


def test_cover_and_imprint_say_which_version_it_is(content, printed):
    version = gates.folded(version_line(content, "handbook"))
    for path in printed.values():
        assert all(version in gates.folded(text) for text in texts(path)[:2])


def test_both_editions_have_the_same_pages(printed):
    assert texts(printed["handbook"]) == texts(printed["handbook-bw"])


def test_no_page_is_left_half_empty_but_the_last_before_the_notes(content, printed, of_a_province):
    notes = gates.folded(content.leaflets["handbook"]["notes"])
    for path in (printed["handbook"], of_a_province):
        end = next(number for number, text in enumerate(texts(path)) if gates.folded(text).startswith(notes))
        pages = list(pypdfium2.PdfDocument(path))[: end - 1]
        assert [number for number, page in enumerate(pages, start=1) if filled(page) < FILLED] == []


def filled(page: pypdfium2.PdfPage) -> float:
    """Return how far down a page its last ink stands, as a part of the room between its running lines."""
    picture = page.render(scale=1, grayscale=True).to_pil()
    top, bottom = (round(part * picture.height) for part in BODY)
    ink = picture.crop((0, top, picture.width, bottom)).point(lambda grey: 255 * (grey < 200)).getbbox()
    return ink[3] / (bottom - top) if ink else 0.0


class Page:
    """Stands for a page of the engine: the gate asks for its anchors alone."""

    def __init__(self, *anchors: str) -> None:
        self.anchors = dict.fromkeys(anchors, (0, 0))


RUNNING = Running({"a": "บทแรก"}, bare=0)
PAGES: list[Any] = [Page("a"), Page()]


def read(first: str, second: str) -> list[str]:
    """Return what the gates say of two pages of a book that says หนึ่ง สอง สาม สี่."""
    left, lost = gates.without_running_lines(PAGES, [first, second], RUNNING, NOTICE)
    return lost + list(gates.text_differences("หนึ่ง\nสอง\nสาม\nสี่", "\n".join(left)))


def test_a_book_with_all_its_words_and_lines_passes():
    assert read(f"หนึ่ง\nสอง\n{NOTICE}\n1", f"สาม\nสี่\nบทแรก\n2\n{NOTICE}") == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"หนึ่ง\n{NOTICE}\n1", f"สาม\nสี่\nบทแรก\n2\n{NOTICE}"),  # a word is lost at the foot of a page
        (f"หนึ่ง\nสอง\n{NOTICE}\n1", f"สี่\nสาม\nบทแรก\n2\n{NOTICE}"),  # two words change places
        (f"หนึ่ง\nสาม\n{NOTICE}\n1", f"สอง\nสี่\nบทแรก\n2\n{NOTICE}"),  # over two pages
        (f"หนึ่ง\nสอง\n{NOTICE}\n1", f"สาม\nสี่\n2\n{NOTICE}"),  # no head
        (f"หนึ่ง\nสอง\n{NOTICE}\n1", f"สาม\nสี่\nบทแรก\n3\n{NOTICE}"),  # another page number
        ("หนึ่ง\nสอง\n1", f"สาม\nสี่\nบทแรก\n2\n{NOTICE}"),  # no notice
        (f"หนึ่ง\nสอง\n{NOTICE}\n1", f"สาม\nสี่\nบทแรก\n2\n{NOTICE}\n2\n{NOTICE}"),  # a foot twice
    ],
)
def test_a_word_or_a_running_line_that_is_lost_or_out_of_place_is_told(first, second):
    assert read(first, second)


def test_a_link_is_held_to_the_number_of_its_page():
    html = '<body><p><a href="#x" data-page=" หน้า">บทที่ 5</a> ต่อ</p>'

    assert gates.folded(gates.words_of(html, {"x": "17"})) == "บทที่5หน้า17ต่อ"


def test_words_for_paper_have_numbers_boxes_and_no_addresses(content):
    flow = paper.flow_filter(typeset.thai_filter(content.terms))

    html = flow(
        "<ol><li><strong>ก</strong> ข</li></ol><ul><li>[ ] ค</li></ul>"
        '<p><a href="/x/">กด</a></p><p>ดู <a href="/x/">ง</a></p><p>จบ <a href="/x/">ดูทีละข้อ</a></p>'
    )

    assert '<span class="no">1 </span><b>' in html
    assert '<li class="tick">' in html
    assert "href" not in html
    assert "กด" not in html
    assert "ดูทีละข้อ" not in html


def test_two_runs_give_the_same_bytes(content, printed, tmp_path):
    quiet = {"say": lambda line: None, "products": [handbook.PRODUCT], "editions": ["bw"], "jobs": 1}

    for path in press_leaflets(content, tmp_path, [], **quiet):
        assert path.read_bytes() == (printed["handbook"].parent / path.name).read_bytes()


def test_the_book_for_a_print_shop_passes_what_a_shop_asks_and_is_the_same_each_time(printed):
    book = printed["handbook"].read_bytes()

    for_shop, faults = shop.pressed(book, A5, (), (), None)

    assert faults == []
    assert shop.made(book) == for_shop


def test_a_booklet_folds_in_the_right_order(printed):
    assert list(impose.order(8)) == [(8, 1), (2, 7), (6, 3), (4, 5)]
    with pytest.raises(ValueError, match="multiple of 4"):
        list(impose.order(6))
    book = printed["handbook"].read_bytes()

    booklet = printed["handbook"].with_stem("handbook-booklet").read_bytes()

    assert booklet == impose.booklet(book)
    sides = pypdfium2.PdfDocument(booklet)
    assert len(sides) * 2 == len(pypdfium2.PdfDocument(book))
    assert gates.folded("เกี่ยวกับเล่มนี้") in gates.folded(sides[1].get_textpage().get_text_range())
