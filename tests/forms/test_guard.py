"""Robots are slowed; a village behind one address, a slow reader and a phone without scripts all get through."""

import base64
import json
import time
from dataclasses import replace
from itertools import count, takewhile

import pytest
from altcha import Challenge, Payload, solve_challenge

from forms_api.app import create_app
from forms_api.guard import Buckets, Challenges, Door, Tokens, neighbourhood
from forms_api.guard.door import BURST, PER_SECOND
from forms_api.references import new_reference
from forms_api.settings import Settings
from tests.forms.conftest import HOSTS, SECRET, Phone
from tests.forms.pages import read_page


class Clock:
    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def guarded(content, store):
    """The service as it runs for real: with the least time for filling in."""
    with Phone(create_app(Settings(secret=SECRET, hosts=HOSTS), content, store), follow_redirects=False) as opened:
        yield opened


def clocked(content, store, clock):
    """The service as it runs for real, by a clock of ours."""
    app = create_app(Settings(secret=SECRET, hosts=HOSTS), content, store)
    app.state.service = replace(app.state.service, door=Door(SECRET, clock=clock, wall=clock))
    return app


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
    clock = Clock(time.time())
    with Phone(clocked(content, store, clock), follow_redirects=False) as client:
        form = main_form(send(client, signup, website="filled by a browser").text)
        early = client.post(form.action, data=form.fields | {"website": "filled by a browser"})
        clock.now += 5
        late = client.post(form.action, data=form.fields)

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


def ask_once(door, clock, key, waiting, **more):
    """Send a key once, with its note where it has one; tell whether it passed, and keep the note where not."""
    verdict = door.judge("203.0.113.9", "trainer_signup", key, waited=waiting.get(key, ""), **more)
    if verdict.open:
        waiting.pop(key, None)
    else:
        waiting[key] = door.tokens.waiting("trainer_signup", key, verdict.wait)
    return verdict.open


@pytest.mark.parametrize(
    "trick", [{}, {"trap": "x"}, {"age": 0.5}, {"age": 60}], ids=["a program", "the trap", "too quick", "patient"]
)
@pytest.mark.parametrize("forgetful", [False, True], ids=["one process", "another process each time"])
def test_whatever_a_robot_tries_it_passes_no_oftener_than_the_bucket_fills(trick, forgetful):
    """It asks with a new key every second for an hour, and comes back with all its notes, early and late."""
    clock, waiting, passed = Clock(), {}, 0
    door = Door(SECRET, clock=clock, wall=clock)
    for second in range(3600):
        clock.now += 1
        passed += ask_once(door, clock, f"robot-{second:08}", waiting, **trick)
        if second % 600 == 599:
            if forgetful:
                door._slots.clear()  # notes work in every process; memory is of one
            passed += sum(ask_once(door, clock, key, waiting) for key in list(waiting))

    assert passed <= BURST + PER_SECOND * 3600
    assert passed > 0.9 * (BURST + PER_SECOND * 3600)  # slowed to the rate, not refused


def test_a_note_is_good_for_its_own_form_and_key_once_its_moment_has_come():
    clock = Clock()
    door = Door(SECRET, clock=clock, wall=clock)
    for n in range(BURST):
        door.judge("203.0.113.9", "trainer_signup", f"before-{n:04}")
    waiting = {}
    ask_once(door, clock, "key-of-mine", waiting)
    note = waiting["key-of-mine"]

    early = door.judge("203.0.113.9", "trainer_signup", "key-of-mine", waited=note)
    clock.now += early.wait
    others = [
        door.judge("203.0.113.9", "trainer_signup", "another-key", waited=note),
        door.judge("203.0.113.9", "trainer_signup", "key-of-mine-2", waited=note),
        door.judge("203.0.113.9", "trainer_signup", "key-of-mine-3", waited=note[:-2] + "xx"),
    ]
    good = door.judge("203.0.113.9", "trainer_signup", "key-of-mine", waited=note)
    again = door.judge("203.0.113.9", "trainer_signup", "key-of-mine", waited=note)

    assert (early.open, early.wait) == (False, 5)
    assert not any(verdict.open for verdict in others)
    assert good.open
    assert again.open  # a resend after a lost answer: the store keeps one form for each key
    assert door.tokens.left("help_request", "key-of-mine", note) is None
    assert door.tokens.left("trainer_signup", "key-of-mine", note) == 0


