"""What every store promises, one promise at a time."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forms_api.errors import Busy, Erased, KeyReused, SettingsError
from forms_api.store import audit
from forms_api.store.audit import Act
from forms_api.store.protocol import Found
from forms_api.store.sqlite import SqliteStore
from forms_api.vault import ILLEGIBLE, Keyring, Vault
from tests.conformance.engines import PLEA, SIGNUP
from tests.store_samples import FAR, VAULT, command, new_session, submit, submit_all

ACTOR = "officer:test"
NOW = datetime(2027, 6, 15, 3, 0, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def people(count, **more):
    return [command(f"person-number-{n:04}", **more) for n in range(count)]


def test_telephone_and_free_words_are_read_back_as_they_were_sent(store):
    submit(store, command("person-number-0001", form=PLEA, note="ไม่มีรถ ขอใกล้บ้าน"))

    (row,) = store.rows(PLEA)
    assert (row["phone"], row["note"], row["full_name"]) == ("0812345678", "ไม่มีรถ ขอใกล้บ้าน", "สมหญิง ใจดี")


def test_everything_kept_under_a_telephone_number_is_found_and_the_search_is_noted_without_it(store):
    first = submit(store, command("person-number-0001", form=PLEA)).reference
    second = submit(store, command("person-number-0002")).reference
    submit(store, command("person-number-0003", phone="0899999999"))

    assert sorted(one[:2] for one in store.with_phone("0812345678", ACTOR)) == sorted(
        [("help_request", first), ("trainer_signup", second)]
    )
    assert store.with_phone("0800000000", ACTOR) == []
    noted = [link.act for link in store.audit() if link.act.action == "find"]
    assert noted == [Act(ACTOR, "find", "phone", "found=2"), Act(ACTOR, "find", "phone", "found=0")]


def test_one_answer_that_nothing_opens_hides_no_other(store):
    spoilt = submit(store, command("person-number-0001")).reference
    whole = submit(store, command("person-number-0002")).reference
    (phone,) = store._run(lambda sql: sql.execute("SELECT phone FROM trainer_signup ORDER BY row_id DESC").fetchone())
    store._run(lambda sql: sql.execute("UPDATE trainer_signup SET phone = ? WHERE reference = ?", (phone, spoilt)))

    rows = {row["reference"]: row["phone"] for row in store.rows(SIGNUP)}

    assert rows == {spoilt: ILLEGIBLE, whole: "0812345678"}
    assert [row["phone"] for row in store.newest(SIGNUP, "50", "received")] == ["0812345678", ILLEGIBLE]
    assert store.with_phone("0812345678", ACTOR) == [
        Found("trainer_signup", spoilt, readable=False),
        Found("trainer_signup", whole),
    ]


def test_the_newest_of_a_province_and_a_state_come_first(store):
    references = [submit(store, one).reference for one in people(60, form=PLEA)]
    submit(store, command("person-elsewhere-1", form=PLEA, province="10"))
    store.finish(references[-1], ACTOR)

    newest = store.newest(PLEA, "50", "received")

    assert [row["reference"] for row in newest] == references[-2:-52:-1]
    assert [row["reference"] for row in store.newest(PLEA, "50", "done")] == [references[-1]]
    assert store.states(PLEA, "50") == {"received": 59, "done": 1}
    assert store.states(PLEA) == {"received": 60, "done": 1}


def test_everybody_in_a_list_has_their_place_in_the_queue_of_their_own_session(store):
    rooms = [store.add_session(new_session(capacity=1, province=province)) for province in ("50", "50", "10")]
    waiting = {
        room: [
            submit(store, command(f"person-{room:04}-{n:04}", session_id=room, province=province)).reference
            for n in range(4)
        ]
        for room, province in zip(rooms, ("50", "50", "10"), strict=True)
    }
    store.cancel(waiting[rooms[0]][2], ACTOR)

    rows = {row["reference"]: row["position"] for row in store.rows(SIGNUP)}
    newest = {row["reference"]: row["position"] for row in store.newest(SIGNUP, "50", "waiting", limit=4)}
    seated = [row["position"] for row in store.newest(SIGNUP, "50", "seated")]

    assert [[rows[one] for one in waiting[room]] for room in rooms] == [
        [None, 1, None, 2],
        [None, 1, 2, 3],
        [None, 1, 2, 3],
    ]
    assert newest == {waiting[rooms[0]][3]: 2} | dict(zip(waiting[rooms[1]][1:], (1, 2, 3), strict=True))
    assert seated == [None, None]


def test_a_seat_that_comes_free_goes_to_who_waited_longest_whatever_the_clock_says(opener):
    clock = Clock()
    store = opener(clock=clock)
    session_id = store.add_session(new_session(capacity=1))
    first = submit(store, command("person-number-0001", session_id=session_id)).reference
    clock.now += timedelta(hours=1)
    second = submit(store, command("person-number-0002", session_id=session_id)).reference
    clock.now -= timedelta(days=2)
    third = submit(store, command("person-number-0003", session_id=session_id)).reference

    ended = store.cancel(first, ACTOR)

    assert ended is not None
    assert ended.promoted == (second,)
    assert store.status(third).position == 1
    assert store.status(first).state == "cancelled"
    store.close()


def test_nobody_is_promoted_into_a_past_session_and_nobody_passes_the_queue_when_the_clock_goes_back(opener):
    clock = Clock()
    store = opener(clock=clock)
    session_id = store.add_session(new_session(capacity=1))
    first = submit(store, command("person-number-0001", session_id=session_id)).reference
    waiting = submit(store, command("person-number-0002", session_id=session_id)).reference
    clock.now = FAR.replace(tzinfo=UTC) + timedelta(days=1)

    ended = store.cancel(first, ACTOR)
    clock.now = NOW
    late = submit(store, command("person-number-0003", session_id=session_id))

    assert ended is not None
    assert ended.promoted == ()
    assert (store.status(waiting).position, late.state, late.position) == (1, "waiting", 2)
    store.close()


def test_an_erased_form_is_gone_and_its_key_keeps_nothing_again(store):
    one = command("person-number-0001", form=PLEA)
    reference = submit(store, one).reference

    ended = store.erase(reference, ACTOR)

    assert ended is not None
    assert store.status(reference) is None
    assert list(store.rows(PLEA)) == []
    assert store.with_phone("0812345678", ACTOR) == []
    assert store.erase(reference, ACTOR) is None
    with pytest.raises(Erased):
        submit(store, one)


def test_after_two_months_the_key_of_an_erased_form_is_forgotten_too(store):
    one = command("person-number-0001", form=PLEA)
    store.erase(submit(store, one).reference, ACTOR)

    assert store.purge_keys("2000-01-01") == 0
    assert store.purge_keys("2999-01-01") == 1
    assert not submit(store, one).replayed


def test_forms_whose_time_is_over_are_deleted_and_the_others_stay(opener):
    clock = Clock()
    store = opener(clock=clock)
    old = [submit(store, one).reference for one in people(3, form=PLEA)]
    store.finish(old[0], ACTOR)
    store.cancel(old[1], ACTOR)
    clock.now += timedelta(days=400)
    young = submit(store, command("person-number-0009", form=PLEA)).reference
    store.finish(young, ACTOR)
    first_day = (NOW + timedelta(days=30)).date().isoformat()

    assert store.due(PLEA, first_day) == 2
    purged = store.purge(PLEA, first_day, ACTOR)

    assert (purged.deleted, purged.unended) == (2, 1)
    assert {row["reference"] for row in store.rows(PLEA)} == {old[2], young}
    assert store.due(PLEA, first_day) == 0
    noted = [link.act for link in store.audit() if link.act.action == "retention"]
    assert noted == [Act(ACTOR, "retention", "help_request", f"deleted=2 before={first_day}")]
    store.close()


@pytest.mark.parametrize("form", [SIGNUP, PLEA], ids=["training", "end"])
def test_what_ended_after_midnight_in_thailand_counts_from_the_thai_day(opener, form):
    clock = Clock(datetime(2027, 6, 14, 17, 30, tzinfo=UTC))  # 15 June 00:30 in Thailand
    store = opener(clock=clock)
    store.cancel(submit(store, command("person-number-0001", form=form)).reference, ACTOR)
    submit(store, command("person-number-0002", form=form))

    early, in_time = (store.purge(form, day, ACTOR) for day in ("2027-06-15", "2027-06-16"))

    assert (early.deleted, early.unended) == (0, 0)
    assert (in_time.deleted, in_time.unended) == (1, 1)
    store.close()


def test_what_is_no_longer_due_when_its_turn_comes_is_kept(opener):
    clock = Clock()
    store = opener(clock=clock)
    reference = submit(store, command("person-number-0001", form=PLEA)).reference
    store.finish(reference, ACTOR)
    (listed,) = store._due_after(PLEA, "2027-07-01", 0)
    store._run(lambda sql: sql.execute("UPDATE help_request SET ended_at = '2027-08-01'"))

    gone = store._run(lambda sql: store._purge_some(PLEA, "2027-07-01", ACTOR, [listed], sql))

    assert (listed.reference, gone) == (reference, ())
    assert [row["reference"] for row in store.rows(PLEA)] == [reference]
    assert [link.act for link in store.audit() if link.act.action == "retention"] == []
    store.close()


def test_the_people_of_a_session_are_deleted_when_its_day_is_long_past_and_its_counters_agree(opener):
    clock = Clock()
    store = opener(clock=clock)
    session_id = store.add_session(new_session(capacity=2, starts_at=datetime(2027, 7, 1, 9)))
    submit_all(store, people(1_200, session_id=session_id))
    submit(store, command("person-no-session", session_id=None))
    clock.now += timedelta(days=500)

    purged = store.purge(SIGNUP, "2028-07-01", ACTOR)

    session = store.session(session_id)
    assert (purged.deleted, purged.unended) == (1_200, 1)
    assert session is not None
    assert (session.taken, session.waiting) == (0, 0)
    assert [row["state"] for row in store.rows(SIGNUP)] == ["received"]
    store.close()


def test_new_keys_seal_everything_anew_and_the_old_one_can_go(opener):
    store = opener(vault=Vault.off())
    submit(store, command("person-number-0001", note="ก่อนมีกุญแจ"))
    store.close()
    ring = Keyring({"k1": b"1" * 32}, "k1", b"2" * 32, b"3" * 32)
    store = opener(vault=Vault(ring))
    submit(store, command("person-number-0002", note="กุญแจแรก"))
    store.close()
    ring = ring.rotated()

    store = opener(vault=Vault(ring))
    changed = [store.reseal(), store.reseal()]
    store.close()
    store = opener(vault=Vault(ring.retired()))

    assert changed == [2, 0]
    assert [row["note"] for row in store.rows(SIGNUP)] == ["ก่อนมีกุญแจ", "กุญแจแรก"]
    assert len(store.with_phone("0812345678", ACTOR)) == 2
    store.close()


def test_the_doctor_counts_secret_answers_that_lie_open_until_they_are_sealed(opener):
    store = opener(vault=Vault.off())
    submit_all(store, people(2))
    store.close()
    store = opener()
    submit(store, command("person-number-9999"))

    before = [found.text for found in store.checkup() if "เข้ารหัส" in found.text]
    store.reseal()

    assert before == [f"{SIGNUP.id}: 2 แถวยังไม่ได้เข้ารหัส เข้ารหัสด้วย forms-api keys reseal"]
    assert [found.text for found in store.checkup() if "เข้ารหัส" in found.text] == []
    store.close()


@pytest.mark.parametrize("vault", [Vault.off(), Vault(Keyring.new())], ids=["no keys", "other keys"])
def test_sealed_data_does_not_open_without_its_keys(opener, vault):
    opener().close()

    with pytest.raises(SettingsError, match="กุญแจ"):
        opener(vault=vault)


def test_the_audit_log_tells_of_every_act_and_cannot_be_changed(store):
    session_id = store.add_session(new_session(capacity=1))
    outcomes = submit_all(store, people(5, session_id=session_id))
    submit(store, command("person-number-0099", form=PLEA))
    store.cancel(outcomes[0].reference, ACTOR)

    links = list(store.audit())

    submitted = [name for link in links if link.act.action == "submit" for name in link.act.detail.split()]
    assert {one.reference for one in outcomes} < set(submitted)
    assert len(submitted) == 6
    assert links[-1].act.object == outcomes[0].reference
    assert audit.verify(links, VAULT.audit_key).fault == ""
    assert audit.verify(links[:-1], VAULT.audit_key, (links[-1].seq, links[-1].hash)).fault != ""
    assert audit.verify([links[0], *links[2:]], VAULT.audit_key).fault != ""
    changed = audit.Entry(links[0].seq, links[0].at, Act("x", "y", "z"), True, links[0].hash)
    assert audit.verify([changed, *links[1:]], VAULT.audit_key).fault == "รายการที่ 1 ถูกแก้"
    again = "INTO audit SELECT seq, at, 'nobody', action, object, detail, keyed, hash FROM audit WHERE seq = 1"
    replacing = f"INSERT OR REPLACE {again}" if isinstance(store, SqliteStore) else "TRUNCATE audit"
    for sql in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", replacing):
        with pytest.raises(Exception, match="the audit log only grows"):
            store._run(lambda connection, sql=sql: connection.execute(sql))


def test_what_officers_do_with_sessions_is_in_the_audit_log(store):
    number = store.add_session(new_session(capacity=7), ACTOR)
    store.import_sessions([new_session(capacity=7), new_session(province="10")], ACTOR)
    closed = store.close_session(number, ACTOR), store.close_session(999, ACTOR)

    assert closed == (True, False)
    assert [link.act for link in store.audit()] == [
        Act(ACTOR, "session-add", str(number), "province=50 starts_at=2090-01-15T09:00 capacity=7"),
        Act(ACTOR, "session-import", str(number + 1), "given=2 already=1"),
        Act(ACTOR, "session-close", str(number)),
    ]


def test_a_log_without_keys_cannot_follow_one_with_keys(opener):
    keyed = audit.Entry(1, "t", Act("a", "b", "c"), True, audit._hash(b"key", "", 1, "t", Act("a", "b", "c")))
    bare = audit.Entry(2, "t", Act("a", "b", "c"), False, audit._hash(b"", keyed.hash, 2, "t", Act("a", "b", "c")))

    assert "ไม่มีกุญแจ" in audit.verify([keyed, bare], b"key").fault


def test_a_history_written_anew_without_the_key_is_a_fault_for_whoever_has_it(opener):
    store = opener(vault=Vault.off())
    submit_all(store, people(2))
    store.note(Act(ACTOR, "find", "phone", "found=0"))
    store.close()
    store = opener()
    submit(store, command("person-number-0009"))

    links = list(store.audit())
    bare = sum(not link.keyed for link in links)

    assert audit.verify(links[:bare], b"").fault == ""
    assert "--unkeyed-until" in audit.verify(links, VAULT.audit_key).fault
    assert "--unkeyed-until" in audit.verify(links, VAULT.audit_key, unkeyed_until=bare - 1).fault
    assert audit.verify(links, VAULT.audit_key, unkeyed_until=bare).fault == ""
    store.close()


def test_two_stores_on_the_same_data_never_overfill_a_session(opener):
    first, second = opener(), opener()
    session_id = first.add_session(new_session(capacity=30))
    here, there = (
        submit_all(store, [command(f"{name}-number-{n:04}", session_id=session_id) for n in range(60)])
        for store, name in ((first, "first"), (second, "second"))
    )
    seated = [one.reference for one in (*here, *there) if one.state == "seated"]
    for number, reference in enumerate(seated):
        assert (first, second)[number % 2].cancel(reference, ACTOR) is not None

    session = first.session(session_id)
    assert (len(seated), session.taken, session.waiting) == (30, 30, 60)
    assert audit.verify(first.audit(), VAULT.audit_key).fault == ""
    first.close()
    second.close()


def test_one_form_that_the_tables_refuse_does_not_harm_those_it_came_with(store):
    session_id = store.add_session(new_session(capacity=10))
    commands = people(20, session_id=session_id)
    commands[7] = replace(commands[7], channel="pigeon")  # the table's CHECK knows web and api
    commands[12] = replace(commands[12], values={})  # a fault in our own code

    outcomes = submit_all(store, commands)

    faults = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, BaseException)]
    assert faults == [7, 12]
    assert not any(isinstance(outcomes[n], Busy) for n in faults)  # to try again would not help
    assert Counter(outcome.state for n, outcome in enumerate(outcomes) if n not in faults) == {
        "seated": 10,
        "waiting": 8,
    }
    assert (store.session(session_id).taken, store.session(session_id).waiting) == (10, 8)
    assert store.counts()["idempotency"] == 18


def test_one_key_twice_in_a_batch_is_kept_once_and_other_answers_with_it_are_refused(store):
    first, other = command("person-number-0001"), command("person-number-0001", full_name="สมชาย ดีใจ")

    kept, again, refused = submit_all(store, [first, first, other])

    assert (kept.replayed, again.replayed) == (False, True)
    assert kept.reference == again.reference == refused.reference
    assert isinstance(refused, KeyReused)
    assert store.counts()["trainer_signup"] == 1


def test_a_process_that_missed_the_new_keys_keeps_nothing_once_the_old_one_is_to_go(opener):
    ring = Keyring({"k1": b"1" * 32}, "k1", b"2" * 32, b"3" * 32)
    old = opener(vault=Vault(ring))
    submit(old, command("person-number-0001", note="กุญแจเก่า"))
    newer = ring.rotated()
    new = opener(vault=Vault(newer))
    late = submit(old, command("person-number-0002", note="กุญแจเก่า"))  # goes on until the old key is to go

    new.use_only_this_key()
    resealed = new.reseal()
    refused = submit_all(old, [command("person-number-0003"), command("person-number-0004")])
    old.close()
    new.close()
    store = opener(vault=Vault(newer.retired()))

    assert (late.state, resealed) == ("received", 2)
    assert all(isinstance(answer, Busy) for answer in refused)
    assert [row["note"] for row in store.rows(SIGNUP)] == ["กุญแจเก่า", "กุญแจเก่า"]
    assert submit(store, command("person-number-0003")).replayed is False
    store.close()


def test_a_key_younger_than_the_one_in_use_is_no_fault(opener):
    ring = Keyring({"k1": b"1" * 32}, "k1", b"2" * 32, b"3" * 32)
    store = opener(vault=Vault(ring))
    store.use_only_this_key()
    store.close()
    store = opener(vault=Vault(ring.rotated()))

    assert submit(store, command("person-number-0001")).state == "received"
    store.close()
