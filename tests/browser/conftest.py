"""The built site on a free port."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Quiet(SimpleHTTPRequestHandler):
    """A plain file server that keeps no log."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class Patient(ThreadingHTTPServer):
    """Says nothing when a browser leaves before its answer has come."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over a broken connection; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    with Patient(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def site_address(built_site: Path) -> Iterator[str]:
    """Serve the built site as a plain file server would; return its address."""
    with _served(built_site) as address:
        yield address


@pytest.fixture(scope="session")
def aged_address(aged_site: Path) -> Iterator[str]:
    """Serve the site whose prints are in their third version; return its address."""
    with _served(aged_site) as address:
        yield address
