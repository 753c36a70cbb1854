"""The OpenAPI 3.1 document, out of the forms. Tests hold real answers against it."""

from collections.abc import Iterable

from forms_api.references import ALPHABET, LENGTH
from site_builder.forms import Form

Json = dict[str, object]

ERRORS: Json = {
    "type": "object",
    "properties": {
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "description": "field or header; empty: the whole request"},
                    "message": {"type": "string", "description": "what to do, in Thai"},
                },
                "required": ["field", "message"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["errors"],
    "additionalProperties": False,
}
OUTCOME: Json = {
    "type": "object",
    "properties": {
        "reference": {"type": "string", "pattern": f"^[{ALPHABET}]{{{LENGTH}}}$"},
        "state": {"type": "string", "enum": ["seated", "waiting", "received"]},
        "position": {"type": ["integer", "null"], "minimum": 1, "description": "place in the waiting list"},
    },
    "required": ["reference", "state", "position"],
    "additionalProperties": False,
}
SESSION: Json = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "province": {"type": "string", "pattern": "^[1-9][0-9]$"},
        "starts_at": {"type": "string", "format": "date-time"},
        "place": {"type": "string"},
        "capacity": {"type": "integer", "minimum": 1},
        "seats_left": {"type": "integer", "minimum": 0, "description": "0: the next person joins the waiting list"},
    },
    "required": ["id", "province", "starts_at", "place", "capacity", "seats_left"],
    "additionalProperties": False,
}
READY: Json = {
    "type": "object",
    "properties": {
        "ready": {"type": "boolean"},
        "waiting": {"type": "integer", "description": "answers in the queue"},
        "problems": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["ready", "waiting", "problems"],
    "additionalProperties": False,
}
ALIVE: Json = {
    "type": "object",
    "properties": {"status": {"const": "ok"}},
    "required": ["status"],
    "additionalProperties": False,
}
KEY_HEADER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
    "description": "One for each set of answers; send the same one again when no answer came.",
}
SOLUTION_HEADER: Json = {
    "name": "Altcha-Solution",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": (
        "After a 429: the challenge of that answer solved, as ALTCHA version 2 sends it (base64 of JSON); "
        "one that does not fit, or is longer than 4,096 characters, counts as none"
    ),
}
SLOW_DOWN: Json = {
    "type": "object",
    "properties": {
        "errors": {"$ref": "#/components/schemas/Errors/properties/errors"},
        "challenge": {"type": "object", "description": "a sum for header Altcha-Solution"},
    },
    "required": ["errors", "challenge"],
    "additionalProperties": False,
}
PROVINCE_QUERY: Json = {
    "name": "province",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "pattern": "^[1-9][0-9]$"},
    "description": "DOPA code; where it is left out, all provinces as they were at most a second ago",
}
RETRY_AFTER: Json = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}


def document(forms: Iterable[Form]) -> Json:
    """Return the OpenAPI document of the API over `forms`."""
    listed = tuple(forms)
    paths: Json = {f"/api/v1/forms/{form.id}": _form_path(form) for form in listed}
    paths["/api/v1/sessions"] = {"get": _sessions()}
    paths["/healthz"] = {"get": _get("healthz", "The process answers", ALIVE)}
    paths["/readyz"] = {"get": _ready()}
    schemas: Json = {form.id: _without_dialect(form) for form in listed}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Forms about the draft act on independent workers", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas
            | {"Errors": ERRORS, "SlowDown": SLOW_DOWN, "Outcome": OUTCOME, "Session": SESSION, "Ready": READY}
        },
    }


def _form_path(form: Form) -> Json:
    responses: Json = {
        "201": _answer("kept", _ref("Outcome")),
        "200": _answer("kept before under this key; the first answer again", _ref("Outcome")),
        "409": _answer("the key was used for other answers", _ref("Errors")),
        "410": _answer("the answers of this key were deleted on request", _ref("Errors")),
        "400": _answer("not a JSON object, or a key twice", _ref("Errors")),
        "403": _answer("sent by another site's page", _ref("Errors")),
        "413": _answer("more than 64 KB", _ref("Errors")),
        "415": _answer("not application/json", _ref("Errors")),
        "422": _answer("something to mend", _ref("Errors")),
        "429": _answer("too many from one address; wait, or work out the sum", _ref("SlowDown"))
        | {"headers": RETRY_AFTER},
        "503": _answer("not kept; try again with the same key", _ref("Errors")) | {"headers": RETRY_AFTER},
    }
    body = {"required": True, "content": {"application/json": {"schema": _ref(form.id)}}}
    post = {
        "operationId": f"submit_{form.id}",
        "summary": form.title,
        "parameters": [KEY_HEADER, SOLUTION_HEADER],
        "requestBody": body,
        "responses": responses,
    }
    return {"get": _get(f"schema_{form.id}", "JSON Schema of the answers", {"type": "object"}), "post": post}


def _get(operation: str, summary: str, schema: Json) -> Json:
    return {"operationId": operation, "summary": summary, "responses": {"200": _answer(summary, schema)}}


def _sessions() -> Json:
    said = "Sessions that take names"
    busy = _answer("cannot be read now; try again", _ref("Errors")) | {"headers": RETRY_AFTER}
    return {
        "operationId": "sessions",
        "summary": said,
        "parameters": [PROVINCE_QUERY],
        "responses": {
            "200": _answer(said, _list("Session")),
            "422": _answer("no such province", _ref("Errors")),
            "503": busy,
        },
    }


def _ready() -> Json:
    responses = {"200": _answer("answers can be kept", _ref("Ready")), "503": _answer("not now", _ref("Ready"))}
    return {"operationId": "readyz", "summary": "Whether answers can be kept", "responses": responses}


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _list(name: str) -> Json:
    return {"type": "array", "items": _ref(name)}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _without_dialect(form: Form) -> Json:
    return {key: value for key, value in form.schema().items() if key != "$schema"}
