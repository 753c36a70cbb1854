"""forms-api keys make, show, rotate, reseal, retire: the keys that seal telephone numbers and free words."""

import argparse
import os

from forms_api.cli.common import actor, add, opened, say
from forms_api.errors import SettingsError
from forms_api.store.audit import Act
from forms_api.vault import Keyring, find_keyring, keys_file, make_keys, replace_keys
from site_builder.content import load_content


def options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this module."""
    keys = commands.add_parser("keys", help="กุญแจข้อมูล: make show rotate reseal retire")
    steps = keys.add_subparsers(required=True, metavar="คำสั่ง")
    add(steps, "make", "ทำไฟล์กุญแจใหม่ ถ้ายังไม่มี", _make)
    add(steps, "show", "แสดงชื่อกุญแจ ไม่แสดงตัวกุญแจ", _show)
    add(steps, "rotate", "1) เพิ่มกุญแจใหม่ แล้วเริ่มบริการใหม่", _rotate)
    add(steps, "reseal", "2) เข้ารหัสข้อมูลเดิมด้วยกุญแจใหม่", _reseal)
    add(steps, "retire", "3) เลิกกุญแจเก่า เมื่อไม่มีข้อมูลใดใช้แล้ว", _retire)


def _make(_options: argparse.Namespace) -> int:
    path = keys_file(os.environ)
    if not make_keys(path):
        raise SettingsError(f"มีไฟล์กุญแจ {path} อยู่แล้ว ไม่เขียนทับ")
    say(f"ทำไฟล์กุญแจ {path} แล้ว สำรองไว้คนละที่กับข้อมูล ถ้ากุญแจหาย เบอร์โทรศัพท์และข้อความที่เก็บไว้จะอ่านไม่ได้อีก")
    return 0


def _show(_options: argparse.Namespace) -> int:
    keyring = _keyring()
    print(f"ใช้อยู่ {keyring.current} · มี {', '.join(keyring.data)}")
    return 0


def _rotate(_options: argparse.Namespace) -> int:
    keyring = _in_file().rotated()
    replace_keys(keys_file(os.environ), keyring)
    say(
        f"เพิ่มกุญแจ {keyring.current} แล้ว สำรองไฟล์กุญแจใหม่",
        "ต่อไป: เริ่มบริการใหม่ทุกเครื่อง แล้วรัน forms-api keys reseal แล้ว forms-api keys retire",
    )
    return 0


def _reseal(_options: argparse.Namespace) -> int:
    keyring = _keyring()
    with opened(load_content(), existing=True) as store:
        changed = store.reseal()
        store.note(Act(actor(), "reseal", keyring.current, f"rows={changed}"))
        store.wipe()
    say(f"เข้ารหัสใหม่ด้วยกุญแจ {keyring.current} แล้ว {changed:,} แถว")
    return 0


def _retire(_options: argparse.Namespace) -> int:
    keyring = _in_file()
    with opened(load_content(), existing=True) as store:
        store.use_only_this_key()  # a service that was not started again seals nothing more with the old key
        changed = store.reseal()
        store.note(Act(actor(), "retire", keyring.current, f"keys={len(keyring.data) - 1}"))
    replace_keys(keys_file(os.environ), keyring.retired())
    if changed:
        say(f"เข้ารหัสใหม่อีก {changed:,} แถวที่เพิ่งใช้กุญแจเก่า เครื่องที่ยังไม่ได้เริ่มบริการใหม่จะไม่รับแบบ จนกว่าจะเริ่มใหม่")
    say(f"เหลือกุญแจ {keyring.current} สำเนาสำรองเก่าต้องใช้กุญแจเก่า เก็บไฟล์กุญแจเดิมไว้จนกว่าสำเนานั้นหมดอายุ")
    return 0


def _keyring() -> Keyring:
    keyring = find_keyring(os.environ)
    if keyring is None:
        raise SettingsError("ยังไม่มีกุญแจข้อมูล ทำด้วย forms-api keys make")
    return keyring


def _in_file() -> Keyring:
    if os.environ.get("FORMS_API_KEYS"):
        raise SettingsError("กุญแจอยู่ใน FORMS_API_KEYS คำสั่งนี้แก้ไม่ได้ ย้ายไปไว้ในไฟล์ แล้วใช้ FORMS_API_KEYS_FILE")
    return _keyring()
