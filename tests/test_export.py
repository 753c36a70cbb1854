import csv
import io
import json
import random
import subprocess
import sys

import openpyxl
import pytest

from forms_api.errors import StoreError
from forms_api.export import FORMATS, ExportRefused, export, headings, inert, unchanged, write_xlsx
from forms_api.references import new_reference
from forms_api.store.answers import ExportIncomplete
from tests.store_samples import command, field, made_form, new_session, opened, submit_all

PAYLOADS = [
    '=HYPERLINK("http://x.example","ดู")',
    "=1+1",
    "+66 81 234 5678",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\tแท็บ",
    "＝1+1",
    "＋66",
    "－5",
    "＠x",
    "  =1+1",
    "\u00a0=1+1",
    'เขาพูดว่า "ได้", แล้วไป',
    "สอง\nบรรทัด",
    "น้ำ ป่า กำนัน ทั้งหมด",
    "081 234 5678",
    "007",
    "1e10",
    "15/12/2569",
    "'อยู่แล้ว",
    "https://example.com",
    "",
    None,
]
ACTOR = "officer:test"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path)
    yield store
    store.close()


def notes(count: int) -> list[str | None]:
    chance = random.Random(7)
    return [chance.choice(PAYLOADS) for _ in range(count)]


def filled(store, typed: list[str | None]) -> None:
    for start in range(0, len(typed), 1000):
        submit_all(
            store,
            [command(f"person-number-{n:05}", note=note) for n, note in enumerate(typed[start : start + 1000], start)],
        )


def read_back(path) -> list[list[object]]:
    if path.suffix == ".csv":
        text = path.read_bytes().decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline="")))
    if path.suffix == ".json":
        rows = json.loads(path.read_text("utf-8"))
        return [list(rows[0]), *(list(row.values()) for row in rows)]
    return [list(row) for row in openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", FORMATS)
def test_five_thousand_rows_come_back_exactly_as_they_were_kept(store, tmp_path, kind):
    typed = notes(5000)
    filled(store, typed)
    out = tmp_path / f"out.{kind}"

    taken = export(store, made_form(), None, kind, out, io.BytesIO(), actor=ACTOR)

    names, *rows = read_back(out)
    column = names.index("note")
    shown = {"json": str, "xlsx": inert, "csv": unchanged}[kind]
    expected = [shown(note or "") for note in typed]
    assert taken == (len(rows), 0)
    assert len(rows) == store.counts()["trainer_signup"] == 5000
    assert names == headings(made_form())
    assert [row[column] or "" for row in rows] == expected


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_is_taken_for_a_formula_and_nothing_of_it_is_lost(store, tmp_path, kind):
    filled(store, PAYLOADS)
    out = tmp_path / f"out.{kind}"

    export(store, made_form(), None, kind, out, io.BytesIO(), actor=ACTOR)

    names, *rows = read_back(out)
    cells = [row[names.index("note")] or "" for row in rows]
    assert not [
        cell for row in rows for cell in row if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(DANGEROUS)
    ]
    assert [cell.removeprefix("'") for cell in cells] == [(note or "").removeprefix("'") for note in PAYLOADS]
    assert "'+66 81 234 5678" in cells


@pytest.mark.parametrize(
    "cell", ["23467E89", "852213866e12", "1.5e3", "007", "4/2", "15/12/2569", "1-2", "1234567890123456"]
)
def test_what_excel_would_rewrite_in_csv_is_kept_as_it_was_typed(cell):
    assert unchanged(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell", ["50", "23467892", "081 234 5678", "หมู่ 4", "A3E4", "9:30", "2090-01-15T09:00", "", None, 7]
)
def test_what_excel_leaves_alone_gets_no_apostrophe(cell):
    assert unchanged(cell) == cell


def test_no_reference_needs_an_apostrophe():
    assert [drawn for drawn in (new_reference() for _ in range(50_000)) if unchanged(drawn) != drawn] == []


def test_a_workbook_holds_text_and_numbers_only(store, tmp_path):
    filled(store, PAYLOADS)
    out = tmp_path / "out.xlsx"

    export(store, made_form(), None, "xlsx", out, io.BytesIO(), actor=ACTOR)

    sheet = openpyxl.load_workbook(out).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "n"}
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert sheet.freeze_panes == "B2"


def test_a_csv_file_opens_right_in_excel(store, tmp_path):
    filled(store, ["สอง\nบรรทัด"])
    out = tmp_path / "out.csv"

    export(store, made_form(), None, "csv", out, io.BytesIO(), actor=ACTOR)

    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfreference,")
    assert raw.count(b"\r\n") == 2
    assert raw.endswith(b"\r\n")


