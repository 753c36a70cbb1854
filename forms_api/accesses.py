"""ASGI middleware that writes down each request, and counts it: when, from where, which page, how long.

A page's address is written as it is only where there was a page; what somebody typed after a slash may be their name.
So is an address of the network only where it looks like one: a proxy in front may pass on whatever it was told.
"""

import logging
import re
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forms_api.logs import REQUEST
from forms_api.metrics import Metrics

ADDRESS = re.compile(r"([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,40}")
log = logging.getLogger("forms_api.access")


class Accesses:
    """Stands outermost, so that every answer passes it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, size = time.perf_counter(), 0, 0
        request_id = secrets.token_hex(8)  # a counter would tell every visitor how many came since the last
        REQUEST.set(request_id)  # uvicorn answers each request in a context of its own

        async def counted_send(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, counted_send)
        except Exception:
            status = status or 500  # that page is sent further out, past us
            raise
        finally:
            seconds = time.perf_counter() - started
            route = route_of(scope)
            self.metrics.answered(route, status, seconds)
            told = {
                "client": client_of(scope),
                "method": scope["method"],
                "path": page_of(scope, route, status),
                "status": status,
                "ms": round(seconds * 1000, 1),
                "bytes": size,
            }
            log.info("", extra=told)


def route_of(scope: Scope) -> str:
    """Return the pattern of the address, such as /forms/{form_id}; "-" where no page has it."""
    route = scope.get("route")
    path: str = getattr(route, "path", "") or ("site" if scope.get("endpoint") is not None else "-")
    return path


def page_of(scope: Scope, route: str, status: int) -> str:
    """Return the address where it is that of a page, else the pattern.

    A 308 repeats whatever was asked for, and /anything/../about/ is a page too.
    """
    path: str = scope["path"]
    found = 200 <= status < 300 or status in (303, 304)
    return path if found and "/." not in path else route


def client_of(scope: Scope) -> str:
    """Return the address that a request came from, or "-"."""
    client: str = (scope.get("client") or ("",))[0]
    return client if ADDRESS.fullmatch(client) else "-"
