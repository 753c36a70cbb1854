"""The real nginx with our configuration before the real service."""

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from forms_api.headers import EVERYWHERE, POLICY
from site_builder.assets import write_assets
from tests.browser.test_forms import NEXT, fill_plea
from tests.serving import Desk, Serving

DEPLOY = Path(__file__).parents[2] / "deploy"
FRAME = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types;
  log_format ours '$remote_addr $request_method $uri $status';
  access_log {folder}/access.log ours;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; include {folder}/forms.conf; }}
}}
"""


@dataclass
class Front:
    """nginx, and the service behind it."""

    port: int
    folder: Path
    desk: Desk

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request(method, path, body, {"Host": "forms.example"} | headers)
        answer = line.getresponse()
        answer.text = answer.read().decode("utf-8", "replace")  # type: ignore[attr-defined]
        return answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@pytest.fixture(scope="module")
def front(tmp_path_factory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    folder.chmod(0o755)
    site = folder / "site"
    (site / "measures").mkdir(parents=True)
    (site / "index.html").write_text("<h1>หน้าแรก</h1>", "utf-8")
    (site / "404.html").write_text("ไม่มีหน้านี้", "utf-8")
    (site / "measures/index.html").write_text("<h1>ร่างกฎหมาย</h1>", "utf-8")
    write_assets(site / "assets")
    desk = Desk(folder / "desk") if (folder / "desk").mkdir() is None else None
    assert desk is not None
    desk.env |= {"FORMS_API_HOSTS": "forms.example,127.0.0.1", "FORMS_API_PROXIES": "127.0.0.1"}
    desk.env["FORMS_API_PORT"] = str(free_port())
    port = free_port()
    text = (DEPLOY / "nginx/forms.conf").read_text("utf-8")
    places = {"@NAME@": "forms.example", "@SITE@": str(site), "@API@": f"127.0.0.1:{desk.env['FORMS_API_PORT']}"}
    for name, value in (places | {"@SHUTTER@": str(DEPLOY)}).items():
        text = text.replace(name, value)
    (folder / "forms.conf").write_text(text, "utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(user + FRAME.format(folder=folder, port=port), "utf-8")
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    assert program, "nginx is missing: run make test, or install Debian's package nginx-light"
    process = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.PIPE)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            assert process.poll() is None, process.stderr.read()  # type: ignore[union-attr]
            time.sleep(0.05)
    yield Front(port, folder, desk)
    process.terminate()
    process.wait()
    assert process.stderr is not None
    process.stderr.close()


@pytest.fixture
def service(front) -> Iterator[Serving]:
    with front.desk.serving("--port", front.desk.env["FORMS_API_PORT"]) as running:
        yield running


def test_pages_of_the_site_come_with_the_headers_of_the_service(front):
    page, missing, style = (
        front.ask("GET", "/measures/"),
        front.ask("GET", "/none/"),
        front.ask("GET", "/assets/css/site.css"),
    )

    assert (page.status, missing.status, style.status) == (200, 404, 200)
    assert "ร่างกฎหมาย" in page.text
    for name, value in (EVERYWHERE | POLICY).items():
        assert page.headers[name] == value
    for name, value in EVERYWHERE.items():
        assert style.headers[name] == value
    assert "max-age" in style.headers["Cache-Control"]


def test_forms_pass_through_with_their_own_headers_and_the_true_address(front, service):
    form = front.ask("GET", "/forms/help_request?topic=photo&secret=0812345678", **{"X-Forwarded-For": "203.0.113.7"})
    log = (front.desk.folder / "serve.log").read_text("utf-8")
    accesses = (front.folder / "access.log").read_text("utf-8")

    assert form.status == 200
    assert form.headers["Content-Security-Policy"] == POLICY["Content-Security-Policy"]
    assert len(form.headers.get_all("X-Content-Type-Options")) == 1
    assert "203.0.113.7" not in log
    assert "secret" not in accesses
    assert front.ask("GET", "/metrics").status == 404
    assert front.ask("GET", "/readyz").status == 404


def test_too_much_is_told_in_thai(front, service):
    answer = front.ask(
        "POST", "/forms/help_request", b"a" * 70_000, **{"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert answer.status == 413
    assert "ยาวเกินไป" in answer.text


def test_while_the_service_is_away_a_page_in_its_place_says_so_and_how_to_go_on(front):
    page = front.ask(
        "POST", "/forms/help_request/check", b"a=1", **{"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert page.status == 503
    assert int(page.headers["Retry-After"]) > 0
    assert "เรายังไม่ได้รับแบบของคุณ คำตอบยังอยู่" in page.text
    assert page.headers["Content-Security-Policy"] == POLICY["Content-Security-Policy"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_what_was_typed_is_sent_once_the_service_is_back(front, chromium, scripts):
    context = chromium.new_context(java_script_enabled=scripts, base_url=f"http://127.0.0.1:{front.port}")
    page = context.new_page()
    port = front.desk.env["FORMS_API_PORT"]
    with front.desk.serving("--port", port):
        fill_plea(page)
        before = len(rows(front))
    page.click(NEXT)
    shut = page.inner_text("h1")

    with front.desk.serving("--port", port):
        if scripts:
            page.click("form[data-again] .btn")
        else:
            page.go_back()
            page.click(NEXT)
        page.wait_for_selector(".ref")
        kept = page.evaluate("sessionStorage.length") if scripts else 0
        after = len(rows(front))
    context.close()

    assert "ปิดชั่วคราว" in shut
    assert after == before + 1
    assert kept == 0


def rows(front):
    done = front.desk.run("export", "help_request", "--format", "csv")
    return done.stdout.splitlines()[1:]
