"""The content tree: read once, checked, every problem told at once with its place."""

import dataclasses
import re
import shutil

import pytest

from site_builder.content import CONTENT, load_content, read_content
from site_builder.problems import ContentErrors


@pytest.fixture
def tree(tmp_path):
    """Return a copy of the real content that a test may spoil."""
    return shutil.copytree(CONTENT, tmp_path / "content")


def spoil(tree, name, old, new):
    path = tree / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def lines(tree):
    return [str(problem) for problem in read_content(tree)[1]]


def test_the_content_has_no_problem():
    assert read_content()[1] == ()


def test_the_content_holds_what_the_circular_counts(content):
    assert [measure.number for measure in content.measures] == [1, 2, 3, 4, 5, 6]
    assert [benefit.number for benefit in content.benefits] == [1, 2, 3, 4, 5, 6]
    assert [step.number for step in content.steps] == list(range(1, 10))
    assert len(content.provinces) == 77
    assert len(content.questions) == 30
    assert len(content.open_questions) == 10


def test_only_benefits_that_need_the_act_wait_for_it(content):
    assert [benefit.number for benefit in content.benefits if benefit.waits] == [2, 3, 4, 5]


def test_content_cannot_be_changed_after_loading(content):
    with pytest.raises(dataclasses.FrozenInstanceError):
        content.pages[0].title = "อื่น"
    with pytest.raises(TypeError):
        content.settings["site_url"] = "x"


def test_one_edit_of_a_fact_changes_every_page_that_refers_to_it(tree):
    before = load_content(tree).page("/trainers/").body
    spoil(tree, "data/facts.yml", "value: 75249", "value: 75250")

    after = load_content(tree).page("/trainers/").body

    assert "75,249" in before
    assert "75,250" in after
    assert "75,249" not in after


def test_every_phrase_is_used_somewhere(content):
    folders = [CONTENT, *(CONTENT.parent / name for name in ("site_templates", "site_builder", "forms_api"))]
    kinds = (".md", ".yml", ".html", ".py")
    text = "\n".join(p.read_text("utf-8") for folder in folders for p in folder.rglob("*") if p.suffix in kinds)
    made = re.compile(r"section_|steps_\w+_url")  # put together from the id of a section or a setting
    keys = [key for key in content.phrases if not made.match(key)]

    assert [key for key in keys if not re.search(rf"(?:phrases?\.|[\"']){re.escape(key)}(?![\w-])", text)] == []


@pytest.mark.parametrize("target", ["/leaflets/registration-99.pdf", "/leaflets/other.pdf", "/q/99", "/desk/"])
def test_a_link_to_what_no_output_makes_is_told(tree, target):
    spoil(tree, "privacy.md", "\n---\n", f"\n---\n[ก]({target}) [ข](/leaflets/registration-50.pdf) [ค](/q/50)\n\n")

    assert [line.partition(": ")[2] for line in lines(tree)] == [f"ลิงก์ {target} ไม่มีหน้านี้"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("fold: three", "fold: rolled", "fold ต้องเป็น flat หรือ three"),
        ("fold: three", "fold: three\n    for: nobody", "for ต้องเป็น public หรือ trainers หรือ officers"),
        ("twin: /register/", "twin: /nowhere/", "twin: ไม่มีหน้า /nowhere/"),
        ("version: ", "version: about ", "version ต้องเป็นเลขตั้งแต่ 1"),
    ],
)
def test_a_print_that_says_what_nobody_knows_is_told_by_its_name(tree, old, new, message):
    spoil(tree, "data/prints.yml", f"    {old}", f"    {new}")

    assert [
        line for line in lines(tree) if line.startswith("content/data/prints.yml #registration") and message in line
    ]


@pytest.mark.parametrize("papers", ["A2", "[A3]", "[A4]", "[B2]"])
def test_a_print_is_enlarged_to_a_list_of_larger_papers_only(tree, papers):
    spoil(tree, "data/prints.yml", "    enlarged: [A2]", f"    enlarged: {papers}")

    assert lines(tree)[0].startswith("content/data/prints.yml #measures_poster: enlarged ต้องเป็นรายการกระดาษ")


def test_every_mistake_is_told_at_once_with_its_file_and_place(tree):
    page = tree / "measures/k5-fund.md"
    text = page.read_text("utf-8")
    head, _, body = text[4:].partition("\n---\n")
    head = "\n".join(line for line in head.splitlines() if not line.startswith("title:"))
    page.write_text(f"---\n{head}\n---\n{body}\nอ้าง [[no.such.fact]] และ [ลิงก์](/nowhere/) กับเลข 75,249 คน\n", "utf-8")

    found = [line for line in lines(tree) if line.startswith("content/measures/k5-fund.md")]

    assert any("ขาด title" in line for line in found)
    assert any("ไม่รู้จัก [[no.such.fact]]" in line for line in found)
    assert any("ลิงก์ /nowhere/ ไม่มีหน้านี้" in line for line in found)
    assert any("พิมพ์เลข 75,249 เอง ให้เขียน [[target.kru-kho.total]]" in line for line in found)
    last = len(page.read_text("utf-8").splitlines())
    assert sum(line.startswith(f"content/measures/k5-fund.md:{last}:") for line in found) == 3


