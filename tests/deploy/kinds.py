"""One address of every kind of page, and what the service itself says of it."""

import http.client

from tests.deploy.fronts import NAME, Front

KINDS = (
    "/", "/measures/", "/no-such-page/", "/assets/css/site.css", "/leaflets/registration.pdf",
    "/.well-known/security.txt", "/forms/help_request", "/forms/none", "/status", "/api/v1/openapi.json", "/api/none",
)  # fmt: skip

MARKS = ("0812345678", "somchai", "%E0%B8%AA%E0%B8%A1")
# What somebody may type after a slash, on its own and where a page is near.
TYPED = (
    "/0812345678-somchai", "/0812345678-somchai/", "/%E0%B8%AA%E0%B8%A1", "/assets/0812345678", "/leaflets/somchai.pdf",
    "/forms/0812345678-somchai", "/forms/0812345678-somchai/", "/forms/somchai/", "/forms/somchai/check",
    "/forms/help_request/somchai", "/forms/help_request?detail=somchai", "/forms/help_request/?detail=somchai",
    "/0812345678-somchai/../measures/", "/0812345678-somchai/%2e%2e/measures/", "/somchai/../forms/help_request",
    "/api/v1/forms/somchai", "/status/somchai", "/q/50/0812345678", "/stand-in/somchai",
)  # fmt: skip


def ask_service(front: Front, path: str) -> http.client.HTTPMessage:
    """Return the headers with which the service answers, without the web server in front."""
    line = http.client.HTTPConnection("127.0.0.1", front.service_port, timeout=30)
    try:
        line.request("GET", path, headers={"Host": NAME})
        answer = line.getresponse()
        answer.read()
        return answer.headers
    finally:
        line.close()
