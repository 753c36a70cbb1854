"""The few public words that live outside content/ (templates, messages of the form service) keep the voice too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from site_builder.content import read_content
from site_builder.voice import problems_in, voice_of
from site_builder.voice.text import Document, Passage, passage

ROOT = Path(__file__).parent.parent
THAI = re.compile(r"[\u0e01-\u0e4e]")
TEMPLATES = sorted((ROOT / "site_templates").rglob("*.html"))
PUBLIC = ("api", "app", "errors", "messages", "public", "screens", "service", "status")  # the rest speak to officers
MODULES = [
    *(path for name in PUBLIC if (path := ROOT / "forms_api" / f"{name}.py").exists()),
    *(path for path in sorted((ROOT / "site_builder" / "forms").glob("*.py")) if path.name != "reader.py"),
]
NOT_TEXT = re.compile(r"\{#.*?#\}|<(?:style|script|svg)\b.*?</(?:style|script|svg)>|<!--.*?-->", re.DOTALL)
LOGIC = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
BLOCK = re.compile(r"</?(?!(?:a|b|strong|em|span|bdi|time|abbr|i)\b)[a-z][^>]*>", re.IGNORECASE)


@pytest.fixture(scope="module")
def voice():
    return voice_of(read_content()[0])


def template_words(path: Path) -> Iterator[Passage]:
    """Thai text between the block elements of a template, each with its line."""
    kept = path.read_text("utf-8")
    for pattern, filling in ((NOT_TEXT, " "), (LOGIC, " "), (BLOCK, "\v")):
        kept = pattern.sub(lambda found, put=filling: put + "\n" * found[0].count("\n"), kept)
    line = 1
    for part in kept.split("\v"):
        if THAI.search(part):
            begins = line + part[: len(part) - len(part.lstrip())].count("\n")
            yield passage(str(path.relative_to(ROOT)), "label", " ".join(part.split()), begins)
        line += part.count("\n")


def module_words(path: Path) -> Iterator[Passage]:
    """Thai string literals of a module, docstrings left out; a value put into a message becomes a figure."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body and isinstance(node.body[0], ast.Expr)
    }  # fmt: skip
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | inside:
            text = node.value
        else:
            continue
        if THAI.search(text):
            yield passage(str(path.relative_to(ROOT)), "label", text, record=f"line {node.lineno}")


@pytest.mark.parametrize("path", [*TEMPLATES, *MODULES], ids=lambda path: str(path.relative_to(ROOT)))
def test_the_words_of_a_template_or_a_message_keep_the_voice(voice, path):
    words = template_words(path) if path.suffix == ".html" else module_words(path)
    found = [str(problem) for problem in problems_in(Document(str(path), tuple(words)), voice)]

    assert found == []
