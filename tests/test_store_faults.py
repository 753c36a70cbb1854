import fcntl
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from forms_api.errors import Busy, SessionClosed, SettingsError
from forms_api.store.batches import Batches
from forms_api.store.writer import Writer
from tests.store_samples import command, made_form, new_session, opened, submit, submit_all


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path)
    yield store
    store.close()


def raw(tmp_path: Path) -> sqlite3.Connection:
    return sqlite3.connect(tmp_path / "forms.db")


def test_one_bad_command_in_a_batch_does_not_harm_its_neighbours(store):
    session_id = store.add_session(new_session())
    commands = [command(f"person-number-{n:04}", session_id=session_id if n % 2 else 999) for n in range(40)]

    outcomes = submit_all(store, commands)

    assert [isinstance(outcome, SessionClosed) for outcome in outcomes] == [n % 2 == 0 for n in range(40)]
    assert len(list(store.rows(made_form()))) == 20
    assert store.session(session_id).taken == 20


def test_what_a_loop_sends_in_one_turn_is_committed_together(store):
    submit_all(store, [command(f"person-number-{n:04}") for n in range(100)])

    assert [entry.act.object for entry in store.audit()] == ["count=100"]


def test_jobs_that_a_dying_writer_leaves_behind_are_told_to_come_back():
    """The engine breaks when it lets go of a batch: whoever queued meanwhile must not wait for ever."""
    begun, queued = threading.Event(), threading.Event()

    @contextmanager
    def engine():
        def commit(batch):
            begun.set()
            queued.wait()
            return [(None, None)]  # answers nobody: delivering it raises

        yield commit

    batches = Batches(engine)
    threading.Thread(target=lambda: batches.run("first"), daemon=True).start()
    begun.wait()
    late = ThreadPoolExecutor(1).submit(batches.run, "second")
    while batches.waiting < 1:
        pass
    queued.set()

    assert isinstance(late.exception(timeout=30), Busy)
    assert not batches.alive


def test_a_full_queue_answers_busy_at_once_and_keeps_nothing_of_it(tmp_path):
    store = opened(tmp_path, queue_limit=5)
    hold, held = threading.Event(), threading.Event()
    waiting = threading.Thread(target=store._writer.run, args=(lambda _: held.set() or hold.wait(),))
    waiting.start()
    held.wait()
    threading.Timer(0.2, hold.set).start()

    outcomes = submit_all(store, [command(f"person-number-{n:04}") for n in range(20)])

    waiting.join()
    kept = len(list(store.rows(made_form())))
    store.close()
    assert kept == 5
    assert [type(outcome) for outcome in outcomes[5:]] == [Busy] * 15


def test_closing_commits_and_answers_all_that_waits_and_then_takes_nothing(tmp_path):
    store = opened(tmp_path)
    hold, held = threading.Event(), threading.Event()
    blocker = threading.Thread(target=store._writer.run, args=(lambda _: held.set() or hold.wait(),))
    blocker.start()
    held.wait()
    answers: list[int] = []
    late = [threading.Thread(target=lambda: answers.append(store.add_session(new_session()))) for _ in range(30)]
    for thread in late:
        thread.start()
    while store.health().waiting < 30:
        pass
    hold.set()

    store.close()

    for thread in (blocker, *late):
        thread.join()
    with raw(tmp_path) as db:
        assert sorted(answers) == [row[0] for row in db.execute("SELECT id FROM training_session ORDER BY id")]
    assert len(answers) == 30
    with pytest.raises(Busy):
        store.add_session(new_session())


@pytest.mark.parametrize("moved", ["forms.db", "forms.db-wal"])
def test_when_the_file_is_moved_away_nothing_is_acknowledged_any_more(store, tmp_path, moved):
    kept = submit(store, command("person-number-0001"))
    (tmp_path / moved).rename(tmp_path / "elsewhere")

    outcomes = submit_all(store, [command(f"person-number-{n:04}") for n in range(2, 6)])

    assert all(isinstance(outcome, Busy) for outcome in outcomes)
    assert not store.health().ready
    (tmp_path / "elsewhere").rename(tmp_path / moved)
    assert submit(store, command("person-number-0001")).reference == kept.reference
    assert store.health().ready


def test_when_the_whole_folder_is_moved_away_it_says_so(tmp_path):
    store = opened(tmp_path / "var")
    (tmp_path / "var").rename(tmp_path / "elsewhere")

    health = store.health()
    store.close()

    assert not health.ready
    assert any("ไม่อยู่ที่เดิม" in problem for problem in health.problems)


def test_another_file_in_its_place_is_noticed_too(store, tmp_path):
    (tmp_path / "forms.db").rename(tmp_path / "elsewhere")
    (tmp_path / "forms.db").write_bytes((tmp_path / "elsewhere").read_bytes())

    assert all(isinstance(outcome, Busy) for outcome in submit_all(store, [command("person-number-0001")]))


