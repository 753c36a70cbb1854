"""The whole site (without leaflets) beside plain mkdocs-material, which is given the same finished Markdown.

Ours reads and checks the content, draws the pages, runs MkDocs, cuts the fonts, makes the search index and checks
every link of the result. The peer only runs MkDocs with Material's defaults: its search, its scripts, its style.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import rounds, table

ROUNDS = 3


def run() -> str:
    """Measure both and return the table in Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        _ours(Path(folder))  # the Markdown that the peer is given
        _plain_copy(Path(folder))
        sides = {
            "**this project**": (sys.executable, "benchmarks.site_build", "ours", folder),
            "plain mkdocs-material, same Markdown": (sys.executable, "benchmarks.site_build", "peer", folder),
        }
        measured = rounds(sides, ROUNDS)
        pages = len(list(Path(folder, "site").rglob("*.html")))
    about = f"{pages} pages; middle of {ROUNDS} rounds, each in a process of its own."
    return table("Site build", about, measured, "**this project**")


def _ours(folder: Path) -> None:
    from site_builder.content import load_content
    from site_builder.site import build_site

    build_site(load_content(), out=folder / "site", docs=folder / "docs", say=lambda line: None)


def _plain_copy(folder: Path) -> None:
    """Copy the Markdown without our `icon:` lines, which Material would look up among its own icons."""
    shutil.copytree(folder / "docs", folder / "plain")
    for path in folder.glob("plain/**/*.md"):
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"^icon:.*\n", "", text, count=1, flags=re.MULTILINE), "utf-8")


def _peer(folder: Path) -> None:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    settings = {
        "site_name": "peer",
        "docs_dir": str(folder / "plain"),
        "site_dir": str(folder / "peer"),
        "theme": {"name": "material", "language": "th"},
        "plugins": ["search"],
        "markdown_extensions": ["attr_list", "admonition", "tables"],
    }
    config = folder / "peer.yml"
    config.write_text("site_name: peer\n", encoding="utf-8")
    with config.open("rb") as file:
        build(load_config(file, **settings))


if __name__ == "__main__":
    {"ours": _ours, "peer": _peer}[sys.argv[1]](Path(sys.argv[2]))
