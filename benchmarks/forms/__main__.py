"""Durable submits of our service and its peers, in one run on one machine; alternating rounds, middle one told."""

import argparse
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.forms.load import Round, measured
from benchmarks.forms.peers import PEERS, Peer

CONNECTIONS = {1: 600, 16: 6_000, 128: 12_000, 512: 12_000}  # connections: requests of one round
ROUNDS = 3


@dataclass
class Measured:
    """All rounds of one peer."""

    rounds: dict[int, list[Round]] = field(default_factory=dict)
    bytes_each: list[float] = field(default_factory=list)


def run(names: list[str], rounds: int, share: float) -> str:
    """Measure and return the table in Markdown."""
    found = {name: Measured() for name in names}
    for number in range(rounds):
        for name in names:
            one_life(name, PEERS[name], found[name], share, f"r{number}")
            print(f"[forms] round {number + 1}/{rounds}: {name}", file=sys.stderr, flush=True)
    return table(found)


def one_life(name: str, peer: Peer, found: Measured, share: float, label: str) -> None:
    """Start a peer on fresh data, load it with each number of connections, and count what it kept."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        acknowledged = 0
        with peer.start(Path(folder)) as running:  # type: ignore[attr-defined]
            before = running.written()
            for connections, requests in CONNECTIONS.items():
                count = max(int(min(requests, peer.most) * share), connections)
                one = measured(name, running.port, connections, count, f"{label}-{connections}")
                found.rounds.setdefault(connections, []).append(one)
                acknowledged += one.kept
            found.bytes_each.append((running.written() - before) / max(acknowledged, 1))
        if peer.kept and (kept := peer.kept(Path(folder))) != acknowledged:
            raise AssertionError(f"{name}: {acknowledged} acknowledged, {kept} kept")


def table(found: dict[str, Measured]) -> str:
    """Return the figures and the ratios to ours."""
    head = " | ".join(f"{n} connection{'s' * (n > 1)}" for n in CONNECTIONS)
    lines = [
        "### Durable form submits beside peers",
        "",
        "Answered per second (p50 / p99 in ms) over loopback, the client on the same two cores; middle of the rounds.",
        "Kept rows were counted afterwards and equal what was acknowledged.",
        "Bytes: what the server's processes handed to the disk for each send (PostgreSQL's own are not among them).",
        "",
        f"| server | {head} | bytes each |",
        "| --- |" + " ---: |" * (len(CONNECTIONS) + 1),
    ]
    middle = {name: {n: _middle(rounds) for n, rounds in one.rounds.items()} for name, one in found.items()}
    for name, rounds in middle.items():
        cells = " | ".join(_cell(rounds[n]) for n in CONNECTIONS)
        lines.append(f"| {PEERS[name].about} | {cells} | {sorted(found[name].bytes_each)[0]:,.0f} |")
    if "ours" in middle:
        for name in (name for name in middle if name != "ours"):
            ratios = " | ".join(f"{middle['ours'][n].rate / middle[name][n].rate:.2f} ×" for n in CONNECTIONS)
            lines.append(f"| ours, 1 process ÷ {PEERS[name].about.strip('*')} | {ratios} | |")
    return "\n".join(lines) + "\n"


def _middle(rounds: list[Round]) -> Round:
    return sorted(rounds, key=lambda one: one.rate)[len(rounds) // 2]


def _cell(one: Round) -> str:
    refused = f", {one.refused} refused" if one.refused else ""
    return f"{one.rate:,.0f} ({one.p50_ms:.1f} / {one.p99_ms:.1f}{refused})"


def main() -> None:
    """Read the options and print the table."""
    options = argparse.ArgumentParser(prog="benchmarks.forms")
    options.add_argument("--quick", action="store_true", help="one short round, to try the harness")
    options.add_argument("--only", default=",".join(PEERS), help="names, with commas between")
    chosen = options.parse_args()
    print(run(chosen.only.split(","), 1 if chosen.quick else ROUNDS, 0.1 if chosen.quick else 1))


if __name__ == "__main__":
    main()
