"""The servers to measure: what each is and does, how it is started, and how its kept rows are counted."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.forms import others
from benchmarks.forms.easyform import easyform, saved
from benchmarks.forms.service import Start, postgres_rows, postgres_url, rows, service


@dataclass(frozen=True)
class Peer:
    """One server to measure. `does` is what a send costs it, beside what ours does."""

    about: str
    start: Start
    kept: Callable[[Path], int] | None = None  # None: it keeps nothing
    does: str = ""
    checks: bool = True  # it must refuse wrong answers as ours does
    patience: int = 1  # its rounds are so many times as long
    most: int = 512  # connections; with more it would answer hardly any in a round


OURS = (
    "checks every answer; looks the key up, takes a seat, keeps the whole row with the telephone sealed (AES-256-GCM)"
    " and indexed (HMAC), remembers the answer and the body's keyed hash, chains a line of the audit log; one synced"
    " commit for all forms that wait"
)
FULL = (
    "the checks, tables and statements of ours in one transaction per form, a line of the audit log for each, every"
    " commit synced"
)
PEERS: dict[str, Peer] = {
    "nothing": Peer(
        "our service without a store (ceiling)", service("nothing"), does="reads, checks and answers; keeps nothing"
    ),
    "ours": Peer("**ours, SQLite, 1 process**", service(), rows("var/forms.db"), OURS),
    "ours2": Peer("**ours, SQLite, 2 processes**", service(workers=2), rows("var/forms.db")),
    "postgres": Peer("**ours, PostgreSQL, 1 process**", service(store=postgres_url), postgres_rows),
    "naive": Peer(
        "our service, a transaction per request in a thread pool",
        service("naive"),
        rows("var/forms.db"),
        "as ours, but one synced commit and one line of the audit log for each form",
    ),
    "pocketbase": Peer(
        "PocketBase 0.40, same work in JavaScript hooks",
        others.pocketbase,
        rows("pb_data/data.db"),
        f"{FULL} (`PRAGMA synchronous = FULL`). A build of its own in Go would be faster. Leaves out: the"
        " place that a sealed text is bound to, putting misspelt Thai in order, the reference's check symbol",
    ),
    "pocketbase_plain": Peer(
        "PocketBase 0.40 as it comes, one record",
        others.pocketbase_plain,
        rows("pb_data/data.db", "signup"),
        "one insert by its own API, lengths checked; no key, seat, sealing or audit, and commits not synced (`NORMAL`):"
        " a power cut loses acknowledged records",
        checks=False,
    ),
    "django": Peer(
        "Django 5.2 + SQLite, gunicorn gthread, same work",
        others.django,
        rows("data.db"),
        f"{FULL} (IMMEDIATE, WAL, FULL), with our own checks and vault; plain SQL, not its models",
    ),
    "datasette": Peer(
        "Datasette 1.0a, insert API",
        others.datasette,
        rows("data.db", "signup"),
        "one insert with a token, nothing checked or sealed",
        checks=False,
    ),
    "plone": Peer(
        "Plone 6.2 + EasyForm 5.0, waitress 4 threads",
        easyform,
        saved,
        "a form post with a token; kinds and lengths checked, places as text; Save Data into ZODB, each commit synced;"
        " the page of thanks in its theme (rounds four times as long); no key, seat, sealing or audit",
        checks=False,
        patience=4,
        most=128,
    ),
}
