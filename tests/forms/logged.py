"""What the real service wrote down and counted, read back as an operator would."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

from tests.serving import Desk

PLEA = {
    "topic": "photo", "province": "50", "phone": "0898765432", "call_time": "any", "filled_by": "self",
    "notice_read": True,
}  # fmt: skip
SIGNUP = {
    "province": "50", "district": "5001", "subdistrict": "500101", "village": "หมู่ 4 บ้านหนองบัว", "role": "village_head",
    "session": 1, "full_name": "สมหญิง ใจดี", "phone": "0898765432", "contact": "call", "notice_read": True,
}  # fmt: skip


def logging_desk(folder: Path) -> Desk:
    """A desk that logs all it can, and tells its figures on a port that the system chooses."""
    desk = Desk(folder)
    desk.env |= {"FORMS_API_LOG_FORMAT": "json", "FORMS_API_LOG_LEVEL": "debug", "FORMS_API_METRICS": "127.0.0.1:0"}
    desk.env["FORMS_API_ACCESS_LOG"] = str(folder / "logs/access.log")
    return desk


def told(desk: Desk) -> list[dict[str, Any]]:
    """The lines of stderr that are no plain words of the start."""
    lines = (desk.folder / "serve.log").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def accesses(desk: Desk) -> list[dict[str, Any]]:
    """The lines of the access log; every one must be an object."""
    lines = [path.read_text("ascii") for path in sorted((desk.folder / "logs").glob("access-*.log"))]
    return [json.loads(line) for line in "".join(lines).splitlines()]


def written(desk: Desk) -> str:
    """Every letter of every log."""
    return "\n".join(path.read_text("utf-8") for path in [desk.folder / "serve.log", *(desk.folder / "logs").iterdir()])


def figures(desk: Desk) -> list[str]:
    """What each running worker tells a Prometheus."""
    pages = []
    for line in told(desk):
        if line["logger"] == "forms_api.metrics":
            with urllib.request.urlopen(f"http://{line['address']}/metrics", timeout=30) as answer:
                pages.append(answer.read().decode())
    return pages


def figure(pages: list[str], name: str) -> float:
    """The sum of one figure over all workers, 0 where nobody has it."""
    return sum(float(number) for page in pages for number in re.findall(f"^{re.escape(name)} (.+)$", page, re.M))
