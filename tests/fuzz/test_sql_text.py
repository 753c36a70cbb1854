"""SQL is written out, or made in four modules from names that were checked; nothing that is sent becomes part of it."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forms_api.errors import SettingsError
from forms_api.store import statements
from forms_api.store.postgres.functions import keep_function
from tests.store_samples import made_form, opened

SERVICE = Path(__file__).parents[2] / "forms_api"
MAKERS = {"store/statements.py", "store/schema.py", "store/postgres/schema.py", "store/postgres/functions.py"}
SQL = re.compile(
    r"\b(SELECT|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|(CREATE|ALTER|DROP)\s+\w+|PRAGMA|VACUUM|SHOW\s"
    r"|SET\s+(TRANSACTION|statement)|WHERE\s|ORDER\s+BY|VALUES\s*\()"
)
FILLING = {"format", "format_map", "join", "replace", "substitute", "safe_substitute"}
RUNNING = {"execute", "executemany", "executescript", "query"}
# Elsewhere, statements with a part of our own that is no answer and no address: file, and the part.
KNOWN = {
    ("store/training.py", "where"),  # of two fixed conditions
    ("store/training.py", "' AND '.join(given)"),
    ("store/postgres/pool.py", "level"),  # one of two words
    ("store/postgres/store.py", "name"),  # of two switches of the server
    ("store/postgres/store.py", "quoted(table)"),
}
HOSTILE = ["x; DROP TABLE audit", 'a" OR "1"="1', "a--", "ก", "A", "", "a b", "a\x00", "a'", "1a", "a" * 64]


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SERVICE.rglob("*.py")):
        yield path.relative_to(SERVICE).as_posix(), ast.parse(path.read_text("utf-8"))


def texts(tree: ast.AST, named: dict[str, ast.expr]) -> str:
    """All text written out in an expression, with that of the module's constants that it names."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
        elif isinstance(node, ast.Name) and node.id in named:
            found += [one.value for one in ast.walk(named[node.id]) if isinstance(one, ast.Constant)]
    return " ".join(map(str, found))


def parts_put_in(node: ast.AST) -> list[ast.expr]:
    """What an expression puts into a text that is written out: {…}, +, %, .format(), .join(), .replace()."""
    if isinstance(node, ast.JoinedStr):
        return [one.value for one in node.values if isinstance(one, ast.FormattedValue)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return [side for side in (node.left, node.right) if not isinstance(side, ast.Constant)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FILLING:
        return [*node.args, *(one.value for one in node.keywords)]
    return []


def assembled(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and part of every piece that is put into SQL."""
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        parts = parts_put_in(node)
        if parts and SQL.search(texts(node, named)):
            yield from ((part.lineno, ast.unparse(part)) for part in parts)


def test_statements_are_put_together_in_their_own_modules_only():
    found = {
        (name, line, part)
        for name, tree in parsed()
        if name not in MAKERS
        for line, part in assembled(tree)
        if (name, part) not in KNOWN
    }

    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "f'SELECT * FROM t WHERE name = {name!r}'",
        "'DELETE FROM t WHERE name = ' + name",
        "'SELECT %s' % name",
        "'INSERT INTO t VALUES ({})'.format(name)",
        "' '.join(['SELECT', name])",
        "_FIND.replace('x', name)",
    ],
)
def test_the_test_above_sees_every_way_to_put_a_statement_together(line):
    tree = ast.parse(f"_FIND = 'SELECT x FROM t'\nfound = {line}\n")  # noqa: S608  # read, never run

    assert [part for _, part in assembled(tree) if "name" in part]


def test_nobody_but_the_store_runs_a_statement():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in parsed()
        if not name.startswith("store/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNNING
    ]

    assert found == []


def hostile_call(function: object, name: str) -> str:
    """Call a maker of statements with a bad name where it takes one, and good ones elsewhere."""
    given = {"names": [name], "tables": [name], "answers": [name], "fixed": ["reference"], "start": "end"}
    wanted = inspect.signature(function).parameters
    return function(**{one: given.get(one, name) for one in wanted})


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_but_a_plain_one_becomes_part_of_a_statement(name):
    made = [
        one
        for one in vars(statements).values()
        if inspect.isfunction(one) and one.__module__ == statements.__name__ and not one.__name__.startswith("_")
    ]
    made = [one for one in made if one.__name__ != "quoted"]

    assert len(made) >= 15
    for function in made:
        with pytest.raises(SettingsError):
            hostile_call(function, name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_form_or_question_with_a_bad_name_makes_no_table(tmp_path, name):
    form = made_form()
    page = form.pages[0]
    question = replace(page.fields[0], name=name)
    strange = replace(form, pages=(replace(page, fields=(question, *page.fields[1:])),))

    for one in (replace(form, id=name), strange):
        with pytest.raises(SettingsError):
            opened(tmp_path, one)
        with pytest.raises(SettingsError):
            keep_function(one, [form.id])
