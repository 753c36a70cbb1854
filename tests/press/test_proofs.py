"""All provinces of a print side by side, for the eye of who is responsible."""

import pypdfium2
import pytest

from site_builder.press import gates
from site_builder.press.products import how_to_print, steps_card
from site_builder.press.proofs import AT_LEAST, HIGH, MARGIN, Grid, draw_proofs
from site_builder.press.run import press_leaflets
from site_builder.press.sheet import A2, A3, A4, A4_LYING, A5

PLACES = ["10", "14", "50"]
PRODUCTS = [steps_card.PRODUCT, how_to_print.PRODUCT]


@pytest.fixture(scope="module")
def drawn(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("proofs")
    leaflets = folder / "leaflets"
    press_leaflets(content, leaflets, PLACES, say=lambda line: None, products=[steps_card.PRODUCT], editions=["bw"])
    return draw_proofs(content, leaflets, folder / "press", PRODUCTS, PLACES, ["bw"])


def test_there_is_one_for_each_print_and_edition_that_provinces_have_of_their_own(drawn):
    assert [path.name for path in drawn] == ["contact-sheet-steps_card-bw.pdf"]


def test_each_province_stands_under_its_sheet_with_code_and_name(content, drawn):
    [page] = pypdfium2.PdfDocument(drawn[0])
    text = gates.folded(page.get_textpage().get_text_range())

    for code in PLACES:
        assert gates.folded(f"{code} {content.province(code).name_th}") in text
    assert text.count(gates.folded("จังหวัดพระนครศรีอยุธยา")) == 1  # in the sheet itself: it is whole, not a picture


@pytest.mark.parametrize("paper", [A2, A3, A4, A4_LYING, A5, (100.0, 50.0), (90.0, 55.0)])
def test_sheets_of_any_size_are_laid_on_the_page_without_touching(paper):
    grid = Grid.of(paper)
    [first, *_] = pages = grid.pages(list(range(77)))

    assert sum(map(len, pages)) == 77
    assert len(first) >= AT_LEAST
    assert max(place.top for place in first) + grid.height < HIGH - MARGIN / 2
    assert len({(round(place.left), round(place.top)) for place in first}) == len(first)


def test_the_country_alone_has_nothing_to_lay_side_by_side(content, tmp_path):
    assert draw_proofs(content, tmp_path, tmp_path / "press", [how_to_print.PRODUCT]) == []
