"""`python -m benchmarks.press`: the table of the press beside naive WeasyPrint, typst and Chromium."""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import fontpkg

from benchmarks.measure import Cost, rounds
from benchmarks.press.sides import documents
from benchmarks.press.to_typst import source
from site_builder.press import gates
from site_builder.press.run import BASE_URL

ROUNDS = 3
OURS, TYPST = "**this project, all cores**", "typst, one compiler, no checks"
PEERS_PYTHON = ".venv-peers/bin/python"


def run() -> str:
    """Measure every side and return the table in Markdown."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fonts = _prepare_typst(folder)
        typst = (PEERS_PYTHON, "benchmarks.press.typst_side", str(folder / "typ"), fonts, str(folder / "typst"))
        sides = {
            OURS: (sys.executable, "benchmarks.press.sides", "ours", name),
            "this project, one process": (sys.executable, "benchmarks.press.sides", "alone", name),
            "WeasyPrint in a loop, no checks": (sys.executable, "benchmarks.press.sides", "naive", name),
            TYPST: typst,
            "Chromium, one browser, no checks": (sys.executable, "benchmarks.press.sides", "chromium", name),
        }
        costs = rounds(sides, ROUNDS)
        made = dict(zip(sides, ("ours", "alone", "naive", "typst", "chromium"), strict=True))
        return _table(costs, {side: _looked_at(folder / where) for side, where in made.items()})


def _prepare_typst(folder: Path) -> str:
    """Write typst's sources, which is not counted as its work, and return the folder of its fonts."""
    (folder / "typ").mkdir()
    for name, html in documents():
        base = Path(BASE_URL.removeprefix("file://"))
        (folder / "typ" / f"{name}.typ").write_text(source(html, name, base, folder / "typ"), encoding="utf-8")
    return str(Path(fontpkg.path("Sarabun", weight=400)).parent)


def _looked_at(folder: Path) -> tuple[int, float, float]:
    """Return how many files there are, their mean size in kB, and the share of words that pdftotext gives back."""
    wanted = {name: _words(gates.words_of(html)) for name, html in documents()}
    kept = total = size = 0
    for name, words in wanted.items():
        path = folder / f"{name}.pdf"
        read = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True).stdout
        kept += (words & _words(read)).total()
        total += words.total()
        size += path.stat().st_size
    return len(wanted), size / len(wanted) / 1000, kept / total


def _words(text: str) -> Counter[str]:
    return Counter(word for part in text.split() if (word := gates.folded(part)))


def _table(costs: dict[str, Cost], seen: dict[str, tuple[int, float, float]]) -> str:
    lines = [
        "### Leaflets",
        "",
        f"{seen[OURS][0]} registration leaflets of two A4 sides; middle of {ROUNDS} rounds, sides taking turns. Ours",
        "runs every gate. The others are given the same words and pictures and check nothing; typst, which knows no",
        "CSS, sets them in a plainer way, from sources that lie ready. Memory is that of the largest process. Words:",
        "those between two spaces that `pdftotext -raw` gives back; one broken over two lines is lost for every side.",
        "",
        "| | wall s | CPU s | peak MB | kB each | words exact | wall ÷ ours | CPU ÷ typst |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for side, one in costs.items():
        _, size, exact = seen[side]
        wall, cpu = one.wall_s / costs[OURS].wall_s, one.cpu_s / costs[TYPST].cpu_s
        lines.append(
            f"| {side} | {one.wall_s:.1f} | {one.cpu_s:.1f} | {one.peak_mb:.0f} | {size:.0f} | {100 * exact:.1f} % "
            f"| {wall:.2f} × | {cpu:.2f} × |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(run(), file=sys.stdout)
