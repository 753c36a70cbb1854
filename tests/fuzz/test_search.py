"""The seeds of the search keep every promise, and the search itself runs (`make fuzz` searches on)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.atheris_targets import SEEDS, TARGETS

ROOT = Path(__file__).parents[2]


def searched(folder: Path, target: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Search a target in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.atheris_search", target, *more],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, errors="replace",
    )  # fmt: skip


@pytest.mark.parametrize("seed", sorted(SEEDS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_seed_keeps_every_promise_of_its_target(seed):
    TARGETS[seed.parent.name](seed.read_bytes())


def test_every_target_has_seeds_and_no_seed_is_without_one():
    assert {path.name for path in SEEDS.iterdir()} == set(TARGETS)


def test_a_short_search_learns_from_the_seeds(tmp_path):
    done = searched(tmp_path, "references", "60", "-runs=3000")

    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "build/fuzz/references").iterdir())


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS)
def test_a_minute_of_search_finds_no_broken_promise(tmp_path, target):
    done = searched(tmp_path, target, "60")

    assert done.returncode == 0, done.stderr
