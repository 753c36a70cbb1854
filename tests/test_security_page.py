"""Every test that the security page names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_test_and_file_that_the_security_page_names_is_there():
    page = (ROOT / "docs/security.md").read_text("utf-8")
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    tests = re.findall(r"`(test_[a-z0-9_]+)`", page)
    files = re.findall(r"`(tests/[a-z0-9_/.]+)`", page)

    assert len(tests) > 10
    assert [name for name in tests if f"def {name}(" not in code] == []
    assert [name for name in files if not (ROOT / name).exists()] == []