def test_a_count_typed_by_hand_with_its_noun_is_a_problem(tree):
    path = tree / "glossary.md"
    path.write_text(path.read_text("utf-8") + "\nขึ้นทะเบียนมี 9 ขั้น\n", "utf-8")

    assert any("พิมพ์ “9 ขั้น” เอง ให้เขียน [[register.steps.count]] หรือ [[model9.count]] ขั้น" in line for line in lines(tree))


def test_a_figure_that_no_fact_holds_is_a_problem(tree):
    path = tree / "glossary.md"
    path.write_text(path.read_text("utf-8") + "\nมีคนสมัครแล้ว ๓๓๓ คน\n", "utf-8")

    assert any("พิมพ์เลข ๓๓๓ เอง ไม่มีในข้อมูลที่ตรวจแล้ว" in line for line in lines(tree))


def test_a_fact_on_which_the_document_contradicts_itself_cannot_be_published(tree):
    path = tree / "glossary.md"
    path.write_text(path.read_text("utf-8") + "\nหนังสือเลขที่ [[doc.mol.number]]\n", "utf-8")

    assert any("เอกสารขัดกันเอง ห้ามเผยแพร่" in line for line in lines(tree))


def test_front_matter_that_is_no_yaml_names_its_line(tree):
    spoil(tree, "glossary.md", "title:", "title: เรื่อง: สิทธิ\nx:")

    assert any(line.startswith("content/glossary.md:2: อ่าน YAML ไม่ได้") for line in lines(tree))


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("glossary.md", "title:", "title: ก\ntitle:", "content/glossary.md:3: title: มีสองครั้ง"),
        ("data/phrases.yml", "\nno_data:", "\nno_data: ก\nno_data:", ": no_data: มีสองครั้ง"),
        ("data/terms.yml", "nowrap:", "nowrap: [ก]\nnowrap:", ": nowrap: มีสองครั้ง"),
        ("who.md", "{name: เกษตรกร,", "{name: เกษตรกร, name: ชาวนา,", "content/who.md:10: name: มีสองครั้ง"),
    ],
)
def test_a_key_written_twice_is_told_with_its_line(tree, name, old, new, told):
    spoil(tree, name, old, new)

    (line,) = lines(tree)
    assert told in line
    assert line.startswith(f"content/{name}:")


@pytest.mark.parametrize(
    ("name", "old"),
    [("who.md", "{name: เกษตรกร,"), ("leaflets/registration.yml", "{icon: person-farmer, name: ทำเกษตร,")],
)
def test_the_name_of_an_example_is_words_for_readers(tree, name, old):
    spoil(tree, name, old, old.removesuffix(",").rpartition(" ")[0] + ' "คนงาน 75,249 [[no.such]]",')

    told = " ".join(lines(tree))
    assert "พิมพ์เลข 75,249 เอง" in told
    assert "ไม่รู้จัก [[no.such]]" in told


def test_a_figure_in_the_words_of_an_empty_setting_is_a_problem(tree):
    spoil(tree, "data/settings.yml", "empty: เวลาที่หน่วยงานกำหนด", "empty: 365 วัน")

    (line,) = lines(tree)
    assert line.startswith("content/data/settings.yml #retention.empty: พิมพ์เลข 365 เอง")


def test_a_word_where_the_terms_want_a_list_is_a_problem(tree):
    (tree / "data/terms.yml").write_text("words: แรงงานอิสระ\nnowrap: [กองทุน]\nnowrap_units: [ขั้น]\n", "utf-8")

    assert lines(tree) == ["content/data/terms.yml #words: ต้องเป็นรายการ บรรทัดละคำ ขึ้นต้นด้วย -"]


def test_a_page_without_front_matter_is_a_problem(tree):
    (tree / "loose.md").write_text("สวัสดี\n", "utf-8")

    assert any(line.startswith("content/loose.md:1: ต้องขึ้นต้นด้วยส่วนหัว") for line in lines(tree))


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("register/9-pin.md", "\nen:\n", "\nne:\n", "content/register/9-pin.md:2: ขาด en: คำภาษาอังกฤษ"),
        ("benefits/5-fund.md", "\n  summary:", "\n  sumary:", "content/benefits/5-fund.md:2: ขาด en.summary"),
        ("measures/k5-fund.md", "\n  card:", "\n  crad:", "content/measures/k5-fund.md:2: ขาด en.card"),
    ],
)
def test_a_record_without_its_english_words_is_a_problem(tree, name, old, new, told):
    spoil(tree, name, old, new)

    assert [line for line in lines(tree) if line.startswith(told)]


def test_a_figure_typed_by_hand_in_english_is_a_problem(tree):
    spoil(tree, "measures/k5-fund.md", "The document gives no amounts", "It has 500 baht")

    assert any("en.summary" in line and "500" in line for line in lines(tree))


