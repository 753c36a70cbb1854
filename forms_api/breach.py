"""Who must be told when answers have leaked.

PDPA section 37 (4): the PDPC within 72 hours, and the people themselves when the risk is high.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from forms_api.export import Taken, shown, unchanged
from forms_api.store.audit import Act
from forms_api.store.protocol import Store
from forms_api.store.submissions import THAI_TIME
from forms_api.unfinished import unfinished
from forms_api.vault import Illegible
from site_builder.forms import Form
from site_builder.forms.fields import PersonName, ThaiPhone
from site_builder.forms.places import Province

NAMES = ("reference", "form", "created_at", "full_name", "phone", "province")


@dataclass(frozen=True)
class Span:
    """Days on which forms were sent, in Thai time, both included; None is open."""

    since: date | None
    until: date | None

    def holds(self, created_at: str) -> bool:
        """Tell whether a row's stamp (UTC, ISO) lies in the span."""
        day = datetime.fromisoformat(created_at).astimezone(THAI_TIME).date()
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def write_affected(store: Store, forms: Iterable[Form], span: Span, out: Path, actor: str) -> Taken:
    """Write one line for each form of the span: whom to call, in which province; return what was written."""
    count = illegible = 0
    with unfinished(out.parent, out.name) as beside:
        with beside.open("w", encoding="utf-8-sig", newline="") as file:
            lines = csv.writer(file, lineterminator="\r\n")
            lines.writerow(NAMES)
            for count, row in enumerate(_affected(store, forms, span), start=1):  # noqa: B007 - the last number counts
                illegible += sum(isinstance(cell, Illegible) for cell in row)
                lines.writerow([unchanged(cell) for cell in row])
        taken = Taken(count, illegible)
        store.note(Act(actor, "affected", "all", f"since={span.since} until={span.until} {taken.told}"))
        beside.replace(out)
    return taken


def _affected(store: Store, forms: Iterable[Form], span: Span) -> Iterator[list[str | int | None]]:
    for form in forms:
        asked = [
            next((one for one in form.fields if isinstance(one, kind)), None)
            for kind in (PersonName, ThaiPhone, Province)
        ]
        for row in store.rows(form):
            if span.holds(str(row["created_at"])):
                answers = [shown(one, row[one.name]) if one else None for one in asked]
                yield [str(row["reference"]), form.id, str(row["created_at"]), *answers]
