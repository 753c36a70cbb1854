"""forms-api export: answers taken out as a table."""

import argparse
import sys
from pathlib import Path

from forms_api.cli.common import actor, add, legible, opened, province, say
from forms_api.errors import SettingsError
from forms_api.export import FORMATS, ExportRefused, export
from site_builder.content import load_content


def options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this module."""
    _export_options(add(commands, "export", "นำคำตอบออกเป็นตาราง", _export))


def _export_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("form", metavar="FORM", help="trainer_signup หรือ help_request")
    one.add_argument("--province", metavar="NN", help="เฉพาะจังหวัดนี้")
    one.add_argument("--format", choices=sorted(FORMATS), default="csv", help="(%(default)s)")
    one.add_argument("--out", type=Path, metavar="FILE", help="ไฟล์ที่จะเขียน ถ้าไม่ใส่ ออกทาง stdout")
    one.add_argument("--force", action="store_true", help="เขียนทับไฟล์เดิม")


def _export(options: argparse.Namespace) -> int:
    content, code, out = load_content(), province(options.province), options.out
    form = content.forms.get(options.form)
    if form is None:
        raise SettingsError(f"ไม่มีแบบ {options.form} ที่มีคือ {', '.join(content.forms)}")
    if out and out.exists() and not options.force:
        raise ExportRefused(f"มีไฟล์ {out} อยู่แล้ว ใช้ชื่ออื่น หรือใส่ --force เพื่อเขียนทับ")
    if not out and options.format == "xlsx" and sys.stdout.isatty():
        raise ExportRefused("ใส่ --out ชื่อไฟล์.xlsx")
    with opened(content, existing=True) as store:
        taken = export(store, form, code, options.format, out, sys.stdout.buffer, actor=actor())
    say(f"{options.form}: {taken.rows:,} แถว" + (f" → {out}" if out else ""))
    return legible(taken.illegible)
