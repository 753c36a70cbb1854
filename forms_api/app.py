"""The form service as an ASGI application: forms, API, and the built site behind them."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from forms_api import api, public
from forms_api.accesses import Accesses
from forms_api.errors import Busy, Refused
from forms_api.guard import Door
from forms_api.headers import EVERYWHERE, OWN_PAGES, BodyLimit, Doors, SecurityHeaders
from forms_api.incoming import MAX_BODY
from forms_api.logs import REQUEST
from forms_api.metrics import Metrics
from forms_api.receipts import Receipts
from forms_api.recent import Recent
from forms_api.screens import Screens
from forms_api.service import Service, service_of
from forms_api.settings import Settings
from forms_api.store import open_store
from forms_api.store.protocol import Store
from site_builder.content import Content, load_content
from site_builder.templates import environment

log = logging.getLogger("forms_api")
UNREADABLE = "ส่งแบบนี้ไม่ได้ เปิดหน้าแบบใหม่แล้วกรอกอีกครั้ง"
NO_PAGE = "ไม่มีหน้านี้ กลับหน้าแรก หรือโทร {hotline}"
NOT_SHOWN = "หน้านี้เปิดไม่ได้ รอสักครู่แล้วลองใหม่ หรือโทร {hotline}"
NOT_KEPT = "ตอนนี้ส่งแบบไม่ได้ เรายังไม่ได้รับแบบนี้ รอสักครู่ แล้วส่งใหม่ด้วย Idempotency-Key เดิม"


def create_app(settings: Settings, content: Content | None = None, store: Store | None = None) -> Starlette:
    """Return the application; content is loaded and the store opened where they are not given.

    A store that is opened here is closed when the application stops.
    """
    content = load_content() if content is None else content
    opened = open_store(settings.store_url, content.forms.values(), settings.vault) if store is None else None
    kept = store if store is not None else opened
    assert kept is not None  # noqa: S101  # one of the two was just set

    metrics = Metrics(lambda: kept.health())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        figures = metrics.serve(settings.metrics)[0] if settings.metrics else None
        yield
        if figures is not None:
            figures.shutdown()
            figures.server_close()
        if opened is not None:
            opened.close()

    app = Starlette(
        routes=_routes(settings),
        middleware=[
            Middleware(Accesses, metrics=metrics),
            Middleware(SecurityHeaders),
            Middleware(Doors, hosts=settings.hosts, most=settings.most_at_once, refuse=_turned_away),
            Middleware(BodyLimit, most=MAX_BODY),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    door = Door(
        settings.secret, limited=settings.rate_limit, least_seconds=settings.least_seconds, workers=settings.workers
    )
    everywhere = Recent(lambda: api.everywhere(kept))
    app.state.service = Service(content, kept, environment(), Receipts(settings.secret), door, metrics, everywhere)
    return app


def _routes(settings: Settings) -> list[BaseRoute]:
    routes: list[BaseRoute] = [*api.ROUTES, *public.ROUTES]
    if settings.site_dir is not None and settings.site_dir.is_dir():
        routes.append(Mount("/", StaticFiles(directory=settings.site_dir, html=True), name="site"))
    return routes


def _turned_away(request: Request, status: int) -> Response:
    """Answer who came by a name that is not ours (400), or while too many are inside (503)."""
    response = _say(request, status, UNREADABLE) if status == 400 else _ours_to_mend(request, status)
    if status == 503:
        response.headers["Retry-After"] = str(Busy().retry_after)
    return response


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for it
    response = _say(request, error.status_code, NO_PAGE if error.status_code == 404 else UNREADABLE)
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(sorted(_methods(request)))
    if error.status_code == 413:
        response.headers["Connection"] = "close"  # the rest of the body is not worth reading
    return response


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101  # registered for it
    return _say(request, error.status, UNREADABLE)


async def _busy(request: Request, error: Exception) -> Response:
    """A page that only reads met a store that cannot be read now (posted forms answer for themselves)."""
    assert isinstance(error, Busy)  # noqa: S101  # registered for it
    response = _ours_to_mend(request, 503)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


async def _gone(request: Request, error: Exception) -> Response:
    """Who sent half a form and left hears nothing; it is no fault of ours, so no line of the log says so."""
    return Response(status_code=400)


async def _broken(request: Request, error: Exception) -> Response:
    log.error("request failed", exc_info=error)
    response = _ours_to_mend(request, 500)
    response.headers.update(EVERYWHERE | OWN_PAGES | {"X-Request-Id": REQUEST.get()})  # runs outside the middleware
    return response


def _methods(request: Request) -> set[str]:
    """Return what an address can be asked for (RFC 9110, 15.5.6); Starlette names the methods of one route only."""
    routes = [one for one in request.app.routes if isinstance(one, Route)]
    named = {method for one in routes if one.path_regex.match(request.url.path) for method in one.methods or ()}
    return named or {"GET", "HEAD"}  # a file of the site


def _ours_to_mend(request: Request, status: int) -> Response:
    """Answer what is no fault of who asked: a form that was sent is kept in its tab, and told to be so."""
    sent = request.method == "POST"
    if sent and request.url.path.startswith("/forms/"):
        return Screens(service_of(request)).away(status)
    kept_nothing = sent and request.url.path.startswith("/api/")  # who asked for a status or a page sent no form
    return _say(request, status, NOT_KEPT if kept_nothing else NOT_SHOWN)


def _say(request: Request, status: int, message: str) -> Response:
    service = service_of(request)
    text = message.format(hotline=service.content.facts.show("contact.hotline"))
    if request.url.path.startswith("/api/"):
        return JSONResponse({"errors": [{"field": "", "message": text}]}, status)
    return Screens(service).problem(status, text)


HANDLERS: dict[Any, Any] = {
    HTTPException: _http_error,
    Refused: _refused,
    Busy: _busy,
    ClientDisconnect: _gone,
    500: _broken,
}
