"""The notice of a training session on one side of A4: of a session out of a list, or blank, to be filled in by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from site_builder import areas
from site_builder.content import Content
from site_builder.press.products.words import missing, province_name, version_line
from site_builder.press.qr import qr_code
from site_builder.press.sessions import LONGEST_PLACE, Session
from site_builder.press.sheet import (
    A4,
    BLACK,
    COLOUR,
    TRIAL_URL,
    Part,
    Product,
    Sheet,
    look,
    page_url,
    printed_url,
)
from site_builder.problems import Problem
from site_builder.records import Province
from site_builder.thai import thai_datetime

NAME = "session_notice"
FORM = "trainer_signup"
EDITIONS = (COLOUR, BLACK)
PANELS = ("head", "when", "where", "who", "sign_up", "foot")
# Up to how many characters a place is set in which size, and how many letters of that size stay on one line.
PLACE_SIZES = (
    (12, "huge", 11),
    (30, "large", 16),
    (60, "middle", 18),
    (100, "modest", 22),
    (LONGEST_PLACE, "small", 24),
)
SHORTEST, LONGEST_TAIL = 2, 16  # letters
WORDS = {
    "": ("title", "description", "language", "draft", "draft_line", "sample_mark", "province"),
    "head": ("title", "line", "drawing"),
    "when": ("title", "day_before", "clock_before", "day", "month", "clock"),
    "where": ("title", "seats", "queue", "seats_line"),
    "who": ("title",),
    "who.provinces": ("note",),
    "who.bangkok": ("note",),
    "sign_up": ("title", "blank_title", "alt", "text", "blank_text", "typed"),
    "ask": ("title", "bring", "bring_line", "office", "contact", "phone", "hotline", "hotline_line"),
}
LISTS = {"nowrap": (), "who.provinces.people": (), "who.bangkok.people": ()}


def problems(content: Content) -> list[Problem]:
    """Return what an editor must mend before a notice can be printed."""
    return missing(content, NAME, WORDS, LISTS)


def blanks(content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
    """Return the blank notices to print."""
    return [_sheet(content, province, edition) for edition in EDITIONS for province in provinces]


def notices_of(sessions: Sequence[Session]) -> Product:
    """Return what prints a notice for each of these sessions."""

    def sheets(content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
        wanted = {province.code: province for province in provinces if province}
        here = [session for session in sessions if session.province in wanted]
        return [_sheet(content, wanted[each.province], edition, each) for edition in EDITIONS for each in here]

    return Product(NAME, sheets, problems)


def sign_up_url(content: Content, session: Session) -> str:
    """Return the address of the sign-up form with this session chosen (see `prefilled` in forms_api/public.py)."""
    return f"{content.site_url or TRIAL_URL}/forms/{FORM}?province={session.province}&session={session.number}"


def _sheet(content: Content, province: Province | None, edition: str, session: Session | None = None) -> Sheet:
    words: Mapping[str, Any] = content.leaflets[NAME]
    page = page_url(content, province, NAME)
    scanned = sign_up_url(content, session) if session else page
    values = {
        **look(edition),
        **_place(words, province),
        "words": words,
        "is_sample": not content.site_url,
        "session": _told(session) if session else None,
        "address": page,
        "link": printed_url(page),
        "code": qr_code(scanned),
        "version": version_line(content, NAME),
    }
    return Sheet(
        product=NAME,
        edition=edition,
        province=province,
        parts=(Part(f"{NAME}.html", values),),
        paper=A4,
        notice=str(words["draft_line"]),
        sides=1,
        panels=PANELS,
        codes=((scanned,),),
        nowrap=(*map(str, words["nowrap"]), *(_tail(session.place) if session else ())),
        key=session.number if session else "",
    )


def _place(words: Mapping[str, Any], province: Province | None) -> Mapping[str, Any]:
    """Return what a notice says of its province: its name, who may sign up there, and whom to ask."""
    office = province.office if province else None
    return {
        "province_name": province_name(province, str(words["province"])),
        "who": words["who"]["bangkok" if province and province.code == areas.BANGKOK else "provinces"],
        "office": office.name if office else words["ask"]["office"],
        "phone": office.phone.partition(",")[0] if office else "",  # one number, with its extension
    }


def _told(session: Session) -> Mapping[str, Any]:
    """Return a session as it stands on the notice: a leaf of a calendar, a clock, a place and its seats."""
    day, _, clock = thai_datetime(session.starts_at).partition(" เวลา ")
    weekday, number, month = day.split(" ", 2)
    size, keep = next((size, keep) for most, size, keep in PLACE_SIZES if len(session.place) <= most)
    return {
        "number": session.number,
        "day": day,
        "weekday": weekday,
        "date": number,
        "month": month,
        "clock": clock,
        "place": session.place,
        "size": size,
        "keep": keep,
        "seats": f"{session.capacity:,}",
    }


def _tail(place: str) -> tuple[str, ...]:
    """Return the end of a place that is held on one line: a letter or a number alone would be a line of its own."""
    before, _, last = place.rpartition(" ")
    tail = f"{before.rpartition(' ')[2]} {last}"
    return (tail,) if before and len(last) <= SHORTEST and len(tail) <= LONGEST_TAIL else ()


PRODUCT = Product(NAME, blanks, problems)
