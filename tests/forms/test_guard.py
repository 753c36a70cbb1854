"""Robots are slowed; a village behind one address, a slow reader and a phone without scripts all get through."""

import base64
import json
import time

import pytest
from altcha import Challenge, Payload, solve_challenge

from forms_api.app import create_app
from forms_api.guard import Buckets, Challenges, Door, Tokens, neighbourhood
from forms_api.references import new_reference
from forms_api.settings import Settings
from tests.forms.conftest import HOSTS, SECRET, Phone
from tests.forms.pages import read_page


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def guarded(content, store):
    """The service as it runs for real: with the least time for filling in."""
    with Phone(create_app(Settings(secret=SECRET, hosts=HOSTS), content, store), follow_redirects=False) as opened:
        yield opened


def send(client, answers, number=1, **more):
    data = answers | {"key": f"key-of-person-{number:06}", "go": "send"} | more
    return client.post("/forms/trainer_signup/check", data=data)


def main_form(html):
    return next(form for form in read_page(html).forms if form.action.endswith("/check"))


def solved(challenge):
    made = Challenge.from_dict(challenge)
    return base64.b64encode(json.dumps(Payload(made, solve_challenge(made)).to_dict()).encode()).decode()


def test_three_hundred_people_behind_one_address_pass_without_a_further_step(guarded, store, content, signup):
    answers = [send(guarded, signup, n) for n in range(300)]

    assert {answer.status_code for answer in answers} == {303}
    assert len(list(store.rows(content.forms["trainer_signup"]))) == 300


def test_one_robot_is_slowed_and_what_it_or_anyone_typed_is_kept_in_the_page(guarded, store, content, signup):
    answers = [send(guarded, signup, n) for n in range(500)]

    slowed = answers[-1]
    kept = len(list(store.rows(content.forms["trainer_signup"])))
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 0
    assert kept == sum(answer.status_code == 303 for answer in answers) < 420
    assert "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่ครบ" in slowed.text
    assert main_form(slowed.text).fields["full_name"] == signup["full_name"]


def test_the_sum_of_the_page_opens_the_way_for_its_own_key_only(guarded, store, content, signup):
    page = send(guarded, signup, 1, website="https://example.invalid")
    form = main_form(page.text)
    challenge = json.loads(page.text.split('data-sum="')[1].split('"')[0].replace("&#34;", '"'))
    answer = solved(challenge)

    other = send(guarded, signup, 2, website="x", altcha=answer)
    sent = guarded.post(form.action, data=form.fields | {"altcha": answer})
    again = guarded.post(form.action, data=form.fields | {"altcha": answer})

    assert page.status_code == 429
    assert other.status_code == 429
    assert (sent.status_code, again.status_code) == (303, 303)
    assert len(list(store.rows(content.forms["trainer_signup"]))) == 1


def test_without_scripts_waiting_and_pressing_once_more_is_enough(content, store, signup):
    app = create_app(Settings(secret=SECRET, hosts=HOSTS), content, store)
    with Phone(app, follow_redirects=False) as client:
        form = main_form(send(client, signup, website="filled by a browser").text)
        early = client.post(form.action, data=form.fields | {"website": "filled by a browser"})
        note = Tokens(SECRET, clock=lambda: time.time() - 30).waiting(form.fields["key"], 20)
        late = client.post(form.action, data=form.fields | {"waited": note})

    assert early.status_code == 429
    assert late.status_code == 303


def test_a_form_sent_within_seconds_is_asked_once_more_and_not_lost(guarded, signup):
    fresh = Tokens(SECRET).begun("trainer_signup")

    page = send(guarded, signup, token=fresh)

    assert page.status_code == 429
    assert page.headers["retry-after"] == "5"
    assert main_form(page.text).fields["phone"] == signup["phone"]


@pytest.mark.parametrize("token", ["", "forged", "old", "of another form"])
def test_a_page_left_open_too_long_or_without_its_note_is_shown_again_with_its_answers(guarded, signup, token):
    made = {
        "old": Tokens(SECRET, clock=lambda: time.time() - 90_000).begun("trainer_signup"),
        "of another form": Tokens(SECRET).begun("help_request"),
    }

    page = send(guarded, signup, token=made.get(token, token))
    form = main_form(page.text)

    assert page.status_code == 422
    assert "คำตอบยังอยู่ครบ" in page.text
    assert form.fields["key"] == "key-of-person-000001"
    assert Tokens(SECRET).age("trainer_signup", form.fields["token"]) is not None


