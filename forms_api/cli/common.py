"""What the commands share: their options' readers, the store they open, and where they speak."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from forms_api.errors import SettingsError
from forms_api.settings import DEFAULT_STORE
from forms_api.store import SQLITE, database_path, is_new, open_store
from forms_api.store.protocol import Store
from forms_api.vault import ILLEGIBLE, Vault, find_keyring, keys_file, make_keys
from site_builder.content import Content
from site_builder.training import province_code

Command = Callable[[argparse.Namespace], int]


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, run: Command
) -> argparse.ArgumentParser:
    """Add one command; it returns the exit code."""
    one = commands.add_parser(name, help=text, description=text)
    one.set_defaults(command=run)
    return one


@contextmanager
def opened(content: Content, *, existing: bool = False) -> Iterator[Store]:
    """Open the store of this machine until the end of the block; with `existing` it must be there already."""
    if existing and store_url().startswith(SQLITE):
        existing_file()
    _make_missing_keys()
    store = open_store(store_url(), content.forms.values(), Vault(find_keyring(os.environ)))
    try:
        yield store
    finally:
        store.close()


def _make_missing_keys() -> None:
    """Make keys for data that begins now, as `serve` does: what begins without them has an audit log without them."""
    if os.environ.get("DEMO") != "1" and find_keyring(os.environ) is None and is_new(store_url()):
        make_keys(keys_file(os.environ))


def store_url() -> str:
    """Return where the answers are kept."""
    return os.environ.get("FORMS_API_STORE") or DEFAULT_STORE


def existing_file() -> Path:
    """Return the database file; raises SettingsError where there is none yet."""
    path = database_path(store_url())
    if not path.exists():
        raise SettingsError(f"ยังไม่มีไฟล์ข้อมูล {path} สร้างด้วย make serve หรือ forms-api migrate")
    return path


def province(text: str | None) -> str | None:
    """Return the code of a province given as code or name; None stays None."""
    if text is None:
        return None
    found = province_code(text)
    if found is None:
        raise SettingsError(f"ไม่รู้จักจังหวัด {text} ใส่รหัส 2 หลัก เช่น 50 หรือชื่อ เช่น เชียงใหม่")
    return found


def actor() -> str:
    """Return who runs this command, as the audit log names them: the account on this machine."""
    try:
        return f"officer:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"officer:uid-{os.getuid()}"  # an account without a name, as in some containers


def legible(illegible: int) -> int:
    """Tell of answers that nothing could open; return the exit code."""
    if not illegible:
        return 0
    say(
        f"มี {illegible:,} คำตอบที่เปิดอ่านไม่ได้ เขียนไว้ว่า “{ILLEGIBLE}” แถวอื่นครบ",
        "ลองด้วยไฟล์กุญแจเดิม ถ้ายังไม่ได้ ข้อมูลถูกแก้ ให้คัดลอกไฟล์ข้อมูลเก็บไว้ แล้วแจ้งผู้ดูแลข้อมูลส่วนบุคคล",
    )
    return 1


def say(*lines: object) -> None:
    """Tell the officer something on stderr, so that stdout holds only the answer."""
    print(*lines, sep="\n", file=sys.stderr)
