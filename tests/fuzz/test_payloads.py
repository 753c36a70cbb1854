"""Harmful words go through the forms as what they are: kept, shown and exported as words, and nothing else happens."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest

from forms_api.export import FORMATS, export, headings
from site_builder import thai
from tests.conformance.engines import ENGINES
from tests.fuzz import payloads
from tests.fuzz.answers import ANSWERS, FREE_WORDS, as_json
from tests.store_samples import new_session

TRICKY = re.compile(r"[\s'\"]*[=+\-@＝＋－＠]")  # how a formula begins, whatever stands before it


def canonical(name: str, words: str) -> str | None:
    """What is kept of words in a field; None where a name must be letters and these are not."""
    if name in ("note", "detail"):
        return thai.tidy_lines(words)
    line = thai.tidy(words)
    return None if name == "full_name" and (re.search("[0-9๐-๙]", line) or not re.search(r"[^\W_]", line)) else line


def by_program(client: Any, form_id: str, words: dict[str, str], key: str) -> Any:
    answers = as_json(form_id, **words)
    return client.post(f"/api/v1/forms/{form_id}", json=answers, headers={"Idempotency-Key": key})


def by_page(client: Any, form_id: str, words: dict[str, str], key: str) -> Any:
    return client.post(f"/forms/{form_id}/check", data=ANSWERS[form_id] | words | {"key": key, "go": "send"})


@pytest.fixture(scope="module", params=ENGINES)
def store(request, content, tmp_path_factory) -> Iterator[Any]:
    opened = ENGINES[request.param](tmp_path_factory.mktemp("store"))(forms=content.forms.values())
    opened.add_session(new_session())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sent(client) -> list[tuple[str, dict[str, str], int]]:
    """Every payload in every field of free words, from pages and from programs: form, what is to be kept, status.

    A name that cannot be one is left to the test of names.
    """
    told = []
    for number, words in enumerate(payloads.ALL):
        for form_id, names in FREE_WORDS.items():
            kept = {name: canonical(name, words) for name in names}
            typed = {name: words for name in names if kept[name] is not None}
            wanted = {name: kept[name] if name in typed else ANSWERS[form_id][name] for name in names}
            for way in (by_page, by_program):
                answer = way(client, form_id, typed, f"{way.__name__}-{number:04}")
                told.append((form_id, wanted, answer.status_code))
    return told


@pytest.fixture(scope="module")
def tables(sent, store, content, tmp_path_factory) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The rows of every export of both forms, read back as the programs of an office would."""
    folder, read = tmp_path_factory.mktemp("exports"), {}
    for form_id in ANSWERS:
        for kind in FORMATS:
            out = folder / f"{form_id}.{kind}"
            export(store, content.forms[form_id], None, kind, out, io.BytesIO(), actor="officer:test")
            read[form_id, kind] = [dict(zip(headings(content.forms[form_id]), row, strict=True)) for row in cells(out)]
    return read


def cells(path: Any) -> Iterator[list[Any]]:
    """The rows of an exported file without its heading; XLSX is also looked through for what is no plain cell."""
    if path.suffix == ".csv":
        yield from list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))[1:]
    elif path.suffix == ".json":
        yield from (list(row.values()) for row in json.loads(path.read_text("utf-8")))
    else:
        with zipfile.ZipFile(path) as parts:
            inside = {name: parts.read(name).decode() for name in parts.namelist()}
        assert not [name for name in inside if re.search("external|connection|vba|embed|query", name, re.IGNORECASE)]
        assert not [name for name, text in inside.items() if re.search("<f[ >]|<hyperlink|<ddeLink|<oleLink", text)]
        sheet = openpyxl.load_workbook(path).active
        for row in list(sheet.iter_rows())[1:]:
            assert {cell.data_type for cell in row} <= {"s", "n"}  # openpyxl's "n" is also an empty cell
            yield [cell.value for cell in row]


def test_all_of_them_are_kept(sent):
    assert [status for *_, status in sent] == [303, 201] * (len(sent) // 2)


def test_the_rows_hold_the_words_that_were_sent_in_canonical_spelling_and_nothing_else_changed(sent, store, content):
    for form_id, names in FREE_WORDS.items():
        rows = list(store.rows(content.forms[form_id]))

        assert [{name: row[name] or "" for name in names} for row in rows] == [
            wanted for form, wanted, _ in sent if form == form_id
        ]
        assert {row["phone"] for row in rows} == {"0812345678"}
        assert {row["state"] for row in rows} == {"received"}


def test_every_table_is_still_there_and_sound(sent, store):
    counted = store.counts()

    assert [counted[form_id] for form_id in ANSWERS] == [len(sent) // 2] * 2
    assert counted["idempotency"] == len(sent)
    assert counted["training_session"] == 1
    assert counted["audit"] >= 1
    assert [finding.text for finding in store.checkup() if finding.level == "broken"] == []


@pytest.mark.parametrize("form_id", ANSWERS)
def test_what_cannot_be_a_name_is_refused_and_not_kept(client, store, form_id):
    before = store.counts()
    refused = [words for words in payloads.ALL if canonical("full_name", words) is None]

    answers = [by_program(client, form_id, {"full_name": words}, "key-of-no-name") for words in refused]

    assert len(answers) > 20
    assert {answer.status_code for answer in answers} == {422}
    assert {error["field"] for answer in answers for error in answer.json()["errors"]} == {"full_name"}
    assert store.counts() == before


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("form_id", ANSWERS)
def test_no_cell_of_an_export_is_worked_out_and_its_words_can_be_had_back(tables, store, content, form_id, kind):
    kept = list(store.rows(content.forms[form_id]))

    for row, original in zip(tables[form_id, kind], kept, strict=True):
        for name in FREE_WORDS[form_id]:
            cell, words = plain(str(row[name] or ""), kind), original[name] or ""
            assert cell in (words, f"'{words}")
            assert not TRICKY.match(cell) or cell.startswith(("'", '"'))


@pytest.mark.parametrize("form_id", ANSWERS)
def test_an_export_for_programs_holds_the_exact_words(tables, store, content, form_id):
    kept = list(store.rows(content.forms[form_id]))

    for row, original in zip(tables[form_id, "json"], kept, strict=True):
        assert {name: row[name] for name in FREE_WORDS[form_id]} == {
            name: original[name] or "" for name in FREE_WORDS[form_id]
        }


def plain(cell: str, kind: str) -> str:
    """Undo what OOXML does to `_x003D_` and the like (ECMA-376, 22.9.2.19); spreadsheets do, openpyxl does not."""
    if kind != "xlsx":
        return cell
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), cell)


@pytest.mark.parametrize("words", payloads.SQL)
def test_an_address_never_becomes_part_of_a_statement(client, words):
    form = client.get("/api/v1/forms/" + quote(words, safe=""))
    sessions = client.get("/api/v1/sessions", params={"province": words})
    status = client.post("/status", data={"reference": words, "last4": words})

    assert [answer.status_code for answer in (form, sessions, status)] == [404, 422, 422]
