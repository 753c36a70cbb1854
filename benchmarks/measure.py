"""One command measured as a whole process: wall seconds, CPU seconds, peak memory."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What one run of a command took; memory is that of its largest single process."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost(*command: str) -> Cost:
    """Return what a command takes; its output is thrown away, a failure is raised."""
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{said}")
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def rounds(sides: dict[str, tuple[str, ...]], count: int) -> dict[str, Cost]:
    """Return the middle run by wall time of each side, (Python, module, arguments); they take turns."""
    runs: dict[str, list[Cost]] = {name: [] for name in sides}
    for number in range(count):
        for name, (python, module, *arguments) in sides.items():
            runs[name].append(cost(python, "-m", module, *arguments))
            print(f"[{module}] round {number + 1}/{count}: {name}", file=sys.stderr, flush=True)
    return {name: sorted(found, key=lambda one: one.wall_s)[count // 2] for name, found in runs.items()}


def table(title: str, about: str, sides: dict[str, Cost], ours: str) -> str:
    """Return the figures as Markdown, with the ratio of each side's wall time to ours."""
    lines = [
        f"### {title}",
        "",
        about,
        "",
        "| | wall s | CPU s | peak MB of one process | wall ÷ ours |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, one in sides.items():
        ratio = one.wall_s / sides[ours].wall_s
        lines.append(f"| {name} | {one.wall_s:.1f} | {one.cpu_s:.1f} | {one.peak_mb:.0f} | {ratio:.2f} × |")
    return "\n".join(lines) + "\n"
