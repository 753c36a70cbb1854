import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forms_api.errors import KeyReused, SessionClosed
from forms_api.store.submissions import Submissions, utc_now
from tests.store_samples import FAR, VAULT, command, made_form, new_session, opened, submit, submit_all

at = datetime.fromisoformat  # naive: sessions are kept in local Thai time


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path)
    yield store
    store.close()


def raw(tmp_path: Path) -> sqlite3.Connection:
    return sqlite3.connect(tmp_path / "forms.db")


def test_the_same_key_twenty_times_at_once_gives_one_row_and_twenty_equal_references(store):
    outcomes = submit_all(store, [command("same-key-0123456789")] * 20)

    assert len({outcome.reference for outcome in outcomes}) == 1
    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * 19
    assert len(list(store.rows(made_form()))) == 1


def test_the_same_key_with_other_answers_is_refused_and_the_first_answers_stay(store):
    first = submit(store, command("key-of-one-person-1"))

    with pytest.raises(KeyReused) as refusal:
        submit(store, command("key-of-one-person-1", full_name="คนอื่น"))

    assert refusal.value.reference == first.reference
    assert [row["full_name"] for row in store.rows(made_form())] == ["สมหญิง ใจดี"]


def test_a_replay_repeats_the_first_answer_even_after_the_queue_has_grown(store):
    full = store.add_session(new_session(capacity=1))
    submit_all(store, [command(f"person-number-{n:04}", session_id=full) for n in range(3)])

    again = submit(store, command("person-number-0001", session_id=full))

    assert (again.state, again.position, again.replayed) == ("waiting", 1, True)


def test_two_hundred_at_once_for_thirty_seats_seat_thirty_and_queue_the_rest_in_order(store):
    session_id = store.add_session(new_session(capacity=30))

    outcomes = submit_all(store, [command(f"person-number-{n:04}", session_id=session_id) for n in range(200)])

    assert Counter(outcome.state for outcome in outcomes) == {"seated": 30, "waiting": 170}
    assert [outcome.position for outcome in outcomes if outcome.state == "waiting"] == list(range(1, 171))
    session = store.session(session_id)
    assert (session.taken, session.waiting, session.seats_left) == (30, 170, 0)


def test_kept_rows_and_counters_of_a_session_agree(store, tmp_path):
    session_id = store.add_session(new_session(capacity=7))
    submit_all(store, [command(f"person-number-{n:04}", session_id=session_id) for n in range(20)])

    with raw(tmp_path) as db:
        rows = db.execute("SELECT ticket, state FROM trainer_signup ORDER BY ticket").fetchall()
    assert rows == [(n, "seated" if n <= 7 else "waiting") for n in range(1, 21)]


def test_the_status_of_a_waiting_person_tells_position_phone_and_session(store):
    session_id = store.add_session(new_session(capacity=1))
    submit(store, command("person-number-0001", session_id=session_id))
    waiting = submit(store, command("person-number-0002", session_id=session_id, phone="0899990042"))

    status = store.status(waiting.reference)

    assert (status.form_id, status.state, status.position, status.phone_last4) == (
        "trainer_signup",
        "waiting",
        1,
        "0042",
    )
    assert (status.session.id, status.session.starts_at) == (session_id, FAR)
    assert store.status("22222222") is None


def test_without_a_session_the_answers_are_simply_received(store):
    outcome = submit(store, command("person-number-0001"))

    assert (outcome.state, outcome.position) == ("received", None)


@pytest.mark.parametrize("which", ["closed", "past", "unknown"])
def test_a_session_that_is_not_open_takes_nobody(store, which):
    session_id = store.add_session(new_session(starts_at=at("2020-01-01T09:00") if which == "past" else FAR))
    if which == "closed":
        store.close_session(session_id)

    with pytest.raises(SessionClosed):
        submit(store, command("person-number-0001", session_id=999 if which == "unknown" else session_id))

    assert list(store.rows(made_form())) == []
    assert store.session(session_id).taken == 0
    assert store.open_sessions() == ([store.session(session_id)] if which == "unknown" else [])


def test_a_session_is_over_when_its_hour_comes_in_thai_time(tmp_path):
    nine_in_thailand = datetime(2089, 12, 31, 2, 0, tzinfo=UTC)
    store = opened(tmp_path, clock=lambda: nine_in_thailand)
    store.add_session(new_session(starts_at=at("2089-12-31T09:00")))
    later = store.add_session(new_session(starts_at=at("2089-12-31T09:01")))

    offered = [session.id for session in store.open_sessions()]

    store.close()
    assert offered == [later]


def test_sessions_are_offered_by_province_soonest_first(store):
    late = store.add_session(new_session(starts_at=at("2090-05-01T09:00")))
    soon = store.add_session(new_session(starts_at=at("2090-02-01T09:00")))
    store.add_session(new_session(province="10"))

    assert [session.id for session in store.open_sessions("50")] == [soon, late]
    assert len(store.open_sessions()) == 3


def test_a_reference_already_used_in_any_form_is_drawn_again(tmp_path):
    forms = (made_form(), made_form("help_request"))
    drawn = iter(["AAAA2222", "AAAA2222", "AAAA2222", "CCCC3333"])
    store = opened(tmp_path, *forms)
    store._submissions = Submissions(forms, VAULT, utc_now, lambda: next(drawn))

    outcomes = [submit(store, command("person-number-0001", form=form)) for form in forms]

    store.close()
    assert [outcome.reference for outcome in outcomes] == ["AAAA2222", "CCCC3333"]


def test_an_export_sees_one_moment_while_others_write(store):
    submit_all(store, [command(f"person-number-{n:04}") for n in range(50)])
    rows = store.rows(made_form())
    first = next(rows)
    submit_all(store, [command(f"person-number-{n:04}") for n in range(50, 90)])

    assert 1 + len(list(rows)) == 50
    assert first["full_name"] == "สมหญิง ใจดี"
    assert len(list(store.rows(made_form()))) == 90


def test_rows_of_one_province_are_only_its_own(store):
    submit_all(store, [command(f"person-number-{n:04}", province="50" if n % 3 else "10") for n in range(30)])

    assert {row["province"] for row in store.rows(made_form(), "10")} == {"10"}
    assert len(list(store.rows(made_form(), "10"))) == 10


def test_importing_the_same_sessions_twice_adds_nothing_new(store):
    batch = [new_session(), new_session(province="10")]

    first, second = store.import_sessions(batch), store.import_sessions(batch)

    assert (len(first.added), first.already) == (2, 0)
    assert (second.added, second.already) == ((), 2)


def test_sample_sessions_are_added_only_to_an_empty_table(store):
    assert store.seed_sessions([new_session(), new_session(province="10")]) == 2
    assert store.seed_sessions([new_session(province="11")]) == 0


def test_an_import_that_fails_half_way_keeps_nothing(store):
    with pytest.raises(sqlite3.IntegrityError):
        store.import_sessions([new_session(), new_session(capacity=0)])

    assert store.sessions() == []


def test_adding_a_session_gives_ids_that_are_never_used_again(store):
    first = store.add_session(new_session())
    store._writer.run(lambda db: db.execute("DELETE FROM training_session").rowcount)

    assert store.add_session(new_session()) == first + 1
