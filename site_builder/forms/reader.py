"""Reading a form's definition: every fault becomes a Problem, and only a faultless definition becomes a Form."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import PurePath
from types import MappingProxyType

from site_builder.forms.after import ENDED, SENT_SLOTS, STATUS_SLOTS, After, Told, told, wrong_slots
from site_builder.forms.choices import Choice, Choices, Step
from site_builder.forms.fields import Field, LongText, Notice, Option, PersonName, Text, ThaiPhone
from site_builder.forms.form import Form, FormPage
from site_builder.forms.keeping import STARTS, Keeping, read_period
from site_builder.forms.places import District, Province, SessionChoice, Subdistrict
from site_builder.forms.rules import RULES
from site_builder.problems import Problem

TYPES: Mapping[str, type[Field]] = {
    kind.kind: kind
    for kind in (
        Text, LongText, PersonName, ThaiPhone, Notice, Choice, Step, Choices,
        Province, District, Subdistrict, SessionChoice,
    )
}  # fmt: skip
INHERITED = ("purpose", "legal_basis", "retention")
COMMON = ("label", "short", "missing", "hint", "required", "personal", "secret", "prefill", "autocomplete", *INHERITED)
NEVER_ASKED = frozenset({"citizen", "national", "id", "card", "laser", "religion", "union", "pin", "otp", "password"})
# What our own pages send beside the answers.
RESERVED = frozenset({"go", "key", "page", "then", "token", "website", "altcha", "waited"})


def read_form(raw: Mapping[str, object], place: str, problems: list[Problem]) -> Form | None:
    """Return the form that `raw` defines, or None after adding what is wrong to `problems`."""
    before = len(problems)
    reader = _Reader(raw, place, problems)
    form = reader.form()
    return form if len(problems) == before else None


class _Reader:
    def __init__(self, raw: Mapping[str, object], place: str, problems: list[Problem]) -> None:
        self.raw, self.place, self.problems = raw, place, problems
        self.defaults = _mapping(raw.get("defaults"))
        self.seen: dict[str, type[Field]] = {}

    def say(self, where: str, message: str) -> None:
        self.problems.append(Problem(self.place, f"{where} {message}".strip()))

    def words(self, raw: Mapping[str, object], key: str, where: str) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not value.strip():
            self.say(where, f"ขาด {key}")
            return ""
        return value.strip()

    def form(self) -> Form:
        known = {"id", "title", "short", "lead", "defaults", "rules", "pages", "after", "keeping"}
        for key in sorted(set(self.raw) - known):
            self.say("", f"ไม่รู้จัก {key}")
        pages = tuple(self.pages())
        if not pages:
            self.say("", "ขาด pages")
        form_id = self.words(self.raw, "id", "")
        if form_id and form_id != PurePath(self.place).stem:
            self.say("", f"id: {form_id} ต้องตรงกับชื่อไฟล์ {PurePath(self.place).stem}")
        return Form(
            id=form_id,
            title=self.words(self.raw, "title", ""),
            short=self.words(self.raw, "short", ""),
            lead=self.words(self.raw, "lead", ""),
            version=_version(self.raw),
            pages=pages,
            rules=tuple(RULES[name] for name in self.rule_names()),
            after=MappingProxyType(dict(self.after())),
            keeping=self.keeping(),
        )

    def keeping(self) -> Keeping:
        raw = _mapping(self.raw.get("keeping"))
        for key in sorted(set(raw) - {"period", "from"}):
            self.say("keeping:", f"ไม่รู้จัก {key}")
        period, start = self.words(raw, "period", "keeping:"), self.words(raw, "from", "keeping:")
        if start and start not in STARTS:
            self.say("keeping:", f"from: {start} ที่มีคือ {', '.join(STARTS)}")
        return Keeping(read_period(period), "training" if start == "training" else "end")

    def rule_names(self) -> Iterator[str]:
        for name in _list(self.raw.get("rules")):
            if name in RULES:
                yield str(name)
            else:
                self.say("", f"ไม่รู้จักกฎ {name} ที่มีคือ {', '.join(RULES)}")

    def after(self) -> Iterator[tuple[str, After]]:
        """What follows each state; only a form that asks for a session gives seats and places in a queue."""
        raw = _mapping(self.raw.get("after"))
        asks_session = SessionChoice in self.seen.values()
        states = [*SENT_SLOTS, "cancelled"] if asks_session else ["received", *ENDED]
        for state in sorted(set(raw) - set(states)):
            self.say("after:", f"ไม่รู้จัก {state} ที่มีคือ {', '.join(states)}")
        for state in states:
            if state not in raw:
                self.say("after:", f"ขาด {state}")
                continue
            words, where = _mapping(raw[state]), f"after: {state}:"
            for key in sorted(set(words) - ({"status"} if state in ENDED else {"sent", "status"})):
                self.say(where, f"ไม่รู้จัก {key}")
            sent = () if state in ENDED else tuple(self.told(words, "sent", SENT_SLOTS[state], where))
            yield state, After(sent, tuple(self.told(words, "status", STATUS_SLOTS[state], where)))

    def told(self, raw: Mapping[str, object], key: str, slots: frozenset[str], where: str) -> Iterator[Told]:
        lines = _list(raw.get(key))
        if not lines or not all(isinstance(line, str) and line.strip() for line in lines):
            self.say(where, f"ขาด {key}")
            return
        for line in map(str, lines):
            if wrong := wrong_slots(line, slots):
                usable = " ".join(f"{{{name}}}" for name in sorted(slots)) or "ไม่มี"
                self.say(where, f"{key} ใช้ {' '.join(wrong)} ไม่ได้ ที่ใช้ได้คือ {usable}")
            yield told(line)

    def pages(self) -> Iterator[FormPage]:
        seen: set[object] = set()
        for number, item in enumerate(_list(self.raw.get("pages")), 1):
            raw, where = _mapping(item), f"หน้า {number}:"
            for key in sorted(set(raw) - {"id", "title", "fields"}):
                self.say(where, f"ไม่รู้จัก {key}")
            if raw.get("id") in seen:
                self.say(where, f"มีหน้า id {raw['id']} แล้ว")
            seen.add(raw.get("id"))
            listed = _list(raw.get("fields"))
            if not listed:
                self.say(where, "ขาด fields")
            asked = [self.field(_mapping(field), f"{where} ข้อ {i}:") for i, field in enumerate(listed, 1)]
            questions = tuple(field for field in asked if field)
            yield FormPage(self.words(raw, "id", where), self.words(raw, "title", where), questions)

    def field(self, raw: Mapping[str, object], where: str) -> Field | None:
        name = self.words(raw, "name", where)
        where = name or where
        self.check_name(name, where)
        kind = TYPES.get(str(raw.get("type")))
        if kind is None:
            self.say(where, f"ไม่รู้จักชนิด {raw.get('type')} ที่มีคือ {', '.join(TYPES)}")
            return None
        for key in sorted(set(raw) - {"name", "type", *COMMON, *kind.settings}):
            self.say(where, f"ไม่รู้จัก {key}")
        asked = [key for key in (*COMMON, *kind.settings) if key in raw and key != "options"]
        given: dict[str, object] = {key: raw[key] for key in asked}
        given |= {"name": name} | {key: self.inherited(raw, key, where) for key in INHERITED}
        given.setdefault("short", given.get("label", ""))
        if raw.get("required") is False or kind is SessionChoice:
            given.setdefault("missing", given.get("label", ""))
        if "options" in kind.settings:
            given["listed"] = tuple(self.options(raw.get("options"), where))
        self.seen[name] = kind
        return self.made(kind, given, where)

    def check_name(self, name: str, where: str) -> None:
        if name and not re.fullmatch("[a-z][a-z0-9_]{0,39}", name):
            self.say(where, "ชื่อช่องใช้ได้เฉพาะ a-z 0-9 และ _")
        if NEVER_ASKED & set(name.split("_")):
            self.say(where, "เราไม่ถามเรื่องนี้ (เลขบัตร รูปบัตร ศาสนา สหภาพ PIN OTP)")
        if name in RESERVED:
            self.say(where, f"ชื่อ {name} ใช้กับปุ่มของหน้าแล้ว ตั้งชื่ออื่น")
        if name in self.seen:
            self.say(where, "มีช่องชื่อนี้แล้ว")

    def inherited(self, raw: Mapping[str, object], key: str, where: str) -> str:
        """A field says its own purpose, basis and retention, or says in so many words that it inherits the form's."""
        value = self.words(raw, key, where)
        if value != "inherit":
            return value
        return self.words(self.defaults, key, f"{where}: defaults")

    def options(self, raw: object, where: str) -> Iterator[Option]:
        listed = _mapping(raw)
        if len(listed) < 2:
            self.say(where, "ขาด options อย่างน้อย 2 ข้อ")
        for code, words in listed.items():
            if not re.fullmatch("[a-z0-9_]{1,40}", code):
                self.say(where, f"รหัสคำตอบ {code} ใช้ได้เฉพาะ a-z 0-9 และ _")
            more = _mapping(words) or {"label": words}
            for key in sorted(set(more) - {"label", "note"}):
                self.say(where, f"{code}: ไม่รู้จัก {key}")
            yield Option(code, self.words(more, "label", f"{where} {code}:"), str(more.get("note", "")))

    def made(self, kind: type[Field], given: dict[str, object], where: str) -> Field | None:
        complete = True
        for part in fields(kind):
            if part.default is MISSING and part.default_factory is MISSING and given.get(part.name) in (None, ""):
                if part.name not in INHERITED and part.name != "name":
                    self.say(where, f"ขาด {part.name}")
                complete = False
            elif part.name in given and isinstance(part.type, type) and not isinstance(given[part.name], part.type):
                self.say(where, f"{part.name} ต้องเป็น {part.type.__name__}")
                complete = False
        within = given.get("within")
        if within is not None and within not in self.seen:
            self.say(where, f"within: {within} ต้องเป็นช่องที่ถามก่อนหน้า")
        return kind(**given) if complete else None  # type: ignore[arg-type]  # checked above, name by name


def _version(raw: Mapping[str, object]) -> str:
    text = json.dumps(raw, ensure_ascii=False, sort_keys=True, default=dict)  # frozen mappings become plain ones
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def _mapping(value: object) -> Mapping[str, object]:
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
