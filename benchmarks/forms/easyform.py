"""Plone with collective.easyform: a site made afresh, with a form of the same questions that saves what is sent."""

import dataclasses
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

from benchmarks.forms.sent import ANSWERS, post
from benchmarks.forms.servers import ROOT, Running, free_port, started
from site_builder.content import load_content
from site_builder.forms import Field, Given
from site_builder.forms.choices import Choice, Choices
from site_builder.forms.fields import LongText, Notice, Text
from site_builder.forms.places import SessionChoice

SCRIPTS = Path(__file__).parent / "plone"
PROGRAMS = ROOT / ".venv-plone/bin"
ADDRESS = "/Plone/signup"
SERVER = "threads = 4\nconnection_limit = 1000"  # waitress takes 100 connections by itself, and the others would hang
PAGES = 12  # read before the clock runs, so that each thread has its templates


@contextmanager
def easyform(folder: Path) -> Iterator[Running]:
    """Make a site, start it under waitress, and take the form's token from its page."""
    port = free_port()
    instance = folder / "instance"
    _run(PROGRAMS / "mkwsgiinstance", "-d", instance, "-u", "admin:admin")
    settings = instance / "etc/zope.ini"
    settings.write_text(settings.read_text("utf-8").replace("port = 8080", f"port = {port}\n{SERVER}"), "utf-8")
    (folder / "fields.xml").write_bytes(_model(map(_question, load_content().forms["trainer_signup"].fields)))
    (folder / "actions.xml").write_bytes(_model([_field("saver", "collective.easyform.actions.SaveData", "saver")]))
    _console(folder, "make_site.py", folder / "fields.xml", folder / "actions.xml")
    with started([str(PROGRAMS / "runwsgi"), str(settings)], port, folder, b"") as running:
        pages = [_page(port) for _ in range(PAGES)]
        found = re.search('name="_authenticator" value="([0-9a-f]+)"', pages[-1])
        assert found, pages[-1]
        yield dataclasses.replace(running, request=_request(found[1]))


def saved(folder: Path) -> int:
    """Return how many forms the site of a folder holds."""
    return int(_console(folder, "count_saved.py").split()[-1])


def _request(token: str) -> bytes:
    """Return what a browser sends: lists and boxes have `:list` behind their names."""
    lists = {"role", "contact", "notice_read"}
    sent = {f"form.widgets.{name}{':list' * (name in lists)}": value for name, value in ANSWERS.items()}
    sent |= {"form.widgets.notice_read:list": "selected", "form.buttons.submit": "1", "_authenticator": token}
    return post(ADDRESS, urlencode(sent).encode(), "Content-Type: application/x-www-form-urlencoded")


def _page(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{ADDRESS}", timeout=60) as page:
        text: str = page.read().decode()
        return text


def _console(folder: Path, script: str, *arguments: Path) -> str:
    return _run(PROGRAMS / "zconsole", "run", folder / "instance/etc/zope.conf", SCRIPTS / script, *arguments)


def _run(*command: Path | str) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr[-2_000:]}")
    return done.stdout


def _question(field: Field) -> Element:
    """Return a question in Plone's own kinds; it knows no telephone numbers, and no lists that depend on an answer.

    Provinces are a line of text too: EasyForm reads its model anew about thirty times for each form that is sent
    (twice for each question), and a list of 77 in it would make that slower still.
    """
    if isinstance(field, SessionChoice):
        return _field(field.name, "zope.schema.Int", field.label, required=False)
    if isinstance(field, Notice):
        return _field(field.name, "zope.schema.Bool", field.label)
    if isinstance(field, Choices):
        made = _field(field.name, "zope.schema.Set", field.label, required=False)
        made.append(_choice(Element("value_type", type="zope.schema.Choice"), field))
        return made
    if isinstance(field, Choice):
        return _choice(_field(field.name, "zope.schema.Choice", field.label), field)
    kind = "zope.schema.Text" if isinstance(field, LongText) else "zope.schema.TextLine"
    made = _field(field.name, kind, field.label, required=field.required)
    SubElement(made, "max_length").text = str(field.max_length if isinstance(field, Text) else 60)
    return made


def _field(name: str, kind: str, title: str, *, required: bool = True) -> Element:
    made = Element("field", name=name, type=kind)
    SubElement(made, "title").text = title
    SubElement(made, "required").text = str(required)
    return made


def _choice(made: Element, field: Field) -> Element:
    values = SubElement(made, "values")
    for option in field.options(Given()):
        SubElement(values, "element", key=option.code).text = option.label
    return made


def _model(fields: Iterator[Element] | list[Element]) -> bytes:
    model = Element("model", xmlns="http://namespaces.plone.org/supermodel/schema")
    SubElement(model, "schema").extend(fields)
    text: bytes = tostring(model, "utf-8", xml_declaration=True)
    return text
