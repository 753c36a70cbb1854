"""One address of every kind of page, and what the service itself says of it."""

import http.client

from tests.deploy.fronts import NAME, Front

KINDS = (
    "/", "/measures/", "/no-such-page/", "/assets/css/site.css", "/leaflets/registration.pdf",
    "/.well-known/security.txt", "/forms/help_request", "/forms/none", "/status", "/api/v1/openapi.json", "/api/none",
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
