"""The forms as people meet them, without a script."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from forms_api.app import create_app
from forms_api.errors import Busy
from forms_api.references import read_reference
from forms_api.settings import Settings
from forms_api.store import open_store
from site_builder.templates import TEMPLATES
from tests.forms.conftest import HOSTS, SECRET, Phone
from tests.forms.pages import main_form, read_page
from tests.store_samples import VAULT

KEY = "a-key-of-sixteen-or-more"


def rows(store, content, form_id="trainer_signup"):
    return list(store.rows(content.forms[form_id]))


def send(client, answers, key=KEY, form_id="trainer_signup"):
    return client.post(f"/forms/{form_id}/check", data=answers | {"key": key, "go": "send"})


def receipt(client, response):
    assert response.status_code == 303, response.text
    page = client.get(response.headers["location"])
    assert page.status_code == 200
    spans = page.text.split('<b class="ref">')[1].split("</b>")[0].replace("<span>", "").replace("</span>", "")
    return page, spans


def walk(client, form, answers):
    """Answer page after page as a browser without scripts would; return the check page."""
    page = client.get(f"/forms/{form.id}")
    for number, asked in enumerate(form.pages, 1):
        assert page.status_code == 200
        assert f"หน้า {number} จาก {len(form.pages)}" in page.text
        sent = main_form(page.text).fields | {f.name: answers[f.name] for f in asked.fields if answers.get(f.name)}
        page = client.post(main_form(page.text).action, data=sent)
    return page


@pytest.mark.parametrize("form_id", ["trainer_signup", "help_request"])
def test_every_question_has_its_number_where_it_is_asked_and_checked(client, content, signup, plea, form_id):
    form, answers = content.forms[form_id], {"trainer_signup": signup, "help_request": plea}[form_id]
    shown = re.compile('<span class="no">([0-9]+)</span> ([^<]+)<')
    asked, page = [], client.get(f"/forms/{form.id}")
    for each in form.pages:
        asked += shown.findall(page.text)
        sent = main_form(page.text).fields | {f.name: answers[f.name] for f in each.fields if answers.get(f.name)}
        page = client.post(main_form(page.text).action, data=sent)

    numbers = [str(form.number(field.name)) for field in form.fields]
    assert [number for number, _ in asked] == numbers == [str(n) for n in range(1, len(numbers) + 1)]
    assert [number for number, _ in shown.findall(page.text)] == numbers


@pytest.mark.parametrize("form_id", ["trainer_signup", "help_request"])
def test_a_person_without_scripts_goes_through_every_page_to_a_reference(client, store, content, signup, plea, form_id):
    form, answers = content.forms[form_id], {"trainer_signup": signup, "help_request": plea}[form_id]

    check = walk(client, form, answers)
    sent = client.post(main_form(check.text).action, data=main_form(check.text).fields | {"go": "send"})
    page, reference = receipt(client, sent)

    assert "ดูอีกครั้งก่อนส่ง" in check.text
    assert read_reference(reference) == reference
    assert "สำนักงานได้รับแล้ว" in page.text
    assert [row["reference"] for row in rows(store, content, form_id)] == [reference]


def test_what_is_kept_is_canonical_and_coded(client, store, content, signup):
    send(client, signup | {"village": " หมู่  ๔ บ้านน\u0e49\u0e4d\u0e32 "})

    (row,) = rows(store, content)
    assert row["phone"] == "0812345678"
    assert row["village"] == "หมู่ ๔ บ้านน้ำ"
    assert (row["province"], row["role"], row["needs"]) == ("50", "village_head", "ramp")
    assert row["notice_read"] == 1
    assert row["form_version"] == content.forms["trainer_signup"].version
    assert row["channel"] == "web"


def test_all_answers_at_once_go_straight_to_check(client, signup):
    page = client.post("/forms/trainer_signup", data=signup)

    assert page.status_code == 200
    assert "ดูอีกครั้งก่อนส่ง" in page.text
    assert "081 234 5678" in page.text
    assert "ผู้ใหญ่บ้าน" in page.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"phone": "๑๒๓"}, "เบอร์นี้ใช้ไม่ได้"),
        ({"phone": "1506"}, "ไม่ใช่เบอร์สายด่วน"),
        ({"province": "99"}, "เลือกจังหวัด"),
        ({"full_name": " "}, "ใส่ชื่อของคุณ"),
        ({"full_name": "1234"}, "ใส่ชื่อเป็นตัวหนังสือ"),
        ({"role": "king"}, "เลือกจากรายการ"),
        ({"role": "community_leader"}, "ข้อนี้สำหรับกรุงเทพฯ"),
        ({"village": "1-1017-00230-70-8"}, "เราไม่ขอและไม่เก็บเลขบัตร"),
        ({"note": "PIN 123456"}, "อย่าใส่ PIN หรือ OTP"),
        ({"note": "ก" * 301}, "ยาวเกินไป 1 ตัวอักษร"),
        ({"notice_read": ""}, "อ่านเรื่องข้อมูลส่วนตัว"),
        ({"session": "99"}, "รอบนี้ปิดแล้ว เลือกรอบอื่น"),
        ({"contact": "sms", "phone": "0 2232 1160"}, "เบอร์บ้านรับ SMS ไม่ได้"),
    ],
)
@pytest.mark.parametrize("address", ["/forms/trainer_signup", "/forms/trainer_signup/check"])
def test_a_wrong_answer_comes_back_with_what_to_do_and_nothing_is_kept(
    client, store, content, signup, change, message, address
):
    page = client.post(address, data=signup | change | {"key": KEY, "go": "send"})

    assert page.status_code == 422
    assert read_page(page.text).title.startswith("ข้อผิดพลาด: ลงชื่อเข้าอบรม")
    assert message in page.text
    assert 'href="#' in page.text.split('class="wrong"')[1]
    assert rows(store, content) == []
    assert "phone" not in change or f'value="{change["phone"]}"' in page.text


def test_the_error_summary_links_to_the_field_and_takes_the_focus(client, signup):
    page = client.post(
        "/forms/trainer_signup", data={"page": "contact", "full_name": "ส", "phone": "12", "contact": "call"}
    )

    assert '<div class="wrong" role="alert" tabindex="-1" autofocus>' in page.text
    assert '<a href="#phone">' in page.text
    assert 'id="phone"' in page.text
    assert 'aria-describedby="phone-hint phone-err" aria-invalid="true"' in page.text
    assert 'value="12"' in page.text
    assert "มี 1 จุดต้องแก้" in page.text


def test_one_page_is_answered_without_being_scolded_for_the_others(client):
    page = client.post("/forms/trainer_signup", data={"page": "province", "province": "50", "key": KEY})

    assert page.status_code == 200
    assert "เมืองเชียงใหม่" in page.text
    assert main_form(page.text).fields["province"] == "50"
    assert main_form(page.text).fields["key"] == KEY


def test_going_back_keeps_what_was_answered(client):
    at_role = {"page": "role", "province": "50", "district": "5001", "subdistrict": "500101", "village": "บ้านหนองบัว"}

    page = client.post("/forms/trainer_signup", data=at_role | {"key": KEY, "go": "back"})

    assert page.status_code == 200
    form = main_form(page.text)
    assert form.fields["page"] == "village"
    assert (form.fields["subdistrict"], form.fields["village"]) == ("500101", "บ้านหนองบัว")


def test_changing_one_answer_returns_to_check(client, signup):
    check = client.post("/forms/trainer_signup", data=signup)
    asked = client.post("/forms/trainer_signup/check", data=main_form(check.text).fields | {"go": "edit-contact"})
    changed = main_form(asked.text).fields | {"phone": "0898765432"}
    again = client.post(main_form(asked.text).action, data=changed)

    assert "ย้อนกลับ" in asked.text
    assert "ดูอีกครั้งก่อนส่ง" in again.text
    assert "089 876 5432" in again.text
    assert main_form(again.text).fields["key"] == main_form(check.text).fields["key"]


def test_another_province_asks_for_its_district_before_check(client, signup):
    check = client.post("/forms/trainer_signup", data=signup)
    asked = client.post("/forms/trainer_signup/check", data=main_form(check.text).fields | {"go": "edit-province"})
    following = client.post(main_form(asked.text).action, data=main_form(asked.text).fields | {"province": "51"})

    assert following.status_code == 200
    assert "เมืองลำพูน" in following.text
    assert main_form(following.text).fields["then"] == "check"


def test_who_had_no_session_to_choose_is_asked_again_in_a_province_that_has_some(client, add_session, signup):
    add_session(province="51")
    check = client.post("/forms/trainer_signup", data=signup)
    page = client.post("/forms/trainer_signup/check", data=main_form(check.text).fields | {"go": "edit-province"})
    for change in ({"province": "51"}, {"district": "5101"}, {"subdistrict": "510101"}):
        page = client.post("/forms/trainer_signup", data=main_form(page.text).fields | change)

    assert "เลือกรอบอบรม" in page.text
    assert page.status_code == 200
    done = client.post("/forms/trainer_signup", data=main_form(page.text).fields | {"session": "none"})
    assert "ดูอีกครั้งก่อนส่ง" in done.text


def test_the_address_may_fill_in_step_and_province(client):
    first = client.get("/forms/help_request?step=4&province=50")
    second = client.post("/forms/help_request", data=main_form(first.text).fields | {"topic": "install"})

    assert main_form(first.text).fields["province"] == "50"
    assert main_form(second.text).fields["step"] == "4"
    assert main_form(client.get("/forms/trainer_signup?province=50").text).fields["province"] == "50"


@pytest.mark.parametrize(
    "query", ["step=99", "province=no-such-place", "phone=0812345678", "province=%3Cscript%3E", "full_name=Somying"]
)
def test_the_address_fills_in_nothing_else(client, query):
    page = client.get(f"/forms/help_request?{query}")

    assert page.status_code == 200
    assert query.partition("=")[2] not in page.text


def test_the_code_on_a_notice_opens_the_form_with_its_own_session_chosen(client, add_session, signup):
    add_session(place="อีกห้องหนึ่ง")
    number = add_session()

    first = client.get(f"/forms/trainer_signup?province=50&session={number}")
    asked = client.post(
        "/forms/trainer_signup", data=main_form(first.text).fields | signup | {"page": "role", "session": str(number)}
    )

    assert main_form(first.text).fields["session"] == str(number)
    assert main_form(asked.text).fields["session"] == str(number)


@pytest.mark.parametrize(
    "query", ["province=50&session=99", "province=57&session={}", "session={}", "province=50&session=x"]
)
def test_a_session_that_is_not_open_in_that_province_is_not_chosen(client, add_session, query):
    page = client.get(f"/forms/trainer_signup?{query.format(add_session())}")

    assert page.status_code == 200
    assert "session" not in main_form(page.text).fields


def test_a_notice_of_a_session_that_has_closed_still_opens_the_form(client, store, add_session):
    number = add_session()
    store.close_session(number, "officer:test")

    page = client.get(f"/forms/trainer_signup?province=50&session={number}")

    assert main_form(page.text).fields["province"] == "50"
    assert "session" not in main_form(page.text).fields


def test_a_session_is_offered_seated_and_confirmed_with_its_place(client, add_session, signup):
    number = add_session(capacity=2)
    asked = client.post("/forms/trainer_signup", data=signup | {"page": "role"})

    page, _ = receipt(client, send(client, signup | {"session": str(number)}))

    assert "เหลือ 2 ที่" in asked.text
    assert "ได้ที่นั่ง" in page.text
    assert "หอประชุมตัวอย่าง" in page.text


def test_a_session_that_filled_up_in_between_gives_a_place_in_the_queue(client, add_session, signup):
    number = str(add_session(capacity=1))
    check = client.post("/forms/trainer_signup", data=signup | {"session": number})
    send(client, signup | {"session": number, "phone": "0811111111"}, key="another-key-0123456")

    sent = client.post("/forms/trainer_signup/check", data=main_form(check.text).fields | {"go": "send"})
    page, _ = receipt(client, sent)

    assert "คุณอยู่คิวที่ 1" in page.text
    assert "ยังไม่ต้องเดินทาง" in page.text


def test_the_check_page_says_that_a_session_is_full(client, add_session, signup):
    answers = signup | {"session": str(add_session(capacity=1))}
    before = client.post("/forms/trainer_signup", data=answers)
    send(client, answers)

    after = client.post("/forms/trainer_signup", data=answers)

    assert "รอบนี้เต็มแล้ว" not in before.text
    assert "รอบนี้เต็มแล้ว ส่งแล้วได้คิวสำรอง" in after.text


def test_a_session_that_closed_in_between_is_asked_for_again_with_the_answers_kept(
    client, store, content, add_session, signup
):
    number = add_session()
    store.close_session(number)

    page = send(client, signup | {"session": str(number)})

    assert page.status_code == 422
    assert "รอบนี้ปิดแล้ว เลือกรอบอื่น" in page.text
    assert main_form(page.text).fields["full_name"] == signup["full_name"]
    assert rows(store, content) == []


def test_a_resend_after_the_session_closed_still_gives_the_first_reference(client, store, add_session, signup):
    answers = signup | {"session": str(add_session())}
    _, first = receipt(client, send(client, answers))
    store.close_session(int(answers["session"]))

    page, again = receipt(client, send(client, answers))

    assert again == first
    assert "เราได้รับแล้วตั้งแต่ครั้งแรก" in page.text


def test_a_session_of_another_province_cannot_be_slipped_in(client, store, content, add_session, signup):
    page = send(client, signup | {"session": str(add_session(province="51"))})

    assert page.status_code == 422
    assert rows(store, content) == []


def test_twenty_equal_sends_at_once_give_one_row_and_one_reference(client, store, content, add_session, signup):
    answers = signup | {"session": str(add_session())}
    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda _: send(client, answers), range(20)))

    assert {receipt(client, response)[1] for response in responses} == {rows(store, content)[0]["reference"]}
    assert len(rows(store, content)) == 1


def test_200_people_at_once_for_30_seats_seat_30_and_queue_170_in_order(client, store, content, add_session, signup):
    answers = signup | {"session": str(add_session(capacity=30))}
    with ThreadPoolExecutor(16) as pool:
        phones = [f"08{number:08d}" for number in range(200)]
        responses = list(
            pool.map(lambda phone: send(client, answers | {"phone": phone}, key=f"key-for-{phone}"), phones)
        )

    assert {response.status_code for response in responses} == {303}
    kept = rows(store, content)
    assert [row["state"] for row in kept].count("seated") == 30
    assert sorted(row["position"] for row in kept if row["state"] == "waiting") == list(range(1, 171))


def test_the_same_key_with_other_answers_keeps_the_first_and_shows_the_second(client, store, content, signup):
    _, reference = receipt(client, send(client, signup))

    page = send(client, signup | {"full_name": "สมชาย ตัวอย่าง", "phone": "0898765432"})

    assert page.status_code == 409
    assert "แบบนี้ส่งมาแล้วครั้งหนึ่ง" in page.text
    assert reference[:4] in page.text
    assert "สมชาย ตัวอย่าง" in page.text
    assert [row["full_name"] for row in rows(store, content)] == ["สมหญิง ตัวอย่าง"]


def test_answers_of_another_person_can_be_sent_as_a_new_form(client, store, content, signup):
    send(client, signup)
    page = send(client, signup | {"full_name": "สมชาย ตัวอย่าง"})

    check = client.post(main_form(page.text).action, data=main_form(page.text).fields)
    sent = client.post(main_form(check.text).action, data=main_form(check.text).fields | {"go": "send"})

    assert sent.status_code == 303
    assert len(rows(store, content)) == 2


@pytest.mark.parametrize("key", ["", "short", "with space and ไทย", "x" * 65])
def test_a_page_that_lost_its_key_asks_to_send_again(client, store, content, signup, key):
    page = send(client, signup, key=key)

    assert page.status_code == 422
    assert "คำตอบยังอยู่ครบ กด “ส่ง” อีกครั้ง" in page.text
    assert rows(store, content) == []
    again = client.post("/forms/trainer_signup/check", data=main_form(page.text).fields | {"go": "send"})
    assert again.status_code == 303


@dataclass(frozen=True)
class FullStore:
    """The real store, but its queue is full."""

    store: object

    async def submit(self, command):
        await asyncio.sleep(0)
        raise Busy(7)

    def __getattr__(self, name):
        return getattr(self.store, name)


def test_a_busy_service_keeps_the_answers_in_a_page_to_send_again(content, store, client, signup):
    with Phone(
        create_app(Settings(secret=SECRET, hosts=HOSTS), content, FullStore(store)), follow_redirects=False
    ) as busy:
        page = send(busy, signup)

    assert page.status_code == 503
    assert page.headers["retry-after"] == "7"
    assert "รอ 7 วินาที แล้วกด “ส่งอีกครั้ง”" in page.text
    resend = main_form(page.text)
    assert resend.buttons == [("go", "send")]
    assert client.post(resend.action, data=resend.fields | {"go": "send"}).status_code == 303
    assert resend.fields["key"] == KEY


@pytest.fixture
def unread(content, tmp_path, store) -> Iterator[Phone]:
    """The same service over the same file, started anew; the file is out of reach before anything was read."""
    fresh = open_store(f"sqlite:///{tmp_path}/forms.db", content.forms.values(), VAULT)
    file, elsewhere = tmp_path / "forms.db", tmp_path / "elsewhere.db"
    file.rename(elsewhere)
    app = create_app(Settings(secret=SECRET, hosts=HOSTS, least_seconds=0), content, fresh)
    with Phone(app, follow_redirects=False) as opened:
        yield opened
    fresh.close()


def within_reach_again(tmp_path):
    (tmp_path / "elsewhere.db").rename(tmp_path / "forms.db")


@pytest.mark.parametrize(
    ("address", "more", "lands_on"),
    [
        ("/forms/trainer_signup/check", {"go": "send"}, None),
        ("/forms/trainer_signup/check", {}, "ดูอีกครั้งก่อนส่ง"),
        ("/forms/trainer_signup/check", {"go": "edit-contact"}, "หน้า 6 จาก 8"),
        ("/forms/trainer_signup", {"page": "province"}, "หน้า 2 จาก 8"),
        ("/forms/trainer_signup", {"page": "notice"}, "ดูอีกครั้งก่อนส่ง"),
        ("/forms/trainer_signup", {"page": "contact", "go": "back"}, "หน้า 5 จาก 8"),
        ("/forms/trainer_signup", {"page": "contact", "then": "check"}, "ดูอีกครั้งก่อนส่ง"),
    ],
)
def test_where_nothing_can_be_read_the_answers_stay_in_the_page_and_go_on_from_there(
    unread, client, store, content, signup, tmp_path, address, more, lands_on
):
    page = unread.post(address, data=signup | {"key": KEY} | more)
    form = main_form(page.text)
    within_reach_again(tmp_path)
    again = client.post(form.action, data=form.fields | dict(form.buttons))

    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert read_page(page.text).title.startswith("ข้อผิดพลาด:")
    assert {name: form.fields[name] for name in signup if signup[name]} == {n: t for n, t in signup.items() if t}
    assert ("เรายังไม่ได้รับแบบของคุณ" in page.text) == (more.get("go") == "send")
    assert "คำตอบยังอยู่ในหน้านี้" in page.text
    assert again.status_code == (200 if lands_on else 303)
    assert (lands_on or "") in again.text
    assert [row["reference"] for row in rows(store, content)] == ([] if lands_on else [receipt(client, again)[1]])


def test_a_status_that_cannot_be_read_says_so_and_not_that_a_form_is_missing(unread):
    page = unread.post("/status", data={"reference": "2346-7889", "last4": "5678"})

    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert read_page(page.text).title.startswith("ข้อผิดพลาด:")
    assert "ตอนนี้ดูสถานะไม่ได้" in page.text
    assert "ยังไม่ได้รับ" not in page.text
    assert "ไม่พบรหัส" not in page.text
    assert main_form(page.text, "/status").fields["reference"] == "2346-7889"


def test_a_confirmation_shows_the_reference_even_while_its_session_cannot_be_read(
    request, client, add_session, signup, tmp_path
):
    sent = send(client, signup | {"session": str(add_session())})
    reference = receipt(client, sent)[1]
    unread = request.getfixturevalue("unread")

    page, shown = receipt(unread, sent)
    within_reach_again(tmp_path)
    later = client.get(sent.headers["location"]).text

    assert shown == reference
    assert "สำนักงานได้รับแล้ว" in page.text
    assert "ตอนนี้ดูวันและที่อบรมไม่ได้" in page.text
    assert "ยังไม่ได้รับ" not in page.text
    assert "หอประชุมตัวอย่าง" in later
    assert "ดูวันและที่อบรมไม่ได้" not in later


def test_the_receipt_in_the_address_holds_nothing_about_the_person(client, signup):
    location = send(client, signup).headers["location"]

    for answer in ("0812345678", "12345678", "500101", "5001", "สมหญิง", "village_head"):
        assert answer not in location


@pytest.mark.parametrize("query", ["", "?r=", "?r=abc.def", "?r=W10.x"])
def test_a_receipt_that_we_did_not_sign_shows_nothing(client, query):
    response = client.get(f"/forms/trainer_signup/done{query}")

    assert (response.status_code, response.headers["location"]) == (303, "/forms/trainer_signup")


def test_a_receipt_of_one_form_does_not_open_the_other(client, signup):
    location = send(client, signup).headers["location"]

    assert client.get(location.replace("trainer_signup", "help_request")).status_code == 303


def test_a_help_request_tells_who_has_it_and_warns_of_callers(client, plea):
    page, _ = receipt(client, send(client, plea, form_id="help_request"))

    assert "สำนักงานนโยบายแรงงานนอกระบบ" in page.text
    assert "ถ้าใครโทรมาขอเงิน PIN หรือ OTP ให้วางสาย" in page.text


def test_what_follows_is_told_in_the_words_of_the_form_itself(client, plea, signup):
    plea_page, plea_reference = receipt(client, send(client, plea, form_id="help_request"))
    name_page, name_reference = receipt(client, send(client, signup, key="another-key-0123456"))
    states = [
        client.post("/status", data={"reference": one, "last4": "5678"}) for one in (plea_reference, name_reference)
    ]

    assert "<p>สำนักงานนโยบายแรงงานนอกระบบ" in plea_page.text
    assert " ได้เรื่องของคุณแล้ว รอรับสายตอนที่คุณเลือกไว้ เรายังบอกวันไม่ได้</p>" in plea_page.text
    assert "<p><b>รับชื่อแล้ว</b> คุณยังไม่ได้เลือกรอบอบรม</p>" in name_page.text
    assert "<p><b>รับเรื่องแล้ว รอคนโทรกลับ</b></p>" in states[0].text
    assert "<p><b>รับชื่อแล้ว รอรอบอบรม</b> ยังไม่ต้องเดินทาง</p>" in states[1].text


def test_no_template_asks_which_form_it_draws():
    assert [path.name for path in (TEMPLATES / "forms").glob("*.html") if "form.id ==" in path.read_text("utf-8")] == []


def test_a_landline_is_told_that_it_takes_no_messages(client, signup):
    page = client.post("/forms/trainer_signup", data=signup | {"phone": "0 2232 1160"})

    assert "เบอร์บ้านใช้ได้ แต่รับ SMS ไม่ได้ สำนักงานจะโทรหา" in page.text


def test_a_status_is_told_for_reference_and_last_digits(client, add_session, signup):
    answers = signup | {"session": str(add_session(capacity=1))}
    send(client, answers)
    _, waiting = receipt(client, send(client, answers | {"phone": "0899990000"}, key="another-key-0123456"))

    page = client.post("/status", data={"reference": f" {waiting[:4].lower()}-{waiting[4:]} ", "last4": "๐๐๐๐"})

    assert page.status_code == 200
    assert "อยู่คิวที่ 1" in page.text
    assert "089" not in page.text


@pytest.mark.parametrize("typed", ["0812345678", "๐๘๑ ๒๓๔ ๕๖๗๘", "+66 81-234-5678", "56 78"])
def test_who_types_the_whole_number_or_a_space_sees_the_status_too(client, signup, typed):
    _, reference = receipt(client, send(client, signup))

    assert client.post("/status", data={"reference": reference, "last4": typed}).status_code == 200
    assert "maxlength" not in client.get("/status").text  # four signs of a whole number would be its first


def test_any_miss_gets_one_answer(client, signup):
    _, reference = receipt(client, send(client, signup))
    misses = [
        (reference, "0000"),
        ("ACDEFHJ2", "5678"),
        (reference, ""),
        ("", ""),
        ("", "5678"),
        (reference[:-1], "5678"),
    ]

    pages = [client.post("/status", data={"reference": text, "last4": last4}) for text, last4 in misses]

    told = {page.text.replace(f'value="{text}"', "") for page, (text, _) in zip(pages, misses, strict=True)}
    assert {page.status_code for page in pages} == {422}
    assert len(told) == 1
    assert "ไม่พบรหัสกับเบอร์คู่นี้" in told.pop()


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


def test_what_a_person_types_is_never_markup(client, signup):
    pages = [
        client.post("/forms/trainer_signup", data=signup | {"full_name": HOSTILE}),
        client.post("/forms/trainer_signup", data=signup | {"village": HOSTILE, "phone": HOSTILE}),
        client.post("/forms/trainer_signup", data=signup | {"note": HOSTILE}),
        client.post("/status", data={"reference": HOSTILE, "last4": HOSTILE}),
    ]

    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "{{7*7}}" in page.text


def test_the_check_page_has_no_address_of_its_own(client):
    response = client.get("/forms/trainer_signup/check")

    assert (response.status_code, response.headers["location"]) == (303, "/forms/trainer_signup")


def test_a_form_that_does_not_exist_says_where_to_go(client):
    page = client.get("/forms/no_such_form")

    assert page.status_code == 404
    assert "ไม่มีหน้านี้" in page.text


def test_every_page_says_that_the_law_is_a_draft(client, signup):
    pages = [
        client.get("/forms/trainer_signup"),
        client.get("/status"),
        client.post("/forms/trainer_signup", data=signup),
    ]

    for page in pages:
        assert "ร่างกฎหมาย" in page.text
        assert "เราไม่ขอ" in page.text


@pytest.fixture
def away(tmp_path):
    """Take the store's file away; put it back."""

    class Away:
        def go(self):
            (tmp_path / "forms.db").rename(tmp_path / "elsewhere.db")

        def come_back(self):
            (tmp_path / "elsewhere.db").rename(tmp_path / "forms.db")

    return Away()


