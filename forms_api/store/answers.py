"""Reading kept answers: one person's status, the newest of a province, and every row for an export."""

from collections.abc import Iterable, Iterator, Mapping

from forms_api.commands import State
from forms_api.errors import StoreError
from forms_api.store import statements, training
from forms_api.store.protocol import ROW_COLUMNS, Found, StatusRow
from forms_api.store.schema import columns, index_column, indexed, name_of
from forms_api.store.sql import Sql
from forms_api.vault import ILLEGIBLE, Vault, is_sealed
from site_builder.forms import Form
from site_builder.forms.fields import ThaiPhone
from site_builder.forms.places import Province

Row = Mapping[str, object]


class ExportIncomplete(StoreError):
    """Fewer or more rows were read than the same snapshot counted."""


class Answers:
    """Statements that read the tables of a set of forms."""

    def __init__(self, forms: Iterable[Form], vault: Vault) -> None:
        self._forms, self._vault = tuple(forms), vault
        self._status = {form.id: statements.status(form.id, name_of(form, ThaiPhone)) for form in self._forms}
        self._phones = {form.id: name_of(form, ThaiPhone) for form in self._forms}

    def status(self, sql: Sql, reference: str) -> StatusRow | None:
        """Return what became of a submission, or None."""
        for form_id, statement in self._status.items():
            if row := sql.execute(statement, (reference,)).fetchone():
                state, position, kept, session_id = row
                phone = self._vault.open(form_id, reference, self._phones[form_id] or "", kept) if kept else ""
                session = training.find(sql, session_id) if session_id is not None else None
                return StatusRow(form_id, state, position, phone[-4:], session)
        return None

    def rows(self, sql: Sql, form: Form, province: str | None) -> Iterator[Row]:
        """Yield each row as one mapping; raise ExportIncomplete rather than end early."""
        column = _province_column(form) if province else None
        given = (province,) if province else ()
        (expected,) = sql.execute(statements.count(form.id, column), given).fetchone()
        seen = 0
        for row in sql.execute(statements.rows(form.id, ROW_COLUMNS, columns(form), column), given):
            seen += 1
            yield self._opened(form, row)
        if seen != expected:
            raise ExportIncomplete(f"{form.id}: {seen} rows read, {expected} counted")

    def newest(self, sql: Sql, form: Form, province: str, state: State, limit: int) -> list[Row]:
        """Return the newest rows of a province and a state, newest first."""
        statement = statements.newest(form.id, ROW_COLUMNS, columns(form), _province_column(form))
        return [self._opened(form, row) for row in sql.execute(statement, (province, state, limit))]

    def states(self, sql: Sql, form: Form, province: str | None) -> dict[State, int]:
        """Return how many rows are in each state."""
        column = _province_column(form) if province else None
        return dict(sql.execute(statements.states(form.id, column), (province,) if province else ()).fetchall())

    def with_phone(self, sql: Sql, phone: str) -> list[Found]:
        """Return everything kept under a telephone number, also where its hash agrees and nothing opens the number."""
        found = []
        for form in self._forms:
            for name in indexed(form):
                statement = statements.found(form.id, name, index_column(name))
                for reference, kept in sql.execute(statement, (self._vault.index(phone),)):
                    read = self._vault.read(form.id, reference, name, kept)
                    if read in (phone, ILLEGIBLE):
                        found.append(Found(form.id, reference, readable=read == phone))
        return found

    def _opened(self, form: Form, kept: tuple[object, ...]) -> Row:
        row = dict(zip((*ROW_COLUMNS, *columns(form)), kept, strict=True))
        for field in form.fields:
            sealed = row.get(field.name)
            if isinstance(sealed, str) and (field.secret or is_sealed(sealed)):
                place = form.id, str(row["reference"]), field.name
                row[field.name] = self._vault.read(*place, sealed, secret=field.secret)
        return row


def _province_column(form: Form) -> str:
    name = name_of(form, Province)
    if name is None:
        raise StoreError(f"แบบ {form.id} ไม่ได้ถามจังหวัด จึงเลือกเฉพาะจังหวัดไม่ได้")
    return name