def test_six_hundred_impatient_people_without_scripts_all_pass_within_twenty_minutes():
    """They come within a minute behind one carrier's address and press every ten seconds, whatever the page says."""
    clock, waiting, passed, late = Clock(), {}, 0, 0
    door = Door(SECRET, clock=clock, wall=clock)
    people = [f"person-{n:06}" for n in range(600)]
    for second in range(0, 20 * 60, 10):
        come = people[second * 10 : second * 10 + 100] if second < 60 else []
        passed += sum(ask_once(door, clock, key, waiting, age=60) for key in come)
        passed += sum(ask_once(door, clock, key, waiting, age=90) for key in list(waiting))
        late = passed if second == 60 else late
        clock.now += 10

    assert late >= 400
    assert (passed, waiting) == (600, {})


def test_beside_a_robot_a_person_waits_for_the_moment_promised_and_not_at_all_elsewhere_or_with_the_sum():
    clock = Clock()
    door = Door(SECRET, clock=clock, wall=clock)

    def robot():
        door.judge("203.0.113.9", "trainer_signup", f"robot-{clock.now}", trap="x")

    for _ in range(1_000):
        clock.now += 1
        robot()
    told = door.judge("203.0.113.9", "trainer_signup", "person-1", age=60).wait
    elsewhere = door.judge("192.0.2.1", "trainer_signup", "person-1", age=90)
    by_sum = json.loads(door.challenges.new("trainer_signup", "person-2"))
    door.judge("203.0.113.9", "trainer_signup", "person-2", age=60)
    with_sum = door.judge("203.0.113.9", "trainer_signup", "person-2", solution=solved(by_sum))
    waits = door.judge("203.0.113.9", "trainer_signup", "person-3", age=60).wait
    for _ in range(waits):
        clock.now += 1
        robot()

    assert told > 1_000
    assert elsewhere.open
    assert with_sum.open
    assert door.judge("203.0.113.9", "trainer_signup", "person-3", age=60).open


def test_who_passes_by_the_sum_makes_the_line_no_longer_for_those_who_wait():
    clock = Clock()
    door = Door(SECRET, clock=clock, wall=clock)
    for n in range(BURST):
        door.judge("203.0.113.9", "trainer_signup", f"before-{n:04}")
    for n in range(20):
        door.judge("203.0.113.9", "trainer_signup", f"with-scripts-{n}", age=60)
        answer = solved(json.loads(door.challenges.new("trainer_signup", f"with-scripts-{n}")))
        for _ in range(3):  # sent again and again: given back once
            assert door.judge("203.0.113.9", "trainer_signup", f"with-scripts-{n}", solution=answer).open

    assert door.judge("203.0.113.9", "trainer_signup", "without-scripts", age=60).wait == 5


def test_a_long_line_is_told_in_minutes_with_what_else_there_is_and_outlasts_the_page(content, store, signup):
    clock = Clock(time.time())
    app = clocked(content, store, clock)
    with Phone(app, follow_redirects=False) as client:
        door = app.state.service.door
        for n in range(BURST + 24):
            door.judge("testclient", "trainer_signup", f"before-{n:05}")
        minutes = send(client, signup, 1).text
        for n in range(20_000):
            door.judge("testclient", "trainer_signup", f"robot-{n:05}")
        page = send(client, signup, 2)
        clock.now += int(page.headers["retry-after"])  # longer than a page is good for
        form = main_form(page.text)
        sent = client.post(form.action, data=form.fields)

    assert "รอ <b>3 นาที</b>" in minutes
    assert "รอ <b>28 ชั่วโมง</b>" in page.text
    assert "เราจองคิวให้คุณแล้ว" in page.text
    assert "1506" in page.text
    assert sent.status_code == 303


def test_a_program_that_comes_back_when_it_was_told_to_is_let_in(content, store, plea):
    clock, answers = Clock(), plea | {"notice_read": True}
    app = clocked(content, store, clock)
    key = {"Idempotency-Key": "program-00001"}
    with Phone(app) as client:
        for n in range(BURST + 10):
            app.state.service.door.judge("testclient", "help_request", f"before-{n:05}")
        slowed = client.post("/api/v1/forms/help_request", json=answers, headers=key)
        early = client.post("/api/v1/forms/help_request", json=answers, headers=key)
        clock.now += int(slowed.headers["retry-after"])
        late = client.post("/api/v1/forms/help_request", json=answers, headers=key)

    assert (slowed.status_code, early.status_code, late.status_code) == (429, 429, 201)
    assert slowed.headers["retry-after"] == early.headers["retry-after"] == "55"


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


