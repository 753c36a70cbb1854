"""docs/glossary.md names things that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLACES = ("site_builder", "forms_api", "content", "site_templates")
ENDINGS = {".py", ".yml", ".md", ".html", ".csv"}


@pytest.fixture(scope="module")
def sources() -> str:
    files = [path for place in PLACES for path in (ROOT / place).rglob("*") if path.suffix in ENDINGS]
    return "\n".join([*(path.read_text("utf-8") for path in files), *(str(path.relative_to(ROOT)) for path in files)])


def test_every_code_name_of_the_glossary_is_in_the_code_or_the_content(sources):
    lines = (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.startswith("|")]
    names = {name.strip("/") for row in rows for name in re.findall(r"`([^`…\[]+)`", row[2])}

    assert len(names) > 40
    assert sorted(name for name in names if not re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", sources)) == []
