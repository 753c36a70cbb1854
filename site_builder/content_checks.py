"""Checks that need more than one file: counts that the circular states, phrases that are used, and links."""

import re
from collections.abc import Container, Sequence
from pathlib import Path

from site_builder import areas
from site_builder.content_reader import Reader, is_date
from site_builder.forms.keeping import read_period
from site_builder.problems import Problem
from site_builder.records import Benefit, Measure, Page, Print, Province, Step, Words
from site_builder.templates import TEMPLATES

_LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)")
_USED_BY_TEMPLATES = re.compile(r'(?:\bphrases\.(?!yml)|"(?=menu_))([a-z_0-9]+)')
_USED_BY_CODE = re.compile(r'\bphrases\["([a-z_0-9]+)"\]')
# Addresses that outputs other than the pages answer.
_ELSEWHERE = frozenset({"/status", "/search/"})


def check_counts(
    reader: Reader,
    measures: Sequence[Measure],
    benefits: Sequence[Benefit],
    steps: Sequence[Step],
    provinces: Sequence[Province],
) -> None:
    """Report lists that do not count 1, 2, 3 … up to what the circular says."""
    numbered = (
        ("measures", "measure.count", [measure.number for measure in measures]),
        ("benefits", "benefit.count", [benefit.number for benefit in benefits]),
        ("register", "register.steps.count", [step.number for step in steps]),
    )
    for folder, fact_id, numbers in numbered:
        wanted = reader.facts[fact_id].value if fact_id in reader.facts else 0
        if isinstance(wanted, int) and numbers != list(range(1, wanted + 1)):
            reader.report(Problem(f"content/{folder}/", f"ต้องมีลำดับ 1 ถึง {wanted} ครบ แต่พบ {numbers}"))
    missing = {area.code for area in areas.provinces()} - {province.code for province in provinces}
    if missing:
        reader.report(Problem("content/data/provinces.csv", f"ขาดจังหวัดรหัส {', '.join(sorted(missing))}"))


def check_phrases(reader: Reader) -> None:
    """Report the phrases that templates and pages show and that are not there; MkDocs would leave them out silently."""
    templates, code = TEMPLATES.rglob("*.html"), Path(__file__).parent.glob("*.py")
    used = {key for path in templates for key in _USED_BY_TEMPLATES.findall(path.read_text("utf-8"))}
    used |= {key for path in code for key in _USED_BY_CODE.findall(path.read_text("utf-8"))}
    for key in sorted(used - set(reader.phrases)):
        reader.report(Problem("content/data/phrases.yml", f"ขาดประโยค {key} ที่เว็บใช้"))


def check_retention(reader: Reader) -> None:
    """Report a time of keeping that people would read and no machine could obey."""
    setting = reader.settings.get("retention")
    if setting is not None and setting.value and read_period(setting.value) is None:
        message = f"retention: “{setting.value}” เครื่องอ่านไม่ได้ เขียนแบบ 1 ปี หรือ 6 เดือน หรือ 90 วัน"
        reader.report(Problem("content/data/settings.yml", message))


def check_security(reader: Reader) -> None:
    """Report a contact for security.txt that no machine could follow, or one without its day (RFC 9116, 2.5)."""
    contact, until = (
        setting.value if (setting := reader.settings.get(f"security_{name}")) else "" for name in ("contact", "expires")
    )
    place = "content/data/settings.yml"
    if contact and not re.fullmatch(r"(mailto:|https://|tel:)[!-~]+", contact):
        message = f"security_contact: “{contact}” ต้องขึ้นต้นด้วย mailto: หรือ https:// หรือ tel: และไม่มีช่องว่าง"
        reader.report(Problem(place, message))
    if (contact or until) and not is_date(until):
        reader.report(Problem(place, "security_expires: เขียนวันที่แบบ 2026-12-31 (ปี ค.ศ.-เดือน-วัน) คู่กับ security_contact"))


def check_links(
    reader: Reader,
    pages: Sequence[Page],
    parts: Sequence[Benefit | Step | Words],
    forms: Container[str],
    leaflets: Container[str],
) -> None:
    """Report links in bodies to addresses that no page and no output answers."""
    known = {page.url for page in pages} | _ELSEWHERE
    for part in (*pages, *parts):
        for match in _LINK.finditer(part.body):
            target = match.group(1)
            if not target.startswith(("https://", "tel:", "mailto:", "#")) and not _known(
                target, known, forms, leaflets
            ):
                line = part.line + part.body.count("\n", 0, match.start())
                reader.report(Problem(f"{part.path}:{line}", f"ลิงก์ {target} ไม่มีหน้านี้"))


def check_twins(reader: Reader, prints: Sequence[Print], pages: Sequence[Page]) -> None:
    """Report prints whose twin is no page."""
    known = {"", *(page.url for page in pages)}
    for each in prints:
        if each.twin not in known:
            reader.report(Problem(f"content/data/prints.yml #{each.name}", f"twin: ไม่มีหน้า {each.twin}"))


def _known(target: str, pages: Container[str], forms: Container[str], leaflets: Container[str]) -> bool:
    path = re.split(r"[?#]", target)[0]
    if match := re.fullmatch(r"/forms/(\w+)", path):
        return match.group(1) in forms
    if path == "/q/":
        return True
    if match := re.fullmatch(r"/(?:provinces/([0-9]{2})/|q/([0-9]{2})/?)", path):
        return areas.name(match.group(1) or match.group(2)) is not None
    if match := re.fullmatch(r"/leaflets/(\w+)(?:-([0-9]{2}))?(?:-(?:office|bw))?\.pdf", path):
        return match.group(1) in leaflets and (match.group(2) is None or areas.name(match.group(2)) is not None)
    return path in pages
