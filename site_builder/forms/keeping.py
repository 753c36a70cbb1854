"""How long the answers of a form are kept, in words that a person reads and a machine obeys (PDPA sections 23, 37)."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from site_builder import thai

Start = Literal["training", "end"]
STARTS: tuple[str, ...] = get_args(Start)
MOST = 999
_PERIOD = re.compile(r"([0-9]+) *(ปี|เดือน|วัน)")


@dataclass(frozen=True)
class Period:
    """A length of time as people say it: `1 ปี`, `6 เดือน`, `90 วัน`."""

    count: int
    unit: str  # ปี, เดือน or วัน

    def before(self, day: date) -> date:
        """Return the day that lies one period before `day`; 31 March less one month is the last of February."""
        if self.unit == "วัน":
            return day - timedelta(days=self.count)
        months = day.year * 12 + day.month - 1 - self.count * (12 if self.unit == "ปี" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Keeping:
    """The rule of one form: `period` counted from the day of the training, or from the day it came to an end.

    `period` is None while the office has not said how long; then nothing is deleted by itself.
    """

    period: Period | None
    start: Start


def read_period(text: str) -> Period | None:
    """Return the period that `text` says, or None where it says none."""
    match = _PERIOD.fullmatch(thai.arabic_digits(thai.tidy(text)))
    if match is None or not 0 < int(match[1]) <= MOST:
        return None
    return Period(int(match[1]), match[2])
