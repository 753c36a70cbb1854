"""What stands before every handler: security headers (ASVS 3.4), the bound on bodies, the same-origin check."""

from collections.abc import Callable, Sequence

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forms_api.errors import ForeignOrigin

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Pages of forms and site need nothing from elsewhere and no inline script or style.
POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}
OWN_PAGES = POLICY | {"Cache-Control": "no-store"}
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
_FILE, _PAGE, _OWN = (
    tuple((name.lower().encode(), value.encode()) for name, value in headers.items())
    for headers in (EVERYWHERE, EVERYWHERE | POLICY, EVERYWHERE | OWN_PAGES)
)
Refuse = Callable[[Request, int], Response]
ALIVE = "/healthz"  # asked by who would start a dead service again; a full one is not dead
OWN_PATHS = ("/forms/", "/status", "/api/", "/healthz", "/readyz")


class SecurityHeaders:
    """ASGI middleware: strict headers on the service's own answers, the safe ones on the site's files too.

    The site's pages get the policy, its other files do not: a browser's PDF viewer would be bound by it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        own = scope["path"].startswith(OWN_PATHS)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given: dict[bytes, bytes] = dict(message["headers"])  # names come in small letters (ASGI)
                page = given.get(b"content-type", b"").startswith(b"text/html")
                wanted = _OWN if own else _PAGE if page else _FILE
                message["headers"] += [pair for pair in wanted if pair[0] not in given]
            await send(message)

        await self.app(scope, receive, send_with_headers)


class BodyLimit:
    """ASGI middleware: 413 for a body over `most` bytes, declared or counted, as soon as a handler reads it.

    Starlette's own max_body_size stands outside the exception handlers, so its 413 would be English plain text
    without our headers. A body that nobody reads is never held in memory.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        promised = int(declared) if declared.isdecimal() else 0
        counted = 0

        async def bounded_receive() -> Message:
            nonlocal counted
            if promised > self.most:
                raise HTTPException(413)
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > self.most:
                raise HTTPException(413)
            return message

        await self.app(scope, bounded_receive, send)


class Doors:
    """ASGI middleware: answers to its own names only, and to so many at once; `refuse` makes the answer.

    Without names it answers to this machine's own (a page of another site cannot reach it by a name of its choosing).
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], most: int, refuse: Refuse) -> None:
        self.app, self.hosts, self.most, self.refuse = app, frozenset(hosts or LOOPBACK_HOSTS), most, refuse
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if host_name(Headers(scope=scope).get("host", "")) not in self.hosts:
            await self.refuse(Request(scope), 400)(scope, receive, send)
            return
        if self.inside >= self.most and scope["path"] != ALIVE:
            await self.refuse(Request(scope), 503)(scope, receive, send)
            return
        self.inside += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.inside -= 1


def host_name(host: str) -> str:
    """Return the name in a Host header, in small letters and without port: `[::1]:8000` is `::1`."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def check_same_origin(headers: Headers) -> None:
    """Raise ForeignOrigin where the browser says that another site sent this.

    Sec-Fetch-Site decides; without it (old phones, plain http) an Origin must be this host. `Origin: null` says
    nothing, since our own no-referrer pages send it; nor does its absence. The forms use no cookie, so a forged
    post can only sign someone up, which anybody can do anyway.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise ForeignOrigin(site)
        return
    origin = headers.get("origin", "null")
    if origin != "null" and origin.partition("://")[2] != headers.get("host"):
        raise ForeignOrigin("origin")
