"""Field types, forms and their definitions."""

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from site_builder import thai
from site_builder.forms import TYPES, FieldError, Given, form_docs, read_form
from site_builder.forms.after import Told
from site_builder.forms.rules import RULES, VILLAGE_ROLES
from site_builder.forms.secrets import has_secret_code
from site_builder.problems import Problem

ROOT = Path(__file__).parent.parent
WHY = {"purpose": "ทดสอบ", "legal_basis": "ทดสอบ", "retention": "ทดสอบ"}
AFTER = {"sent": ["ทดสอบ"], "status": ["ทดสอบ"]}
ENDED = {"status": ["ทดสอบ"]}


def definition(*fields, **more):
    page = {"id": "one", "title": "หน้าเดียว", "fields": [{"missing": "ใส่คำตอบ", **WHY, **field} for field in fields]}
    asks_session = any(field.get("type") == "session" for field in fields)
    after = dict.fromkeys(("seated", "waiting", "received") if asks_session else ("received",), AFTER)
    after |= dict.fromkeys(("cancelled",) if asks_session else ("done", "cancelled"), ENDED)
    words = {"id": "trial", "title": "แบบทดสอบ", "short": "ทดสอบ", "lead": "ทดสอบ"}
    words["keeping"] = {"period": "1 ปี", "from": "end"}
    return {**words, "after": after, "pages": [page], **more}


def made(*fields, **more):
    problems: list[Problem] = []
    form = read_form(definition(*fields, **more), "content/forms/trial.yml", problems)
    assert form is not None, problems
    return form


def problems_of(raw):
    problems: list[Problem] = []
    assert read_form(raw, "content/forms/trial.yml", problems) is None
    return [str(problem) for problem in problems]


def read(field, text, **given):
    return made(field).fields[0].read([text], Given(**given))


TEXT = {"name": "village", "type": "text", "label": "หมู่บ้าน"}
NAME = {"name": "full_name", "type": "person_name", "label": "ชื่อ"}
PHONE = {"name": "phone", "type": "thai_phone", "label": "เบอร์"}


@pytest.mark.parametrize(
    "typed",
    [
        "0812345678",
        "081 234 5678",
        "081-234-5678",
        "(081) 234.5678",
        "๐๘๑๒๓๔๕๖๗๘",
        "๐๘๑-๒๓๔-๕๖๗๘",
        "+66812345678",
        "+66 81 234 5678",
        "+66 (0)81 234 5678",
        "66812345678",
        "0066 81 234 5678",
        "812345678",
        "๘๑๒๓๔๕๖๗๘",
        "\u200b081\u200b2345678\ufeff",
        " 081\u00a0234\u00a05678 ",
        "081–234–5678",
    ],
)
def test_every_usual_spelling_of_a_mobile_number_is_kept_as_one(typed):
    assert read(PHONE, typed) == "0812345678"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0 2232 1160", "022321160"),
        ("๐ ๒๒๓๒ ๑๑๖๐", "022321160"),
        ("053-112233", "053112233"),
        ("+66 2 232 1160", "022321160"),
    ],
)
def test_a_landline_is_kept_too(typed, kept):
    assert read(PHONE, typed) == kept


@pytest.mark.parametrize(
    "typed", ["081 234 567", "081 234 56789", "0512345678", "๑๒๓", "abc", "08123456ab", "0", "+1 212 555 0100"]
)
def test_a_number_that_cannot_be_called_is_refused_with_what_to_do(typed):
    with pytest.raises(FieldError, match="เบอร์นี้ใช้ไม่ได้ ใส่เบอร์มือถือ 10 หลัก"):
        read(PHONE, typed)


