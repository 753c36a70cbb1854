"""Tables in PostgreSQL and how they come to be: the same as in SQLite, by the same names (store/schema.py).

Each step is applied once, in one transaction with all others that are missing, under a lock that a second node
waits for. Text that is compared as codes is COLLATE "C", so that both engines order it alike.
"""

import re
from collections.abc import Iterable, Iterator

from forms_api.errors import SettingsError
from forms_api.store.postgres.functions import keep_function
from forms_api.store.postgres.pool import Spoken
from forms_api.store.schema import columns, index_column, indexed, name_of
from forms_api.store.statements import quoted
from site_builder.forms import Form
from site_builder.forms.places import Province

LOCK = 75_249  # our own number for advisory locks: schema (LOCK) and the end of the audit log (LOCK + 1)

_STEPS = 'CREATE TABLE IF NOT EXISTS schema_step (name text COLLATE "C" PRIMARY KEY, at timestamptz DEFAULT now())'
_TYPES: dict[type, str] = {str: "text", int: "bigint"}
_CODE = 'text COLLATE "C"'

_FIXED = (
    (
        "training_session",
        f"""
        CREATE TABLE training_session (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            province {_CODE} NOT NULL CHECK (length(province) = 2),
            starts_at {_CODE} NOT NULL CHECK (starts_at ~ '^20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]$'),
            place text NOT NULL CHECK (place <> ''),
            capacity bigint NOT NULL CHECK (capacity > 0),
            taken bigint NOT NULL DEFAULT 0 CHECK (taken >= 0 AND taken <= capacity),
            waiting bigint NOT NULL DEFAULT 0 CHECK (waiting >= 0),
            next_ticket bigint NOT NULL DEFAULT 1 CHECK (next_ticket > 0),
            state {_CODE} NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed'))
        ) WITH (fillfactor = 50)""",  # room for a row's next version beside it: seats are counted in place
    ),
    ("training_session_province", "CREATE INDEX training_session_province ON training_session (province, starts_at)"),
    (
        "idempotency",
        f"""
        CREATE TABLE idempotency (
            form_id {_CODE} NOT NULL,
            key {_CODE} NOT NULL,
            body_hash {_CODE} NOT NULL,
            reference {_CODE} NOT NULL,
            state {_CODE} NOT NULL,
            position bigint,
            created_at {_CODE} NOT NULL,
            erased_at {_CODE},
            PRIMARY KEY (form_id, key)
        )""",
    ),
    (
        "audit",
        f"""
        CREATE TABLE audit (
            seq bigint PRIMARY KEY,
            at {_CODE} NOT NULL,
            actor text NOT NULL CHECK (actor <> ''),
            action {_CODE} NOT NULL CHECK (action <> ''),
            object text NOT NULL,
            detail text NOT NULL,
            keyed bigint NOT NULL CHECK (keyed IN (0, 1)),
            hash {_CODE} NOT NULL CHECK (length(hash) = 64)
        )""",
    ),
    (
        "audit_only_grows",
        """
        CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$""",
    ),
    (
        "audit_guard",
        """
        CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()""",
    ),
    ("store_fact", f"CREATE TABLE store_fact (name {_CODE} PRIMARY KEY, value text NOT NULL)"),
)


def prepare(sql: Spoken, forms: Iterable[Form]) -> list[str]:
    """Apply every step that is missing and make the functions, in the transaction at hand; return the steps' names.

    Raises SettingsError where the data has been through steps that this program does not know.
    """
    forms = tuple(forms)
    sql.execute("SELECT pg_advisory_xact_lock(?)", (LOCK,))
    sql.execute(_STEPS)
    done = {row[0] for row in sql.execute("SELECT name FROM schema_step")}
    if strange := _unknown(sql, done):
        raise SettingsError(f"ข้อมูลนี้มาจากโปรแกรมรุ่นใหม่กว่า ({', '.join(strange)}) ใช้โปรแกรมรุ่นนั้น")
    taken = [(name, step) for name, step in _steps(forms) if name not in done]
    for name, step in taken:
        sql.execute(step)
        sql.execute("INSERT INTO schema_step (name) VALUES (?)", (name,))
    for form in forms:
        sql.connection.execute(keep_function(form, [one.id for one in forms]).statement.encode())
    return [name for name, _ in taken]


def pending(sql: Spoken, forms: Iterable[Form]) -> list[str]:
    """Return the names of the steps that `prepare` would take."""
    exists = sql.execute("SELECT to_regclass('schema_step')").fetchone()[0]
    done = {row[0] for row in sql.execute("SELECT name FROM schema_step")} if exists else set()
    return [name for name, _ in _steps(tuple(forms)) if name not in done]


def _unknown(sql: Spoken, done: Iterable[str]) -> list[str]:
    """Return the steps that are neither ours nor those of a form's table (a form may have been taken away)."""
    having_versions = "SELECT table_name FROM information_schema.columns WHERE column_name = 'form_version'"
    known = {name for name, _ in _FIXED} | {str(row[0]) for row in sql.execute(having_versions)}
    return sorted(name for name in done if re.split("[.:]", name)[0] not in known)


def _steps(forms: Iterable[Form]) -> Iterator[tuple[str, str]]:
    yield from _FIXED
    for form in forms:
        yield form.id, _table(form.id)
        on_tickets = f"ON {quoted(form.id)} (session_id, ticket)"
        ticket, waiting = quoted(f"{form.id}_ticket"), quoted(f"{form.id}_waiting")
        yield f"{form.id}:ticket", f"CREATE UNIQUE INDEX {ticket} {on_tickets} WHERE session_id IS NOT NULL"
        yield f"{form.id}:waiting", f"CREATE INDEX {waiting} {on_tickets} WHERE state = 'waiting'"
        for name, kind in columns(form).items():
            yield _column(form.id, name, _CODE if name == name_of(form, Province) else _TYPES[kind])
        for name in indexed(form):
            yield _column(form.id, index_column(name), _CODE)
            yield _index(form.id, f"{name}_index", (index_column(name),))
        if province := name_of(form, Province):
            yield _index(form.id, "listed", (province, "state", "row_id"))


def _table(name: str) -> str:
    return f"""
        CREATE TABLE {quoted(name)} (
            row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            reference {_CODE} NOT NULL CONSTRAINT {quoted(f"{name}_reference")} UNIQUE,
            key {_CODE} NOT NULL,
            form_version {_CODE} NOT NULL,
            created_at {_CODE} NOT NULL,
            channel {_CODE} NOT NULL CHECK (channel IN ('web', 'api')),
            state {_CODE} NOT NULL CHECK (state IN ('seated', 'waiting', 'received', 'cancelled', 'done')),
            session_id bigint REFERENCES training_session (id),
            ticket bigint,
            ended_at {_CODE},
            CHECK (state NOT IN ('seated', 'waiting') OR session_id IS NOT NULL),
            CHECK (state NOT IN ('received', 'done') OR session_id IS NULL),
            CHECK ((session_id IS NULL) = (ticket IS NULL)),
            CHECK ((state IN ('cancelled', 'done')) = (ended_at IS NOT NULL))
        )"""


def _column(table: str, name: str, kind: str) -> tuple[str, str]:
    return f"{table}.{name}", f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {kind}"


def _index(table: str, name: str, names: Iterable[str]) -> tuple[str, str]:
    listed = ", ".join(map(quoted, names))
    return f"{table}:{name}", f"CREATE INDEX {quoted(f'{table}_{name}')} ON {quoted(table)} ({listed})"
