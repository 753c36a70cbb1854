"""typst's side, run by the Python of the peers: sources that lie ready → PDF/UA, one compiler for all of them."""

import sys
from pathlib import Path

import typst


def main(sources: Path, fonts: str, folder: Path) -> None:
    """Compile each `*.typ` in `sources` into `folder`."""
    folder.mkdir(exist_ok=True)
    compiler = typst.Compiler(root="/", font_paths=[fonts], ignore_system_fonts=True)
    for source in sorted(sources.glob("*.typ")):
        compiler.compile(input=source, output=folder / f"{source.stem}.pdf", pdf_standards="ua-1")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
