"""forms-api serve, migrate, doctor: the service and the state of its data."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from forms_api.cli.common import add, existing_file, opened, say, store_url
from forms_api.store import SQLITE
from forms_api.store.findings import Finding
from site_builder.content import load_content

MOST_PORT = 65535
MOST_WORKERS = 64


def options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this module."""
    _serve_options(add(commands, "serve", "เปิดแบบฟอร์ม", _serve))
    add(commands, "migrate", "ปรับตารางให้ตรงกับแบบฟอร์ม (serve ทำให้เองแล้ว)", _migrate)
    add(commands, "doctor", "ตรวจข้อมูลและเครื่อง", _doctor)


def _serve_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--host", default="127.0.0.1", help="ที่อยู่ที่เปิดรับ (%(default)s: เฉพาะเครื่องนี้)")
    one.add_argument("--port", type=_port, default=os.environ.get("FORMS_API_PORT") or "8000", help="(%(default)s)")
    one.add_argument("--site", type=Path, help="โฟลเดอร์ของเว็บที่สร้างแล้ว เช่น build/site")
    workers = os.environ.get("FORMS_API_WORKERS") or "1"
    one.add_argument(
        "--workers", type=_workers, default=workers, metavar="N", help="จำนวนโปรแกรมที่ช่วยกันรับ (%(default)s)"
    )
    one.add_argument("--limit-concurrency", metavar="N", help="คำขอที่รับพร้อมกันได้ต่อหนึ่งโปรแกรม (2000)")
    one.add_argument("--demo", action="store_true", help="เพิ่มรอบอบรมตัวอย่าง ถ้ายังไม่มีรอบ (เหมือน DEMO=1)")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:6]) <= MOST_PORT):
        raise argparse.ArgumentTypeError(f"พอร์ต {text} ใช้ไม่ได้ ใส่เลข 0 ถึง {MOST_PORT}")
    return int(text)


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:4]) <= MOST_WORKERS):
        raise argparse.ArgumentTypeError(f"จำนวน {text} ใช้ไม่ได้ ใส่เลข 1 ถึง {MOST_WORKERS}")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    from forms_api.serve import Place, serve

    if options.limit_concurrency is not None:
        os.environ["FORMS_API_LIMIT_CONCURRENCY"] = options.limit_concurrency  # workers read it there too
    demo = options.demo or os.environ.get("DEMO") == "1"
    serve(Place(options.host, options.port, options.site, demo, options.workers), os.environ)
    return 0


def _migrate(_options: argparse.Namespace) -> int:
    with opened(load_content()) as store:
        steps = store.migrate()
    say(*steps, f"ปรับตารางแล้ว {len(steps)} ขั้น" if steps else "ตารางตรงกับแบบฟอร์มอยู่แล้ว")
    return 0


def _doctor(_options: argparse.Namespace) -> int:
    from forms_api.store.checkup import checkup

    content = load_content()
    marks = {"ok": "ปกติ  ", "watch": "ระวัง ", "broken": "เสีย  "}
    url = store_url()
    if url.startswith(SQLITE):
        findings: Sequence[Finding] = checkup(existing_file(), content.forms.values())
    else:
        with opened(content) as store:
            findings = store.checkup()
    for finding in findings:
        print(marks[finding.level], finding.text)
    return 1 if any(finding.level == "broken" for finding in findings) else 0
