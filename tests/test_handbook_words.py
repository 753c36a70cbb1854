"""The words of the trainer's handbook keep their promises: nothing left out or twice, each claim with its source."""

import re
from pathlib import Path

from site_builder.content import CONTENT
from site_builder.forms import Form
from site_builder.records import Benefit, Measure, Question, Step
from site_builder.templates import TEMPLATES
from site_builder.voice.text import markdown_passages

CLAIM = re.compile("(?:ร่าง|ร่างกฎหมาย|แผ่นพับ|เอกสาร|แผนงาน)เขียน(?:ว่า|ไว้)")
QUOTED = re.compile("“[^”]*”")


def shown(content, kind):
    return [part for chapter in content.handbook for part in chapter.parts if isinstance(part, kind)]


def test_the_chapters_count_from_one_and_each_has_a_drawing(content):
    assert [chapter.number for chapter in content.handbook] == list(range(1, len(content.handbook) + 1))
    assert [
        chapter.icon
        for chapter in content.handbook
        if not (TEMPLATES / "assets" / "svg" / f"{chapter.icon}.svg").exists()
    ] == []


def test_no_chapter_is_a_page_of_the_site(content):
    assert [page.url for page in content.pages if "handbook" in page.url] == []


def test_the_handbook_shows_every_step_benefit_measure_and_form_once(content):
    assert shown(content, Step) == list(content.steps)
    assert shown(content, Benefit) == list(content.benefits)
    assert shown(content, Measure) == list(content.measures)
    assert shown(content, Form) == list(content.forms.values())


def test_no_question_is_shown_twice(content):
    asked = [question.id for question in shown(content, Question)]

    assert len(asked) == len(set(asked))


def test_each_step_is_followed_by_what_the_trainer_says_and_leaves_alone(content):
    for chapter in content.handbook:
        for part, after in zip(chapter.parts, chapter.parts[1:], strict=False):
            if isinstance(part, Step):
                assert f"{{#trainer-{part.number}}}" in after.body
                assert "**พูดว่า**" in after.body
                assert "**อย่า" in after.body


def test_the_paper_forms_are_explained_field_by_field_with_the_numbers_of_the_form(content):
    told = "\n".join(words.body for chapter in content.handbook for words in chapter.words)

    for field in content.forms["help_request"].fields:
        assert f"ข้อ {content.forms['help_request'].number(field.name)} ({field.label})" in told


def test_every_claim_about_the_papers_carries_its_source(content):
    unproved = [
        passage.place()
        for chapter in content.handbook
        for words in chapter.words
        for passage in markdown_passages(words.body, words.path, words.line)
        if passage.kind in ("paragraph", "item") and CLAIM.search(QUOTED.sub("", passage.text)) and not passage.sources
    ]

    assert unproved == []


def test_no_file_of_the_handbook_is_left_out(content):
    assert [Path(chapter.path).name for chapter in content.handbook] == sorted(
        path.name for path in (CONTENT / "handbook").iterdir()
    )
