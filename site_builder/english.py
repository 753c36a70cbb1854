"""English as the English editions write it: dates and years of both calendars, round figures, and what stays together.

Years are those of Thai papers, the Buddhist Era, with the common one in brackets.
"""

from datetime import date

from site_builder.thai import BUDDHIST_ERA

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
PATTERNS = (  # what is never split over two lines, beside what Thai has
    rf"[0-9]{{1,2}} (?:{'|'.join(MONTHS)})(?: B\.E\. [0-9]{{4}})?",
    rf"[0-9]{{1,2}} (?:{'|'.join(month[:3] for month in MONTHS)}) [0-9]{{4}}",
    r"B\.E\. [0-9]{4}",
    r"Version [0-9]+",
    r"[Ss]teps? [0-9]",
    r"[0-9]+-digit",
    r"[0-9][0-9.,]* million",
    r"[0-9]+ (?:days|steps|benefits|addresses)",
    r"K[1-6]",
)


def english_date(day: date, style: str = "long") -> str:
    """Return `day` in English: long `30 May B.E. 2567 (2024)`, short `30 Nov 2026`, month `June B.E. 2567 (2024)`."""
    month = MONTHS[day.month - 1]
    era = english_year(day.year + BUDDHIST_ERA)
    shapes = {
        "long": f"{day.day} {month} {era}",
        "short": f"{day.day} {month[:3]} {day.year}",
        "month": f"{month} {era}",
    }
    return shapes[style]


def english_year(buddhist: int) -> str:
    """Return a year of the Buddhist Era in English: `B.E. 2567 (2024)`."""
    return f"B.E. {buddhist} ({buddhist - BUDDHIST_ERA})"


def english_number(value: float | int) -> str:
    """Return a figure for reading: 75,249; 9 million; 20.2 million. Round millions are spoken, all else is exact."""
    if isinstance(value, int) and value >= 1_000_000 and value % 100_000 == 0:
        return f"{value / 1_000_000:g} million"
    return f"{value:,}"