@pytest.mark.parametrize("session", ["none", "open"])
def test_a_form_that_is_sent_while_nothing_can_be_read_stays_in_the_page_with_its_key(
    client, store, content, add_session, signup, away, session
):
    answers = signup | {"session": "none" if session == "none" else str(add_session()), "note": "พิมพ์ไว้\r\nสองบรรทัด"}
    away.go()
    page = send(client, answers)
    again = main_form(page.text)
    still = client.post(again.action, data=again.fields | dict(again.buttons))
    away.come_back()
    again = main_form(still.text)
    sent = client.post(again.action, data=again.fields | dict(again.buttons))
    resent = client.post(again.action, data=again.fields | dict(again.buttons))

    assert (page.status_code, still.status_code) == (503, 503)
    assert int(page.headers["retry-after"]) > 0
    assert "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่ในหน้านี้" in page.text
    assert again.fields["key"] == KEY
    assert (sent.status_code, resent.status_code) == (303, 303)
    (kept,) = rows(store, content)
    assert (kept["village"], kept["note"]) == ("หมู่ 4 บ้านหนองบัว", "พิมพ์ไว้\nสองบรรทัด")


@pytest.mark.parametrize(
    ("step", "pressed", "then", "title"),
    [
        ("", {"page": "name", "go": ""}, "", "ดูอีกครั้งก่อนส่ง"),
        ("", {"page": "name", "go": "back"}, "", "หน้า"),
        ("", {"page": "province", "then": "check", "province": "10"}, "check", "หน้า"),
        ("/check", {"go": "edit-session"}, "", "หน้า"),
        ("/check", {}, "", "ดูอีกครั้งก่อนส่ง"),
    ],
    ids=["next", "back", "changed", "edit", "check"],
)
def test_on_the_way_the_same_button_goes_on_where_the_file_was_away(
    client, content, signup, away, step, pressed, then, title
):
    form = content.forms["trainer_signup"]
    pressed = {name: form.pages[-1].id if text == "name" else text for name, text in pressed.items()}
    away.go()
    page = client.post(f"/forms/trainer_signup{step}", data=signup | {"key": KEY} | pressed)
    away.come_back()
    again = main_form(page.text)
    onward = client.post(again.action, data=again.fields | dict(again.buttons))
    straight = client.post(f"/forms/trainer_signup{step}", data=signup | {"key": KEY} | pressed)

    assert page.status_code == 503
    assert "กด “ลองอีกครั้ง”" in page.text
    assert "ยังไม่ได้รับ" not in page.text  # nobody had sent it yet
    assert (again.fields["key"], again.fields.get("then", "")) == (KEY, then)
    assert again.action == f"/forms/trainer_signup{step}"
    assert onward.status_code == straight.status_code
    assert title in read_page(onward.text).title
    assert read_page(onward.text).title == read_page(straight.text).title


