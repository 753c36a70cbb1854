"""The page for who stands at the printer, or goes to a print shop."""

import pypdfium2
import pytest

from site_builder.press import gates
from site_builder.press.products import how_to_print
from site_builder.press.run import press_leaflets


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    """Both editions; printing them runs every gate on each."""
    folder = tmp_path_factory.mktemp("how")
    paths = press_leaflets(content, folder, [], say=lambda line: None, products=[how_to_print.PRODUCT])
    return {path.stem: path for path in paths}


def text(path):
    return gates.folded("".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)))


def test_there_is_one_page_for_the_whole_country_in_colour_and_in_black(content, printed):
    assert set(printed) == {"how_to_print", "how_to_print-bw"}
    assert how_to_print.sheets(content, content.provinces) == []
    assert {content.print("how_to_print").code(place) for place in (None, *content.provinces)} == {""}


def test_it_says_which_edition_is_for_which_printer(content, printed):
    for edition in ("colour", "office", "bw"):
        assert gates.folded(content.phrases[f"prints_edition_{edition}"]) in text(printed["how_to_print"])


def test_it_tells_size_edges_folds_and_what_to_look_at_first(printed):
    for path in printed.values():
        for words in ("“100%”", "“Flip on short edge”", "“Flip on long edge”", "พับช่องขวาก่อน", "เย็บสองจุด", "ร้านพิมพ์"):
            assert gates.folded(words) in text(path)
        assert gates.folded("ไม่มีคำว่า “ตัวอย่าง ยังไม่ใช้แจก”") in text(path)


def test_it_says_that_it_is_general_advice_and_which_version_it_is(content, printed):
    for path in printed.values():
        assert gates.folded(content.phrases["general_advice"]) in text(path)
        assert gates.folded("รุ่น 1 · 30 พ.ย. 2569") in text(path)


def test_the_black_page_has_no_grey_that_a_copier_would_lose(printed):
    [page] = pypdfium2.PdfDocument(printed["how_to_print-bw"])
    counts = page.render(scale=150 / 72, grayscale=True).to_pil().histogram()

    assert sum(counts[32:224]) / sum(counts) < 0.06  # the smoothed edges of letters and lines
