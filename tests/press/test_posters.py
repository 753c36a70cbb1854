"""The posters of the six ก and of the six benefits: a pair for a wall, on A3 and, drawn larger, on A2."""

import re
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import ImageChops
from pypdfium2 import raw

from site_builder.press import archive, gates
from site_builder.press.products import posters
from site_builder.press.render import PressErrors
from site_builder.press.run import press_leaflets
from site_builder.press.sheet import A2, A3
from tests.press.changes import with_settings

MM = 25.4 / 72  # of a point
POINT = 96 / 72  # CSS pixels, which the press writes as the size of a letter
NAMES = ("measures_poster", "benefits_poster")
PLACES = ("", "-10", "-14")
HEADLINE, NAME, TEXT, SMALL = 90, 34, 18, 12  # points on A3

pressed = partial(press_leaflets, say=lambda line: None, products=[posters.MEASURES, posters.BENEFITS])


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    """Posters of the country, of the longest name and of Bangkok; printing them runs every gate on each."""
    folder = tmp_path_factory.mktemp("posters")
    return {path.stem: path for path in (*pressed(content, folder, []), *pressed(content, folder, ["14", "10"]))}


def text(path):
    with pypdfium2.PdfDocument(path) as document:
        return gates.folded("".join(page.get_textpage().get_text_range() for page in document))


def picture(path, width=1240):
    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        return page.render(scale=width / page.get_width()).to_pil().convert("RGB")


