"""The card of nine steps, for somebody who reads little."""

from functools import partial

import pypdfium2
import pytest

from site_builder.press import gates
from site_builder.press.products import steps_card
from site_builder.press.products.words import version_line
from site_builder.press.run import press_leaflets

pressed = partial(press_leaflets, say=lambda line: None, products=[steps_card.PRODUCT], editions=["colour", "bw"])


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    """Cards of the country, of the longest name and of Bangkok; printing them runs every gate on each."""
    folder = tmp_path_factory.mktemp("cards")
    paths = (*pressed(content, folder, []), *pressed(content, folder, ["14", "10"]))
    return {path.stem: path for path in paths if not path.stem.endswith("-2up")}


def text(path):
    return gates.folded("".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)))


def test_there_is_a_card_in_colour_and_in_black(printed):
    assert set(printed) == {f"steps_card{place}{edition}" for place in ("", "-10", "-14") for edition in ("", "-bw")}


def test_every_step_stands_on_it_and_none_speaks_of_a_code_that_is_not_there(content, printed):
    words = content.leaflets["steps_card"]["qr_words"]
    lines = [gates.folded(step.leaflet.removesuffix(words)) for step in content.steps]

    for path in printed.values():
        assert [line for line in lines if line not in text(path)] == []
        assert gates.folded(words) not in text(path)


def test_a_province_has_its_name_and_bangkok_is_not_called_one(printed):
    assert gates.folded("จังหวัดพระนครศรีอยุธยา") in text(printed["steps_card-14"])
    assert gates.folded("กรุงเทพมหานคร") in text(printed["steps_card-10"])
    assert gates.folded("จังหวัดกรุงเทพ") not in text(printed["steps_card-10"])


def test_every_card_says_which_version_it_is_and_its_day(content, printed):
    for path in printed.values():
        assert gates.folded(version_line(content, "steps_card")) in text(path)


def test_the_black_card_has_no_grey_that_a_copier_would_lose(printed):
    [page] = pypdfium2.PdfDocument(printed["steps_card-14-bw"])
    counts = page.render(scale=150 / 72, grayscale=True).to_pil().histogram()

    assert sum(counts[32:224]) / sum(counts) < 0.06  # the smoothed edges of letters and lines
