"""Durable submits of our service and its peers, in one run on one machine; alternating rounds, middle one told."""

import argparse
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.forms.load import Round, measured
from benchmarks.forms.peers import PEERS, Peer
from benchmarks.forms.sent import check_refusals

CONNECTIONS = (1, 16, 128, 512)
ROUNDS, SECONDS, QUICK_SECONDS = 3, 5, 1


@dataclass
class Measured:
    """All rounds of one peer."""

    rounds: dict[int, list[Round]] = field(default_factory=dict)
    bytes_each: list[float] = field(default_factory=list)


def run(names: list[str], rounds: int = ROUNDS, seconds: int = SECONDS) -> str:
    """Measure and return the table in Markdown."""
    found = {name: Measured() for name in names}
    for number in range(rounds):
        for name in names:
            one_life(name, PEERS[name], found[name], seconds)
            print(f"[forms] round {number + 1}/{rounds}: {name}", file=sys.stderr, flush=True)
    return table(found)


def one_life(name: str, peer: Peer, found: Measured, seconds: int) -> None:
    """Start a peer on fresh data, load it with each number of connections, and count what it kept."""
    lived: list[Round] = []
    length = seconds * peer.patience
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with peer.start(Path(folder)) as running:
            if peer.checks:
                check_refusals(running.port, running.request)
            before = running.written()
            for connections in (number for number in CONNECTIONS if number <= peer.most):
                lived.append(measured(running.port, running.request, connections, length))
                running.settle()
            written = running.written() - before
        kept = peer.kept(Path(folder)) if peer.kept else None
    acknowledged, open_ = sum(one.acknowledged for one in lived), sum(one.open for one in lived)
    if kept is not None and not acknowledged <= kept <= acknowledged + open_:
        raise AssertionError(f"{name}: {acknowledged} acknowledged, {open_} without an answer, {kept} kept")
    for one in lived:
        found.rounds.setdefault(one.connections, []).append(one)
    found.bytes_each.append(written / max(kept or acknowledged, 1))


def table(found: dict[str, Measured]) -> str:
    """Return the figures and the ratios to ours."""
    head = " | ".join(f"{n} connection{'s' * (n > 1)}" for n in CONNECTIONS)
    lines = [
        "### Durable form submits beside peers",
        "",
        "Acknowledged per second (p50 / p99 in ms) over loopback, sent by wrk on the same cores; middle of the rounds.",
        "`≥`: fewer than ten answers per connection, so the slowest were still on their way when the clock stopped.",
        "Kept rows were counted afterwards: all that was acknowledged, and of the rest only what was on its way.",
        "Bytes: what the server's processes handed to the disk for each send (PostgreSQL's own are not among them).",
        "",
        f"| server | {head} | bytes each |",
        "| --- |" + " ---: |" * (len(CONNECTIONS) + 1),
    ]
    middle = {name: {n: _middle(rounds) for n, rounds in one.rounds.items()} for name, one in found.items()}
    for name, rounds in middle.items():
        cells = " | ".join(_cell(rounds.get(n)) for n in CONNECTIONS)
        lines.append(f"| {PEERS[name].about} | {cells} | {sorted(found[name].bytes_each)[0]:,.0f} |")
    if "ours" in middle:
        for name in (name for name in middle if name != "ours"):
            ratios = " | ".join(_ratio(middle["ours"][n], middle[name].get(n)) for n in CONNECTIONS)
            lines.append(f"| ours, 1 process ÷ {PEERS[name].about.strip('*')} | {ratios} | |")
    lines += ["", "What each does for one send:", ""]
    lines += [f"- {PEERS[name].about.strip('*')}: {PEERS[name].does}." for name in found if PEERS[name].does]
    return "\n".join(lines) + "\n"


def _middle(rounds: list[Round]) -> Round:
    return sorted(rounds, key=lambda one: one.rate)[len(rounds) // 2]


def _ratio(ours: Round, peer: Round | None) -> str:
    return f"{ours.rate / peer.rate:.2f} ×" if peer and peer.rate else "–"


def _cell(one: Round | None) -> str:
    if one is None:
        return "–"
    if not one.answered:
        return "no answer in time"
    least = "≥ " if one.short else ""
    faults = "".join(f", {n} {word}" for n, word in ((one.refused, "refused"), (one.broken, "broken")) if n)
    rate = f"{one.rate:,.0f}" if one.rate >= 100 else f"{one.rate:.1f}"
    return f"{rate} ({one.p50_ms:.1f} / {least}{one.p99_ms:.1f}{faults})"


def main() -> None:
    """Read the options and print the table."""
    options = argparse.ArgumentParser(prog="benchmarks.forms")
    options.add_argument("--quick", action="store_true", help="one short round, to try the harness")
    options.add_argument("--only", default=",".join(PEERS), help="names, with commas between")
    chosen = options.parse_args()
    print(run(chosen.only.split(","), *((1, QUICK_SECONDS) if chosen.quick else (ROUNDS, SECONDS))))


if __name__ == "__main__":
    main()