def letters(path):
    """Return (letter, its size in points of the layout) in the order in which they are read."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[0].get_textpage()
        sizes = [raw.FPDFText_GetFontSize(page.raw, at) / POINT for at in range(page.count_chars())]
        return [(chr(raw.FPDFText_GetUnicode(page.raw, at)), size) for at, size in enumerate(sizes)]


def sizes_of(words, found):
    """Return the sizes of the letters of some words wherever they stand."""
    line = "".join(letter for letter, _ in found)
    spaced = re.compile(r"\s*".join(map(re.escape, re.sub(r"\s", "", words))))
    return [
        {round(found[at][1], 1) for at in range(*match.span()) if found[at][0].strip()}
        for match in spaced.finditer(line)
    ]


def test_each_poster_is_there_in_colour_and_black_on_a3_and_a2(printed):
    editions = ("", "-bw", "-a2", "-bw-a2")

    assert set(printed) == {f"{name}{place}{edition}" for name in NAMES for place in PLACES for edition in editions}


def test_every_measure_and_every_benefit_stands_on_its_poster(content, printed):
    measures = [part for each in content.measures for part in (f"ก{each.number} {each.short}", each.card)]
    benefits = [part for each in content.benefits for part in (each.title, each.leaflet)]

    for name, path in printed.items():
        wanted = measures if name.startswith("measures") else benefits
        assert [line for line in wanted if gates.folded(line) not in text(path)] == []


def test_a_benefit_that_waits_for_the_act_says_so(content, printed):
    mark = gates.folded(content.phrases["tag_waits"])
    waiting = sum(benefit.waits for benefit in content.benefits)

    for name, path in printed.items():
        if name.startswith("benefits"):
            assert text(path).count(mark) - text(path).count(f"ต้อง{mark}เริ่มใช้") == waiting + 1  # and the note on it


def test_a_province_has_its_name_and_bangkok_is_not_called_one(printed):
    for name in NAMES:
        assert gates.folded("จังหวัดพระนครศรีอยุธยา") in text(printed[f"{name}-14"])
        assert gates.folded("กรุงเทพมหานคร") in text(printed[f"{name}-10"])
        assert gates.folded("จังหวัดกรุงเทพ") not in text(printed[f"{name}-10"])


def test_hotline_warning_version_and_what_the_code_gives_stand_on_each(content, printed):
    for stem, path in printed.items():
        words = content.leaflets[stem.partition("-")[0]]
        scan = words["scan" if "-1" in stem else "scan_national"]
        for line in (words["ask"]["hotline"], words["ask"]["warning"], scan["title"], "รุ่น 1 · 30 พ.ย. 2569"):
            assert gates.folded(line) in text(path)


def test_it_can_be_read_from_two_metres(content, printed):
    for name in NAMES:
        found = letters(printed[f"{name}-14"])
        words = content.leaflets[name]
        six = (
            [each.short for each in content.measures] if name == NAMES[0] else [each.title for each in content.benefits]
        )
        fine = {
            size
            for line in ("รุ่น 1 · 30 พ.ย. 2569", words["draft_line"])
            for run in sizes_of(line, found)
            for size in run
        }
        fine |= {size for run in sizes_of("127.0.0.1:8000/q/14", found) for size in run}
        small = {round(size, 1) for letter, size in found if letter.strip() and size < TEXT}

        assert min(min(run) for run in sizes_of(words["head"]["title"], found)) >= HEADLINE
        assert min(max(max(run) for run in sizes_of(each, found)) for each in six) >= NAME
        assert small <= fine
        assert min(fine) >= SMALL


def test_a2_is_a3_drawn_larger_with_the_same_words_tags_and_picture(printed):
    for stem, path in printed.items():
        if stem.endswith("a2"):
            small = printed[stem.removesuffix("-a2")]
            sizes = [pypdfium2.PdfDocument(each)[0].get_size() for each in (small, path)]
            difference = (
                ImageChops.difference(picture(small), picture(path)).convert("L").point(lambda grey: 255 * (grey > 96))
            )

            assert [round(side * MM) for size in sizes for side in size] == [*A3, *A2]
            assert text(path) == text(small)
            assert tags(path) == tags(small)
            assert archive.faults(path.read_bytes()) == []
            assert difference.histogram()[255] / (difference.width * difference.height) < 0.001


def tags(path):
    with pikepdf.open(path) as document:
        kinds = [
            str(each.S)
            for each in document.objects
            if isinstance(each, pikepdf.Dictionary) and "/S" in each and "/P" in each
        ]
        return sorted(kinds)


def test_the_code_and_its_quiet_zone_are_large_enough_for_a_telephone(printed):
    for name in NAMES:
        image = picture(printed[f"{name}-14-bw"], width=1754)
        [code] = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
        corners = code.position

        assert code.text.endswith(f"/q/14#{name}-1")
        assert (corners.top_right.x - corners.top_left.x) / 1754 * A3[0] >= 25


def test_the_black_posters_have_no_grey_that_a_copier_would_lose(printed):
    for stem, path in printed.items():
        if "-bw" in stem:
            counts = picture(path, width=1754).convert("L").histogram()
            assert sum(counts[32:224]) / sum(counts) < 0.05  # the smoothed edges of letters and lines


def test_the_two_of_a_pair_are_no_copies_though_their_feet_stand_at_one_height(printed):
    first, second = (picture(printed[f"{name}-14"], width=297) for name in NAMES)
    same = ImageChops.difference(first, second).convert("L").point(lambda grey: 255 * (grey < 32)).histogram()[255]

    assert same / (first.width * first.height) < 0.4
    for image in (first, second):
        assert image.getpixel((60, 348)) != image.getpixel((60, 344))  # the box of the hotline begins between these


def test_a_name_that_does_not_fit_is_told_with_the_file_it_is_written_in(content, tmp_path):
    longer = replace(content.measures[3], short=content.measures[3].short + "ของประเทศ")
    measures = (*content.measures[:3], longer, *content.measures[4:])

    with pytest.raises(PressErrors) as error:
        pressed(replace(content, measures=measures), tmp_path, [], editions=["colour"])

    assert all("panel six, ก4" in str(problem) for problem in error.value.problems)


def test_a_missing_word_and_a_wrong_count_are_told(content):
    words = content.leaflets["measures_poster"]
    lacking = {**words, "scan": {"alt": "คิวอาร์"}}
    miscounted = {**words, "head": {**words["head"], "count": "7"}}
    told = []
    for changed in (lacking, miscounted):
        leaflets = MappingProxyType({**content.leaflets, "measures_poster": changed})
        told += [str(problem) for problem in posters.MEASURES.problems(replace(content, leaflets=leaflets))]

    assert told == [
        "content/leaflets/measures_poster.yml: scan.title is missing",
        "content/leaflets/measures_poster.yml: 6 records, but the fact says 7",
    ]


def test_with_a_real_address_no_poster_is_a_sample_and_a_long_one_still_fits(content, tmp_path):
    public = with_settings(content, site_url="https://independent-workers.labour.example")

    for path in pressed(public, tmp_path, ["14"], editions=["bw"]):
        assert gates.folded(content.phrases["sample_mark"]) not in text(path)
        assert "independent-workers.labour.example/q/14" in text(path)
