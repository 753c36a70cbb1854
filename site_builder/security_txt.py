"""`/.well-known/security.txt` (RFC 9116): whom to tell about a hole in the site; only what an office has filled in.

The day it ends is an officer's promise that the contact is read until then, so no day is put in by a machine, and a
file past its day is left out: a reader must not trust it (RFC 9116, 2.5.5).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from site_builder.content import Content
from site_builder.content_reader import is_date

PLACE = ".well-known/security.txt"
LONGEST = timedelta(days=366)  # RFC 9116, 2.5.5: less than a year is recommended
_CONTACT, _EXPIRES = "security_contact", "security_expires"


def security_txt(content: Content, today: date) -> str:
    """Return the words of the file; "" while there is no contact, or after its day."""
    contact, until = _filled(content)
    if not contact or until is None or until < today:
        return ""
    lines = [f"Contact: {contact}", f"Expires: {until.isoformat()}T23:59:59+07:00", "Preferred-Languages: th, en"]
    if content.site_url:
        lines.append(f"Canonical: {content.site_url}/{PLACE}")
    return "\n".join(lines) + "\n"


def security_notices(content: Content, today: date) -> Iterator[str]:
    """Yield what an officer should know about the file before the site is used."""
    contact, until = _filled(content)
    if not contact:
        yield f"ยังไม่มี /{PLACE}: ใส่ {_CONTACT} และ {_EXPIRES} ใน content/data/settings.yml ก่อนเปิดใช้จริง"
    elif until is not None and until < today:
        yield f"ไม่มี /{PLACE} เพราะ {_EXPIRES} ผ่านไปแล้ว ({until}): ตรวจช่องทางติดต่อ แล้วใส่วันใหม่"
    elif until is not None and until > today + LONGEST:
        yield f"{_EXPIRES} ({until}) ไกลกว่า 1 ปี ใส่วันที่ใกล้กว่านี้ แล้วตรวจช่องทางติดต่อทุกปี"


def write_security_txt(content: Content, site: Path, today: date) -> Path | None:
    """Write the file below `site` where there is one to write; returns it."""
    words = security_txt(content, today)
    if not words:
        return None
    target = site / PLACE
    target.parent.mkdir(exist_ok=True)
    target.write_text(words, encoding="utf-8")
    return target


def _filled(content: Content) -> tuple[str, date | None]:
    contact, until = (setting.value if setting else "" for setting in map(content.settings.get, (_CONTACT, _EXPIRES)))
    return contact, date.fromisoformat(until) if is_date(until) else None
