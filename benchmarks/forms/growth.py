# ruff: noqa: S608 - our own words only
"""What becomes of speed when help requests pile up: sends per second, and the list that an officer works from.

Rows are made inside SQLite in the shape of the real table, spread over 77 provinces and sealed as ours are; all indexes
are in place while they come in. `python -m benchmarks.forms.growth [--most 20000000]`
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.forms.load import measured
from benchmarks.forms.sent import AS_JSON, WITH_KEY, post
from benchmarks.forms.service import service
from forms_api.references import ALPHABET
from forms_api.store.sqlite import SqliteStore
from forms_api.vault import Vault, find_keyring
from site_builder import areas
from site_builder.content import load_content

SIZES = (0, 100_000, 1_000_000, 5_000_000, 20_000_000)
CONNECTIONS, SECONDS, ROUNDS = 128, 5, 3
LISTS = 400
PIECE = 500_000  # rows of one transaction
ANSWERS = {
    "topic": "photo", "detail": "รูปไม่ชัดทุกครั้ง", "province": "50", "phone": "081 234 5678", "call_time": "any",
    "full_name": "สมหญิง", "filled_by": "self", "notice_read": True,
}  # fmt: skip
PLEA = post("/api/v1/forms/help_request", json.dumps(ANSWERS).encode(), AS_JSON, WITH_KEY)


def run(most: int) -> str:
    """Measure every size up to `most` and return the table in Markdown."""
    lines = []
    first = 0.0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with service()(folder):
            pass  # tables and keys, as the service makes them
        for size in (size for size in SIZES if size <= most):
            started = time.monotonic()
            fill(folder, size)
            filled = time.monotonic() - started
            rates, p99s = zip(*(rate(folder) for _ in range(ROUNDS)), strict=True)
            middle = statistics.median(rates)
            first = first or middle
            p50, p99 = lists(folder)
            disk = (folder / "var/forms.db").stat().st_size / 1e9
            lines.append(
                f"| {size:,} | {disk:.1f} | {middle:,.0f} | {statistics.median(p99s):.0f} | {middle / first:.2f} ×"
                f" | {p50:.2f} | {p99:.2f} |"
            )
            print(f"[growth] {size:,} rows, filled in {filled:.0f} s", file=sys.stderr, flush=True)
    return "\n".join((*HEAD, *lines)) + "\n"


HEAD = (
    "### Growth: help requests already kept (SQLite, 1 process, 128 connections)",
    "",
    f"Sends: middle of {ROUNDS} rounds of {SECONDS} s. List: the newest 50 of a province and a state, {LISTS} times.",
    "",
    "| rows before | GB | sends/s | p99 ms | to none | list p50 ms | list p99 ms |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
)


def rate(folder: Path) -> tuple[float, float]:
    """Return sends per second and the 99th percentile in ms."""
    with service()(folder) as running:
        one = measured(running.port, PLEA, CONNECTIONS, SECONDS)
    if one.refused or one.broken:
        raise AssertionError(f"not all were kept: {one}")
    return one.rate, one.p99_ms


def lists(folder: Path) -> tuple[float, float]:
    """Return the middle and the 99th percentile of the officer's list, in ms."""
    content = load_content()
    store = SqliteStore(folder / "var/forms.db", content.forms.values(), vault_of(folder))
    form, provinces = content.forms["help_request"], [area.code for area in areas.provinces()]
    times = []
    for number in range(LISTS):
        started = time.perf_counter()
        store.newest(form, provinces[number % 77], ("received", "done")[number % 2])
        times.append((time.perf_counter() - started) * 1000)
    store.close()
    times.sort()
    return times[LISTS // 2], times[int(LISTS * 0.99)]


def vault_of(folder: Path) -> Vault:
    """Return the vault with the keys that the service made."""
    return Vault(find_keyring({"FORMS_API_KEYS_FILE": str(folder / "var/keys.json")}))


def fill(folder: Path, size: int) -> None:
    """Add rows until the table holds `size`."""
    vault = vault_of(folder)
    db = sqlite3.connect(folder / "var/forms.db", isolation_level=None)
    db.create_function("sealed", 3, lambda row, column, text: vault.seal("help_request", row, column, text))
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -400000")
    db.create_function("reference", 1, _reference, deterministic=True)
    db.create_function(
        "hashed", 1, lambda n: f"{(n * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF:016x}", deterministic=True
    )
    (kept,) = db.execute("SELECT coalesce(max(row_id), 0) FROM help_request").fetchone()
    codes = [area.code for area in areas.provinces()]
    db.execute("CREATE TEMP TABLE place (number INTEGER PRIMARY KEY, code TEXT)")
    db.executemany("INSERT INTO place VALUES (?, ?)", enumerate(codes))
    while kept < size:
        last = min(kept + PIECE, size)
        db.execute("BEGIN IMMEDIATE")
        db.execute(_ROWS, {"first": kept + 1, "last": last})
        db.execute(_KEYS, {"first": kept + 1, "last": last})
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        kept = last
    db.close()


_NUMBERS = "WITH RECURSIVE n (i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
_ROWS = f"""
    INSERT INTO help_request (row_id, reference, key, form_version, created_at, channel, state, ended_at, topic, detail,
        province, phone, call_time, full_name, filled_by, notice_read, phone_hash)
    {_NUMBERS} SELECT i, reference(i), 'grown-' || hashed(i), 'af3c777cd001', '2026-11-01T00:00:00.000Z', 'web',
        CASE WHEN i % 3 THEN 'done' ELSE 'received' END, CASE WHEN i % 3 THEN '2026-11-02T00:00:00.000Z' END,
        'photo', sealed(reference(i), 'detail', 'รูปไม่ชัดทุกครั้ง'), place.code,
        sealed(reference(i), 'phone', '0812345678'), 'any', 'สมหญิง ใจดี', 'self', 1, hashed(i + 7)
    FROM n JOIN place ON place.number = i % 77
"""
_KEYS = f"""
    INSERT INTO idempotency (form_id, key, body_hash, reference, state, created_at)
    {_NUMBERS} SELECT 'help_request', 'grown-' || hashed(i), hashed(i) || hashed(i + 1) || hashed(i + 2)
        || hashed(i + 3), reference(i), 'received', '2026-11-01T00:00:00.000Z' FROM n
"""


def _reference(number: int) -> str:
    """Return a reference of its own for each number, in an order as good as random."""
    value = number * 2_654_435_761 % 23**7
    symbols = []
    for _ in range(7):
        value, symbol = divmod(value, 23)
        symbols.append(ALPHABET[symbol])
    return "".join(symbols) + "0"  # no real check symbol, so that no later reference meets it


def main() -> None:
    """Read the options and print the table."""
    options = argparse.ArgumentParser(prog="benchmarks.forms.growth")
    options.add_argument("--most", type=int, default=SIZES[-1])
    print(run(options.parse_args().most))


if __name__ == "__main__":
    main()