def test_a_program_that_sends_too_much_is_told_when_to_come_back_and_may_solve_the_sum(client, plea):
    answers = plea | {"notice_read": True}
    keys = [{"Idempotency-Key": f"program-{n:08}"} for n in range(420)]
    replies = [client.post("/api/v1/forms/help_request", json=answers, headers=key) for key in keys]
    slowed = replies[-1].json()

    late = client.post(
        "/api/v1/forms/help_request",
        json=answers,
        headers=keys[-1] | {"Altcha-Solution": solved(slowed["challenge"])},
    )

    assert replies[300].status_code == 201
    assert replies[-1].status_code == 429
    assert int(replies[-1].headers["Retry-After"]) > 0
    assert "คีย์เดิม" in slowed["errors"][0]["message"]
    assert late.status_code == 201


def test_an_answer_to_a_sum_is_no_good_once_it_is_changed():
    challenges = Challenges(SECRET)
    challenge = json.loads(challenges.new("key-of-a-person-1"))
    answer = solved(challenge)
    forged = Challenges("another secret of another office here").new("key-of-a-person-1")

    assert challenges.solved("key-of-a-person-1", answer)
    assert not challenges.solved("key-of-a-person-2", answer)
    assert not challenges.solved("key-of-a-person-1", solved(json.loads(forged)))
    assert not any(challenges.solved("key-of-a-person-1", text) for text in ("", "x", "e30=", "A" * 5_000, answer[:-8]))


def test_a_bucket_gives_its_burst_then_its_rate_and_debt_makes_the_wait_grow():
    clock = Clock()
    bucket = Buckets(3, 0.5, most_debt=10, clock=clock)

    first = [bucket.take("a") for _ in range(6)]
    clock.now += 100
    rested = [bucket.take("a") for _ in range(4)]

    assert first == [0, 0, 0, 2, 4, 6]
    assert rested == [0, 0, 0, 2]
    assert bucket.take("b") == 0


def test_a_bucket_forgets_the_longest_rested_and_never_grows_beyond_its_room():
    bucket = Buckets(1, 0.001, most_keys=100, clock=Clock())

    taken = [bucket.take(n) for n in range(1_000)]

    assert set(taken) == {0}
    assert bucket.take(999) > 0
    assert bucket.take(0) == 0


def test_one_subscriber_of_ipv6_counts_as_one_and_a_clock_set_back_harms_nobody():
    clock = Clock()
    bucket = Buckets(2, 1, clock=clock)
    bucket.take("a")
    clock.now -= 500

    assert neighbourhood("2001:db8:1:2:aaaa::1") == neighbourhood("2001:db8:1:2:bbbb::9")
    assert neighbourhood("2001:db8:1:3::1") != neighbourhood("2001:db8:1:2::1")
    assert neighbourhood("::ffff:10.1.2.3") == neighbourhood("10.1.2.3")
    assert neighbourhood("testclient") == "testclient"
    assert bucket.take("a") == 0


def test_ten_thousand_guesses_at_one_status_are_slowed_and_others_still_get_in():
    door, reference = Door(SECRET, clock=Clock()), new_reference()

    tried = sum(door.guess("203.0.113.9", reference) == 0 for _ in range(10_000))
    spread = sum(door.guess(f"198.51.100.{n % 250}", reference) == 0 for n in range(10_000))

    assert tried <= 7
    assert spread <= 70
    assert door.guess("192.0.2.1", new_reference()) == 0


def test_a_status_asked_too_often_says_when_and_whom_to_call(client):
    answers = [client.post("/status", data={"reference": "23467AAA", "last4": f"{n:04}"}) for n in range(12)]

    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "1506" in answers[-1].text


def test_known_and_unknown_telephone_numbers_get_the_same_answer(client, signup):
    first, second = send(client, signup, 1), send(client, signup, 2)
    other = send(client, signup | {"phone": "0899999999"}, 3)

    pages = [client.get(one.headers["location"]).text for one in (first, second, other)]
    plain = [page.split('class="ref"')[0] + page.split("</b>", 1)[1].split("จดหรือถ่ายรูป")[1] for page in pages]
    assert {one.status_code for one in (first, second, other)} == {303}
    assert plain[0] == plain[1] == plain[2]


def test_every_miss_of_a_status_is_the_same_page(client, signup, store, content):
    send(client, signup)
    (row,) = store.rows(content.forms["trainer_signup"])
    misses = [
        {"reference": row["reference"], "last4": "0000"},
        {"reference": "2346-7889", "last4": "5678"},
        {"reference": "no such thing", "last4": "5678"},
        {"reference": "", "last4": ""},
    ]

    pages = [client.post("/status", data=miss) for miss in misses]

    assert {page.status_code for page in pages} == {422}
    assert (
        len({page.text.replace(f'value="{miss["reference"]}"', "") for page, miss in zip(pages, misses, strict=True)})
        == 1
    )


def test_the_limit_can_be_taken_off_for_load_tests_only_by_saying_so(content, store, signup):
    app = create_app(Settings(secret=SECRET, hosts=HOSTS, rate_limit=False), content, store)
    with Phone(app, follow_redirects=False) as client:
        answers = {send(client, signup, n, website="x").status_code for n in range(450)}

    assert answers == {303}
