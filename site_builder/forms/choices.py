"""Questions answered by choosing from a list written in the form."""

from collections.abc import Sequence
from dataclasses import dataclass

from site_builder.forms.fields import Field, FieldError, Given, Option

MOST_CHOSEN = 100  # answers to one question that are looked at, each known one many times over


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One answer of a few; the code is kept."""

    kind = "choice"
    macro = "radios"
    settings = ("options",)

    listed: tuple[Option, ...]

    def parse(self, text: str, given: Given) -> str:
        if text not in {option.code for option in self.options(given)}:
            raise FieldError("เลือกจากรายการ")
        return text

    def options(self, given: Given) -> Sequence[Option]:
        return self.listed

    def cell(self, value: object) -> str:
        return next((option.label for option in self.listed if option.code == value), str(value or ""))

    def schema(self) -> dict[str, object]:
        codes: list[object] = [option.code for option in self.listed]
        words = "; ".join(f"{option.code}: {option.label}" for option in self.listed)
        return super().schema() | {"enum": codes if self.required else [*codes, None], "description": words}


@dataclass(frozen=True, kw_only=True)
class Step(Choice):
    """Which of the app's steps; asked with each step's own words beside it."""

    kind = "step"
    macro = "steps"


@dataclass(frozen=True, kw_only=True)
class Choices(Choice):
    """Any number of a few; the codes are kept with commas, in the order of the form."""

    kind = "choices"
    macro = "checkboxes"

    def read(self, typed: Sequence[str], given: Given) -> str | None:
        known = [option.code for option in self.options(given)]
        if len(typed) > MOST_CHOSEN or any(len(text) > self.longest for text in typed):  # before tidying, as everywhere
            raise FieldError("เลือกจากรายการ")
        chosen = {self.tidy(text) for text in typed} - {""}
        if chosen - set(known):
            raise FieldError("เลือกจากรายการ")
        if self.required and not chosen:
            raise FieldError(self.missing)
        return ",".join(code for code in known if code in chosen) or None

    def typed(self, value: object) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise FieldError("ต้องเป็นรายการของข้อความ")
        return [str(item) for item in value]

    def cell(self, value: object) -> str:
        return ", ".join(super(Choices, self).cell(code) for code in str(value).split(",")) if value else ""

    def schema(self) -> dict[str, object]:
        kind = "array" if self.required else ["array", "null"]
        items = {"type": "string", "enum": [option.code for option in self.listed]}
        return {"type": kind, "items": items, "uniqueItems": True, "description": super().schema()["description"]}