@pytest.mark.parametrize("typed", ["1506", "๑๕๐๖", "191", "1669"])
def test_a_hotline_is_not_a_persons_number(typed):
    with pytest.raises(FieldError, match="ไม่ใช่เบอร์สายด่วน"):
        read(PHONE, typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("น้\u0e4d\u0e32", "น้ำ"),  # decomposed sara am after the tone
        ("น\u0e4d\u0e49\u0e32", "น้ำ"),  # the tone between its two halves
        ("น\u0e4d\u0e32", "นำ"),
        ("น\u0e33\u0e49", "น้ำ"),  # the tone after sara am
        ("เเม่", "แม่"),
        ("ท\u0e48\u0e35", "ที่"),  # the tone typed before its vowel
        ("  บ้าน \u200b หนอง\u00a0บัว\ufeff ", "บ้าน หนอง บัว"),
        ("บ้าน\u202eหนองบัว", "บ้านหนองบัว"),
        ("บ้าน\tหนองบัว\x00", "บ้าน หนองบัว"),
        ("หมู่ ๔", "หมู่ ๔"),  # digits are folded in numbers only
    ],
)
def test_thai_text_is_kept_in_one_spelling(typed, kept):
    assert read(TEXT, typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["1101700230708", "1-1017-00230-70-8", "เลข 1 1017 00230 70 8 ครับ", "๑๑๐๑๗๐๐๒๓๐๗๐๘", "1 1 0 1 7 0 0 2 3 0 7 0 8",
     "1101700\u200b230708", "1101700\n230708"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["text", "long_text"])
def test_a_citizen_id_in_free_text_is_refused_with_an_explanation(kind, typed):
    with pytest.raises(FieldError, match="เราไม่ขอและไม่เก็บเลขบัตร"):
        read({"name": "note", "type": kind, "label": "โน้ต"}, typed)


def test_thirteen_digits_that_are_no_citizen_id_may_stand():
    assert read(TEXT, "ล็อต 1101700230709") == "ล็อต 1101700230709"


@pytest.mark.parametrize(
    "typed",
    ["PIN ของฉันคือ 123456", "pin:๑๒๓๔๕๖", "OTP 482 913", "รหัสลับ 4829", "123456 คือ PIN", "โอทีพี=482913", "PIN1 2 3 4 5 6",
     "OTP ที่ส่งมา 482913", "OTP ที่ได้รับคือ 4829", "PIN ตั้งเป็น 482913"],
)  # fmt: skip
def test_a_pin_or_otp_in_free_text_is_refused(typed):
    with pytest.raises(FieldError, match="อย่าใส่ PIN หรือ OTP ที่นี่"):
        read(TEXT, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "ลืม PIN",
        "ตั้ง PIN 6 หลักไม่ได้",
        "โทร 1506 เรื่อง PIN แล้ว",
        "รหัสไปรษณีย์ 50000",
        "OTP ไม่มา โทร 0812345678",
        "ลืม PIN 081 234 5678",
        "081-234-5678 ลืม PIN",
    ],
)
def test_the_word_pin_alone_is_fine(typed):
    assert not has_secret_code(typed)


@pytest.mark.parametrize("typed", ["12345", "สมชาย 1", "๕๕", "-", "..."])
def test_a_name_is_written_in_letters(typed):
    with pytest.raises(FieldError, match="ใส่ชื่อเป็นตัวหนังสือ"):
        read(NAME, typed)


def test_one_name_is_enough():
    assert read(NAME, " สมหญิง ") == "สมหญิง"


def test_a_long_answer_is_told_by_how_much_it_is_too_long():
    with pytest.raises(FieldError, match="ยาวเกินไป 3 ตัวอักษร ตัดให้เหลือ 10 ตัวอักษร"):
        read(TEXT | {"max_length": 10}, "ก" * 13)


def test_text_that_was_garbled_on_its_way_is_refused():
    with pytest.raises(FieldError, match="พิมพ์ช่องนี้ใหม่"):
        read(TEXT, "บ้าน\ufffd\ufffdบัว")


def test_text_that_no_file_can_hold_is_refused():
    with pytest.raises(FieldError):
        read(TEXT, "บ้าน\ud800")


def test_empty_after_tidying_counts_as_empty():
    with pytest.raises(FieldError, match="ใส่คำตอบ"):
        read(TEXT, " \u200b\u00a0 ")


def test_lines_of_a_long_answer_stay():
    assert read({"name": "note", "type": "long_text", "label": "โน้ต"}, "หนึ่ง\r\n\r\n\r\n\r\nสอง ") == "หนึ่ง\n\nสอง"


def test_a_district_must_lie_in_the_province():
    form = made(
        {"name": "province", "type": "province", "label": "จังหวัด"},
        {"name": "district", "type": "district", "label": "อำเภอ", "within": "province"},
        {"name": "subdistrict", "type": "subdistrict", "label": "ตำบล", "within": "district"},
    )

    right = form.read({"province": ["50"], "district": ["5001"], "subdistrict": ["500101"]})
    wrong = form.read({"province": ["10"], "district": ["5001"], "subdistrict": ["500101"]})

    assert dict(right.errors) == {}
    assert set(wrong.errors) == {"district", "subdistrict"}
    assert form.field("district").cell("5001") == "เมืองเชียงใหม่"


