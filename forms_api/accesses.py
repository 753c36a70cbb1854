"""ASGI middleware that writes down each request, and counts it: when, from where, which page, how long.

A page's address is written as it is only where there was a page; what somebody typed after a slash may be their name.
"""

import itertools
import logging
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forms_api.metrics import Metrics

log = logging.getLogger("forms_api.access")


class Accesses:
    """Stands outermost, so that every answer passes it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics
        self.name, self.numbers = secrets.token_hex(4), itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, size = time.perf_counter(), 0, 0
        scope["request_id"] = request_id = f"{self.name}-{next(self.numbers)}"

        async def counted_send(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, counted_send)
        finally:
            seconds = time.perf_counter() - started
            route = route_of(scope)
            self.metrics.answered(route, status, seconds)
            told = {"client": (scope.get("client") or ("",))[0], "method": scope["method"], "status": status}
            page = scope["path"] if 200 <= status < 400 else route
            log.info(
                "", extra=told | {"path": page, "ms": round(seconds * 1000, 1), "bytes": size, "request": request_id}
            )


def route_of(scope: Scope) -> str:
    """Return the pattern of the address, such as /forms/{form_id}; "-" where no page has it."""
    route = scope.get("route")
    path: str = getattr(route, "path", "") or ("site" if scope.get("endpoint") is not None else "-")
    return path
