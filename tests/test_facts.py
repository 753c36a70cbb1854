"""Facts and references: one figure, one place."""

import pytest

from site_builder.references import NumberCheck, Resolver, replace_sources, source_ids


@pytest.mark.parametrize(
    ("fact_id", "style", "shown"),
    [
        ("target.kru-kho.total", "", "75,249"),
        ("workers.total", "", "20.2 ล้าน"),
        ("target.year1", "", "9 ล้าน"),
        ("target.year1", "exact", "9,000,000"),
        ("doc.moi.date", "", "30 พฤษภาคม 2567"),
        ("doc.moi.date", "short", "30 พ.ค. 2567"),
        ("meeting.date", "weekday", "พุธที่ 8 พฤษภาคม 2567"),
        ("registration.start", "", "มิถุนายน 2567"),
        ("contact.hotline", "", "1506"),
        ("contact.oiw.phone", "", "0 2232 1160"),
        ("meeting.time.start", "", "13.30"),
        ("law.target_year", "", "2568"),
        ("law.section.registration", "", "8"),
        ("fund.name", "", "กองทุนส่งเสริมและคุ้มครองแรงงานอิสระ"),
        ("registration.area", "", "76"),
        ("doc.moi.date", "en", "30 May B.E. 2567 (2024)"),
        ("registration.start", "en", "June B.E. 2567 (2024)"),
        ("law.target_year", "en", "B.E. 2568 (2025)"),
        ("workers.total", "en", "20.2 million"),
        ("target.kru-kho.total", "en", "75,249"),
        ("contact.oiw.phone", "en", "0 2232 1160"),
        ("law.section.registration", "en", "8"),
    ],
)
def test_a_fact_is_shown_the_way_people_read_it(content, fact_id, style, shown):
    assert content.facts.show(fact_id, style) == shown


def test_a_fact_that_is_only_true_has_no_value_to_show(content):
    with pytest.raises(ValueError, match="ไม่มีค่าให้แสดง"):
        content.facts.show("law.status.council_reviewed")


def test_each_derived_figure_agrees_with_what_it_is_derived_from(content):
    value = {fact_id: fact.value for fact_id, fact in content.facts.items()}

    assert value["target.kru-ko.central"] + 3 * value["registration.area"] == value["target.kru-ko.total"]
    assert value["target.kru-kho.provinces"] + value["target.kru-kho.bangkok"] == value["target.kru-kho.total"]
    assert value["target.kru-kho.total"] * value["target.ratio"] == value["derived.capacity"]


def test_source_marks_are_read_and_taken_off_for_paper():
    text = "มีกองทุน [[src: measure.5.fund fund.name]]"

    assert source_ids(text) == [("measure.5.fund", "fund.name")]
    assert replace_sources(text, lambda ids: "") == "มีกองทุน"


def test_an_unknown_reference_names_the_line_it_stands_on(content):
    problems = []
    resolver = Resolver(content.facts, {}, {}, problems.append)

    shown = resolver.marked("หนึ่ง\nสอง [[nope]]", "content/x.md", 10)

    assert shown == "หนึ่ง\nสอง –"
    assert str(problems[0]).startswith("content/x.md:11: ไม่รู้จัก [[nope]]")


@pytest.mark.parametrize(
    "text",
    ["ขั้นที่ 7", "ดู [ขั้น](/forms/x?step=12)", "`2026`", "## หัวข้อ {#year-2568}", "1. ข้อแรก\n12. ข้อต่อไป", "ก5 และ ข้อ 3"],
)
def test_orders_links_and_code_are_no_typed_figures(content, text):
    assert list(NumberCheck(content.facts).problems(text, "x")) == []


def test_labels_of_forms_are_checked_only_for_figures_that_a_fact_holds(content):
    check = NumberCheck(content.facts)

    assert list(check.problems("ใส่เบอร์มือถือ 10 หลัก ขึ้นต้น 06 08", "x", claims=False)) == []
    assert [str(problem) for problem in check.problems("โทร 1506", "x", claims=False)] == [
        "x: พิมพ์เลข 1506 เอง ให้เขียน [[contact.hotline]]"
    ]