def test_an_answer_to_a_sum_is_good_for_its_form_and_key_and_no_good_once_it_is_changed():
    challenges = Challenges(SECRET)
    challenge = json.loads(challenges.new("help_request", "key-of-a-person-1"))
    answer = solved(challenge)
    forged = Challenges("another secret of another office here").new("help_request", "key-of-a-person-1")
    bad = ("", "x", "e30=", "A" * 5_000, answer[:-8], solved(json.loads(forged)))

    assert challenges.solved("help_request", "key-of-a-person-1", answer)
    assert not challenges.solved("help_request", "key-of-a-person-2", answer)
    assert not challenges.solved("trainer_signup", "key-of-a-person-1", answer)
    assert not any(challenges.solved("help_request", "key-of-a-person-1", text) for text in bad)


def test_a_bucket_gives_its_burst_then_its_rate_and_reserved_tokens_come_one_after_the_other():
    clock = Clock()
    bucket = Buckets(3, 0.5, clock=clock)

    first = [bucket.reserve("a") for _ in range(6)]
    refused = [bucket.take("a") for _ in range(3)]
    bucket.give_back("a")
    given_back = bucket.reserve("a")
    clock.now += 100
    rested = [bucket.take("a") for _ in range(4)]

    assert first == [0, 0, 0, 2, 4, 6]
    assert refused == [8, 8, 8]
    assert given_back == 6
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


def test_who_is_refused_a_status_all_day_does_not_shut_its_owner_out():
    clock = Clock()
    door, reference = Door(SECRET, clock=clock), new_reference()

    guessed, turned_away = 0, []
    for second in range(0, 24 * 3600, 10):  # a stranger every ten seconds, the owner every hour
        clock.now += 10
        guessed += door.guess("203.0.113.9", reference) == 0
        if second % 3600 == 0:
            turned_away.append(door.guess("192.0.2.1", reference))

    assert guessed < 200  # of 10,000 endings that the number may have
    assert set(turned_away) == {0}


def test_the_mistyped_references_of_a_whole_country_slow_nobody_but_their_own_address():
    door = Door(SECRET, clock=Clock())

    country = [door.guess(f"198.51.{n // 250}.{n % 250}", "") for n in range(5_000)]
    one = [door.guess("203.0.113.9", "") for _ in range(300)]

    assert set(country) == {0}
    assert one.count(0) == 120


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_several_processes_share_what_one_address_may_do_and_a_village_passes_at_any_of_them(workers):
    clock = Clock()
    doors = [Door(SECRET, workers=workers, clock=clock) for _ in range(workers)]

    keys = (f"key-number-{n}" for n in count())

    def at_once(door, address):
        return sum(1 for _ in takewhile(lambda key: door.judge(address, "trainer_signup", key).open, keys))

    village = at_once(doors[0], "203.0.113.9")
    for door in doors:
        at_once(door, "198.51.100.7")
    clock.now += 3_600
    within_an_hour = sum(at_once(door, "198.51.100.7") for door in doors)

    assert village >= 300
    assert within_an_hour <= 720


@pytest.mark.parametrize("workers", [2, 8])
def test_guesses_at_a_status_are_no_more_for_several_processes(workers):
    clock = Clock()
    doors, reference = [Door(SECRET, workers=workers, clock=clock) for _ in range(workers)], new_reference()

    at_once = sum(door.guess(f"198.51.100.{n % 250}", reference) == 0 for n in range(5_000) for door in doors)
    clock.now += 7 * 24 * 3_600
    after_a_week = sum(door.guess(f"198.51.100.{n % 250}", reference) == 0 for n in range(5_000) for door in doors)

    assert at_once <= 70
    assert after_a_week <= 70
    assert all(door.guess("192.0.2.1", new_reference()) == 0 for door in doors for _ in range(3))


def test_a_status_asked_too_often_says_when_and_whom_to_call(client):
    asked = {"reference": new_reference()}
    answers = [client.post("/status", data=asked | {"last4": f"{n:04}"}) for n in range(12)]

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
