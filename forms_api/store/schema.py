"""Tables, and how they come to be: fixed ones by numbered steps, one table per form from its definition.

A field added to `content/forms/<id>.yml` becomes a column at the next start. A field taken away keeps its column,
so that old answers stay readable. The type of a column never changes: such a field needs a new name.
"""

from collections.abc import Callable, Iterable, Mapping

from forms_api.errors import SettingsError
from forms_api.store._sqlite import BUSY_MS, Connection, Database, Migrations
from forms_api.store.protocol import ROW_COLUMNS
from forms_api.store.statements import NAME, copy_rows, quoted
from site_builder.forms import Field, Form
from site_builder.forms.fields import ThaiPhone
from site_builder.forms.places import Province, SessionChoice

FIXED_COLUMNS = (
    "reference",
    "key",
    "form_version",
    "created_at",
    "channel",
    "state",
    "session_id",
    "ticket",
)
_TAKEN_NAMES = frozenset({*ROW_COLUMNS, *FIXED_COLUMNS, "row_id", "ended_at"})
_SQL_TYPES: Mapping[type, str] = {str: "TEXT", int: "INTEGER"}
_MIGRATION_WAIT_MS = 30_000

tables = Migrations("forms_api")


@tables()
def training_session(db: Database) -> None:
    """Sessions, with the counters that seat people: `taken` seats, `next_ticket` in order of arrival, `waiting`."""
    db.execute("""
        CREATE TABLE training_session (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            province TEXT NOT NULL CHECK (length(province) = 2),
            starts_at TEXT NOT NULL CHECK (starts_at GLOB '20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]'),
            place TEXT NOT NULL CHECK (place <> ''),
            capacity INTEGER NOT NULL CHECK (capacity > 0),
            taken INTEGER NOT NULL DEFAULT 0 CHECK (taken >= 0 AND taken <= capacity),
            waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),
            next_ticket INTEGER NOT NULL DEFAULT 1 CHECK (next_ticket > 0),
            state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed'))
        ) STRICT
    """)
    db.execute("CREATE INDEX training_session_province ON training_session (province, starts_at)")


@tables()
def idempotency(db: Database) -> None:
    """The first answer to each key, and the hash of the answers it was given for."""
    db.execute("""
        CREATE TABLE idempotency (
            form_id TEXT NOT NULL,
            key TEXT NOT NULL,
            body_hash TEXT NOT NULL,
            reference TEXT NOT NULL,
            state TEXT NOT NULL,
            position INTEGER,
            created_at TEXT NOT NULL,
            PRIMARY KEY (form_id, key)
        ) STRICT, WITHOUT ROWID
    """)


@tables()
def erased_answers(db: Database) -> None:
    """When the answers of a key were deleted: the key alone stays for a while, so that a late resend keeps nothing."""
    db.execute("ALTER TABLE idempotency ADD COLUMN erased_at TEXT")


@tables()
def audit(db: Database) -> None:
    """Who did what, append-only: a chain of hashes (store/audit.py), and triggers against slips of the hand."""
    db.execute("""
        CREATE TABLE audit (
            seq INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            actor TEXT NOT NULL CHECK (actor <> ''),
            action TEXT NOT NULL CHECK (action <> ''),
            object TEXT NOT NULL,
            detail TEXT NOT NULL,
            keyed INTEGER NOT NULL CHECK (keyed IN (0, 1)),
            hash TEXT NOT NULL CHECK (length(hash) = 64)
        ) STRICT
    """)
    for event in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_no_{event.lower()} BEFORE {event} ON audit"
            " BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END"
        )


@tables()
def store_fact(db: Database) -> None:
    """What the store knows of itself, such as a sealed word that tells whether the keys are still the same."""
    db.execute("CREATE TABLE store_fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID")


@tables()
def audit_no_replace(db: Database) -> None:
    """INSERT OR REPLACE deletes the older row without any trigger of deletion: refuse a number that is taken."""
    db.execute(
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit"
        " WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END"
    )


def form_tables(forms: Iterable[Form]) -> Migrations:
    """Steps that make each form's table, its columns, and the indexes that its questions call for."""
    steps = Migrations("forms")
    for form in forms:
        _table_step(steps, form.id)
        _lifecycle_step(steps, form.id)
        for name, kind in columns(form).items():
            _column_step(steps, form.id, name, kind)
        for name in indexed(form):
            _column_step(steps, form.id, index_column(name), str)
            _index_step(steps, form.id, f"{name}_index", (index_column(name),))
        if province := name_of(form, Province):
            _index_step(steps, form.id, "listed", (province, "state", "row_id"))
    return steps


def indexed(form: Form) -> list[str]:
    """The secret questions by whose answer a form is found again: telephone numbers."""
    return [field.name for field in form.fields if isinstance(field, ThaiPhone)]


def index_column(name: str) -> str:
    """The column that holds the keyed hash of a question's answer."""
    return f"{name}_hash"


def name_of(form: Form, kind: type[Field]) -> str | None:
    """The name of the form's first question of a kind, or None."""
    return next((field.name for field in form.fields if isinstance(field, kind)), None)


