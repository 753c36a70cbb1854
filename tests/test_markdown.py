"""Markdown to HTML: badges that name their source, and words, figures and dates that stay on one line."""

import re

import pytest

from site_builder.content import Content
from site_builder.markdown import EXTENSIONS, Prose


@pytest.fixture(scope="module")
def prose(content: Content) -> Prose:
    return Prose(content)


def test_a_claim_carries_a_badge_that_names_its_place_in_the_document(prose):
    html = prose.blocks("จะมีกองทุน [[src: measure.5.fund]]")

    badge = re.search(r'<a class="src" href="/about/sources/#measure-5-fund" aria-label="([^"]+)">ที่มา</a>', html)
    assert badge
    assert badge[1].startswith("ที่มา รายงานการประชุม")


def test_several_sources_are_numbered_and_each_name_begins_with_what_is_seen(prose):
    html = prose.line("ข้อความ [[src: measure.5.fund fund.name]]")

    badges = re.findall(r'aria-label="([^"]+)">([^<]+)</a>', html)
    assert [shown for _, shown in badges] == ["ที่มา 1", "2"]
    assert all(name.startswith(shown) for name, shown in badges)


def test_a_label_has_no_badge(prose):
    assert prose.label("ช่วยคน [[src: measure.5.fund]]") == "ช่วยคน"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("วันที่ 30 พฤษภาคม 2567", "30\u00a0พฤษภาคม\u00a02567"),
        ("โทร 0 2232 1160 ได้", "0\u00a02232\u00a01160"),
        ("มี 75,249 คน", "75,249\u00a0คน"),
        ("ตั้งเป้า 9 ล้านคน", "9\u00a0ล้านคน"),
        ("ขั้นที่ 7 ถ่ายรูป", "ขั้นที่\u00a07"),
        ("เรียกครู ข มา", '<span class="n">ครู ข</span>'),
        ("กด “รับ” หรือ", '<span class="n">“รับ”</span>'),
        ("ค้นหา “แรงงานนอกระบบ”", '<span class="n">“แรงงานนอกระบบ”</span>'),
    ],
)
def test_what_belongs_together_is_not_split_over_two_lines(prose, typed, kept):
    assert kept in prose.line(typed)


@pytest.mark.parametrize(
    "markdown",
    ["[ไป](/forms/help_request?step=7)", "## กองทุน {#k5-fund}", "`ขั้นที่ 7`", '<a href="/q/50/" title="ข้อ 7">ก</a>'],
)
def test_addresses_anchors_code_and_tags_are_left_alone(prose, markdown):
    protected = re.findall(r"\(/forms[^)]*\)|\{#[^}]*\}|`[^`]*`|<[^>]*>", markdown)

    assert all(part in prose.finish(markdown) for part in protected)


def test_call_outs_keep_their_kind_and_title(prose):
    html = prose.blocks('!!! unknown "เอกสารไม่ได้บอก"\n    - จ่ายค่าสมาชิกเท่าไร\n')

    assert '<div class="admonition unknown">' in html
    assert '<p class="admonition-title">เอกสารไม่ได้บอก</p>' in html
    assert "<li>" in html


def test_a_table_is_aligned_without_inline_style(prose):
    html = prose.blocks("| ก | ข |\n| --- | ---: |\n| ค | 1 |\n")

    assert 'align="right"' in html
    assert "style=" not in html


def test_labels_are_escaped(prose):
    assert prose.label("<b>A & B</b>") == "&lt;b&gt;A &amp; B&lt;/b&gt;"


def test_only_extensions_every_engine_has_are_used():
    assert set(EXTENSIONS) == {"attr_list", "def_list", "tables", "admonition"}