def test_a_missing_step_is_a_problem(tree):
    next((tree / "register").glob("4-*.md")).unlink()

    assert any(line.startswith("content/register/: ต้องมีลำดับ 1 ถึง 9 ครบ") for line in lines(tree))


def office(tree, row):
    path = tree / "data/offices.csv"
    kept = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("55,")]
    path.write_text("\n".join([*kept, row]) + "\n", "utf-8")


def test_what_an_officer_fills_in_stands_on_the_province_with_a_readable_phone(tree):
    office(tree, "55,สำนักงานแรงงานจังหวัดน่าน,ศาลากลาง,๐๕๔๑๒๓๔๕๖ ต่อ ๑๒,,,,2026-11-01,ผู้ตรวจ")

    assert load_content(tree).province("55").office.phone == "0 5412 3456 ต่อ 12"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("55,สำนักงานแรงงานจังหวัดน่าน,,1234,,,,2026-11-01,", "เบอร์โทร 1234 ไม่ถูก"),
        ("55,สำนักงานแรงงานจังหวัดน่าน,,,nan,,,2026-11-01,", "อีเมล nan ไม่ถูก"),
        ("55,สำนักงานแรงงานจังหวัดน่าน,ศาลากลาง,,,,,,", "ใส่วันที่ตรวจ"),
        ("55,,,,,,,,", "ขาดชื่อสำนักงาน"),
        ("59,สำนักงาน,,,,,,,", "ไม่มีจังหวัดรหัส 59"),
    ],
)
def test_a_wrong_contact_is_told_in_thai_with_its_line(tree, row, message):
    office(tree, row)

    assert any(line.startswith("content/data/offices.csv:78:") and message in line for line in lines(tree))


def test_an_address_without_https_is_refused(tree):
    spoil(tree, "data/settings.yml", "site_url:\n  value: ''", "site_url:\n  value: 'http://example.org'")

    with pytest.raises(ContentErrors, match="https://"):
        load_content(tree)


@pytest.mark.parametrize("day", ["''", "เมื่อวาน", "30/5/2567"])
@pytest.mark.parametrize("key", ["law_status", "app_name", "app_store_url", "google_play_url"])
def test_what_an_officer_sets_needs_the_day_it_was_checked(tree, key, day):
    path = tree / "data/settings.yml"
    text = path.read_text("utf-8")
    value = "https://play.example.com" if key.endswith("url") else "ก"
    path.write_text(
        re.sub(rf"(?m)^({key}:\n)  value: .*\n  as_of: .*", rf"\1  value: {value}\n  as_of: {day}", text), "utf-8"
    )

    assert lines(tree) == [f"content/data/settings.yml #{key}: ใส่วันที่ตรวจ (as_of) แบบ 2026-12-31 เมื่อมีค่า"]


def test_a_file_in_another_encoding_is_a_problem_and_no_crash(tree):
    (tree / "glossary.md").write_bytes("---\ntitle: คำ\n---\n".encode("cp874"))

    assert any("ไม่ใช่ UTF-8" in line for line in lines(tree))


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("data/facts.yml", "facts:\n", "facts:\n- hello\n", "content/data/facts.yml #1: ต้องเป็นรายการของ ชื่อ: ค่า"),
        (
            "data/facts.yml",
            "value: '2024-05-30'",
            "value: 30/5/2567",
            "content/data/facts.yml #doc.moi.date: ค่า 30/5/2567",
        ),
        ("data/faq.yml", "answered:\n", "answered:\n- hello\n", "content/data/faq.yml #answered[1]: ต้องเป็น"),
        ("data/phrases.yml", "silent:", "silnt:", "content/data/phrases.yml: ขาดประโยค silent"),
        (
            "data/phrases.yml",
            "silent:",
            "loop: '[[phrase.loop]]'\nsilent:",
            "content/data/phrases.yml #loop: [[phrase.loop]]",
        ),
        ("data/timeline.yml", "events:", "evnts:", "content/data/timeline.yml: ขาด events"),
        ("data/committee.yml", "posts:", "psts:", "content/data/committee.yml: ขาด posts"),
    ],
)
def test_a_slip_in_the_data_is_told_with_its_place_and_never_a_traceback(tree, name, old, new, told):
    spoil(tree, name, old, new)

    assert any(line.startswith(told) for line in lines(tree)), lines(tree)[:5]


@pytest.mark.parametrize(("words", "period"), [("1 ปี", (1, "ปี")), ("180 วัน", (180, "วัน")), ("หนึ่งปี", None)])
def test_the_time_of_keeping_that_people_read_is_the_one_that_the_machine_obeys(tree, words, period):
    spoil(
        tree,
        "data/settings.yml",
        "retention:\n  value: ''\n  as_of: ''",
        f"retention:\n  value: '{words}'\n  as_of: '2026-11-01'",
    )

    content, problems = read_content(tree)

    if period is None:
        assert any("เครื่องอ่านไม่ได้" in str(problem) for problem in problems)
    else:
        keeping = content.forms["help_request"].keeping
        assert (keeping.period.count, keeping.period.unit, keeping.start) == (*period, "end")
