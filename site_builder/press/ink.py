"""Process inks for a print shop: every colour operator of a finished PDF rewritten from RGB to CMYK.

Style sheets could say `device-cmyk()`, but drawings do not hear them, and would be needed in a third set. A finished
file has a dozen colours, all of them ours: each has a mix chosen by hand below. An unknown one stops the press.
Letters in pure black overprint, so that no white line shows beside them where the plates do not meet exactly.
"""

from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pikepdf
from pikepdf import ContentStreamInstruction, Dictionary, Name, Operator

Mix = tuple[int, int, int, int]  # percent of cyan, magenta, yellow and black

BLACK: Mix = (0, 0, 0, 100)
PAPER: Mix = (0, 0, 0, 0)
MOST_INK = 250  # percent, all four together: uncoated paper takes no more
MIXES = MappingProxyType(
    {
        "#000000": BLACK,  # QR codes
        "#221912": BLACK,  # ink; a brown black of four inks would blur small letters
        "#5A4A3C": (0, 0, 0, 72),  # soft
        "#23407F": (95, 78, 0, 25),  # indigo
        "#B5301B": (0, 90, 100, 25),  # chilli
        "#1D6344": (85, 20, 80, 45),  # pandan
        "#FFB81F": (0, 30, 95, 0),  # mango
        "#F0DDB2": (4, 10, 32, 0),  # bamboo; without black, whose few dots would look like dirt
        "#FFF9EC": PAPER,  # rice: the paper itself, so that letters in it stay sharp
        "#FFFFFF": PAPER,
        "#D79C6B": (5, 38, 58, 8),  # skin
    }
)
_RGB = {"rg": "k", "RG": "K"}
_OTHER = {"g", "G", "k", "K", "sc", "SC", "sh", "INLINE IMAGE"}  # other ways of colouring, none of them proven here
NOT_INK = frozenset({*_RGB, *_OTHER} - {"k", "K"})
OVER, APART = "/Overprint", "/Knockout"


class UnknownInk(ValueError):
    """A colour, or a way of colouring, for which no mix of inks was chosen."""


def in_cmyk(document: pikepdf.Pdf) -> None:
    """Rewrite a document in process inks; raises UnknownInk."""
    for owner in painted(document):
        resources = owner.get("/Resources", Dictionary())
        _refuse_what_is_not_flat(resources)
        rewrite(document, owner, list(_Inks().rewritten(pikepdf.parse_content_stream(owner))))
        for left_out in ("/ColorSpace", "/Shading"):
            if left_out in resources:
                del resources[left_out]
        if "/ExtGState" in resources:
            resources.ExtGState[OVER] = Dictionary(OP=True, op=True, OPM=1)
            resources.ExtGState[APART] = Dictionary(OP=False, op=False, OPM=0)
        if "/Group" in owner:  # everything is opaque, so that nothing needs to be blended
            del owner["/Group"]


def is_rgb(document: pikepdf.Pdf) -> bool:
    """Tell whether a document is still to be rewritten."""
    return any(
        str(operator) in _RGB for owner in painted(document) for _, operator in pikepdf.parse_content_stream(owner)
    )


def painted(document: pikepdf.Pdf) -> list[Any]:
    """Return everything that paints: the pages, and the forms and patterns that they use."""
    streams = [each for each in document.objects if isinstance(each, pikepdf.Stream)]
    parts = [each for each in streams if each.get("/Subtype") == "/Form" or each.get("/PatternType") == 1]
    return [*(page.obj for page in document.pages), *parts]


def rewrite(document: pikepdf.Pdf, owner: Any, instructions: list[Any]) -> None:
    """Give a page, a form or a pattern another content."""
    content = pikepdf.unparse_content_stream(instructions)
    if isinstance(owner, pikepdf.Stream):
        owner.write(content)
    else:
        owner.Contents = document.make_stream(content)


def _refuse_what_is_not_flat(resources: Any) -> None:
    """Raise UnknownInk for pixels, gradients and glass."""
    if any(each.get("/Subtype") == "/Image" for each in dict(resources.get("/XObject", {})).values()):
        raise UnknownInk("a picture of pixels: its colours are not in the table of inks")
    if any(each.get("/PatternType") != 1 for each in dict(resources.get("/Pattern", {})).values()):
        raise UnknownInk("a gradient: its colours are not in the table of inks")
    for state in dict(resources.get("/ExtGState", {})).values():
        if "/SMask" in state or "/BM" in state or state.get("/ca", 1) != 1 or state.get("/CA", 1) != 1:
            raise UnknownInk("something that lets shine through: how much ink that makes is not known")


def _mix(operands: Any) -> Mix:
    colour = "#{:02X}{:02X}{:02X}".format(*(round(float(part) * 255) for part in operands))
    if colour not in MIXES:
        raise UnknownInk(f"the colour {colour}: give it a mix of inks in press/ink.py")
    return MIXES[colour]


class _Inks:
    """The fill in force while a content is read, and whether letters overprint."""

    def __init__(self) -> None:
        self.fill: Mix | None = None
        self.saved: list[Mix | None] = []
        self.in_text = self.over = False

    def rewritten(self, instructions: Any) -> Iterator[Any]:
        """Yield the instructions with other colours, and with the overprint switched on and off."""
        for operands, operator in instructions:
            name = str(operator)
            if name in _RGB:
                mix = _mix(operands)
                self.fill = mix if name == "rg" else self.fill
                yield ContentStreamInstruction([Decimal(part) / 100 for part in mix], Operator(_RGB[name]))
            else:
                self._follow(name, operands)
                yield ContentStreamInstruction(operands, operator)
            if self.over != (self.in_text and self.fill == BLACK):
                self.over = not self.over
                yield ContentStreamInstruction([Name(OVER if self.over else APART)], Operator("gs"))

    def _follow(self, name: str, operands: Any) -> None:
        if name in _OTHER or (name in ("cs", "CS") and operands[0] != "/Pattern"):
            raise UnknownInk(f"“{name}”: a way of colouring that the table of inks does not know")
        if name == "q":
            self.saved.append(self.fill)
        elif name == "Q":
            self.fill = self.saved.pop()
        elif name == "scn":
            self.fill = None
        elif name in ("BT", "ET"):
            self.in_text = name == "BT"