def test_bangkok_has_khet_and_khwaeng():
    form = made(
        {"name": "province", "type": "province", "label": "จังหวัด"},
        {"name": "district", "type": "district", "label": "อำเภอ", "within": "province"},
        {"name": "subdistrict", "type": "subdistrict", "label": "ตำบล", "within": "district"},
    )
    bangkok, elsewhere = Given({"province": "10", "district": "1001"}), Given({"province": "50", "district": "5001"})

    assert [form.field(name).asked(bangkok) for name in ("district", "subdistrict")] == ["เขต", "แขวง"]
    assert [form.field(name).asked(elsewhere) for name in ("district", "subdistrict")] == ["อำเภอ", "ตำบล"]


SESSION = (
    {"name": "province", "type": "province", "label": "จังหวัด"},
    {"name": "session", "type": "session", "label": "รอบ", "within": "province", "none_label": "ลงชื่อไว้ก่อน"},
)
OPENINGS = [
    SimpleNamespace(id=3, province="50", starts_at=datetime(2026, 12, 15, 9, 0), place="หอประชุม", seats_left=2),
    SimpleNamespace(id=4, province="50", starts_at=datetime(2026, 12, 16, 9, 0), place="หอประชุม", seats_left=0),
    SimpleNamespace(id=5, province="51", starts_at=datetime(2026, 12, 16, 9, 0), place="หอประชุม", seats_left=9),
]


def test_only_sessions_of_the_province_are_offered_with_what_is_left():
    options = made(*SESSION).field("session").options(Given({"province": "50"}, OPENINGS))

    assert [(option.code, option.note.split("\n")[-1]) for option in options] == [
        ("3", "เหลือ 2 ที่"),
        ("4", "เต็มแล้ว รับเข้าคิวสำรอง"),
        ("none", ""),
    ]


@pytest.mark.parametrize(("typed", "kept"), [("3", 3), ("๓", 3), ("4", 4), ("none", None)])
def test_a_session_is_kept_as_its_number(typed, kept):
    assert made(*SESSION).read({"province": ["50"], "session": [typed]}, OPENINGS).values["session"] == kept


@pytest.mark.parametrize("typed", ["5", "99", "x", ""])
def test_a_session_of_another_province_cannot_be_chosen(typed):
    assert "session" in made(*SESSION).read({"province": ["50"], "session": [typed]}, OPENINGS).errors


def test_where_no_session_is_open_none_has_to_be_chosen():
    assert dict(made(*SESSION).read({"province": ["50"]}).errors) == {}


def test_several_choices_are_kept_as_codes_in_the_order_of_the_form(content):
    needs = content.forms["trainer_signup"].field("needs")

    assert needs.read(["reader", "ramp", "ramp"], Given()) == "ramp,reader"
    assert needs.cell("ramp,reader") == "ทางลาด หรือห้องชั้นล่าง, คนช่วยอ่านและช่วยกรอก"
    assert needs.read([], Given()) is None


@pytest.mark.parametrize(("role", "province", "fits"), [
    ("kamnan", "50", True), ("kamnan", "10", False), ("community_leader", "10", True),
    ("community_leader", "50", False), ("other", "10", True), ("other", "50", True),
])  # fmt: skip
def test_the_role_must_exist_in_the_province(role, province, fits):
    assert bool(RULES["role_exists_in_province"]({"role": role, "province": province})) is not fits


def test_the_village_posts_are_those_of_the_minutes_and_of_the_form(content):
    asked = content.forms["trainer_signup"].field("role").listed

    assert set(content.facts["target.kru-kho.eligible"].value.split(",")) == VILLAGE_ROLES
    assert {option.code for option in asked} - {"community_leader", "other"} == VILLAGE_ROLES


def test_a_landline_cannot_be_sent_a_text_message():
    rule = RULES["text_message_needs_a_mobile"]

    assert rule({"contact": "sms", "phone": "022321160"})
    assert not rule({"contact": "call", "phone": "022321160"})
    assert not rule({"contact": "sms", "phone": "0812345678"})


@pytest.mark.parametrize("key", ["purpose", "legal_basis", "retention"])
def test_a_field_without_purpose_basis_or_retention_stops_the_load(key):
    raw = definition(TEXT)
    del raw["pages"][0]["fields"][0][key]

    assert problems_of(raw) == [f"content/forms/trial.yml: village ขาด {key}"]


