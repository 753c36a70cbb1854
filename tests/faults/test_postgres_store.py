"""The store in PostgreSQL when the server, another node or an older program gets in its way."""

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from forms_api.errors import Busy, SettingsError
from forms_api.store import open_store
from forms_api.store.audit import Act
from forms_api.store.postgres import PostgresStore
from forms_api.store.postgres.schema import LOCK
from tests.clusters import new_database
from tests.store_samples import VAULT, command, made_form, new_session, submit

ACTOR = "officer:test"


@pytest.fixture
def url() -> str:
    return new_database()


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore(url, [made_form()], VAULT)
    yield store
    store.close()


@contextmanager
def writer_held(store: PostgresStore) -> Iterator[Callable[[], None]]:
    """Keep the writing thread waiting, so that what comes meanwhile makes one batch; give the way to let it go."""
    hold, held = threading.Event(), threading.Event()

    def wait(_sql: object) -> None:
        held.set()
        hold.wait()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(store._batches.run, wait)
        held.wait()
        try:
            yield hold.set
        finally:
            hold.set()


def query(url: str, sql: str, *given: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(sql.encode(), given).fetchall()


@contextmanager
def setting(url: str, name: str, value: str) -> Iterator[None]:
    """Change a switch of the whole server, as its administrator would, until the end of the block."""
    before = query(url, f"SHOW {name}")
    administrator = psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off")
    administrator.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
    administrator.execute("SELECT pg_reload_conf()")
    try:
        while query(url, f"SHOW {name}") == before:
            time.sleep(0.01)
        yield
    finally:
        administrator.execute(f"ALTER SYSTEM RESET {name}".encode())
        administrator.execute("SELECT pg_reload_conf()")
        administrator.close()
        while query(url, f"SHOW {name}") != before:
            time.sleep(0.01)


def test_while_the_server_takes_no_writes_people_are_told_to_come_back_and_health_says_so(store, url):
    submit(store, command("person-number-0001"))

    with setting(url, "default_transaction_read_only", "on"):
        time.sleep(0.2)  # the connections that are open read the change when they are next asked
        with pytest.raises(Busy):
            submit(store, command("person-number-0002"))
        during = store.health()
        read = list(store.rows(made_form()))

    assert not during.ready
    assert len(read) == 1
    assert not submit(store, command("person-number-0002")).replayed
    assert store.health().ready


def test_a_connection_whose_server_takes_no_writes_any_more_is_not_kept(store):
    store._run(lambda sql: sql.execute("SET default_transaction_read_only = on"))  # as a primary that has stepped down

    with pytest.raises(Busy):
        submit(store, command("person-number-0001"))

    assert not submit(store, command("person-number-0001")).replayed


def test_a_server_that_could_lose_what_it_acknowledged_is_refused_on_every_new_connection(store, url):
    with setting(url, "full_page_writes", "off"):
        with pytest.raises(SettingsError, match="full_page_writes=off"):
            PostgresStore(url, [made_form()], VAULT)
        store._writer._drop()  # as after a failover
        with pytest.raises(Busy):
            submit(store, command("person-number-0001"))

    assert not submit(store, command("person-number-0001")).replayed


@pytest.mark.parametrize("value", ["off", "local"])
def test_our_commits_are_synced_whatever_the_server_does_with_others(url, value):
    with setting(url, "synchronous_commit", value):
        store = PostgresStore(url, [made_form()], VAULT)
        shown = store._run(lambda sql: sql.execute("SHOW synchronous_commit").fetchone())
        store.close()

    assert shown == ("on",)


@pytest.mark.parametrize(
    "url",
    [
        "postgres+psycopg://forms:geheim77@db/forms",
        "postgresql://forms:geheim/77@127.0.0.1:1/forms",
        "postgresql://forms:ge@heim77@127.0.0.1:1/forms",
        "postgresql://forms:geheim%ss77@127.0.0.1:1/forms",
        "postgresql://forms:geheim#77@127.0.0.1:1/forms",
        "postgresql://forms:geheim77@127.0.0.1:1/forms",
        "postgresql://forms@127.0.0.1:1/forms?password=geheim77",
        "host=db password=geheim77",
    ],
)
def test_an_address_that_does_not_work_is_told_without_its_password(url):
    with pytest.raises(SettingsError) as refused:
        open_store(url, [made_form()], VAULT)

    told = "".join(traceback.format_exception(refused.value))
    assert not [piece for piece in ("geheim", "heim77", "ss77", "77@") if piece in told]


def test_nobody_holds_the_end_of_the_audit_log_while_waiting_for_a_session(store, url):
    session_id = store.add_session(new_session(capacity=1))
    reference = submit(store, command("person-number-0001", session_id=session_id)).reference

    with ThreadPoolExecutor(2) as officers, psycopg.connect(url) as other:
        with writer_held(store) as let_go:
            officers.submit(store.note, Act(ACTOR, "export", "trainer_signup"))
            while store.health().waiting < 1:
                pass
            cancelled = officers.submit(store.cancel, reference, ACTOR)
            while store.health().waiting < 2:
                pass
            other.execute("UPDATE training_session SET taken = taken")  # another node is at this session
            let_go()
        while not query(url, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            pass
        other.execute("SET LOCAL lock_timeout = 500")
        other.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK + 1,))  # and comes to the audit log
        other.rollback()
        ended = cancelled.result(timeout=5)

    assert ended is not None
