"""The large-print sheet, in Thai and in English: large for the eye, whole in content, and with room for any office."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import pypdfium2
import pytest

from site_builder.press import gates, render, run
from site_builder.press.products import large_print
from site_builder.press.products.words import language, told, version_line
from site_builder.press.run import press_leaflets
from tests.press.changes import with_settings

SMALL = {"version"}  # the line of version and address, which may be 12 pt
POINT = 96 / 72  # CSS pixels
LONG = {  # the longest that is plausible: an address of every part, two numbers with extensions and a mobile one
    "address": "อาคารศาลากลางจังหวัดพระนครศรีอยุธยา หลังใหม่ ชั้น 4 ถนนสายเอเชีย หมู่ที่ 4 ตำบลคลองสวนพลู"
    " อำเภอพระนครศรีอยุธยา จังหวัดพระนครศรีอยุธยา 13000",
    "phone": "0 3500 0000 ต่อ 1234, 0 3500 0001 ต่อ 5678, 080 000 0000",
    "opening_hours": "วันจันทร์ถึงวันศุกร์ เวลา 08.30 น. ถึง 16.30 น. เว้นวันหยุดราชการ",
}
LONG_IN_BANGKOK = {
    **LONG,
    "address": "อาคารกระทรวงแรงงาน ชั้น 9 ถนนมิตรไมตรี แขวงดินแดง เขตดินแดง กรุงเทพมหานคร 10400",
}
SHORT = {
    "address": "ศาลากลางจังหวัด ถนนโชตนา ตำบลช้างเผือก อำเภอเมือง 50300",
    "phone": "0 5300 0000",
    "opening_hours": "จันทร์ถึงศุกร์ 08.30 น. ถึง 16.30 น.",
}
PRODUCTS = (large_print.PRODUCT, large_print.PRODUCT_EN)
NAMES = tuple(product.name for product in PRODUCTS)
pressed = partial(press_leaflets, say=lambda line: None, products=PRODUCTS)


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    """Sheets of the country, of the longest name and of Bangkok; printing them runs every gate on each."""
    folder = tmp_path_factory.mktemp("large")
    return {path.stem: path for path in (*pressed(content, folder, []), *pressed(content, folder, ["14", "10"]))}


def texts(path):
    return [gates.folded(page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(path)]


def with_office(content, code, **tells):
    """Return the content with one office that has told something."""
    mended = [
        replace(each, office=replace(each.office, **tells, verified_on="2026-11-30")) if each.code == code else each
        for each in content.provinces
    ]
    return replace(content, provinces=tuple(mended))


def with_bands(content, *firsts):
    """Return the content with bands that begin at other steps."""
    words = content.leaflets["large_print"]
    bands = tuple({**band, "first": first} for band, first in zip(words["how"]["bands"], firsts, strict=True))
    changed = {**words, "how": MappingProxyType({**words["how"], "bands": bands})}
    return replace(content, leaflets=MappingProxyType({**content.leaflets, "large_print": changed}))


def letters(box: Any, ground: Any, name: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Yield each piece of text below a box, with the colour behind it and the class it stands in."""
    for child in getattr(box, "children", ()):
        found = getattr(child, "_box", child)  # of what is positioned
        fill = found.style["background_color"]
        behind = fill if fill.alpha else ground
        if type(found).__name__ == "TextBox":
            yield found, behind, name
        else:
            own = found.element.get("class") if found.element is not None else None
            yield from letters(found, behind, own if own and own != "n" else name)


