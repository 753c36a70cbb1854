"""The English leaflet and the English card: the words of the records' own English, the same look, the same gates."""

import re
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import pypdfium2
import pytest
import zxingcpp
from pdfua import validate

from site_builder.press import gates
from site_builder.press.products import registration, steps_card
from site_builder.press.run import press_leaflets
from site_builder.press.sheet import page_url
from tests.press.changes import with_settings

PLACES = ("14", "10", "55")
LEAFLET, CARD = registration.NAME_EN, steps_card.NAME_EN
SITE = "https://raengnganissara.example"
PLAY = "https://play.google.com/store/apps/details?id=th.example.app"
APPLE = "https://apps.apple.com/th/app/example/id1234567890"
THAI = re.compile("[ก-๎]+")
# What stays Thai: the stamp, what the phone shows, and the letter and the word that Thai pages use.
THAI_WORDS = {"ร่าง", "ก", "แรงงานอิสระ", "แรงงานนอกระบบ", "แรงงาน", "นอกระบบ", "รับ", "ติดตั้ง"}

pressed = partial(press_leaflets, say=lambda line: None, products=[registration.PRODUCT_EN, steps_card.PRODUCT_EN])


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    """Those of the country, the longest name, Bangkok and a short name, in both editions; each passes every gate."""
    folder = tmp_path_factory.mktemp("english")
    return {path.stem: path for path in (*pressed(content, folder, []), *pressed(content, folder, PLACES))}


