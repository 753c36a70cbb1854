"""The command `forms-api` in a folder of its own, run as an officer would, and the service it starts."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("forms-api")


@dataclass(frozen=True)
class Serving:
    """A running service."""

    process: subprocess.Popen[str]
    port: int

    def get(self, address: str) -> tuple[int, object]:
        """Status and JSON of an address."""
        return self.ask("GET", address)

    def ask(
        self, method: str, address: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, object]:
        """Send JSON, or nothing, and return status and JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, address, sent, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """The worker processes; none where one process does it all."""
        number = self.process.pid
        listed = Path(f"/proc/{number}/task/{number}/children").read_text("ascii").split()
        return [int(one) for one in listed if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def alive(number: int) -> bool:
    """Whether a process runs (one that waits to be buried does not)."""
    try:
        return not re.search(r"\) Z ", Path(f"/proc/{number}/stat").read_text("ascii"))
    except OSError:
        return False


class Desk:
    """A folder with its own database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "var/forms.db"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("FORMS_API_", "DEMO"))}
        self.env["FORMS_API_RATE_LIMIT"] = "off"  # a crowd of a test comes from one address; tests/forms/test_guard.py

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [PROGRAM, *arguments], cwd=self.folder, env=self.env, capture_output=True, text=True, encoding="utf-8"
        )

    def add_session(self, **changed: str) -> subprocess.CompletedProcess[str]:
        """Add an ordinary session, changed by `changed`."""
        typed = {"province": "50", "starts_at": "2090-12-15T09:00", "place": "หอประชุม", "capacity": "30"} | changed
        options = [part for name, value in typed.items() for part in (f"--{name.replace('_', '-')}", value)]
        return self.run("sessions", "add", *options)

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[Serving]:
        """Serve on a free port; its log goes to `serve.log`. Stopped at the end, if it still runs."""
        with (self.folder / "serve.log").open("ab") as log:
            process = subprocess.Popen(
                [PROGRAM, "serve", "--port", "0", *arguments],
                cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8",
            )  # fmt: skip
        assert process.stdout is not None
        try:
            announced = re.search(r"http://127\.0\.0\.1:([0-9]+)/", process.stdout.readline())
            assert announced, (self.folder / "serve.log").read_text("utf-8")
            yield Serving(process, int(announced[1]))
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
