"""Kept answers as a table that an officer can open: CSV, XLSX or JSON, complete or not at all.

The file is written beside its place and put there only when every row is in it. A cell of free words that a
spreadsheet would take for a formula gets an apostrophe in front (OWASP ASVS 5.0, 1.2.10) and stays readable.
"""

import csv
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

import xlsxwriter

from forms_api.errors import FormsError
from forms_api.store.audit import Act
from forms_api.store.protocol import ROW_COLUMNS, Store
from forms_api.store.submissions import THAI_TIME
from forms_api.unfinished import unfinished
from forms_api.vault import Illegible
from site_builder.forms import Field, Form
from site_builder.forms.places import Province, SessionChoice

Cell = str | int | None
Row = list[Cell]

STATES = {
    "seated": "ได้ที่นั่งแล้ว",
    "waiting": "อยู่คิวสำรอง",
    "received": "ได้รับแล้ว",
    "cancelled": "ยกเลิกแล้ว",
    "done": "ช่วยเสร็จแล้ว",
}
SHEET_ROWS = 1_000_000  # a sheet of XLSX holds 1,048,576; what is more goes on in the next sheet
# What Excel would change on opening a CSV file: 852e12 (a form's version) into a power of ten, 4/2 into a date,
# 007 into 7, and the end of a number of more than 15 digits into zeros.
_REWRITTEN = re.compile(r"[0-9]+\.?[0-9]*[eE][+-]?[0-9]+|0[0-9]+|[0-9]{16,}|[0-9]{1,4}([/-][0-9]{1,4}){1,2}")
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")


class Taken(NamedTuple):
    """What was written: rows, and how many answers of theirs nothing could open."""

    rows: int
    illegible: int

    @property
    def told(self) -> str:
        """For the audit log."""
        return f"rows={self.rows}" + (f" illegible={self.illegible}" if self.illegible else "")


class Legible:
    """Passes rows on and counts the answers that nothing could open."""

    def __init__(self, rows: Iterable[Mapping[str, object]]) -> None:
        self._rows, self.illegible = rows, 0

    def __iter__(self) -> Iterator[Mapping[str, object]]:
        for row in self._rows:
            self.illegible += sum(isinstance(value, Illegible) for value in row.values())
            yield row


class ExportRefused(FormsError):
    """The export was not made; the message tells the officer why."""


def export(
    store: Store, form: Form, province: str | None, kind: str, out: Path | None, stdout: BinaryIO, *, actor: str
) -> Taken:
    """Write all rows of a form to `out`, or to `stdout`, as `csv`, `xlsx` or `json`; return what was written.

    An answer that nothing opens is told as such in its cell, so that one spoilt row does not hide all others.
    Who took how many rows is in the audit log before the first of them is handed out.
    """
    with unfinished(out.parent if out else None, f"export.{kind}") as beside:
        rows = Legible(store.rows(form, province))
        written = FORMATS[kind](headings(form), table(form, rows), beside)
        taken = Taken(written, rows.illegible)
        store.note(Act(actor, "export", form.id, f"province={province or 'all'} format={kind} {taken.told}"))
        if out:
            beside.replace(out)
        else:
            with beside.open("rb") as file:
                shutil.copyfileobj(file, stdout)
            stdout.flush()
    return taken


def headings(form: Form) -> list[str]:
    """Return the names of the columns: fixed ones, then the form's fields, each province followed by its name."""
    names = list(ROW_COLUMNS)
    for field in form.fields:
        if isinstance(field, Province):
            names += [field.name, f"{field.name}_name"]
        elif not isinstance(field, SessionChoice):  # told by session_id, session_starts_at and session_place
            names.append(field.name)
    return names


def table(form: Form, rows: Iterable[Mapping[str, object]]) -> Iterator[Row]:
    """Yield the cells of each row in the order of `headings`, answers in words for people."""
    for row in rows:
        cells: Row = [_fixed(name, row[name]) for name in ROW_COLUMNS]
        for field in form.fields:
            if isinstance(field, Province):
                cells.append(_fixed(field.name, row[field.name]))
            if not isinstance(field, SessionChoice):
                cells.append(shown(field, row[field.name]))
        yield cells


def shown(field: Field, value: object) -> str:
    """Return an answer in words for people."""
    return value if isinstance(value, Illegible) else field.cell(value)


def inert(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula; `+66 81` becomes `'+66 81`, nothing is lost."""
    if isinstance(cell, str) and not _FORMULA_STARTS.isdisjoint((cell[:1], cell.lstrip()[:1])):
        return "'" + cell
    return cell


def unchanged(cell: Cell) -> Cell:
    """Return a cell that is inert and that Excel does not rewrite when it opens a CSV file."""
    if isinstance(cell, str) and _REWRITTEN.fullmatch(cell):
        return "'" + cell
    return inert(cell)


def write_csv(names: list[str], rows: Iterable[Row], path: Path) -> int:
    """Write CSV as Excel reads it: UTF-8 with BOM, CRLF, commas; return the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(names)
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the number of the last row is the answer
            writer.writerow([unchanged(cell) for cell in row])
        _sync(file)
    return count


def write_json(names: list[str], rows: Iterable[Row], path: Path) -> int:
    """Write a JSON array with one object per row and line, in UTF-8; return the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for count, row in enumerate(rows, start=1):
            file.write("\n" if count == 1 else ",\n")
            file.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False))
        file.write("\n]\n")
        _sync(file)
    return count


def write_xlsx(names: list[str], rows: Iterable[Row], path: Path, sheet_rows: int = SHEET_ROWS) -> int:
    """Write a workbook in which every cell is text or a number, never a formula or link; return the number of rows."""
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    options |= dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    count = 0
    with xlsxwriter.Workbook(path, options) as book:
        bold = book.add_format({"bold": True})
        sheet = None
        for count, row in enumerate(rows, start=1):
            line = (count - 1) % sheet_rows + 1
            if line == 1:
                sheet = _sheet(book, names, bold)
            _write_row(sheet, line, row)
        if sheet is None:
            _sheet(book, names, bold)
    return count


FORMATS: Mapping[str, Callable[[list[str], Iterable[Row], Path], int]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "json": write_json,
}


def _fixed(name: str, value: object) -> Cell:
    """Return a fixed column for reading: Thai time for the moment of receipt, words for the state."""
    if name == "created_at":
        return datetime.fromisoformat(str(value)).astimezone(THAI_TIME).isoformat(timespec="seconds")
    if name == "state":
        return STATES.get(str(value), str(value))
    return value if isinstance(value, int) or value is None else str(value)


def _sheet(book: xlsxwriter.Workbook, names: list[str], bold: object) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(names) - 1, 18)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # codes and phones are text on purpose
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
    return sheet


def _write_row(sheet: xlsxwriter.worksheet.Worksheet, line: int, row: Row) -> None:
    for column, cell in enumerate(map(inert, row)):
        if cell is None or cell == "":
            continue
        done = (
            sheet.write_number(line, column, cell) if isinstance(cell, int) else sheet.write_string(line, column, cell)
        )
        if done != 0:  # xlsxwriter answers a cell that does not fit with a number, and cuts or drops it
            raise ExportRefused(f"แถว {line} ช่อง {column + 1} ใส่ในไฟล์ XLSX ไม่ได้ ใช้ --format csv")


def _sync(file: IO[str]) -> None:
    file.flush()
    os.fsync(file.fileno())
