"""Every answer of the real service is one that its OpenAPI document describes, whatever is sent (Schemathesis)."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.serving import Desk

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CONFIG = Path(__file__).with_name("schemathesis.toml")
OPERATIONS = 7
ACCESS = re.compile(r"forms_api\.access: +[A-Z]+ \S+ ([0-9]{3}) ")


def told_apart_from_the_document(desk: Desk, examples: int, seed: int = 1) -> tuple[int, str, Counter[str]]:
    """Run all checks of Schemathesis on a service; return its exit code, its words, and how often which status came."""
    site = desk.folder / "site"
    site.mkdir()
    (site / "index.html").write_text("<!doctype html><title>site</title>", "utf-8")  # as in use: files behind the forms
    desk.add_session(capacity="5")
    with desk.serving("--site", str(site)) as service:
        address = f"http://127.0.0.1:{service.port}/api/v1/openapi.json"
        done = subprocess.run(
            [SCHEMATHESIS, "--config-file", CONFIG, "run", address, "--no-color",
             "--seed", str(seed), "--max-examples", str(examples), "--generation-database", "none"],
            cwd=desk.folder, env=desk.env, capture_output=True, text=True, encoding="utf-8",
        )  # fmt: skip
    statuses = Counter(ACCESS.findall((desk.folder / "serve.log").read_text("utf-8")))
    return done.returncode, done.stdout, statuses


def test_every_answer_of_the_service_is_as_its_document_says(tmp_path):
    code, words, statuses = told_apart_from_the_document(Desk(tmp_path), 60)

    assert code == 0, words
    assert re.search(rf"Selected: {OPERATIONS}/{OPERATIONS}\n +Tested: {OPERATIONS}\n", words), words
    assert {"200", "201", "400", "405", "409", "415", "422"} <= set(statuses)  # it came past the first check
    assert not any(status.startswith("5") for status in statuses)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2, 3, 5])
def test_thousands_of_answers_of_the_service_are_as_its_document_says(tmp_path, seed):
    code, words, statuses = told_apart_from_the_document(Desk(tmp_path), 3_000, seed)

    assert code == 0, words
    assert not any(status.startswith("5") for status in statuses)
