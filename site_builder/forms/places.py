"""Questions about where: province, district, sub-district and the training session held there."""

from collections.abc import Sequence
from dataclasses import dataclass

from site_builder import areas, thai
from site_builder.forms.fields import Field, FieldError, Given, Opening, Option

NO_SESSION = "none"  # what the form sends for "no session yet"; kept as null
CLOSED = "รอบนี้ปิดแล้ว เลือกรอบอื่น"


@dataclass(frozen=True, kw_only=True)
class Area(Field):
    """A place from the official list; its DOPA code is kept."""

    macro = "select"

    def places(self, given: Given) -> Sequence[areas.Area]:
        """Return the places to choose from."""
        raise NotImplementedError

    def is_there(self, code: str, given: Given) -> bool:
        """Tell whether there is such a place to choose."""
        raise NotImplementedError

    def parse(self, text: str, given: Given) -> str:
        if not self.is_there(text, given):
            raise FieldError(self.missing)
        return text

    def options(self, given: Given) -> Sequence[Option]:
        return [Option(place.code, place.name) for place in self.places(given)]

    def cell(self, value: object) -> str:
        return (areas.name(str(value)) or str(value)) if value else ""


@dataclass(frozen=True, kw_only=True)
class Province(Area):
    """One of the 77."""

    kind = "province"

    def places(self, given: Given) -> Sequence[areas.Area]:
        return areas.provinces()

    def is_there(self, code: str, given: Given) -> bool:
        return areas.is_province(code)

    def schema(self) -> dict[str, object]:
        codes: list[object] = [*sorted(place.code for place in areas.provinces())]
        return super().schema() | {"enum": codes if self.required else [*codes, None], "description": "DOPA code"}


@dataclass(frozen=True, kw_only=True)
class District(Area):
    """A district of the province that the field `within` holds."""

    kind = "district"
    settings = ("within",)

    within: str

    def places(self, given: Given) -> Sequence[areas.Area]:
        return areas.districts(_answered(self.within, given))

    def is_there(self, code: str, given: Given) -> bool:
        return areas.lies_within(code, _answered(self.within, given))

    def asked(self, given: Given) -> str:
        return areas.words(_answered(self.within, given)).district

    def schema(self) -> dict[str, object]:
        return super().schema() | {"pattern": "^[1-9][0-9]{3}$", "description": "DOPA code, inside the province"}


@dataclass(frozen=True, kw_only=True)
class Subdistrict(Area):
    """A sub-district of the district that the field `within` holds."""

    kind = "subdistrict"
    settings = ("within",)

    within: str

    def places(self, given: Given) -> Sequence[areas.Area]:
        return areas.subdistricts(_answered(self.within, given))

    def is_there(self, code: str, given: Given) -> bool:
        return areas.lies_within(code, _answered(self.within, given))

    def asked(self, given: Given) -> str:
        return areas.words(_answered(self.within, given)[:2]).subdistrict

    def schema(self) -> dict[str, object]:
        return super().schema() | {"pattern": "^[1-9][0-9]{5}$", "description": "DOPA code, inside the district"}


@dataclass(frozen=True, kw_only=True)
class SessionChoice(Field):
    """A training session of the province that `within` holds, or none yet; the session's number is kept."""

    kind = "session"
    macro = "sessions"
    column = int
    settings = ("within", "none_label", "none_note")

    within: str
    none_label: str
    none_note: str = ""

    def openings(self, given: Given) -> list[Option]:
        """Return the sessions to choose from, with what is left of each."""
        return [
            Option(str(one.id), thai.thai_datetime(one.starts_at), f"{one.place}\n{_left(one.seats_left)}")
            for one in self._there(given)
        ]

    def options(self, given: Given) -> Sequence[Option]:
        return [*self.openings(given), Option(NO_SESSION, self.none_label, self.none_note)]

    def read(self, typed: Sequence[str], given: Given) -> int | None:
        if typed and len(typed[0]) > self.longest:  # before tidying, as everywhere
            raise FieldError(CLOSED)
        text = thai.arabic_digits(self.tidy(typed[0])) if typed else ""
        open_ids = {str(one.id) for one in self._there(given)}
        if text == NO_SESSION or (not text and not open_ids):
            return None
        if not text:
            raise FieldError(self.missing)
        if text not in open_ids:
            raise FieldError(CLOSED)
        return int(text)

    def _there(self, given: Given) -> list[Opening]:
        province = given.values.get(self.within)
        return [one for one in given.openings if one.province == province]

    def typed(self, value: object) -> list[str]:
        if value is None:
            return [NO_SESSION]
        if not isinstance(value, int) or isinstance(value, bool):
            raise FieldError("ต้องเป็นเลขรอบ หรือ null")
        return [str(value)]

    def cell(self, value: object) -> str:
        return str(value) if value else self.none_label

    def schema(self) -> dict[str, object]:
        return {"type": ["integer", "null"], "description": "id of a session of the province; null: no session yet"}


def _answered(name: str, given: Given) -> str:
    return str(given.values.get(name) or "")


def _left(seats: int) -> str:
    return f"เหลือ {seats} ที่" if seats > 0 else "เต็มแล้ว รับเข้าคิวสำรอง"
