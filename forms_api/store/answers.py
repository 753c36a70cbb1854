"""Reading kept answers: one person's status, and every row for an export."""

from collections.abc import Iterable, Iterator, Mapping

from forms_api.errors import StoreError
from forms_api.store import statements, training
from forms_api.store._sqlite import Connection, Database
from forms_api.store.protocol import ROW_COLUMNS, StatusRow
from forms_api.store.schema import columns
from site_builder.forms import Field, Form
from site_builder.forms.fields import ThaiPhone
from site_builder.forms.places import Province


class ExportIncomplete(StoreError):
    """Fewer or more rows were read than the same snapshot counted."""


class Answers:
    """Statements that read the tables of a set of forms."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._status = {form.id: statements.status(form.id, _name_of(form, ThaiPhone)) for form in forms}

    def status(self, connection: Connection, reference: str) -> StatusRow | None:
        """Return what became of a submission, or None."""
        for form_id, sql in self._status.items():
            if row := connection.execute(sql, (reference,)).fetchone():
                state, position, phone, session_id = row
                session = training.find(connection, session_id) if session_id is not None else None
                return StatusRow(form_id, state, position, (phone or "")[-4:], session)
        return None

    def rows(self, connection: Connection, form: Form, province: str | None) -> Iterator[Mapping[str, object]]:
        """Yield each row as one mapping; raise ExportIncomplete rather than end early."""
        column = _province_column(form) if province else None
        given = [province] if province else []
        (expected,) = connection.execute(statements.count(form.id, column), given).fetchone()
        db = Database(connection, recursive_triggers=False, execute_plugins=False)
        seen = 0
        for row in db.query(statements.rows(form.id, ROW_COLUMNS, columns(form), column), given):
            seen += 1
            yield row
        if seen != expected:
            raise ExportIncomplete(f"{form.id}: {seen} rows read, {expected} counted")


def _province_column(form: Form) -> str:
    name = _name_of(form, Province)
    if name is None:
        raise StoreError(f"แบบ {form.id} ไม่ได้ถามจังหวัด จึงเลือกเฉพาะจังหวัดไม่ได้")
    return name


def _name_of(form: Form, kind: type[Field]) -> str | None:
    """Return the name of the form's first question of a kind, or None."""
    return next((field.name for field in form.fields if isinstance(field, kind)), None)
