"""`make bench`: runs every benchmark beside its peers and writes the dated tables to benchmarks/RESULTS.md."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import site_build
from benchmarks.forms import __main__ as forms
from benchmarks.forms import growth
from benchmarks.forms.peers import PEERS
from benchmarks.press import __main__ as press

RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    """Measure, write and show."""
    today = datetime.now(UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    parts = [
        "# Measured results\n",
        "Made by `make bench`, which replaces this file. Quote ratios: absolute times move with the machine.\n",
        f"## {today}, {machine}\n",
        site_build.run(),
        press.run(),
        forms.run(list(PEERS)),
        growth.run(growth.SIZES[-1]),
    ]
    text = "\n".join(parts)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