def contrast(one: Any, other: Any) -> float:
    """Return the ratio of two colours as WCAG 2 counts it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Any) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.to("srgb")[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.fixture(scope="module", params=[(name, edition) for name in NAMES for edition in ("colour", "bw")])
def laid_out(request, content, tmp_path_factory):
    """All text of a sheet as it is laid out: boxes, the colour behind each, and the class it stands in."""
    name, edition = request.param
    press = run.Press(content, tmp_path_factory.mktemp("layout"))
    sheets = large_print.sheets(content, [content.province("14")], name)
    [html] = press.documents(next(sheet for sheet in sheets if sheet.edition == edition))
    pages = render.lay_out(html, run.BASE_URL).document.pages
    return [found for page in pages for found in letters(page._page_box, None) if found[0].text.strip()]


def test_there_is_a_sheet_of_two_sides_in_colour_and_in_black_in_both_languages(printed):
    places, editions = ("", "-10", "-14"), ("", "-bw")

    assert set(printed) == {f"{name}{place}{edition}" for name in NAMES for place in places for edition in editions}
    assert {len(texts(path)) for path in printed.values()} == {2}


def test_nothing_is_under_16_points_but_version_and_address_at_12(laid_out):
    small = {name for box, _, name in laid_out if box.style["font_size"] < 16 * POINT - 0.01}

    assert small == SMALL
    assert min(box.style["font_size"] for box, _, _ in laid_out) >= 12 * POINT - 0.01


def test_all_text_stands_out_at_seven_to_one_or_more(laid_out):
    assert len(laid_out) > 60
    assert [box.text for box, ground, _ in laid_out if contrast(box.style["color"], ground) < 7] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_benefit_and_every_step_stands_on_it(content, printed, name):
    words, tongue = content.leaflets[name], language(content, name)
    lines = [step.leaflet.removesuffix(words["qr_words"]).rstrip() for step in told(content.steps, tongue)]
    benefits = [each.leaflet for each in told(content.benefits, tongue)]

    for path in (path for stem, path in printed.items() if stem.partition("-")[0] == name):
        front, back = texts(path)
        assert [line for line in benefits if gates.folded(line) not in front] == []
        assert [line for line in lines if gates.folded(line) not in back] == []
        assert gates.folded(words["qr_words"]) not in back


@pytest.mark.parametrize("name", NAMES)
def test_what_waits_for_the_act_stands_below_its_label(content, printed, name):
    front, _ = texts(printed[name])
    label = front.index(gates.folded(content.leaflets[name]["why"]["waits"]["label"]))

    for each in told(content.benefits, language(content, name)):
        assert (front.index(gates.folded(each.leaflet)) > label) == each.waits


def test_both_sides_say_draft_and_version_and_the_hotline(content, printed):
    for stem, path in printed.items():
        name = stem.partition("-")[0]
        words = content.leaflets[name]
        for side in texts(path):
            assert gates.folded(words["draft_line"]) in side
            assert gates.folded(version_line(content, name)) in side
            assert gates.folded(words["help"]["hotline"]) in side


def test_a_province_has_its_name_and_bangkok_is_not_called_one(printed):
    assert gates.folded("จังหวัดพระนครศรีอยุธยา") in texts(printed["large_print-14"])[0]
    assert gates.folded("Phra Nakhon Si Ayutthaya Province") in texts(printed["large_print_en-14"])[0]
    front, back = texts(printed["large_print-10"])
    assert gates.folded("กรุงเทพมหานคร") in front
    assert gates.folded("จังหวัดกรุงเทพ") not in front + back
    assert gates.folded("สำนักงานแรงงานจังหวัด") not in back
    front, back = texts(printed["large_print_en-10"])
    assert "Bangkok" in front
    assert "BangkokProvince" not in front + back
    assert gates.folded("Provincial Labour Office") not in back


@pytest.mark.parametrize("code", ["10", "14"])
def test_an_english_sheet_names_the_office_in_thai_too(content, printed, code):
    assert gates.folded(content.province(code).office.name) in texts(printed[f"large_print_en-{code}"])[1]


@pytest.mark.parametrize(("code", "tells"), [("14", LONG), ("14", SHORT), ("10", LONG_IN_BANGKOK), ("10", SHORT)])
def test_what_an_office_tells_fits_however_long_and_stands_instead_of_the_empty_lines(content, tmp_path, code, tells):
    for path in pressed(with_office(content, code, **tells), tmp_path, [code]):
        words = content.leaflets[path.stem.partition("-")[0]]["help"]
        _, back = texts(path)
        shown = [text.replace("ต่อ", words.get("extension", "ต่อ")) for text in tells.values()]
        assert [text for text in shown if gates.folded(text) not in back] == []
        assert gates.folded(words["stamp"]) not in back


def test_an_office_that_has_told_nothing_gets_lines_to_write_on(content, printed):
    for name in NAMES:
        assert gates.folded(content.leaflets[name]["help"]["stamp"]) in texts(printed[f"{name}-14"])[1]


def test_a_long_public_address_fits_beside_the_version(content, tmp_path):
    public = with_settings(content, site_url="https://raengnganissara-thailand.example.go.th")

    for path in pressed(public, tmp_path, ["14"]):
        assert all("raengnganissara-thailand.example.go.th/q/14" in side for side in texts(path))


@pytest.mark.parametrize(("name", "setting"), [(NAMES[0], "law_status"), (NAMES[1], "law_status_en")])
def test_what_an_officer_says_of_the_law_stands_instead_of_what_the_circular_says(content, name, setting):
    later = with_settings(content, **{setting: "รอสภาพิจารณา"})

    [part] = large_print.sheets(later, [None], name)[0].parts
    assert part.values["law"] == content.leaflets[name]["what"]["status"]


@pytest.mark.parametrize("firsts", [(2, 5, 9), (1, 9, 5)])
def test_bands_that_leave_out_a_step_are_told(content, firsts):
    [problem] = large_print.problems(with_bands(content, *firsts))

    assert "how.bands" in problem.message
    assert [large_print.problems(content, name) for name in NAMES] == [[], []]


@pytest.mark.parametrize("name", NAMES)
def test_the_black_sheet_has_no_grey_that_a_copier_would_lose(printed, name):
    for page in pypdfium2.PdfDocument(printed[f"{name}-14-bw"]):
        counts = page.render(scale=150 / 72, grayscale=True).to_pil().histogram()

        assert sum(counts[32:224]) / sum(counts) < 0.06  # the smoothed edges of letters and lines
