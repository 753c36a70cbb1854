"""Tables, and how they come to be: fixed ones by numbered steps, one table per form from its definition.

A field added to `content/forms/<id>.yml` becomes a column at the next start. A field taken away keeps its column,
so that old answers stay readable. The type of a column never changes: such a field needs a new name.
"""

from collections.abc import Iterable, Mapping

from forms_api.errors import SettingsError
from forms_api.store._sqlite import BUSY_MS, Connection, Database, Migrations
from forms_api.store.protocol import ROW_COLUMNS
from forms_api.store.statements import NAME, quoted
from site_builder.forms import Form
from site_builder.forms.places import SessionChoice

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
_TAKEN_NAMES = frozenset({*ROW_COLUMNS, *FIXED_COLUMNS, "row_id"})
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


def form_tables(forms: Iterable[Form]) -> Migrations:
    """One step that makes each form's table, then one step for each of its columns."""
    steps = Migrations("forms")
    for form in forms:
        _table_step(steps, form.id)
        for name, kind in columns(form).items():
            _column_step(steps, form.id, name, kind)
    return steps


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


def prepare(connection: Connection, forms: Iterable[Form]) -> list[str]:
    """Apply every step that is missing, in one transaction; return their names.

    BEGIN IMMEDIATE first: sqlite-utils would begin deferred, and of two processes that start at once one would fail.
    """
    forms = tuple(forms)
    sets = [tables, form_tables(forms)]
    connection.execute(f"PRAGMA busy_timeout = {_MIGRATION_WAIT_MS}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        db = Database(connection, execute_plugins=False)
        taken = [step.name for steps in sets for step in steps.pending(db)]
        for steps in sets:
            steps.apply(db)
        _check_kinds(db, forms)
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


def _table_step(steps: Migrations, table: str) -> None:
    def create(db: Database) -> None:
        db.execute(f"""
            CREATE TABLE {quoted(table)} (
                row_id INTEGER PRIMARY KEY,
                reference TEXT NOT NULL UNIQUE,
                key TEXT NOT NULL,
                form_version TEXT NOT NULL,
                created_at TEXT NOT NULL,
                channel TEXT NOT NULL CHECK (channel IN ('web', 'api')),
                state TEXT NOT NULL CHECK (state IN ('seated', 'waiting', 'received')),
                session_id INTEGER REFERENCES training_session (id),
                ticket INTEGER,
                CHECK ((state = 'received') = (session_id IS NULL)),
                CHECK ((session_id IS NULL) = (ticket IS NULL))
            ) STRICT
        """)
        on_tickets = f"ON {quoted(table)} (session_id, ticket)"
        db.execute(f"CREATE UNIQUE INDEX {quoted(table + '_ticket')} {on_tickets} WHERE session_id IS NOT NULL")
        db.execute(f"CREATE INDEX {quoted(table + '_waiting')} {on_tickets} WHERE state = 'waiting'")

    steps(name=table)(create)


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