def columns(form: Form) -> dict[str, type]:
    """The answer columns of a form: name and kind (str or int), in the order of the questions.

    The session asked for is not among them: every table has `session_id`.
    """
    found: dict[str, type] = {}
    for field in form.fields:
        if isinstance(field, SessionChoice):
            continue
        if field.column not in _SQL_TYPES or field.name in _TAKEN_NAMES or not NAME.fullmatch(field.name):
            raise SettingsError(f"content/forms/{form.id}.yml: field {field.name!r} cannot be a column of the table")
        found[field.name] = field.column
    return found


def prepare(
    connection: Connection, forms: Iterable[Form], check: Callable[[Connection], None] = lambda _connection: None
) -> list[str]:
    """Apply every step that is missing, and what `check` wants kept or refused, in one transaction; return the names.

    BEGIN IMMEDIATE first: sqlite-utils would begin deferred, and of two processes that start at once one would fail.
    """
    forms = tuple(forms)
    sets = [tables, form_tables(forms)]
    connection.execute(f"PRAGMA busy_timeout = {_MIGRATION_WAIT_MS}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        db = Database(connection, execute_plugins=False)
        if strange := unknown(connection):
            raise SettingsError(f"ข้อมูลนี้มาจากโปรแกรมรุ่นใหม่กว่า ({', '.join(strange)}) ใช้โปรแกรมรุ่นนั้น")
        taken = [step.name for steps in sets for step in steps.pending(db)]
        for steps in sets:
            steps.apply(db)
        _check_kinds(db, forms)
        check(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return taken


def pending(connection: Connection, forms: Iterable[Form]) -> list[str]:
    """Names of the steps that `prepare` would take; reads only."""
    db = Database(connection, execute_plugins=False, recursive_triggers=False)
    return [step.name for steps in (tables, form_tables(forms)) for step in steps.pending(db)]


def unknown(connection: Connection) -> list[str]:
    """Names of steps that this data has been through and this program does not know: the data is younger."""
    known = {step.name for step in tables.pending(Database(memory=True))}
    db = Database(connection, execute_plugins=False, recursive_triggers=False)
    return sorted({step.name for step in tables.applied(db)} - known)


def _table_step(steps: Migrations, table: str) -> None:
    steps(name=table)(lambda db: _create(db, table))


def _create(db: Database, table: str) -> None:
    db.execute(f"""
        CREATE TABLE {quoted(table)} (
            row_id INTEGER PRIMARY KEY,
            reference TEXT NOT NULL UNIQUE,
            key TEXT NOT NULL,
            form_version TEXT NOT NULL,
            created_at TEXT NOT NULL,
            channel TEXT NOT NULL CHECK (channel IN ('web', 'api')),
            state TEXT NOT NULL CHECK (state IN ('seated', 'waiting', 'received', 'cancelled', 'done')),
            session_id INTEGER REFERENCES training_session (id),
            ticket INTEGER,
            ended_at TEXT,
            CHECK (state NOT IN ('seated', 'waiting') OR session_id IS NOT NULL),
            CHECK (state NOT IN ('received', 'done') OR session_id IS NULL),
            CHECK ((session_id IS NULL) = (ticket IS NULL)),
            CHECK ((state IN ('cancelled', 'done')) = (ended_at IS NOT NULL))
        ) STRICT
    """)
    on_tickets = f"ON {quoted(table)} (session_id, ticket)"
    db.execute(f"CREATE UNIQUE INDEX {quoted(table + '_ticket')} {on_tickets} WHERE session_id IS NOT NULL")
    db.execute(f"CREATE INDEX {quoted(table + '_waiting')} {on_tickets} WHERE state = 'waiting'")


def _lifecycle_step(steps: Migrations, table: str) -> None:
    """Tables from before forms could be cancelled are made anew: SQLite cannot change a CHECK in place."""

    def rebuild(db: Database) -> None:
        kept = db.table(table).columns_dict
        if "ended_at" in kept:
            return
        before = f"{table}_before"
        for index in (f"{table}_ticket", f"{table}_waiting"):
            db.execute(f"DROP INDEX {quoted(index)}")
        db.execute(f"ALTER TABLE {quoted(table)} RENAME TO {quoted(before)}")
        _create(db, table)
        for name in [name for name in kept if name not in db.table(table).columns_dict]:
            db.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {_SQL_TYPES[kept[name]]}")
        db.execute(copy_rows(before, table, kept))
        db.execute(f"DROP TABLE {quoted(before)}")

    steps(name=f"{table}.ended_at")(rebuild)


def _index_step(steps: Migrations, table: str, name: str, names: Iterable[str]) -> None:
    listed = ", ".join(map(quoted, names))

    def create(db: Database) -> None:
        db.execute(f"CREATE INDEX {quoted(f'{table}_{name}')} ON {quoted(table)} ({listed})")

    steps(name=f"{table}:{name}")(create)


def _column_step(steps: Migrations, table: str, column: str, kind: type) -> None:
    def add(db: Database) -> None:
        db.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(column)} {_SQL_TYPES[kind]}")

    steps(name=f"{table}.{column}")(add)


def _check_kinds(db: Database, forms: Iterable[Form]) -> None:
    for form in forms:
        kept = db.table(form.id).columns_dict
        for name, kind in columns(form).items():
            if kept[name] is not kind:
                raise SettingsError(
                    f"content/forms/{form.id}.yml: field {name!r} was kept as {kept[name].__name__} before, "
                    f"now it is {kind.__name__}; give the changed field a new name"
                )
