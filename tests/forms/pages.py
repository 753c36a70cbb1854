"""Reading our own pages the way a browser does: forms, hidden fields, what is chosen."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageForm:
    """A form of a page: where it goes, and what it would send, buttons left out."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.select = self.area = ""
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(got.get("action", "")))
        elif tag == "title":
            self._in_title = True
        elif tag == "input" and got.get("name") and (got.get("type") not in ("radio", "checkbox") or "checked" in got):
            self.forms[-1].fields[got["name"]] = got.get("value", "")
        elif tag == "button" and got.get("name"):
            self.forms[-1].buttons.append((got["name"], got.get("value", "")))
        elif tag == "select":
            self.select = got["name"]
            self.forms[-1].fields[self.select] = ""
        elif tag == "option" and "selected" in got:
            self.forms[-1].fields[self.select] = got["value"]
        elif tag == "textarea":
            self.area = got["name"]
            self.forms[-1].fields[self.area] = ""

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        if self.area:
            self.forms[-1].fields[self.area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        if tag == "title":
            self._in_title = False


def read_page(html: str) -> _Reader:
    """Return the page's title and forms."""
    reader = _Reader()
    reader.feed(html)
    return reader


def main_form(html: str, action: str = "/forms/") -> PageForm:
    """Return the last form that goes to `action…`: the one with the primary button."""
    return [form for form in read_page(html).forms if form.action.startswith(action)][-1]
