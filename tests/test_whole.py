"""Site, leaflets and forms behind one address, and the documents that lead to them."""

import http.client
import re
import shutil
from pathlib import Path

import pytest

from site_builder.press.run import press_leaflets
from tests.serving import Desk

ROOT = Path(__file__).resolve().parent.parent
ADDRESSES = {
    "/": "text/html; charset=utf-8",
    "/measures/k5-fund/": "text/html; charset=utf-8",
    "/provinces/50/": "text/html; charset=utf-8",
    "/q/50/": "text/html; charset=utf-8",
    "/leaflets/registration.pdf": "application/pdf",
    "/leaflets/registration-50.pdf": "application/pdf",
    "/forms/trainer_signup": "text/html; charset=utf-8",
    "/forms/help_request": "text/html; charset=utf-8",
    "/status": "text/html; charset=utf-8",
    "/api/v1/openapi.json": "application/json",
}


@pytest.fixture(scope="module")
def port(built_site, content, tmp_path_factory):
    """Serve the built site with two leaflets and the forms; return the port."""
    folder = tmp_path_factory.mktemp("whole")
    site = Path(shutil.copytree(built_site, folder / "site"))
    for provinces in ([], ["50"]):
        press_leaflets(content, site / "leaflets", provinces, say=lambda line: None)
    with Desk(folder).serving("--site", str(site)) as service:
        yield service.port


def fetch(port, address):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", address)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("address", ADDRESSES)
def test_one_service_answers_for_site_leaflets_and_forms(port, address):
    status, kind, body = fetch(port, address)

    assert (status, kind) == (200, ADDRESSES[address])
    assert body


def test_every_link_of_the_front_page_is_answered(port):
    page = fetch(port, "/")[2].decode()
    links = {link.partition("#")[0] for link in re.findall('href="(/[^"]*)"', page)}

    assert len(links) > 20
    assert {link: fetch(port, link)[0] for link in links if fetch(port, link)[0] != 200} == {}


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))]
)
def test_every_file_that_a_document_points_to_is_there(name):
    path = ROOT / name
    links = re.findall(
        r"\]\(([^)#:]+)[^):]*\)", re.sub(r"```.*?```|`[^`]*`", "", path.read_text("utf-8"), flags=re.DOTALL)
    )

    assert [link for link in links if not (path.parent / link).exists()] == []
