"""A small form, and stores and commands made from it, for the tests of the store."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from forms_api.commands import Outcome, Submit, body_hash
from forms_api.store.protocol import NewSession, Store
from forms_api.store.sqlite import SqliteStore
from forms_api.vault import Keyring, Vault
from site_builder.forms import Form, read_form
from site_builder.forms.after import ENDED
from site_builder.problems import Problem

RULES = {"purpose": "ทดสอบ", "legal_basis": "ทดสอบ", "retention": "ทดสอบ"}
VAULT = Vault(Keyring({"k1": b"1" * 32}, "k1", b"2" * 32, b"3" * 32))  # the same in every process of a test
FAR = datetime.fromisoformat("2090-01-15T09:00")


def field(name: str, kind: str, **more: object) -> dict[str, object]:
    """One question, as YAML would give it."""
    return {"name": name, "type": kind, "label": name, "missing": "ใส่คำตอบ", **RULES, **more}


FIELDS = (
    field("full_name", "person_name"),
    field("phone", "thai_phone", secret=True),
    field("province", "province"),
    field("session", "session", within="province", none_label="ยังไม่เลือก"),
    field("note", "long_text", required=False, secret=True),
)


def made_form(form_id: str = "trainer_signup", fields: Iterable[dict[str, object]] = FIELDS) -> Form:
    """A form with these questions on one page."""
    listed = list(fields)
    asks_session = any(one["type"] == "session" for one in listed)
    states = ("seated", "waiting", "received", "cancelled") if asks_session else ("received", "done", "cancelled")
    raw: dict[str, object] = {"id": form_id, "title": "แบบทดสอบ", "short": "ทดสอบ", "lead": "ทดสอบ"}
    told = {"sent": ["ทดสอบ"], "status": ["ทดสอบ"]}
    raw |= {"after": {state: {"status": ["ทดสอบ"]} if state in ENDED else told for state in states}}
    raw |= {"keeping": {"period": "1 ปี", "from": "training" if asks_session else "end"}}
    raw |= {"pages": [{"id": "one", "title": "หน้าเดียว", "fields": listed}]}
    problems: list[Problem] = []
    form = read_form(raw, f"content/forms/{form_id}.yml", problems)
    assert form is not None, problems
    return form


def opened(tmp_path: Path, *forms: Form, vault: Vault = VAULT, **options: object) -> SqliteStore:
    """A store in a real file of this test's folder."""
    return SqliteStore(tmp_path / "forms.db", forms or (made_form(),), vault, **options)  # type: ignore[arg-type]


def new_session(capacity: int = 30, province: str = "50", starts_at: datetime = FAR) -> NewSession:
    """A session far in the future."""
    return NewSession(province, starts_at, "หอประชุม", capacity)


def command(key: str, *, form: Form | None = None, session_id: int | None = None, **answers: object) -> Submit:
    """A submit with ordinary answers, changed by `answers`."""
    form = form or made_form()
    ordinary = {"full_name": "สมหญิง ใจดี", "phone": "0812345678", "province": "50", "session": session_id}
    values = dict.fromkeys(one.name for one in form.fields) | ordinary | answers
    return Submit(form.id, form.version, key, body_hash(form.id, values), values, session_id, "web")


def submit_all(store: Store, commands: Iterable[Submit]) -> list[Outcome | BaseException]:
    """Submit all at the same time; answers or errors, in order."""

    async def together() -> list[Outcome | BaseException]:
        return await asyncio.gather(*(store.submit(one) for one in commands), return_exceptions=True)

    return asyncio.run(together())


def submit(store: Store, one: Submit) -> Outcome:
    """Submit one command and wait for its outcome."""
    return asyncio.run(store.submit(one))  # type: ignore[arg-type]
