"""Searches one target with Atheris for some seconds: `python -m tests.fuzz.atheris_search text 60` (see `make fuzz`).

What was learnt stays in `build/fuzz/<target>` for the next search. Input that breaks a promise is kept beside it: it
becomes a seed in tests/fuzz/seeds, which makes an ordinary test fail until the fault is mended.
"""

import importlib
import sys
from pathlib import Path

import atheris

LEARNT = Path("build/fuzz")
LONGEST = 2_000  # bytes of one input
SEARCHED = ["site_builder.thai", "site_builder.forms", "forms_api.references", "forms_api.incoming", "forms_api.public"]


def main() -> None:
    """Search until the time is over or a promise is broken."""
    name, seconds = sys.argv[1], int(sys.argv[2])
    with atheris.instrument_imports(include=SEARCHED):
        targets = importlib.import_module("tests.fuzz.atheris_targets")
    learnt = LEARNT / name
    learnt.mkdir(parents=True, exist_ok=True)
    told = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=10", "-verbosity=0", *sys.argv[3:]]
    kept = [f"-artifact_prefix={LEARNT}/{name}-", str(learnt), str(targets.SEEDS / name)]
    atheris.Setup([sys.argv[0], *told, *kept], targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