def test_a_wait_that_was_over_is_not_begun_anew_after_a_busy_moment(client, content, signup, away):
    away.go()
    page = client.post("/forms/trainer_signup/check", data=signup | {"key": KEY, "go": "send", "waited": "a-note"})

    assert main_form(page.text).fields["waited"] == "a-note"


def press_again(client, pages):
    """Press the button of each page, as a browser does."""
    forms = [main_form(page.text) for page in pages]
    return [client.post(form.action, data=form.fields | dict(form.buttons)) for form in forms]


def assert_kept_in_the_page(pages, answers):
    assert {page.status_code for page in pages} == {503}
    for page in pages:
        assert "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่ในหน้านี้" in page.text
        assert {name: main_form(page.text).fields.get(name) for name in answers} == answers


def test_on_a_full_disk_the_answers_stay_in_the_page_and_the_key_works_after_room_is_made(
    client, store, content, signup
):
    def limit(pages):
        def act(connection):
            connection.execute("ROLLBACK TO command")
            connection.execute(f"PRAGMA max_page_count = {pages}")

        store._writer.run(act)

    answers = signup | {"note": "ก" * 300}
    send(client, signup, key="the-first-of-these-forms")
    limit(1)
    pages = [send(client, answers, key=f"key-of-person-{n:06}") for n in range(60)]
    refused = [page for page in pages if page.status_code != 303]
    limit(1_000_000)
    sent = press_again(client, refused)

    assert len(refused) > 20  # the rest still found room in pages that were there
    assert_kept_in_the_page(refused, answers)
    assert {answer.status_code for answer in sent} == {303}
    assert len(rows(store, content)) == 61


def test_where_the_database_can_only_be_read_the_answers_stay_in_the_page_and_the_key_works_after_a_restart(
    client, store, content, tmp_path, signup
):
    send(client, signup, key="the-first-of-these-forms")
    store._writer.maintain(lambda connection: connection.execute("PRAGMA query_only = ON"))
    refused = [send(client, signup, key=f"key-of-person-{n:06}") for n in range(3)]
    store.close()
    again = open_store(f"sqlite:///{tmp_path}/forms.db", content.forms.values(), VAULT)
    with Phone(create_app(Settings(secret=SECRET, hosts=HOSTS), content, again), follow_redirects=False) as restarted:
        sent = press_again(restarted, refused)
        kept = rows(again, content)
    again.close()

    assert_kept_in_the_page(refused, signup)
    assert {answer.status_code for answer in sent} == {303}
    assert len(kept) == 4