def test_a_nearly_full_disk_turns_new_answers_away_while_erasing_still_writes(tmp_path):
    roomy = opened(tmp_path)
    kept = submit(roomy, command("person-number-0001"))
    roomy.close()
    store = opened(tmp_path, least_free=10**18)

    outcomes = submit_all(store, [command("person-number-0002")])

    assert [type(outcome) for outcome in outcomes] == [Busy]
    assert store.erase(kept.reference, "officer:test") is not None
    assert not store.health().ready
    store.close()


def test_a_process_that_keeps_the_side_lock_makes_others_busy_not_hang(store, tmp_path):
    with (tmp_path / "forms.db.lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        outcomes = submit_all(store, [command(f"person-number-{n:04}") for n in range(3)])

    assert all(isinstance(outcome, Busy) for outcome in outcomes)
    assert not submit(store, command("person-number-0001")).replayed


def test_a_database_locked_by_another_program_answers_busy_and_the_same_key_works_afterwards(store, tmp_path):
    other = sqlite3.connect(tmp_path / "forms.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    outcomes = submit_all(store, [command(f"person-number-{n:04}") for n in range(3)])

    assert all(isinstance(outcome, Busy) for outcome in outcomes)
    other.execute("ROLLBACK")
    other.close()
    assert not submit(store, command("person-number-0001")).replayed


def test_a_full_disk_fails_the_whole_batch_and_the_same_keys_work_after_room_is_made(store, tmp_path):
    def limit(connection, pages):
        connection.execute("ROLLBACK TO command")
        connection.execute(f"PRAGMA max_page_count = {pages}")

    submit(store, command("person-number-0000"))
    store._writer.run(lambda connection: limit(connection, 1))
    many = [command(f"person-number-{n:04}", note="ก" * 900) for n in range(1, 60)]

    refused = submit_all(store, many)

    assert {type(outcome) for outcome in refused} == {Busy}
    assert len(list(store.rows(made_form()))) == 1
    store._writer.run(lambda connection: limit(connection, 1_000_000))
    assert not any(isinstance(outcome, BaseException) for outcome in submit_all(store, many))
    assert len(list(store.rows(made_form()))) == 60


def test_the_writing_connection_cannot_be_used_from_another_thread(store):
    connection = store._writer.run(lambda connection: connection)

    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")


def test_every_commit_is_synced_and_foreign_keys_hold(store):
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")

    seen = store._writer.run(lambda db: [db.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas])

    assert seen == ["wal", 2, 1, 1]


def test_readers_cannot_write(store):
    with store._readers.lend() as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM training_session")


def test_only_this_user_may_read_the_files(store, tmp_path):
    submit(store, command("person-number-0001"))

    kept = (path for path in tmp_path.glob("forms.db*") if path.suffix not in (".lock", ".next"))
    modes = {path.name: path.stat().st_mode & 0o077 for path in kept}

    assert modes == {"forms.db": 0, "forms.db-wal": 0, "forms.db-shm": 0}


def test_two_processes_that_write_at_once_lose_nothing_and_double_nothing(tmp_path):
    opened(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from tests.store_samples import *\n"
        "store = opened(Path(sys.argv[1]))\n"
        "outcomes = submit_all(store, [command(f'shared-by-both-{n:04}', session_id=1) for n in range(200)])\n"
        "print(*(outcome.reference for outcome in outcomes)); store.close()"
    )
    store = opened(tmp_path)
    store.add_session(new_session(capacity=30))
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    first, second = (process.communicate()[0] for process in started)

    assert first == second
    assert store.counts()["trainer_signup"] == 200
    assert (store.session(1).taken, store.session(1).waiting) == (30, 170)
    store.close()


def test_a_fault_in_our_own_code_fails_one_command_and_the_writer_goes_on(tmp_path):
    def wrong(_connection):
        raise ZeroDivisionError

    store = opened(tmp_path)

    with pytest.raises(ZeroDivisionError):
        store._writer.run(wrong)

    assert store.add_session(new_session()) == 1
    store.close()


def test_a_writer_that_cannot_prepare_says_why_and_leaves_no_thread(tmp_path):
    def wrong(_connection):
        raise SettingsError("ไม่พร้อม")

    before = set(threading.enumerate())  # a store that another test shares may be open in this process

    with pytest.raises(SettingsError, match="ไม่พร้อม"):
        Writer(tmp_path / "forms.db", wrong, lambda _connection, _commands: [])

    assert set(threading.enumerate()) <= before


def test_where_the_file_cannot_be_read_readers_are_told_to_come_back(store, tmp_path):
    (tmp_path / "forms.db").rename(tmp_path / "elsewhere")

    with pytest.raises(Busy):
        store.open_sessions()


def test_whatever_a_command_raises_the_writer_answers_and_goes_on(store):
    with pytest.raises(Busy):
        store._writer.run(lambda _connection: sys.exit("no command may stop the writer"))

    assert store.add_session(new_session()) == 1


def test_a_folder_that_cannot_be_written_is_told_and_nothing_hangs(tmp_path):
    (tmp_path / "forms.db.lock").mkdir()

    with pytest.raises(SettingsError, match="เปิดไฟล์ข้อมูล"):
        opened(tmp_path)