@pytest.mark.parametrize("key", ["purpose", "legal_basis", "retention"])
def test_inheriting_needs_something_to_inherit(key):
    assert problems_of(definition(TEXT | {key: "inherit"})) == [f"content/forms/trial.yml: village: defaults ขาด {key}"]
    assert getattr(made(TEXT | {key: "inherit"}, defaults={key: "ของทั้งแบบ"}).fields[0], key) == "ของทั้งแบบ"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"type": "slider"}, "ไม่รู้จักชนิด slider"),
        ({"labl": "x"}, "ไม่รู้จัก labl"),
        ({"label": ""}, "ขาด label"),
        ({"name": "Village"}, "a-z"),
        ({"name": "citizen_id"}, "เราไม่ถามเรื่องนี้"),
        ({"name": "union_member"}, "เราไม่ถามเรื่องนี้"),
        ({"name": "religion"}, "เราไม่ถามเรื่องนี้"),
        ({"name": "card_photo"}, "เราไม่ถามเรื่องนี้"),
        ({"name": "go"}, "ตั้งชื่ออื่น"),
        ({"type": "choice"}, "ขาด options"),
        ({"type": "choice", "options": {"a": None, "b": "ข"}}, "a: ขาด label"),
        ({"type": "choice", "options": {"a": {"label": "ก", "nte": "x"}, "b": "ข"}}, "a: ไม่รู้จัก nte"),
        ({"type": "district", "within": "nowhere"}, "ต้องเป็นช่องที่ถามก่อนหน้า"),
        ({"type": "district"}, "ขาด within"),
        ({"max_length": "ยาว"}, "max_length ต้องเป็น int"),
    ],
)
def test_an_editors_slip_is_told_with_its_place(fault, told):
    found = problems_of(definition(TEXT | fault))

    assert any(line.startswith("content/forms/trial.yml: ") and told in line for line in found), found


def test_a_form_is_named_after_its_file_and_a_page_id_is_used_once():
    raw = definition(TEXT)
    raw |= {"id": "other", "pages": raw["pages"] * 2}

    told = " ".join(problems_of(raw))

    assert "id: other ต้องตรงกับชื่อไฟล์ trial" in told
    assert "มีหน้า id one แล้ว" in told


def test_all_slips_are_told_at_once():
    found = problems_of(definition({"name": "a", "type": "slider"}, TEXT | {"label": ""}, TEXT, rules=["no_such_rule"]))

    assert len(found) >= 4


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        (None, "after: ขาด received"),
        ({}, "after: ขาด received"),
        ({"received": {"sent": ["ได้แล้ว"]}}, "after: received: ขาด status"),
        ({"received": {"sent": [], "status": ["ได้แล้ว"]}}, "after: received: ขาด sent"),
        ({"received": {"sent": [" "], "status": ["ได้แล้ว"]}}, "after: received: ขาด sent"),
        ({"received": AFTER, "seated": AFTER}, "after: ไม่รู้จัก seated ที่มีคือ received, cancelled, done"),
        ({"received": AFTER | {"done": ["ได้แล้ว"]}}, "after: received: ไม่รู้จัก done"),
        ({"received": AFTER, "done": AFTER}, "after: done: ไม่รู้จัก sent"),
        ({"received": AFTER, "done": ENDED}, "after: ขาด cancelled"),
        (
            {"received": AFTER | {"sent": ["รอ {call_time}"]}},
            "after: received: sent ใช้ {call_time} ไม่ได้ ที่ใช้ได้คือ {office}",
        ),
        ({"received": AFTER | {"sent": ["{office} ได้ {แล้ว"]}}, "after: received: sent ใช้ { ไม่ได้"),
        ({"received": AFTER | {"status": ["{office} ได้แล้ว"]}}, "after: received: status ใช้ {office} ไม่ได้"),
    ],
)
def test_a_slip_in_the_words_after_sending_is_told(after, problem):
    assert problem in " ".join(problems_of(definition(TEXT, after=after)))


