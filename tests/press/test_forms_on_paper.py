"""The forms on paper: the same questions as on the web, in the same order, with the same numbers."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import pypdfium2
import pytest
import tinyhtml5
from starlette.testclient import TestClient

from forms_api.app import create_app
from forms_api.references import new_reference
from forms_api.settings import Settings
from forms_api.store import open_store
from site_builder.content import CONTENT, load_content
from site_builder.forms import REFERENCE_GROUPS, TYPES
from site_builder.press import gates
from site_builder.press.products import forms
from site_builder.press.render import PressErrors
from site_builder.press.run import press_leaflets
from site_builder.templates import TEMPLATES
from tests.forms.conftest import HOSTS, SECRET
from tests.forms.pages import main_form
from tests.store_samples import VAULT

XHTML = "{http://www.w3.org/1999/xhtml}"
ON_PAPER = {"asked", "hint", "pagetitle", "lines", "pick"}  # classes of what a web form says about its questions
NOT_ON_PAPER = {"select", "details"}
ANSWERS = {
    "trainer_signup": {"district": "{}01", "subdistrict": "{}0101", "village": "หมู่ 4", "role": "other"}
    | {"session": "none", "full_name": "สมหญิง", "phone": "0812345678", "contact": "call", "notice_read": "yes"},
    "help_request": {"topic": "photo", "phone": "0812345678", "call_time": "any", "filled_by": "self"}
    | {"notice_read": "yes"},
}
WHY = "purpose: inherit\n        legal_basis: inherit\n        retention: inherit\n"
pressed = partial(press_leaflets, say=lambda line: None, products=forms.PRODUCTS)


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    """Both forms of the country, of the longest name and of Bangkok; printing them runs every gate on each."""
    folder = tmp_path_factory.mktemp("forms")
    return {path.stem: path for path in (*pressed(content, folder, []), *pressed(content, folder, ["14", "10"]))}


@pytest.fixture
def tree(tmp_path):
    return shutil.copytree(CONTENT, tmp_path / "content")


def edit(tree, name, old, new):
    text = (tree / name).read_text("utf-8")
    assert old in text
    (tree / name).write_text(text.replace(old, new, 1), "utf-8")


def read(path):
    return gates.folded("".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)))


def said(element, inside=False) -> Iterator[str]:
    """Yield what a page says about its questions, in order: a question with its number is one string."""
    classes = set((element.get("class") or "").split())
    if element.tag.removeprefix(XHTML) in NOT_ON_PAPER or (element.get("id") or "").endswith("-long"):
        return
    if classes & ON_PAPER:
        yield "".join(element.itertext())
        return
    for child in element:
        yield from said(child)


def asked_on_the_web(content, form, province, folder):
    """Walk through the real pages as a browser does, and return what they say about each question."""
    store = open_store(f"sqlite:///{folder}/{form.id}{province}.db", content.forms.values(), VAULT)
    answers = {name: text.format(province) for name, text in ANSWERS[form.id].items()} | {"province": province}
    words = []
    with TestClient(create_app(Settings(secret=SECRET, hosts=HOSTS), content, store)) as client:
        page = client.get(f"/forms/{form.id}")
        for each in form.pages:
            assert page.status_code == 200
            words += said(tinyhtml5.parse(page.text))
            sent = {field.name: answers[field.name] for field in each.fields if field.name in answers}
            page = client.post(main_form(page.text).action, data=main_form(page.text).fields | sent)
    store.close()
    assert "ดูอีกครั้งก่อนส่ง" in page.text
    return [gates.folded(each) for each in words]


def lacking(words, text):
    """Return the first of `words` that does not stand in `text` behind those before it, or None."""
    at = 0
    for each in words:
        if (found := text.find(each, at)) < 0:
            return each
        at = found + len(each)
    return None


def test_there_is_a_leaf_of_each_form_in_colour_and_in_black(printed):
    names = [f"form_{form_id}" for form_id in forms.FORMS]

    assert set(printed) == {f"{n}{place}{look}" for n in names for place in ("", "-10", "-14") for look in ("", "-bw")}
    assert {len(pypdfium2.PdfDocument(path)) for path in printed.values()} == {2}


@pytest.mark.parametrize("edition", ["", "-bw"])
@pytest.mark.parametrize("province", ["10", "14"])
@pytest.mark.parametrize("form_id", forms.FORMS)
def test_paper_asks_what_the_web_asks_in_its_order_with_its_numbers(
    content, printed, tmp_path, form_id, province, edition
):
    form, text = content.forms[form_id], read(printed[f"form_{form_id}-{province}{edition}"])

    web = asked_on_the_web(content, form, province, tmp_path)

    assert lacking(web, text) is None
    numbered = [each for each in web if re.match("[0-9]", each)]
    assert [re.match("[0-9]+", each)[0] for each in numbered] == [str(form.number(f.name)) for f in form.fields]
    choices = [o for f in form.fields if f.macro in ("radios", "checkboxes", "steps") for o in f.listed]
    assert all(any(gates.folded(option.label) in each for each in web) for option in choices)


@pytest.mark.parametrize("form_id", forms.FORMS)
def test_the_countrys_leaf_asks_for_amphoe_or_khet_and_prints_no_province(content, printed, form_id):
    form, text = content.forms[form_id], read(printed[f"form_{form_id}-bw"])

    for field in form.fields:
        shown = field.short if field.macro == "notice" else field.label
        assert gates.folded(f"{form.number(field.name)}{shown}") in text
    assert gates.folded("จังหวัดอื่น: สำนักงานแรงงานจังหวัด") in text


def test_a_province_is_printed_as_an_answer_and_bangkok_is_not_called_one(printed):
    assert "พระนครศรีอยุธยาถ้าอยู่ที่อื่น" in read(printed["form_help_request-14-bw"])
    assert "กรุงเทพมหานครถ้าอยู่ที่อื่น" in read(printed["form_help_request-10-bw"])
    assert "จังหวัดกรุงเทพ" not in read(printed["form_help_request-10-bw"])


@pytest.mark.parametrize("form_id", forms.FORMS)
def test_a_new_question_stands_on_the_web_and_on_paper_with_the_same_number(tree, tmp_path, form_id):
    new = "      - name: nickname\n        type: text\n        label: ชื่อเล่นของคุณ\n        hint: ชื่อที่เพื่อนบ้านเรียก\n"
    new += "        missing: ใส่ชื่อเล่น\n        required: false\n        " + WHY
    edit(tree, f"forms/{form_id}.yml", "      - name: full_name\n", f"{new}      - name: full_name\n")
    content = load_content(tree)
    form = content.forms[form_id]

    paths = pressed(content, tmp_path / "out", ["14"], editions=["bw"])

    text = read(next(path for path in paths if form_id in path.stem))
    web = asked_on_the_web(content, form, "14", tmp_path)
    assert f"{form.number('nickname')}ชื่อเล่นของคุณไม่ใส่ก็ได้" in web
    assert lacking(web, text) is None


def test_a_long_list_of_answers_becomes_a_line_to_write_on(tree, tmp_path):
    answers = "".join(f"          l{at}: ภาษาที่ {at}\n" for at in range(1, 21))
    new = "      - name: language\n        type: choice\n        label: พูดภาษาอะไร\n        missing: เลือกภาษา\n        "
    new += f"{WHY}        options:\n{answers}"
    edit(tree, "forms/help_request.yml", "      - name: phone\n", f"{new}      - name: phone\n")

    paths = pressed(load_content(tree), tmp_path / "out", [], editions=["bw"])

    text = read(next(path for path in paths if "help_request" in path.stem))
    assert "6พูดภาษาอะไร" in text
    assert "ภาษาที่20" not in text


def test_a_form_that_needs_more_than_one_leaf_is_told_before_anything_is_printed(tree, tmp_path):
    new = "".join(
        f"      - name: more{at}\n        type: long_text\n        label: ข้อเพิ่ม\n        missing: ใส่\n        {WHY}"
        for at in range(12)
    )
    edit(tree, "forms/help_request.yml", "      - name: phone\n", f"{new}      - name: phone\n")

    with pytest.raises(PressErrors, match="ยาวเกินกระดาษหนึ่งแผ่น"):
        pressed(load_content(tree), tmp_path / "out", [])

    assert not list(tmp_path.glob("out/*.pdf"))


def test_a_letter_that_cannot_be_printed_is_told_with_its_question(tree, tmp_path):
    edit(tree, "forms/help_request.yml", "morning: เช้า", "morning: เช้า字")

    with pytest.raises(PressErrors, match=r"content/forms/help_request.yml call_time: “字”"):
        pressed(load_content(tree), tmp_path / "out", [])


def test_a_hint_for_a_question_that_is_not_there_is_a_problem(content):
    words = MappingProxyType({**content.leaflets["form_help_request"], "also": {"shoes": "เบอร์รองเท้า"}})
    spoilt = replace(content, leaflets=MappingProxyType({**content.leaflets, "form_help_request": words}))

    assert [str(problem) for product in forms.PRODUCTS for problem in product.problems(spoilt)] == [
        "content/leaflets/form_help_request.yml: also.shoes: no such question"
    ]


@pytest.mark.parametrize("form_id", forms.FORMS)
def test_what_is_torn_off_takes_no_answer_with_it_on_either_side(printed, form_id):
    """The receipt and what stands behind it are the foot of both sides: nothing else reaches down there."""
    cuts = []
    for page in pypdfium2.PdfDocument(printed[f"form_{form_id}-14-bw"]):
        text = page.get_textpage()
        words = text.get_text_range()
        begin = words.index("ตัดตามรอย")
        boxes = [text.get_charbox(at) for at, letter in enumerate(words) if at < begin and not letter.isspace()]
        cuts.append(round(text.get_charbox(begin)[3]))
        assert min(bottom for _, bottom, _, _ in boxes) > cuts[-1]

    assert cuts[0] == cuts[1]


@pytest.mark.parametrize("form_id", forms.FORMS)
def test_privacy_stands_whole_on_paper_and_what_no_office_has_told_is_said_to_be_missing(content, printed, form_id):
    form, text = content.forms[form_id], read(printed[f"form_{form_id}-14-bw"])

    assert lacking([gates.folded(f"ข้อ{form.number(f.name)}{f.purpose}") for f in form.fields[:2]], text) is None
    assert all(gates.folded(f.purpose) in text and gates.folded(f.legal_basis) in text for f in form.fields)
    assert all(gates.folded(field.retention) in text for field in form.fields)
    assert "ผู้ดูแลข้อมูล:ยังไม่มีข้อมูลที่ตรวจแล้ว" in text
    assert "แบบนี้ไม่ขอเลขบัตรรูปบัตรPINOTPหรือเงิน" in text


def test_what_an_office_has_told_is_printed(tree, tmp_path):
    edit(tree, "data/settings.yml", "controller:\n  value: ''", "controller:\n  value: 'หน่วยงานตัวอย่าง'")
    edit(tree, "data/settings.yml", "retention:\n  value: ''", "retention:\n  value: '1 ปี'")
    name = "สำนักงานแรงงานจังหวัดพระนครศรีอยุธยา"
    told = "ศาลากลางจังหวัดตัวอย่าง ชั้น 2 ถนนตัวอย่าง อำเภอตัวอย่าง,035000000,office@example.go.th,https://example.go.th"
    edit(tree, "data/offices.csv", f"14,{name},,,,,,,", f"14,{name},{told},จันทร์ถึงศุกร์,2026-11-01,ตัวอย่าง")

    for path in pressed(load_content(tree), tmp_path / "out", ["14"], editions=["bw"]):
        text = read(path)
        assert "ผู้ดูแลข้อมูล:หน่วยงานตัวอย่าง" in text
        assert "เก็บไว้:1ปีนับจากวัน" in text
        assert "โทร035000000" in text
        assert gates.folded("ยังไม่มีที่ติดต่อที่ตรวจแล้ว") not in text


def test_every_type_of_question_can_be_asked_on_paper():
    fields = (TEMPLATES / "leaflets/form_fields.html").read_text("utf-8")

    assert {kind.macro for kind in TYPES.values()} <= set(re.findall(r"{% macro (\w+)\(row, at\)", fields))


def test_the_boxes_for_a_reference_are_as_many_as_its_symbols():
    assert sum(REFERENCE_GROUPS) == len(new_reference())


@pytest.mark.parametrize("form_id", forms.FORMS)
def test_the_black_leaf_has_no_grey_that_a_copier_would_lose(printed, form_id):
    for page in pypdfium2.PdfDocument(printed[f"form_{form_id}-14-bw"]):
        counts = page.render(scale=150 / 72, grayscale=True).to_pil().histogram()

        assert sum(counts[32:224]) / sum(counts) < 0.06  # the smoothed edges of letters and lines
