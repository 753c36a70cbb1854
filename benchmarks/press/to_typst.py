"""The words and pictures of our leaflet as typst source: the same panels, in plain settings of its own.

typst has no CSS, so that what it makes is simpler than ours: pictures beside words, one kind of box, few sizes of type.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes

PANEL_WIDTHS = (97, 100, 100)  # mm
SIZES = {"h1": 24, "h2": 17, "h3": 11}  # pt
BODY = 9  # pt
HEAD = '#block(width: 100%, inset: 1.5mm, fill: rgb("#1f6f50"))['
BOX = '#block(width: 100%, inset: 1mm, radius: 1mm, stroke: 0.7mm, fill: rgb("#fff8e7"))['
VOID = {"img", "br", "meta", "link"}
PICTURE = re.compile(r"url\((?P<path>[^)]+)\)")


def source(html: str, title: str, base: Path, pictures: Path) -> str:
    """Return typst source for a finished leaflet; pictures that stand in it as data are written to `pictures`."""
    walk = _Walk(base, pictures)
    walk.feed(html)
    pages = [walk.panels[:3], walk.panels[3:]]
    lines = [
        f"#set document(title: {_text(title)})",
        "#set page(width: 297mm, height: 210mm, margin: 0mm)\n#set par(leading: 0.5em, spacing: 0.6em)",
        f'#set text(font: "Sarabun", size: {BODY}pt, lang: "th")',
        *("\n#pagebreak()\n".join("\n".join(_page(panels)) for panels in pages).splitlines()),
    ]
    return "\n".join(lines)


def _page(panels: list[list[str]]) -> Iterator[str]:
    left = 0
    for width, parts in zip(PANEL_WIDTHS, panels, strict=True):
        yield f"#place(top + left, dx: {left}mm, block(width: {width}mm, height: 210mm, inset: 4mm, clip: true)["
        yield from parts
        yield "])"
        left += width


class _Walk(HTMLParser):
    def __init__(self, base: Path, pictures: Path) -> None:
        super().__init__()
        self.base, self.pictures = base, pictures
        self.panels: list[list[str]] = []
        self.words, self.size = "", BODY
        self.picture = ""
        self.open: list[bool] = []  # of the elements that are open: whether each is a box

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in VOID:
            self.open.append("data-fit" in named)
        if self.panels and "data-fit" in named:
            self._end()
            self.panels[-1].append(HEAD if tag == "header" else BOX)
        if tag == "article":
            self.panels.append([])
        if tag in (*SIZES, "p"):
            self._end()
            self.size = SIZES.get(tag, BODY)
        if tag == "br":
            self.words += " "
        if found := PICTURE.search(named.get("style") or ""):
            self._end()
            self.picture = _image(str((self.base / found["path"]).resolve()), "")
        if tag == "img":
            self._end()
            self.panels[-1].append(_image(self._file(named["src"] or ""), named.get("alt") or ""))

    def handle_endtag(self, tag: str) -> None:
        boxed = self.open.pop()
        if boxed or tag in (*SIZES, "p", "article"):
            self._end()
        if boxed:
            self.panels[-1].append("]")

    def handle_data(self, data: str) -> None:
        if self.panels:
            self.words += re.sub(r"\s+", " ", data)

    def _end(self) -> None:
        """Set the words gathered so far, beside the picture that stood before them."""
        if words := self.words.strip():
            weight = "bold" if self.size != BODY else "regular"
            line = f'#text(size: {self.size}pt, weight: "{weight}", {_text(words)})'
            beside = f"#grid(columns: (14mm, 1fr), gutter: 2mm, [{self.picture}], [{line}])"
            self.panels[-1].append(f"{beside if self.picture else line}\n")
            self.picture = ""
        self.words = ""

    def _file(self, address: str) -> str:
        if not address.startswith("data:"):
            return str((self.base / address).resolve())
        data = unquote_to_bytes(address.partition(",")[2])
        path = self.pictures / f"{sha256(data).hexdigest()[:16]}.svg"
        path.write_bytes(data)
        return str(path)


def _image(path: str, alt: str) -> str:
    return f"#image({_text(path)}, height: 9mm, alt: {_text(alt or '-')})"


def _text(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
