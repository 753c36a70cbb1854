"""Two pages on each side of A4: what is cut apart, and that the same sheet gives the same bytes in every edition."""

from functools import partial

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import ImageChops

from site_builder.press import impose
from site_builder.press.products import PRODUCTS, registration, steps_card
from site_builder.press.run import press_leaflets
from site_builder.press.sheet import SHOP

MM = 72 / 25.4
DOTS = 150
quiet = partial(press_leaflets, say=lambda line: None)


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two-up")
    paths = quiet(content, folder, ["14"], products=[steps_card.PRODUCT], editions=["colour", "bw"])
    return {path.stem: path for path in paths}


def picture(path):
    [page] = pypdfium2.PdfDocument(path)
    return page.render(scale=DOTS / 72).to_pil().convert("RGB")


def dots(mm):
    return round(mm / 25.4 * DOTS)


def test_each_edition_of_the_card_comes_with_two_on_a4(printed):
    assert sorted(printed) == [f"steps_card-14{end}" for end in ("", "-2up", "-bw", "-bw-2up")]
    for name in ("steps_card-14-2up", "steps_card-14-bw-2up"):
        with pikepdf.open(printed[name]) as file:
            [page] = file.pages
            assert [round(float(each) / MM) for each in page.mediabox] == [0, 0, 297, 210]


@pytest.mark.parametrize("edition", ["", "-bw"])
def test_both_halves_are_the_card_in_its_own_size(printed, edition):
    sheet, card = picture(printed[f"steps_card-14{edition}-2up"]), picture(printed[f"steps_card-14{edition}"])
    inner = (dots(6), dots(14), card.width - dots(6), card.height - dots(14))
    for left in (0.5, 148.5):
        there = sheet.crop((dots(left), 0, dots(left) + card.width, card.height))
        step = ImageChops.difference(there.crop(inner), card.crop(inner)).convert("L").histogram()
        assert sum(step[128:]) / sum(step) < 0.03  # the halves begin between two dots


def test_the_ground_reaches_the_cut_and_its_marks_are_seen_on_it(printed):
    sheet = picture(printed["steps_card-14-2up"])
    mango = sheet.getpixel((dots(4), dots(105)))
    middle = sheet.width // 2

    across = {sheet.getpixel((x, dots(34))) for x in range(middle - dots(4), middle + dots(4))}
    assert across == {mango}
    for y in (0, sheet.height - dots(9)):
        mark = [sheet.getpixel((middle, at)) for at in range(y, y + dots(9))]
        assert min(map(sum, mark)) < 250
        assert max(map(sum, mark)) > 600


def test_both_codes_are_read_from_one_bit(printed):
    for name in ("steps_card-14-2up", "steps_card-14-bw-2up"):
        copy = picture(printed[name]).convert("L").point(lambda grey: 255 * (grey > 127))
        codes = [code.text for code in zxingcpp.read_barcodes(copy)]
        assert codes == ["http://127.0.0.1:8000/q/14#steps_card-1"] * 2


def test_both_sides_of_a_sheet_are_imposed(content, tmp_path):
    [path] = quiet(content, tmp_path, [], products=[registration.PRODUCT], editions=["bw"])

    with pikepdf.open(path) as file:
        sides = len(file.pages)
    assert len(pypdfium2.PdfDocument(impose.two_up(path.read_bytes()))) == sides == 2


@pytest.mark.parametrize(
    "product", [product for product in PRODUCTS if product.name != "handbook"], ids=lambda product: product.name
)
def test_two_runs_give_the_same_bytes_in_every_edition(content, tmp_path, product):
    """The handbook, which takes longest, has a test of its own."""
    first = quiet(content, tmp_path / "one", [], products=[product])
    second = quiet(content, tmp_path / "two", [], products=[product], jobs=1)

    assert [path.name for path in first] == [path.name for path in second]
    assert any("shop" in path.name for path in first) == (SHOP in content.print(product.name).editions)
    assert [
        path.name for path, other in zip(first, second, strict=True) if path.read_bytes() != other.read_bytes()
    ] == []
