"""The one Jinja environment: everything we render ourselves is escaped, and an unknown name is an error."""

from datetime import date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from site_builder import thai

TEMPLATES = Path(__file__).resolve().parent.parent / "site_templates"


def environment(**globals_: object) -> Environment:
    """Return an environment over `site_templates/` with the Thai filters and the given global names."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "thai_date": _thai_date,
        "thai_datetime": thai.thai_datetime,
        "thai_digits": thai.thai_digits,
        "phone": thai.show_phone,
        "number": thai.number,
    }
    env.globals |= globals_
    return env


def _thai_date(day: date | datetime | str, style: str = "long") -> str:
    moment = date.fromisoformat(day) if isinstance(day, str) else day
    return thai.thai_date(moment, style)