def test_a_form_with_sessions_says_what_follows_a_seat_and_a_place_in_the_queue():
    session = {"name": "session", "type": "session", "label": "รอบ", "within": "province", "none_label": "ยังไม่เลือก"}
    province = {"name": "province", "type": "province", "label": "จังหวัด"}
    after = {"cancelled": ENDED, "received": AFTER, "seated": AFTER | {"sent": ["**ได้ที่** รอบ{date}", "ไปที่ {place}"]}}

    told = problems_of(definition(province, session, after=after))
    form = made(province, session, after=after | {"waiting": AFTER})

    assert told == ["content/forms/trial.yml: after: ขาด waiting"]
    assert form.after["seated"].sent == (Told("ได้ที่", "รอบ{date}"), Told("", "ไปที่ {place}"))
    assert not form.after["seated"].sent[1].filled({"place": ""})


def test_the_version_changes_with_the_definition_and_only_then():
    first, same, other = made(TEXT), made(dict(reversed(TEXT.items()))), made(TEXT | {"label": "ชุมชน"})

    assert first.version == same.version
    assert first.version != other.version


def test_no_public_form_asks_what_we_promise_never_to_ask(content):
    asked = " ".join(field.label + field.name for form in content.forms.values() for field in form.fields)

    for word in ("เลขบัตร", "รูปบัตร", "ศาสนา", "สหภาพ", "citizen", "religion", "union"):
        assert word not in asked


def test_every_field_of_the_public_forms_says_why_on_what_basis_and_how_long(content):
    for form in content.forms.values():
        for field in form.fields:
            assert all((field.purpose, field.legal_basis, field.retention)), field.name
            assert "inherit" not in (field.purpose, field.legal_basis, field.retention)


def test_every_field_type_is_used_by_a_public_form(content):
    assert {field.kind for form in content.forms.values() for field in form.fields} == set(TYPES)


def test_the_schema_of_each_form_is_a_json_schema(content):
    for form in content.forms.values():
        jsonschema.Draft202012Validator.check_schema(form.schema())


def test_the_data_dictionary_matches_the_forms(content):
    assert (ROOT / "docs/forms.md").read_text("utf-8") == form_docs(content.forms), "run: site-builder docs"


def test_every_field_has_a_row_in_the_data_dictionary(content):
    written = form_docs(content.forms)

    for form in content.forms.values():
        for field in form.fields:
            assert f"| `{field.name}` |" in written


def test_the_steps_of_the_help_form_are_those_of_the_app(content):
    codes = [option.code for option in content.forms["help_request"].field("step").listed]

    assert codes == ["before", *(str(step.number) for step in content.steps), "unsure"]


def test_phones_are_shown_spaced():
    assert made(PHONE).fields[0].cell("0812345678") == thai.show_phone("0812345678") == "081 234 5678"


def test_each_definition_is_one_file_named_after_the_form(content):
    files = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "content/forms").glob("*.yml")}

    assert {name: raw["id"] for name, raw in files.items()} == {name: name for name in content.forms}


ANYTHING = st.text(
    st.characters() | st.sampled_from("๐๑๒๓0123456789 -+\u0e4d\u0e32\u0e33\u0e49\u200b\u202eเแก"), max_size=60
)


@settings(max_examples=300, deadline=None)
@given(typed=st.lists(ANYTHING, max_size=3))
@pytest.mark.parametrize("form_id", ["trainer_signup", "help_request"])
def test_whatever_is_typed_is_kept_in_one_spelling_or_refused_in_words(content, form_id, typed):
    form = content.forms[form_id]

    first = form.read({field.name: typed for field in form.fields})

    assert set(first.values) == {field.name for field in form.fields}
    for field in form.fields:
        value = first.values[field.name]
        assert value is None or isinstance(value, field.column)
        assert value is None or field.name not in first.errors or form.rules
        if isinstance(value, str) and field.kind in ("text", "long_text", "person_name", "thai_phone"):
            assert field.read([value], Given()) == value
            value.encode("utf-8")


@pytest.mark.parametrize("field", [TEXT, NAME, PHONE, TEXT | {"type": "long_text"}])
def test_text_that_is_far_too_long_is_refused_before_it_is_made_canonical(field):
    class Untouched(str):
        """Text that must not be looked into."""

        def isascii(self):
            raise AssertionError("looked into")

    with pytest.raises(FieldError):
        made(field).fields[0].read([Untouched("ุ่" * 30_000)], Given())


@pytest.mark.parametrize("typed", [["ุ่" * 30_000], ["ramp"] * 20_000], ids=["long", "many"])
def test_choices_that_are_far_too_long_or_too_many_are_refused(content, typed):
    with pytest.raises(FieldError, match="เลือกจากรายการ"):
        content.forms["trainer_signup"].field("needs").read(typed, Given())
