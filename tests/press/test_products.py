"""What is offered to those who print is what the press makes."""

import pypdfium2
from PIL import Image

from site_builder.press.finished import measured
from site_builder.press.pictures import WIDTH, draw
from site_builder.press.products import PRODUCTS, registration
from site_builder.press.run import press_leaflets, wanted_sheets
from site_builder.records import Finished


def test_each_file_that_a_page_offers_is_printed_and_no_other(content):
    printed = [file for sheet in wanted_sheets(content, PRODUCTS, None) for file in sheet.files]
    offered = {file for each in content.prints for place in (None, *content.provinces) for file in each.files(place)}

    assert sorted(printed) == sorted(offered)


def test_the_paper_that_is_told_is_the_paper_that_is_printed(content):
    told = {each.name: each.size for each in content.prints}

    for product in PRODUCTS:
        for sheet in product.sheets(content, [None]):
            assert told[product.name] == sheet.paper


def test_the_picture_of_a_print_shows_its_first_page_and_is_drawn_once(content, tmp_path):
    [file] = press_leaflets(
        content, tmp_path, [], say=lambda line: None, products=[registration.PRODUCT], editions=["colour"]
    )

    [picture] = draw([file])
    first = picture.stat()
    draw([file])

    width, height = pypdfium2.PdfDocument(file)[0].get_size()
    with Image.open(picture) as image:
        assert image.size == (WIDTH, round(WIDTH * height / width))
        assert len(image.getcolors()) > 8
    assert picture.stat().st_mtime_ns == first.st_mtime_ns
    assert first.st_size < 40_000
    assert measured([file]) == {"registration": Finished(2, file.stat().st_size)}
