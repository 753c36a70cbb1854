"""A question of a form: how it is asked, read, kept, shown and described.

Field              what every question has
├── Text           one line of words          ├── ThaiPhone   a mobile or landline number
│   ├── LongText   several lines              └── Notice      "I have read this"
│   └── PersonName a name, in letters
├── Choice, Step, Choices                     choices.py
└── Province, District, Subdistrict, SessionChoice   places.py
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

from site_builder import thai
from site_builder.forms.secrets import has_secret_code

_DIGIT = re.compile("[0-9๐-๙]")
_UNREADABLE = re.compile("[\ud800-\udfff\ufffd]")  # half a sign, or lost bytes


class FieldError(ValueError):
    """An answer that cannot be kept; the text tells the person, in Thai, what to do."""


class Opening(Protocol):
    """A training session as the form needs to see it (the store's record fits)."""

    @property
    def id(self) -> int: ...
    @property
    def province(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def place(self) -> str: ...
    @property
    def seats_left(self) -> int: ...


@dataclass(frozen=True)
class Given:
    """What is known while a question is asked or read: the answers before it, and the sessions."""

    values: Mapping[str, object] = field(default_factory=dict)
    openings: Sequence[Opening] = ()


@dataclass(frozen=True)
class Option:
    """One answer to choose from: the code that is kept, the words that are shown."""

    code: str
    label: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question. `purpose`, `legal_basis` and `retention` are never empty (PDPA sections 23 and 24)."""

    kind: ClassVar[str]  # the name of the type in YAML
    macro: ClassVar[str]  # how it is asked: a macro of site_templates/forms/fields.html
    column: ClassVar[type[str] | type[int]] = str  # how it is kept
    settings: ClassVar[tuple[str, ...]] = ()  # keys of YAML that only this type knows

    name: str
    label: str
    short: str  # the label in lists, on the check page and in exports
    purpose: str
    legal_basis: str
    retention: str
    missing: str  # said where a required answer is empty
    hint: str = ""
    required: bool = True
    personal: bool = False
    secret: bool = False  # kept encrypted: telephone numbers, addresses of e-mail, words of one's own
    prefill: bool = False  # may be filled in by the address, as in ?province=50
    autocomplete: str = ""

    def read(self, typed: Sequence[str], given: Given) -> str | int | None:
        """Return the canonical value of what was typed, None for "no answer"; raise FieldError."""
        if typed and len(typed[0]) > self.longest:  # to make 64 KB of marks canonical would take half a second
            raise FieldError(self.too_long(len(typed[0])))
        text = self.tidy(typed[0]) if typed else ""
        if not text:
            if self.required:
                raise FieldError(self.missing)
            return None
        return self.parse(text, given)

    @property
    def longest(self) -> int:
        """The most characters that are looked at, before tidying."""
        return 500

    def too_long(self, length: int) -> str:
        """Return what to do about text of so many characters."""
        return self.missing

    def tidy(self, text: str) -> str:
        """Return typed text in canonical spelling."""
        return thai.tidy(text)

    def parse(self, text: str, given: Given) -> str | int | None:
        """Return the value of tidy, non-empty text; raise FieldError."""
        raise NotImplementedError

    def typed(self, value: object) -> list[str]:
        """Return a JSON value as a browser would have sent it; raise FieldError where its type is wrong."""
        if value is None:
            return []
        if not isinstance(value, str):
            raise FieldError("ต้องเป็นข้อความ")
        return [value]

    def options(self, given: Given) -> Sequence[Option]:
        """Return the answers to choose from; none for questions answered in words."""
        return ()

    def asked(self, given: Given) -> str:
        """Return the label to show; it may depend on the province."""
        return self.label

    def cell(self, value: object) -> str:
        """Return a kept value in words for people."""
        return "" if value is None else str(value)

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the answer."""
        return {"type": "string" if self.required else ["string", "null"]}


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """One line of free words; citizen IDs and secret codes are refused."""

    kind = "text"
    macro = "line"
    settings = ("max_length",)

    max_length: int = 120  # characters, after tidying

    @property
    def longest(self) -> int:
        return self.max_length * 4

    def too_long(self, length: int) -> str:
        return f"ยาวเกินไป {length - self.max_length} ตัวอักษร ตัดให้เหลือ {self.max_length} ตัวอักษร"

    def parse(self, text: str, given: Given) -> str:
        if len(text) > self.max_length:
            raise FieldError(self.too_long(len(text)))
        if _UNREADABLE.search(text):
            raise FieldError("มีตัวหนังสือที่อ่านไม่ได้ พิมพ์ช่องนี้ใหม่")
        line = thai.tidy(text) if "\n" in text else text
        if thai.has_citizen_id(line):
            raise FieldError("ช่องนี้มีตัวเลขเหมือนเลขบัตรประชาชน เราไม่ขอและไม่เก็บเลขบัตร ลบออกแล้วส่งใหม่")
        if has_secret_code(line):
            raise FieldError("อย่าใส่ PIN หรือ OTP ที่นี่ ลบออกแล้วส่งใหม่")
        return text

    def schema(self) -> dict[str, object]:
        least = {"minLength": 1} if self.required else {}
        return super().schema() | least | {"maxLength": self.longest}  # before tidying


@dataclass(frozen=True, kw_only=True)
class LongText(Text):
    """Several lines of free words."""

    kind = "long_text"
    macro = "lines"

    max_length: int = 1000

    def tidy(self, text: str) -> str:
        return thai.tidy_lines(text)


@dataclass(frozen=True, kw_only=True)
class PersonName(Text):
    """A person's name: letters, one name is enough, no guess at titles or gender."""

    kind = "person_name"

    def parse(self, text: str, given: Given) -> str:
        text = str(super().parse(text, given))
        if not any(map(str.isalpha, text)) or _DIGIT.search(text):
            raise FieldError("ใส่ชื่อเป็นตัวหนังสือ")
        return text


@dataclass(frozen=True, kw_only=True)
class ThaiPhone(Field):
    """A Thai telephone number, kept as 10 digits (mobile) or 9 (landline)."""

    kind = "thai_phone"
    macro = "phone"

    def parse(self, text: str, given: Given) -> str:
        if (number := thai.phone(text)) is not None:
            return number
        if re.fullmatch("1[0-9]{3}|19[0-9]", thai.arabic_digits(text).replace(" ", "")):
            raise FieldError("ใส่เบอร์ของคุณ ไม่ใช่เบอร์สายด่วน")
        raise FieldError("เบอร์นี้ใช้ไม่ได้ ใส่เบอร์มือถือ 10 หลัก ขึ้นต้น 06 08 หรือ 09")

    def cell(self, value: object) -> str:
        return thai.show_phone(str(value)) if value else ""

    def schema(self) -> dict[str, object]:
        text = "A Thai number in any usual spelling: 081 234 5678, +66 81 234 5678, ๐๘๑-๒๓๔-๕๖๗๘"
        return super().schema() | {"maxLength": 60, "description": text}


@dataclass(frozen=True, kw_only=True)
class Notice(Field):
    """A notice and the box that says it was read; kept as 1."""

    kind = "notice"
    macro = "notice"
    column = int
    settings = ("text",)

    text: str

    def parse(self, text: str, given: Given) -> int:
        if text != "yes":
            raise FieldError(self.missing)
        return 1

    def typed(self, value: object) -> list[str]:
        if not isinstance(value, bool):
            raise FieldError("ต้องเป็น true หรือ false")
        return ["yes"] if value else []

    def cell(self, value: object) -> str:
        return "อ่านแล้ว" if value else ""

    def schema(self) -> dict[str, object]:
        return {"const": True, "description": self.text}
