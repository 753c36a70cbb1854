"""The forms on paper, for who has no telephone: both are made of the definitions that the web forms are made of.

A clerk types what stands there into the web form, question by question: the numbers are the same.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from site_builder.content import Content
from site_builder.forms import REFERENCE_GROUPS, Form, Given
from site_builder.forms.places import Area
from site_builder.press.form_rows import Asking, Row, leaf
from site_builder.press.products.words import missing, province_name, version_line
from site_builder.press.qr import qr_code
from site_builder.press.sheet import A4, BLACK, COLOUR, TRIAL_URL, Part, Product, Sheet, look, page_url, printed_url
from site_builder.problems import Problem
from site_builder.records import Province

FORMS = ("trainer_signup", "help_request")
SHARED = "forms"  # content/leaflets/forms.yml: what both say
EDITIONS = (COLOUR, BLACK)
OFFICES = "content/data/offices.csv"
TOP = 15.0  # mm above the questions on the back
FRONT, BACK = 190.2, 226.8  # mm for questions on the front, and for questions and all that follows on the back
SIGNING, OFFICER = 25.4, 21.4  # mm, and of the box that tells why all this is asked:
WHY, WHY_LINE = 9.0, 4.7
PANELS = ("head", "front", "receipt", "again", "back", "sign", "why", "officer", "hand-in")
WORDS = {
    "": ("language", "draft", "draft_line", "sample_mark", "province", "paper", "front", "back"),
    "head": ("pen", "tick", "wrong", "never", "caught"),
    "asked": ("free_words", "free_choice", "one", "many", "elsewhere", "digits", "session", "date", "place", "over"),
    "sign": ("name", "day", "month", "year", "helper", "only_here"),
    "why": ("title", "item", "basis", "kept", "controller", "controller_name", "all"),
    "officer": ("title", "numbers", "entered", "by", "reference"),
    "receipt": ("title", "cut", "received", "by", "office", "reference", "later", "ask", "status"),
    "hand_in": ("title", "phone", "address", "empty", "bangkok", "others", "trainer", "checked"),
    "scan": ("title", "alt"),
}


def problems(form_id: str, content: Content) -> list[Problem]:
    """Return what an editor must mend before a form can be printed."""
    name = f"form_{form_id}"
    lacking = [
        *missing(content, SHARED, WORDS, {"nowrap": ()}),
        *missing(content, name, {"": ("language", "description")}, {"next": ()}),
    ]
    if lacking:
        return lacking
    form = content.forms[form_id]
    strange = set(_also(content, form)) - set(form.by_name)
    found = [Problem(f"content/leaflets/{name}.yml", f"also.{field}: no such question") for field in sorted(strange)]
    return found or ([_too_long(form_id)] if _sides(content, form, None) is None else [])


def _too_long(form_id: str) -> Problem:
    told = "แบบนี้ยาวเกินกระดาษหนึ่งแผ่น (สองหน้า) ตัดคำถาม หรือตัดคำตอบให้เลือกน้อยลง"
    return Problem(f"content/forms/{form_id}.yml", told)


def sheets(form_id: str, content: Content, provinces: Sequence[Province | None]) -> list[Sheet]:
    """Return the leaves to print."""
    return [_sheet(content, content.forms[form_id], place, edition) for edition in EDITIONS for place in provinces]


def _sheet(content: Content, form: Form, province: Province | None, edition: str) -> Sheet:
    name = f"form_{form.id}"
    words: Mapping[str, Any] = {**content.leaflets[SHARED], **content.leaflets[name]}
    site, address = content.site_url or TRIAL_URL, page_url(content, province, name)
    values = {
        **look(edition),
        **_asked(content, form, province),
        "words": words,
        "is_sample": not content.site_url,
        "province_name": province_name(province, str(words["province"])),
        "office": province.office if province else None,
        "version": version_line(content, name),
        **_links({"link": address, "privacy": f"{site}/privacy/", "status": f"{site}/status"}),
        "code": qr_code(address),
        "reference_groups": REFERENCE_GROUPS,
    }
    return Sheet(
        product=name,
        edition=edition,
        province=province,
        parts=(Part("form.html", values),),
        paper=A4,
        notice=str(words["draft_line"]),
        sides=2,
        panels=PANELS,
        codes=((address,), (address,)),
        nowrap=tuple(words["nowrap"]),
    )


def _links(addresses: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    """Return each address with how it is printed."""
    return {name: (address, printed_url(address)) for name, address in addresses.items()}


def _asked(content: Content, form: Form, province: Province | None) -> Mapping[str, Any]:
    """Return the questions of each side, where everything stands, and why each is asked."""
    sides = _sides(content, form, province)
    assert sides is not None  # noqa: S101  # problems() has told; no label of a province is longer than the country's
    front, back = sides
    fields, behind = form.fields, _room_behind(form)
    half = -(-len(fields) // 2)
    return {
        "form": form,
        "province": province,
        "front": front,
        "back": back,
        "room": {"front": FRONT, "back": behind, "why": _why(form)},
        "top": {"sign": TOP + behind, "why": TOP + behind + SIGNING, "officer": TOP + BACK - OFFICER},
        "reasons": [
            [(form.number(field.name), field.purpose) for field in part] for part in (fields[:half], fields[half:])
        ],
        "bases": _numbered(form, "legal_basis"),
        "keeping": _numbered(form, "retention"),
    }


def _sides(content: Content, form: Form, province: Province | None) -> tuple[list[Row], list[Row]] | None:
    # Every code of a place begins with that of its province, which is all that a label wants to know.
    known = {field.name: province.code for field in form.fields if isinstance(field, Area)} if province else {}
    steps = {str(step.number): step.leaflet for step in content.steps}
    return leaf(form, Asking(Given(known), steps, _also(content, form)), FRONT, _room_behind(form))


def _also(content: Content, form: Form) -> Mapping[str, str]:
    """Return the hints that paper alone needs, by the name of the field."""
    also = content.leaflets[f"form_{form.id}"].get("also")
    return {str(field): str(words) for field, words in also.items()} if isinstance(also, Mapping) else {}


def _room_behind(form: Form) -> float:
    return BACK - SIGNING - _why(form) - OFFICER


def _why(form: Form) -> float:
    lines = -(-len(form.fields) // 2) + len(_numbered(form, "legal_basis")) + len(_numbered(form, "retention")) + 2
    return WHY + WHY_LINE * lines


def _numbered(form: Form, what: str) -> list[tuple[str, str]]:
    """Return each text that fields have there, with the numbers of the fields; none where all have the same."""
    texts = dict.fromkeys(str(getattr(field, what)) for field in form.fields)
    if len(texts) == 1:
        return [("", text) for text in texts]
    numbers = {
        text: [form.number(field.name) for field in form.fields if getattr(field, what) == text] for text in texts
    }
    return [(_ranges(found), text) for text, found in numbers.items()]


def _ranges(numbers: Sequence[int]) -> str:
    """Return numbers as people write them: `1–9 11 12`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _product(form_id: str) -> Product:
    definition, shared = f"content/forms/{form_id}.yml", f"content/leaflets/{SHARED}.yml"
    files = {"front": definition, "back": definition, "why": definition, "hand-in, office": OFFICES}
    files |= dict.fromkeys(("receipt", "sign", "officer", "hand-in"), shared)
    return Product(f"form_{form_id}", partial(sheets, form_id), partial(problems, form_id), files)


PRODUCTS = tuple(map(_product, FORMS))
