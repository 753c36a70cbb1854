"""Reading request bodies: bounded, of one known type, each key once."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from forms_api.errors import Malformed, WrongType
from site_builder.forms import Form
from site_builder.forms.choices import Choices
from site_builder.forms.form import Typed

MAX_BODY = 64 * 1024  # bytes
MAX_FIELDS = 60
MAX_PART = MAX_BODY  # of one field: a text that is too long comes back with its reason, it is not lost
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
CONTROLS = ("go", "key", "page", "then", "token", "website", "altcha", "waited")


@dataclass(frozen=True)
class Posted:
    """A posted question page: the answers as typed, and what our own page sent beside them."""

    typed: Typed
    go: str = ""  # the button: send, back, edit-<page>, again
    key: str = ""  # idempotency key
    page: str = ""  # the page that was answered
    then: str = ""  # "check": come back to the check page
    token: str = ""  # signed: when the form was begun
    website: str = ""  # a field that people do not see; robots fill it in
    altcha: str = ""  # the answer to a sum
    waited: str = ""  # signed: from when on a person who waits may send


def content_type(request: Request) -> str:
    """Return the media type of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def charset(request: Request) -> str:
    """Return the encoding the body is said to have, or ""; Starlette would decode it by any that Python knows."""
    _, options = parse_options_header(request.headers.get("content-type"))
    return options.get(b"charset", b"").decode("latin-1").lower()


async def form_body(request: Request) -> dict[str, list[str]]:
    """Return the posted fields in order; raises WrongType and Malformed."""
    if content_type(request) not in FORM_TYPES or charset(request) not in ("", "utf-8"):
        raise WrongType(content_type(request))
    found: dict[str, list[str]] = {}
    async with request.form(max_files=0, max_fields=MAX_FIELDS, max_part_size=MAX_PART) as posted:
        for name, value in posted.multi_items():
            if not isinstance(value, str):
                raise Malformed("file")
            found.setdefault(name, []).append(value)
    return found


def once_each(body: Mapping[str, list[str]], many: Collection[str] = ()) -> None:
    """Raise Malformed where a key was given twice, but for those that may be."""
    if any(len(values) > 1 for name, values in body.items() if name not in many):
        raise Malformed("duplicate field")


async def posted_page(request: Request, form: Form) -> Posted:
    """Return what a question or check page sent; a key given twice is Malformed, an unknown one is left out."""
    body = await form_body(request)
    once_each(body, {field.name for field in form.fields if isinstance(field, Choices)})
    names = [field.name for field in form.fields]
    controls = {name: body[name][0] for name in CONTROLS if name in body}
    return Posted({name: body[name] for name in names if name in body}, **controls)


async def json_body(request: Request) -> Mapping[str, object]:
    """Return the posted JSON object; raises WrongType and Malformed."""
    if content_type(request) != "application/json":
        raise WrongType(content_type(request))
    try:
        body = _JSON.decode((await request.body()).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(body, dict):
        raise Malformed("not an object")
    return body


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    "".join(found).encode()  # a name with half a sign could not be told in an answer: ValueError
    if len(found) != len(pairs):
        raise Malformed("duplicate key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise Malformed(name)


_JSON = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
