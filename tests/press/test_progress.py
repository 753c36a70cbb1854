"""Who waits is told how far the press is; who has enough presses Ctrl-C, and keeps what is whole."""

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pikepdf
import pytest

from site_builder.press.progress import Progress, shortened
from site_builder.press.typeset import width

ROOT = Path(__file__).resolve().parents[2]
LEAFLETS = [sys.executable, "-m", "site_builder.cli", "leaflets", "--product", "steps_card", "--edition", "bw"]


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def results(clock, seconds, count):
    for number in range(count):
        clock.now += seconds
        yield f"steps_card bw · {number:02} เชียงใหม่"


def follow(said, seconds, count, terminal=None):
    clock = Clock()
    progress = Progress(said.append, terminal, clock)
    assert len(list(progress.follow("leaflets", results(clock, seconds, count), count, str))) == count


def test_a_log_has_a_line_every_few_seconds_with_product_province_rate_and_time_left():
    said = []

    follow(said, 0.5, 100)

    assert said[0] == "leaflets: 10 of 100 · steps_card bw · 09 เชียงใหม่ · 2.0 files/s · 45 s left"
    assert len(said) == 10
    assert said[-1] == "leaflets: 100 of 100 in 50 s · 2.0 files/s"


def test_what_takes_no_time_is_told_in_one_line():
    said = []

    follow(said, 0.01, 20)

    assert said == ["leaflets: 20 of 20 in 0 s · 100.0 files/s"]


def test_long_times_are_told_in_minutes_and_hours():
    said = []

    follow(said, 60, 200)

    assert said[0].endswith("3 h 19 min left")
    assert said[-2].endswith("1 min 00 s left")


def test_the_rate_is_that_of_the_newest_results():
    clock, said = Clock(), []
    progress = Progress(said.append, None, clock)

    def slower():
        yield from results(clock, 0.1, 100)
        yield from results(clock, 10, 100)

    list(progress.follow("leaflets", slower(), 200, str))

    assert "· 0.1 files/s ·" in said[-2]


def test_a_terminal_has_one_line_that_is_rewritten():
    said, terminal = [], io.StringIO()

    follow(said, 0.5, 4, terminal)

    lines = terminal.getvalue().split("\r")
    assert said == []
    assert terminal.getvalue().count("\n") == 1
    assert [line.split(" ·")[0] for line in lines[1:]] == [
        "leaflets: 1 of 4", "leaflets: 2 of 4", "leaflets: 3 of 4", "leaflets: 4 of 4 in 2 s",
    ]  # fmt: skip


def test_a_line_is_no_wider_than_the_terminal_and_marks_take_no_room():
    assert shortened("ทั้งที่", 4) == "ทั้งที่"
    assert width(shortened("ขึ้นทะเบียนในแอป", 5)) == 5


def test_work_that_is_given_up_leaves_the_line():
    terminal, clock = io.StringIO(), Clock()

    with closing(Progress(terminal=terminal, clock=clock).follow("leaflets", results(clock, 1, 9), 9, str)) as told:
        next(told), next(told)

    assert terminal.getvalue().endswith("\n")


def whole(folder: Path) -> int:
    """Return how many files there are; each must be whole, and nothing half done may lie beside them."""
    paths = list(folder.glob("*.pdf"))
    for path in paths:
        with pikepdf.open(path) as document:
            assert len(document.pages) == 1
    assert {path.name for path in folder.iterdir()} == {"manifest.json", *(path.name for path in paths)}
    return len(paths)


def wait_for(count: int, folder: Path, process: subprocess.Popen) -> None:
    for _ in range(1200):
        if len(list(folder.glob("*.pdf"))) >= count:
            return
        assert process.poll() is None, process.stderr
        time.sleep(0.1)
    raise AssertionError("nothing was printed")


@pytest.mark.parametrize("whom", ["the group, as a terminal does", "the command alone"])
def test_ctrl_c_keeps_what_is_finished_and_leaves_nothing_half_done(tmp_path, whom):
    folder = tmp_path / "leaflets"
    process = subprocess.Popen(
        [*LEAFLETS, "--out", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(12, folder, process)  # a card is two files, and a worker tells of two cards at once

    (os.kill if whom == "the command alone" else os.killpg)(process.pid, signal.SIGINT)
    out, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in out + told
    assert "หยุดแล้ว" in told
    assert 12 <= whole(folder) < 2 * 78
    noted = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert noted  # so that these are not printed again
    assert {path.stem for path in folder.glob("*.pdf")} >= set(noted)


def test_on_a_real_terminal_the_line_is_drawn_in_place_and_in_a_file_it_is_not(tmp_path):
    command = [*LEAFLETS, *("--province", "10", "--province", "14", "--province", "50", "--out", str(tmp_path))]
    reader, writer = pty.openpty()
    subprocess.run(command, cwd=ROOT, stdout=writer, check=True, env={**os.environ, "TERM": "xterm", "COLUMNS": "90"})
    os.close(writer)
    drawn = os.read(reader, 100_000).decode()
    os.close(reader)
    piped = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "\x1b[K" in drawn
    assert re.search(r"\rleaflets: 3 of 3 in \d+ s", drawn)
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", piped)
    assert "leaflets: 3 of 3 unchanged" in piped