def test_codes_are_shown_as_words_and_a_province_as_code_and_name(store, tmp_path):
    session_id = store.add_session(new_session(capacity=1))
    submit_all(store, [command(f"person-number-{n:05}", session_id=session_id) for n in range(2)])
    out = tmp_path / "out.csv"

    export(store, made_form(), None, "csv", out, io.BytesIO(), actor=ACTOR)

    rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode("utf-8-sig"), newline="")))
    assert [(row["state"], row["position"]) for row in rows] == [("ได้ที่นั่งแล้ว", ""), ("อยู่คิวสำรอง", "1")]
    assert {(row["province"], row["province_name"], row["phone"]) for row in rows} == {
        ("50", "เชียงใหม่", "081 234 5678")
    }
    assert {(row["session_id"], row["session_starts_at"]) for row in rows} == {("1", "2090-01-15T09:00")}
    assert rows[0]["created_at"].endswith("+07:00")


def test_an_export_of_one_province_holds_only_that_province(store, tmp_path):
    submit_all(store, [command(f"person-number-{n:05}", province="50" if n % 3 else "10") for n in range(30)])
    out = tmp_path / "out.json"

    assert export(store, made_form(), "10", "json", out, io.BytesIO(), actor=ACTOR).rows == 10
    assert {row["province"] for row in json.loads(out.read_text("utf-8"))} == {"10"}


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_of_nothing_is_a_whole_file_with_no_rows(store, tmp_path, kind):
    out = tmp_path / f"out.{kind}"

    assert export(store, made_form(), None, kind, out, io.BytesIO(), actor=ACTOR) == (0, 0)
    if kind == "json":
        assert json.loads(out.read_text("utf-8")) == []
    else:
        assert read_back(out) == [headings(made_form())]


def test_without_a_file_the_table_goes_to_the_given_stream(store, tmp_path):
    filled(store, ["ก"])
    stream = io.BytesIO()

    export(store, made_form(), None, "csv", None, stream, actor=ACTOR)

    assert stream.getvalue().decode("utf-8-sig").splitlines()[0].startswith("reference,")


def test_an_export_that_breaks_off_leaves_the_old_file_and_no_scraps(store, tmp_path):
    class Broken:
        def rows(self, form, province):
            yield next(store.rows(form, province))
            raise ExportIncomplete("gone")

    filled(store, ["ก"])
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "out.csv"
    out.write_text("old", "utf-8")

    with pytest.raises(ExportIncomplete):
        export(Broken(), made_form(), None, "csv", out, io.BytesIO(), actor=ACTOR)

    assert [(path.name, path.read_text("utf-8")) for path in folder.iterdir()] == [("out.csv", "old")]


KILLED = """
import os, sys
from pathlib import Path
from forms_api import breach, export

class Store:
    def rows(self, form, province=None):
        yield {name: "2026-01-01" for name in (*export.ROW_COLUMNS, "full_name")}
        os.kill(os.getpid(), 9)

from tests.store_samples import field, made_form
form, out = made_form(fields=[field("full_name", "person_name")]), Path(sys.argv[2])
if sys.argv[1] == "affected":
    breach.write_affected(Store(), [form], breach.Span(None, None), out, "x")
export.export(Store(), form, None, sys.argv[1], out, sys.stdout.buffer, actor="x")
"""


@pytest.mark.parametrize("kind", [*FORMATS, "affected"])
def test_what_a_killed_export_left_goes_with_the_next_one(store, tmp_path, kind):
    filled(store, ["ก"])
    folder = tmp_path / "out"
    folder.mkdir()
    killed = subprocess.run([sys.executable, "-c", KILLED, kind, folder / "first"], check=False)
    left = list(folder.rglob("*"))

    export(store, made_form(), None, "csv", folder / "second.csv", io.BytesIO(), actor=ACTOR)

    assert killed.returncode == -9
    assert left
    assert list(folder.rglob("*")) == [folder / "second.csv"]


def test_an_exported_file_can_be_read_by_its_owner_only(store, tmp_path):
    out = tmp_path / "out.xlsx"

    export(store, made_form(), None, "xlsx", out, io.BytesIO(), actor=ACTOR)

    assert out.stat().st_mode & 0o077 == 0


def test_more_rows_than_a_sheet_holds_go_on_in_the_next_sheet(tmp_path):
    out = tmp_path / "out.xlsx"

    count = write_xlsx(["n"], ([n] for n in range(25)), out, sheet_rows=10)

    book = openpyxl.load_workbook(out)
    rows = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book]
    assert count == 25
    assert rows == [["n", *range(10)], ["n", *range(10, 20)], ["n", *range(20, 25)]]


def test_a_cell_that_a_workbook_would_cut_is_refused_rather_than_cut(tmp_path):
    with pytest.raises(ExportRefused, match="format csv"):
        write_xlsx(["long"], [["ก" * 40_000]], tmp_path / "out.xlsx")


def test_a_form_without_a_province_cannot_be_exported_by_province(tmp_path):
    form = made_form(fields=[field("full_name", "person_name")])
    store = opened(tmp_path, form)

    with pytest.raises(StoreError, match="จังหวัด"):
        export(store, form, "50", "csv", tmp_path / "out.csv", io.BytesIO(), actor=ACTOR)

    store.close()
