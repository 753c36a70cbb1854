"""All 78 leaflets beside WeasyPrint as one would first use it: a loop of `HTML(...).write_pdf()`.

Ours repairs the text layer and runs every gate (text in order by two readers' rules, fonts, overflow, QR read back,
archive checks). The peer is given the same finished HTML and checks nothing; its copied Thai is wrong.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import rounds, table

ROUNDS = 3


def run() -> str:
    """Measure both and return the table in Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        sides = {
            "**this project, all cores**": ("benchmarks.leaflets", "ours", folder),
            "this project, one process": ("benchmarks.leaflets", "alone", folder),
            "WeasyPrint in a loop, no checks": ("benchmarks.leaflets", "peer", folder),
        }
        measured = rounds(sides, ROUNDS)
        sizes = [path.stat().st_size for path in Path(folder, "ours").glob("*.pdf")]
    size = sum(sizes) / len(sizes) / 1000
    about = f"{len(sizes)} leaflets of two A4 sides, {size:.0f} kB each; middle of {ROUNDS} rounds."
    return table("Leaflets", about, measured, "**this project, all cores**")


def _ours(folder: Path, jobs: int | None = None) -> None:
    from site_builder.content import load_content
    from site_builder.press.products import registration
    from site_builder.press.run import press_leaflets

    press_leaflets(load_content(), folder / "ours", jobs=jobs, say=lambda line: None, products=[registration.PRODUCT])


def _peer(folder: Path) -> None:
    import weasyprint

    from site_builder.content import load_content
    from site_builder.press.products import registration
    from site_builder.press.run import BASE_URL, Press

    content = load_content()
    press = Press(content, folder)
    (folder / "peer").mkdir(exist_ok=True)
    for leaflet in registration.leaflets(content, (None, *content.provinces)):
        html = press.html(leaflet.part("outside", "inside"), leaflet.nowrap)
        target = folder / "peer" / f"{leaflet.name}.pdf"
        weasyprint.HTML(string=html, base_url=BASE_URL).write_pdf(target, pdf_variant="pdf/ua-1")


if __name__ == "__main__":
    task, place = sys.argv[1], Path(sys.argv[2])
    {"ours": _ours, "alone": lambda folder: _ours(folder, jobs=1), "peer": _peer}[task](place)
