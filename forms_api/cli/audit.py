"""forms-api audit verify, head, list: the log of who did what."""

import argparse
import os
import re

from forms_api.cli.common import add, opened, say
from forms_api.errors import SettingsError
from forms_api.store.audit import verify
from forms_api.vault import Vault, find_keyring
from site_builder.content import load_content


def options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this module."""
    log = commands.add_parser("audit", help="บันทึกการทำงาน: verify head list")
    steps = log.add_subparsers(required=True, metavar="คำสั่ง")
    check = add(steps, "verify", "ตรวจว่าบันทึกไม่ถูกแก้ ไม่หาย", _verify)
    check.add_argument("--head", metavar="N:HASH", help="หัวที่จดไว้ก่อนหน้า จาก audit head")
    head = add(steps, "head", "พิมพ์หัวของบันทึก จดไว้นอกเครื่องทุกวัน", _head)
    for one in (check, head):
        one.add_argument("--unkeyed-until", type=_number, default=0, metavar="N", help="ทดลองไม่มีกุญแจถึงรายการที่ N")
    add(steps, "list", "แสดงบันทึกทั้งหมด", _list)


def _verify(options: argparse.Namespace) -> int:
    noted = _noted(options.head) if options.head else None
    with opened(load_content(), existing=True) as store:
        verdict = verify(store.audit(), _key(), noted, unkeyed_until=options.unkeyed_until)
    if verdict.fault:
        say(f"บันทึกไม่ถูกต้อง: {verdict.fault}", f"ที่ถูกต้องมีถึงรายการที่ {verdict.count}")
        return 1
    say(f"บันทึกถูกต้อง {verdict.count:,} รายการ")
    return 0


def _head(options: argparse.Namespace) -> int:
    with opened(load_content(), existing=True) as store:
        verdict = verify(store.audit(), _key(), unkeyed_until=options.unkeyed_until)
    if verdict.fault:
        say(f"บันทึกไม่ถูกต้อง: {verdict.fault}")
        return 1
    print(f"{verdict.count}:{verdict.head}")
    return 0


def _list(_options: argparse.Namespace) -> int:
    with opened(load_content(), existing=True) as store:
        for link in store.audit():
            print(link.seq, link.at, link.act.actor, link.act.action, link.act.object, link.act.detail, sep="\t")
    return 0


def _key() -> bytes:
    return Vault(find_keyring(os.environ)).audit_key


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"เลขรายการ {text} อ่านไม่ได้ ใส่ตัวเลข")
    return int(text[:18])


def _noted(text: str) -> tuple[int, str]:
    match = re.fullmatch("([0-9]{1,18}):([0-9a-f]{64})", text.strip())
    if match is None:
        raise SettingsError("หัวของบันทึกอ่านไม่ได้ ใส่อย่างที่ forms-api audit head พิมพ์")
    return int(match[1]), match[2]
