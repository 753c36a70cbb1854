import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from forms_api.errors import SettingsError
from forms_api.store import database_path, open_store
from forms_api.store.schema import FIXED_COLUMNS, pending
from forms_api.store.sqlite import SqliteStore
from tests.store_samples import FIELDS, VAULT, command, field, made_form, new_session, opened, submit


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path)
    yield store
    store.close()


def raw(tmp_path: Path) -> sqlite3.Connection:
    return sqlite3.connect(tmp_path / "forms.db")


def test_capacity_is_a_rule_of_the_table_too(store, tmp_path):
    session_id = store.add_session(new_session(capacity=1))

    with raw(tmp_path) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE training_session SET taken = 2 WHERE id = ?", (session_id,))


def test_tables_are_strict_and_hold_the_columns_of_the_form(store, tmp_path):
    with raw(tmp_path) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(trainer_signup)")]
        tables = dict(db.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall())

    fixed, asked = names[:10], names[10:]
    assert fixed == ["row_id", *FIXED_COLUMNS, "ended_at"]
    assert asked == ["full_name", "phone", "province", "note", "phone_hash"]
    assert [tables[name] for name in ("trainer_signup", "training_session", "idempotency")] == [1, 1, 1]


def test_a_field_added_to_the_form_becomes_a_column_and_old_rows_stay(tmp_path):
    store = opened(tmp_path)
    submit(store, command("person-number-0001"))
    store.close()
    longer = made_form(fields=[*FIELDS, field("village", "text", required=False)])

    store = opened(tmp_path, longer)
    submit(store, command("person-number-0002", form=longer, village="หมู่ 4"))

    assert store.migrate() == ["trainer_signup.village"]
    assert [row["village"] for row in store.rows(longer)] == [None, "หมู่ 4"]
    store.close()


def test_a_field_taken_from_the_form_keeps_its_column(tmp_path):
    store = opened(tmp_path)
    submit(store, command("person-number-0001", note="เก็บไว้"))
    store.close()
    opened(tmp_path, made_form(fields=FIELDS[:-1])).close()

    store = opened(tmp_path)
    assert [row["note"] for row in store.rows(made_form())] == ["เก็บไว้"]
    store.close()


def test_a_field_that_changes_its_kind_is_refused_with_what_to_do(tmp_path):
    opened(tmp_path).close()
    other = made_form(fields=[*FIELDS[:-1], field("note", "notice", text="อ่านแล้ว")])

    with pytest.raises(SettingsError, match="give the changed field a new name"):
        opened(tmp_path, other)


@pytest.mark.parametrize("name", ["reference", "channel", "state", "ticket", "position"])
def test_a_field_may_not_take_the_name_of_a_fixed_column(tmp_path, name):
    with pytest.raises(SettingsError, match=name):
        opened(tmp_path, made_form(fields=[field(name, "text")]))


def test_opening_a_store_again_changes_nothing(tmp_path):
    opened(tmp_path).close()
    store = opened(tmp_path)

    assert store.migrate() == []
    counts = dict.fromkeys(("audit", "idempotency", "trainer_signup", "training_session"), 0)
    assert store.counts() == counts | {"store_fact": 1}
    store.close()


def test_two_processes_that_migrate_at_once_both_succeed(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.store_samples import *\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "store = opened(Path(sys.argv[1])); store.seed_sessions([new_session()]); store.close()"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.close()

    assert [process.wait() for process in started] == [0] * 4
    with raw(tmp_path) as db:
        assert pending(db, [made_form()]) == []
        assert db.execute("SELECT count(*) FROM training_session").fetchone() == (1,)
    for process in started:
        process.stdout.close()


@pytest.mark.parametrize("url", ["", "sqlite:///", "postgresql://x/y", "var/forms.db"])
def test_an_address_that_is_no_store_is_refused(url):
    with pytest.raises(SettingsError, match="FORMS_API_STORE"):
        database_path(url)


def test_a_store_is_opened_by_its_address(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/kept/forms.db", [made_form()], VAULT)

    store.close()
    assert isinstance(store, SqliteStore)
    assert (tmp_path / "kept/forms.db").exists()
