"""The audit log: who did what to which answers, append-only and chained (ASVS 5.0 16.2.1, 16.4.2; PDPA section 37).

Each entry's hash covers the entry and the hash before it, keyed with a key that is not in the database. A changed,
removed or inserted entry breaks the chain; what was cut off at the end shows against a head that was noted elsewhere
(`forms-api audit head`). Entries hold references and counts, never answers.
"""

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forms_api.store.sql import Sql

GENESIS = ""

LAST = "SELECT seq, at, hash FROM audit ORDER BY seq DESC LIMIT 1"
_APPEND = "INSERT INTO audit (seq, at, actor, action, object, detail, keyed, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ALL = "SELECT seq, at, actor, action, object, detail, keyed, hash FROM audit ORDER BY seq"


@dataclass(frozen=True)
class Act:
    """Something done: `actor` such as `web` or `officer:somchai`, `object` a form, reference or session."""

    actor: str
    action: str
    object: str
    detail: str = ""


@dataclass(frozen=True)
class Entry:
    """An act as kept. `at` is UTC, ISO 8601; `keyed` tells whether the chain's key was there."""

    seq: int
    at: str
    act: Act
    keyed: bool
    hash: str


def append(sql: Sql, key: bytes, at: str, act: Act) -> Entry:
    """Keep an act as the next link of the chain."""
    last = sql.execute(LAST).fetchone()
    seq, before = (last[0] + 1, last[2]) if last else (1, GENESIS)
    link = Entry(seq, at, act, bool(key), _hash(key, before, seq, at, act))
    given = (link.seq, link.at, act.actor, act.action, act.object, act.detail, int(link.keyed), link.hash)
    sql.execute(_APPEND, given)
    return link


def entries(sql: Sql) -> Iterator[Entry]:
    """Yield all entries, oldest first."""
    for seq, at, actor, action, what, detail, keyed, link in sql.execute(_ALL):
        yield Entry(seq, at, Act(actor, action, what, detail), bool(keyed), link)


@dataclass(frozen=True)
class Verdict:
    """What a look along the chain found: how many entries, the last hash, and the first fault in Thai, or ""."""

    count: int
    head: str
    fault: str


def verify(
    links: Iterable[Entry], key: bytes, noted: tuple[int, str] | None = None, *, unkeyed_until: int = 0
) -> Verdict:
    """Follow the chain from its start; `noted` is a head (number and hash) that was written down before.

    Whoever has the database can write a whole history without the key. With the key at hand an entry without it is
    therefore a fault, but for those up to `unkeyed_until`: a trial without keys that became real.
    """
    before, count, keyed, seen = GENESIS, 0, False, noted is None
    for link in links:
        count += 1
        fault = _fault(link, count, before, key, keyed or (bool(key) and count > unkeyed_until))
        if fault:
            return Verdict(count - 1, before, fault)
        if noted and link.seq == noted[0]:
            if link.hash != noted[1]:
                return Verdict(count - 1, before, f"รายการที่ {link.seq} ไม่ตรงกับที่จดไว้")
            seen = True
        before, keyed = link.hash, keyed or link.keyed
    return Verdict(count, before, "" if seen else f"รายการหลังลำดับที่ {count} หายไป ที่จดไว้มีถึง {noted and noted[0]}")


def _fault(link: Entry, number: int, before: str, key: bytes, must_be_keyed: bool) -> str:
    if link.seq != number:
        return f"รายการที่ {number} หายไป"
    if must_be_keyed and not link.keyed:
        return f"รายการที่ {number} ไม่มีกุญแจ ใครมีไฟล์ข้อมูลก็เขียนเองได้ (ถ้าเริ่มจากการทดลองที่ไม่มีกุญแจ ใส่ --unkeyed-until)"
    if link.keyed and not key:
        return "ไม่มีกุญแจของบันทึก ตรวจไม่ได้ ใส่ FORMS_API_KEYS_FILE"
    right = _hash(key if link.keyed else b"", before, link.seq, link.at, link.act)
    return "" if hmac.compare_digest(right, link.hash) else f"รายการที่ {number} ถูกแก้"


def _hash(key: bytes, before: str, seq: int, at: str, act: Act) -> str:
    text = json.dumps([before, seq, at, act.actor, act.action, act.object, act.detail], ensure_ascii=False)
    return hmac.digest(key, text.encode(), "sha256").hex()
