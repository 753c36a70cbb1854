"""The governor's brief: what is asked of a province on one side, who does what on the other."""

import re
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import pypdfium2
import pytest

from site_builder.press import gates
from site_builder.press.products import brief
from site_builder.press.render import PressErrors
from site_builder.press.run import press_leaflets

pressed = partial(press_leaflets, say=lambda line: None, products=[brief.PRODUCT])
NUMBER = re.compile("[0-9][0-9.,]*")


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    """Briefs of the country, of the longest name, of another province and of Bangkok; every gate looks at each."""
    folder = tmp_path_factory.mktemp("briefs")
    return {path.stem: path for path in (*pressed(content, folder, []), *pressed(content, folder, ["14", "50", "10"]))}


def sides(path):
    return [gates.folded(page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(path)]


def test_each_place_has_a_brief_of_two_sides_in_colour_and_in_black(printed):
    assert set(printed) == {f"brief{place}{edition}" for place in ("", "-10", "-14", "-50") for edition in ("", "-bw")}
    assert all(len(sides(path)) == 2 for path in printed.values())


def test_the_first_side_has_the_three_targets_and_says_that_they_are_those_of_the_country(printed):
    for path in printed.values():
        first, _ = sides(path)
        for words in ("234คน", "75,249คน", "อย่างน้อย9ล้านคน", "ตั้งเป้าทั้งประเทศ", "ไม่ใช่ยอดจริง"):
            assert words in first


def test_no_figure_is_made_up_for_a_province(content, printed):
    def figures(name, code):
        return [sorted(NUMBER.findall(side.replace(f"/q/{code}", ""))) for side in sides(printed[name])]

    assert figures("brief-14", "14") == figures("brief-50", "50") == figures("brief", "")
    assert gates.folded("เอกสารไม่ได้แบ่งเป้าให้แต่ละจังหวัด") in sides(printed["brief-14"])[0]


def test_all_nine_items_of_the_plan_stand_on_the_first_side(content, printed):
    items = [gates.folded(step["text"]) for step in content.leaflets["brief"]["plan"]["steps"]]

    assert len(items) == int(content.facts.show("model9.count"))
    assert [item for item in items if item not in sides(printed["brief-14"])[0]] == []


def test_each_row_of_the_table_names_who_does_it_or_that_the_paper_does_not_say_and_where_it_stands(content, printed):
    for name, kind in (("brief-14", "country"), ("brief-10-bw", "bangkok")):
        _, second = sides(printed[name])
        rows = content.leaflets["brief"][kind]["table"]["rows"]
        for row in rows:
            assert gates.folded(row["task"]) in second
            assert gates.folded(row.get("who", "เอกสารไม่ได้บอก")) in second
        assert second.count("ที่มา") == len(rows)


def test_bangkok_is_not_called_a_province_and_is_not_asked_for_what_provinces_are(printed):
    told = "".join(sides(printed["brief-10"]))

    assert gates.folded("กรุงเทพมหานคร") in told
    assert gates.folded("จังหวัดกรุงเทพ") not in told
    assert gates.folded("ขอให้จังหวัดช่วย") not in told
    assert gates.folded("เอกสารไม่ได้บอกว่า ชวนคนกรุงเทพฯ อย่างไร") in told


def test_the_black_brief_has_no_grey_that_a_copier_would_lose(printed):
    for page in pypdfium2.PdfDocument(printed["brief-14-bw"]):
        counts = page.render(scale=150 / 72, grayscale=True).to_pil().histogram()
        assert sum(counts[32:224]) / sum(counts) < 0.06  # the smoothed edges of letters and lines


def test_a_source_that_no_fact_has_is_told_before_anything_is_printed(content):
    words = content.leaflets["brief"]
    steps = ({**words["plan"]["steps"][0], "facts": ("no.such",)}, *words["plan"]["steps"][1:])
    changed = {**words, "plan": {**words["plan"], "steps": steps}}
    leaflets = MappingProxyType({**content.leaflets, "brief": MappingProxyType(changed)})

    problems = brief.problems(replace(content, leaflets=leaflets))

    assert [(problem.place, "no.such" in problem.message) for problem in problems] == [
        ("content/leaflets/brief.yml", True)
    ]


def test_a_table_with_too_many_rows_is_told_with_by_how_much(content, tmp_path):
    words = content.leaflets["brief"]
    country = words["country"]
    table = {**country["table"], "rows": country["table"]["rows"] * 2}
    changed = {**words, "country": {**country, "table": table}}
    leaflets = MappingProxyType({**content.leaflets, "brief": MappingProxyType(changed)})

    with pytest.raises(PressErrors, match=r"panel table, table: [0-9.]+ mm too long"):
        pressed(replace(content, leaflets=leaflets), tmp_path, [])
