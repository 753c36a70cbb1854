"""The search index: one spelling, and every page, question and form to be found."""

import json

from site_builder.search import Entry, index


def test_words_are_indexed_in_one_spelling():
    rows = json.loads(index([Entry("/x/", "นํ้า  ใจ", "สรุป\n", ("เเม่",), ("หัวข้อ",), "ข้อ\u200bความ")]))

    assert rows == [{"u": "/x/", "t": "น้ำ ใจ", "s": "สรุป", "k": "แม่", "h": "หัวข้อ", "b": "ข้อความ", "w": 1}]


def test_thai_is_stored_as_it_is_read():
    assert "กองทุน" in index([Entry("/x/", "กองทุน", "")])


def test_every_page_question_and_form_can_be_found(built_site, content):
    found = {row["u"] for row in json.loads((built_site / "assets" / "search.json").read_text("utf-8"))}

    assert {page.url for page in content.pages} <= found
    assert {f"/provinces/{province.code}/" for province in content.provinces} <= found
    assert {f"/faq/#{question.id}" for question in (*content.questions, *content.open_questions)} <= found
    assert {f"/forms/{name}" for name in content.forms} <= found
