"""The same forms for programs: JSON in, JSON out, described by an OpenAPI document made from the forms."""

import json
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from forms_api.errors import Busy, Erased, KeyReused, SessionClosed
from forms_api.headers import check_same_origin
from forms_api.incoming import json_body
from forms_api.openapi import document
from forms_api.service import ERASED, KEY, Service, address_of, form_of, service_of, session_name
from forms_api.store.protocol import Session, Store
from forms_api.store.submissions import THAI_TIME
from site_builder import areas
from site_builder.forms import FieldError, Form
from site_builder.forms.places import CLOSED

BAD_KEY = "ส่งหัว Idempotency-Key ที่มี 8-64 ตัว ใช้ได้ A-Z a-z 0-9 - _"


async def schema(request: Request) -> Response:
    """GET /api/v1/forms/<id>: the JSON Schema of the form's answers."""
    form = form_of(request)
    return JSONResponse({"$id": f"/api/v1/forms/{form.id}"} | form.schema() | {"version": form.version})


async def submit(request: Request) -> Response:
    """POST /api/v1/forms/<id>: keep one set of answers; the same key and answers give the same answer again."""
    check_same_origin(request.headers)
    service, form = service_of(request), form_of(request)
    key = request.headers.get("idempotency-key", "")
    body = await json_body(request)
    if not KEY.fullmatch(key):
        return failed({"Idempotency-Key": BAD_KEY})
    typed, errors = as_typed(form, body)
    reading = await service.read_to_send(form, typed)
    if errors := {**reading.errors, **errors}:
        return failed(errors)
    solution = request.headers.get("altcha-solution", "")
    verdict = service.door.judge(address_of(request), form.id, key, solution=solution)
    if not verdict.open:
        return _slow_down(service, form, key, verdict.wait)
    try:
        outcome = await service.keep(form, reading, key, "api")
    except KeyReused as error:
        message = f"คีย์นี้ใช้ส่งคำตอบอื่นแล้ว เราเก็บคำตอบชุดแรกไว้ รหัส {error.reference}"
        return failed({"Idempotency-Key": message}, 409)
    except Erased:
        return failed({"Idempotency-Key": ERASED}, 410)
    except SessionClosed:
        return failed({session_name(form) or "session": CLOSED})
    except Busy as error:
        message = f"ตอนนี้คนใช้มาก เรายังไม่ได้รับแบบนี้ รอ {error.retry_after} วินาที แล้วส่งใหม่ด้วยคีย์เดิม"
        return failed({"": message}, 503, {"Retry-After": str(error.retry_after)})
    answer = {"reference": outcome.reference, "state": outcome.state, "position": outcome.position}
    return JSONResponse(answer, 200 if outcome.replayed else 201)


def _slow_down(service: Service, form: Form, key: str, seconds: int) -> JSONResponse:
    """Say when to come back, or which sum to work out for coming back at once (header Altcha-Solution)."""
    message = f"ส่งจากที่เดียวกันหลายครั้งมาก เรายังไม่ได้รับแบบนี้ รอ {seconds} วินาที แล้วส่งใหม่ด้วยคีย์เดิม"
    answer = {
        "errors": [{"field": "", "message": message}],
        "challenge": json.loads(service.door.challenges.new(form.id, key)),
    }
    return JSONResponse(answer, 429, {"Retry-After": str(seconds)})


def as_typed(form: Form, body: Mapping[str, object]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return JSON answers as a browser would send them, and what is wrong with their names and types."""
    typed: dict[str, list[str]] = {}
    errors = {name: "ไม่มีช่องนี้ในแบบ" for name in body if name not in form.by_name}
    for field in form.fields:
        if field.name in body:
            try:
                typed[field.name] = field.typed(body[field.name])
            except FieldError as error:
                errors[field.name] = str(error)
    return typed, errors


def failed(errors: Mapping[str, str], status: int = 422, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the API's one shape of refusal."""
    listed = [{"field": name, "message": message} for name, message in errors.items()]
    return JSONResponse({"errors": listed}, status, headers)


async def sessions(request: Request) -> Response:
    """GET /api/v1/sessions?province=NN: the sessions that still take names; all provinces', at most a second old."""
    service, province = service_of(request), request.query_params.get("province")
    if province is None:
        return Response(await service.everywhere.get(), media_type="application/json")
    if not areas.is_province(province):
        return failed({"province": "ไม่รู้จักจังหวัดนี้ ใส่รหัส 2 หลัก เช่น 50"})
    return JSONResponse(
        [_session(session) for session in await run_in_threadpool(service.store.open_sessions, province)]
    )


def everywhere(store: Store) -> bytes:
    """Return the open sessions of all provinces as JSON; with thousands of them that takes a while."""
    return bytes(JSONResponse([_session(session) for session in store.open_sessions()]).body)


def _session(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "province": session.province,
        "starts_at": session.starts_at.replace(tzinfo=THAI_TIME).isoformat(),
        "place": session.place,
        "capacity": session.capacity,
        "seats_left": session.seats_left,
    }


async def openapi(request: Request) -> Response:
    """GET /api/v1/openapi.json: this API, described."""
    return JSONResponse(document(service_of(request).content.forms.values()))


async def healthz(request: Request) -> Response:
    """GET /healthz: the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """GET /readyz: answers can be kept now; 503 with the reasons where they cannot."""
    health = await run_in_threadpool(service_of(request).store.health)
    answer = {"ready": health.ready, "waiting": health.waiting, "problems": list(health.problems)}
    return JSONResponse(answer, 200 if health.ready else 503)


class Sending:
    """POST /api/v1/forms/<id> as an ASGI application.

    Starlette puts a second trap for exceptions around a plain function. The one around all routes is enough, and this
    is the address that a crowd meets.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one send."""
        response = await submit(Request(scope, receive, send))
        await response(scope, receive, send)


ROUTES = [
    Route("/api/v1/forms/{form_id}", Sending(), methods=["POST"]),
    Route("/api/v1/forms/{form_id}", schema, methods=["GET"]),
    Route("/api/v1/sessions", sessions, methods=["GET"]),
    Route("/api/v1/openapi.json", openapi, methods=["GET"]),
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
]