def sides(path):
    return [gates.folded(page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(path)]


def text(path):
    return "".join(sides(path))


def codes(path):
    """The QR codes of a 1-bit copy at 150 dpi."""
    found = []
    for page in pypdfium2.PdfDocument(path):
        picture = page.render(scale=150 / 72, grayscale=True).to_pil().point(lambda grey: 255 * (grey > 127), "1")
        found += [code.text for code in zxingcpp.read_barcodes(picture.convert("L"))]
    return sorted(found)


def test_there_is_a_leaflet_and_a_card_in_colour_and_in_black(printed):
    places = ("", *(f"-{code}" for code in PLACES))

    files = {f"{name}{at}{look}" for name in (LEAFLET, CARD) for at in places for look in ("", "-bw")}
    assert set(printed) == files | {f"{file}-2up" for file in files if file.startswith(CARD)}


def test_every_english_line_of_the_records_stands_on_the_leaflet_and_the_steps_on_the_card(content, printed):
    steps = [each.en.leaflet for each in content.steps]
    lines = [*steps, *(each.en.leaflet for each in content.benefits)]
    lines += [line for each in content.measures for line in (each.en.leaflet, each.en.card)]

    assert [line for line in lines if gates.folded(line) not in text(printed[LEAFLET])] == []
    assert [line for line in steps if gates.folded(line) not in text(printed[CARD])] == []


@pytest.mark.parametrize("name", [LEAFLET, CARD])
def test_only_what_the_reader_meets_in_thai_is_in_thai(content, printed, name):
    office = gates.folded(content.province("14").office.name)

    for stem in (name, f"{name}-14"):
        found = {word for side in sides(printed[stem]) for word in THAI.findall(side.replace(office, " "))}
        assert found <= {gates.folded(word) for word in THAI_WORDS}, stem


@pytest.mark.parametrize("name", [LEAFLET, CARD])
def test_a_province_has_its_english_name_and_bangkok_is_not_called_one(printed, name):
    assert gates.folded("Phra Nakhon Si Ayutthaya Province") in text(printed[f"{name}-14"])
    assert "Bangkok" in text(printed[f"{name}-10"])
    assert "BangkokProv" not in text(printed[f"{name}-10"])


def test_every_side_says_draft_version_and_that_the_thai_text_prevails(content, printed):
    notice, prevails = gates.folded(content.phrases["draft_line_en"]), gates.folded(content.phrases["thai_prevails_en"])
    for stem, path in printed.items():
        told = sides(path)
        assert all(notice in side and "Version1·30Nov2026" in side for side in told), stem
        assert prevails in told[-1], stem


@pytest.mark.parametrize("name", [LEAFLET, CARD])
def test_the_code_says_which_version_of_which_print_it_stood_on(content, printed, name):
    for province in (None, content.province("14"), content.province("10")):
        stem = f"{name}-{province.code}" if province else name
        assert codes(printed[stem]) == [page_url(content, province, name)]
        assert page_url(content, province, name).endswith(f"#{name}-1")


def test_benefits_two_to_five_wait_for_the_law(content, printed):
    inside = sides(printed[LEAFLET])[1]
    waits = gates.folded(content.phrases["tag_waits_en"])

    assert [gates.folded(each.en.leaflet) + waits in inside for each in content.benefits] == [
        each.waits for each in content.benefits
    ]


def test_with_store_links_the_codes_stand_beside_the_search_and_nothing_is_lost(content, tmp_path):
    linked = with_settings(content, site_url=SITE, app_store_url=APPLE, google_play_url=PLAY)

    [path] = pressed(linked, tmp_path, [], editions=["colour"], products=[registration.PRODUCT_EN])

    assert codes(path) == sorted([f"{SITE}/q/#{LEAFLET}-1", APPLE, PLAY])
    assert gates.folded("start at step 3") in text(path)
    assert gates.folded(content.phrases["no_thai_card_en"]) in text(path)


def test_an_office_is_named_in_both_languages_until_its_contact_is_known(content, printed, tmp_path):
    nan = content.province("55")
    office = replace(nan.office, phone="0 5400 0000 ต่อ 12", address="ศาลากลางจังหวัดน่าน")
    provinces = tuple(replace(each, office=office) if each.code == "55" else each for each in content.provinces)

    [path, _] = pressed(replace(content, provinces=provinces), tmp_path, ["55"], products=[registration.PRODUCT_EN])

    assert gates.folded("Nan Provincial Labour Office สำนักงานแรงงานจังหวัดน่าน") in text(printed[f"{LEAFLET}-55"])
    assert gates.folded("Nan Provincial Labour Office ศาลากลางจังหวัดน่าน Phone 0 5400 0000 ext. 12") in text(path)


def test_a_status_that_an_officer_has_set_in_english_is_printed(content, tmp_path):
    told = "Cabinet has approved it"
    settings = with_settings(content, law_status_en=told)
    words = content.leaflets[LEAFLET]
    road = {**words["measures"]["road"], "status": told}
    changed = {**words, "measures": {**words["measures"], "road": road}}
    leaflets = MappingProxyType({**content.leaflets, LEAFLET: changed})

    paths = pressed(replace(settings, leaflets=leaflets), tmp_path, [], products=[registration.PRODUCT_EN])

    assert all(gates.folded(told) in text(path) for path in paths)


def test_the_words_of_one_language_are_asked_for_in_that_language_only(content):
    words = {**content.leaflets[LEAFLET], "back": {**content.leaflets[LEAFLET]["back"], "hotline_note": ""}}
    changed = replace(content, leaflets=MappingProxyType({**content.leaflets, LEAFLET: words}))

    assert [str(each) for each in registration.PRODUCT_EN.problems(changed)] == [
        f"content/leaflets/{LEAFLET}.yml: back.hotline_note is missing"
    ]
    assert registration.PRODUCT.problems(changed) == []


def test_english_lines_over_the_limit_are_named_with_the_file_of_the_record(content):
    fifth = content.benefits[4]
    longer = replace(fifth, en=replace(fifth.en, leaflet=fifth.en.leaflet * 2))
    changed = replace(content, benefits=(*content.benefits[:4], longer, *content.benefits[5:]))

    [told] = registration.PRODUCT_EN.problems(changed)

    assert str(told).startswith(f"{fifth.path}: leaflet: benefit is")
    assert registration.PRODUCT.problems(changed) == []


@pytest.mark.parametrize("name", [LEAFLET, CARD])
def test_the_black_edition_has_no_grey_that_a_copier_would_lose(printed, name):
    for page in pypdfium2.PdfDocument(printed[f"{name}-14-bw"]):
        counts = page.render(scale=150 / 72, grayscale=True).to_pil().histogram()
        assert sum(counts[32:224]) / sum(counts) < 0.06  # the smoothed edges of letters and lines


@pytest.mark.parametrize("name", [LEAFLET, CARD])
def test_it_passes_pdfua_and_no_letters_are_smaller_than_nine_points(printed, name):
    assert not validate(printed[f"{name}-14"]).findings
    for page in pypdfium2.PdfDocument(printed[f"{name}-14"]):
        sizes = {each.get_font_size() * abs(each.get_matrix().d) for each in page.get_objects(filter=[1], max_depth=4)}
        assert min(sizes) >= 8.99
