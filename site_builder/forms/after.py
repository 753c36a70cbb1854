"""What a person is told once a form is kept: on the confirmation, and later as its status."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# The slots that may stand in the words of each state. A status shows date, place and office of a session by itself.
SENT_SLOTS: Mapping[str, frozenset[str]] = {
    "seated": frozenset({"office", "date", "place"}),
    "waiting": frozenset({"office", "date", "place", "position"}),
    "received": frozenset({"office"}),
}
REFERENCE_GROUPS = (4, 4)  # symbols of a reference, in the groups in which it is shown and written
ENDED = ("cancelled", "done")  # told as a status only: nobody reaches them by sending a form
STATUS_SLOTS: Mapping[str, frozenset[str]] = {
    "seated": frozenset(),
    "waiting": frozenset({"position"}),
    "received": frozenset(),
    "cancelled": frozenset(),
    "done": frozenset(),
}
_BOLD_FIRST = re.compile(r"(?:\*\*(.+?)\*\*)?\s*(.*)", re.DOTALL)
_SLOT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Told:
    """One line: words in bold at its start, or none, then the others. Either may hold slots such as `{office}`."""

    bold: str
    text: str

    @property
    def slots(self) -> frozenset[str]:
        """Return the names of the slots in the line."""
        return frozenset(_SLOT.findall(self.bold + self.text))

    def filled(self, given: Mapping[str, object]) -> bool:
        """Tell whether every slot has something to show; a line that has not is left out."""
        return all(given.get(name) not in (None, "") for name in self.slots)


@dataclass(frozen=True)
class After:
    """The lines for one state: just sent, and when the status is asked for."""

    sent: tuple[Told, ...]
    status: tuple[Told, ...]


def told(text: str) -> Told:
    """Return a line as it is written in a definition: `**รับชื่อแล้ว** คุณยังไม่ได้เลือกรอบอบรม`."""
    match = _BOLD_FIRST.fullmatch(text.strip())
    return Told(match[1] or "", match[2]) if match else Told("", text)


def wrong_slots(text: str, allowed: frozenset[str]) -> list[str]:
    """Return what stands in braces and is no allowed slot; a brace on its own too."""
    unknown = [f"{{{name}}}" for name in _SLOT.findall(text) if name not in allowed]
    return unknown + re.findall("[{}]", _SLOT.sub("", text))
