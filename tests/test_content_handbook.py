"""The reader of the trainer's handbook: records shown by name, and every slip told with its place."""

import shutil

import pytest

from site_builder.cli import main
from site_builder.content import CONTENT, load_content, read_content
from site_builder.press.sources import unprintable_characters
from site_builder.records import Words
from site_builder.voice import check_voice

CHAPTER = "---\nnumber: 1\ntitle: บท\nlead: คำนำ\nicon: leaflet\nsource_note: คำแนะนำ\n---\n"


@pytest.fixture
def tree(tmp_path):
    """Return a copy of the real content whose handbook is empty."""
    tree = shutil.copytree(CONTENT, tmp_path / "content")
    shutil.rmtree(tree / "handbook", ignore_errors=True)
    (tree / "handbook").mkdir()
    return tree


def write(tree, text, name="01-one.md"):
    (tree / "handbook" / name).write_text(text, "utf-8")


def lines(tree):
    return [str(problem) for problem in read_content(tree)[1]]


def test_a_record_is_shown_between_the_words_that_stand_around_it(tree):
    write(tree, CHAPTER + "ก่อน\n\n[[show: step.7 question.q01]]\n\nหลัง [[contact.hotline]]\n")

    before, step, question, after = load_content(tree).handbook[0].parts

    assert before == Words("content/handbook/01-one.md", "ก่อน\n\n", 8)
    assert (step.number, question.id) == (7, "q01")
    assert (after.body.strip(), after.line) == ("หลัง 1506", 10)


def test_a_section_of_a_page_is_shown_with_its_heading_up_to_the_next_of_its_level(tree):
    write(tree, CHAPTER + "[[show: section.trainers/door#manners]]\n")

    content = load_content(tree)
    (chapter,) = content.handbook
    (section,) = chapter.parts

    page = content.page("/trainers/door/")
    assert section.body.startswith("## มารยาทหน้าบ้าน")
    assert "{#stuck}" not in section.body
    assert section.body.rstrip() in page.body
    assert (section.path, chapter.words) == (page.path, ())
    assert (
        (CONTENT.parent / section.path).read_text("utf-8").splitlines()[section.line - 1].startswith("## มารยาทหน้าบ้าน")
    )


def test_a_chapter_rests_on_the_facts_of_its_words_and_of_what_it_shows(tree):
    write(tree, CHAPTER + "คำ [[src: role.kru-kho]]\n\n[[show: step.9 question.q24]]\n")

    assert load_content(tree).handbook[0].sources == ("role.kru-kho", "register.step.9.pin", "target.ratio")


def test_chapters_and_fields_are_referred_to_by_name_and_shown_by_number(tree):
    write(tree, CHAPTER + "ดู[[chapter.two]] แล้วดู [[field.help_request.phone]]\n")
    write(tree, CHAPTER.replace("number: 1", "number: 2"), "02-two.md")

    body = load_content(tree).handbook[0].parts[0].body

    assert body == "ดู[บทที่ 2](#chapter-two) แล้วดู ข้อ 6 (เบอร์มือถือ)\n"


def test_one_edit_of_a_fact_changes_the_handbook(tree):
    write(tree, CHAPTER + "[[contact.hotline]]\n")
    facts = tree / "data/facts.yml"
    facts.write_text(facts.read_text("utf-8").replace("'1506'", "'1507'", 1), "utf-8")

    assert read_content(tree)[0].handbook[0].parts[0].body == "1507\n"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("[[show: step.77]]\n", "8: ไม่รู้จัก step.77 ใน [[show: …]]"),
        ("คำ\n\n[[show: section.trainers/door#no]]\n", "10: ไม่รู้จัก section.trainers/door#no ใน [[show: …]]"),
        ("[[show: section.nowhere#say]]\n", "8: ไม่รู้จัก section.nowhere#say ใน [[show: …]]"),
        ("ดู[[chapter.nowhere]]\n", "8: ไม่รู้จัก [[chapter.nowhere]] ดูรหัสใน content/handbook/"),
        ("ก\n\nดู[[field.help_request.no]]\n", "10: ไม่รู้จัก [[field.help_request.no]] ดูรหัสใน content/forms/"),
        ("คำ [[show: step.7]]\n", "8: ไม่รู้จัก [[show: step.7]]"),
        ("[[show: step.7]]\n\nมี 74,709 คน\n", "10: พิมพ์เลข 74,709 เอง ให้เขียน [[target.kru-kho.provinces]]"),
        ("[[show: step.7]]\n\n[ก](/nowhere/)\n", "10: ลิงก์ /nowhere/ ไม่มีหน้านี้"),
        ("คำ [[src: no.such]]\n", "8: ไม่รู้จักที่มา no.such"),
    ],
)
def test_a_slip_in_a_chapter_is_told_with_its_line(tree, body, told):
    write(tree, CHAPTER + body)

    (line,) = lines(tree)
    assert line.startswith(f"content/handbook/01-one.md:{told}")


@pytest.mark.parametrize("key", ["title", "lead", "icon"])
def test_a_chapter_without_a_key_of_its_head_is_a_problem(tree, key):
    write(tree, "\n".join(line for line in CHAPTER.splitlines() if not line.startswith(f"{key}:")) + "\n")

    assert lines(tree) == [f"content/handbook/01-one.md:2: ขาด {key}: ในส่วนหัว"]


def test_chapters_that_do_not_count_as_their_file_names_do_are_a_problem(tree):
    write(tree, CHAPTER)
    write(tree, CHAPTER, "02-two.md")

    (line,) = lines(tree)
    assert line.startswith("content/handbook/02-two.md:2: number: ต้องเป็น 2")


def test_a_chapter_that_says_neither_source_nor_why_there_is_none_is_a_problem(tree):
    write(tree, CHAPTER.replace("source_note: คำแนะนำ\n", "") + "คำ\n")

    (line,) = lines(tree)
    assert line.startswith("content/handbook/01-one.md:2: ต้องมีที่มาอย่างน้อยหนึ่งแห่ง")


def test_the_words_of_a_chapter_obey_the_voice_and_may_be_spoken(tree):
    write(tree, CHAPTER + "[[show: step.7]]\n\nสวัสดีค่ะ\n\nกรุณากรอก\n")

    told = [str(problem) for problem in check_voice(load_content(tree)) if "handbook" in problem.place]

    assert told == ["content/handbook/01-one.md:12: “กรุณา” ให้เขียนว่า ตัดทิ้ง หรือ ขอให้ (เสียง 2)"]


def test_a_letter_that_the_typeface_lacks_is_told_by_the_check_with_its_line(tree, capsys):
    write(tree, CHAPTER + "คำ\n\n☐ กาตรงนี้\n")

    assert [problem.place for problem in unprintable_characters(load_content(tree))] == [
        "content/handbook/01-one.md:10"
    ]
    assert main(["check", "--content", str(tree)]) == 1
    assert "content/handbook/01-one.md:10: “☐”" in capsys.readouterr().err
