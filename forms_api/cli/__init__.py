"""The command `forms-api`: serve the forms, keep training sessions, take answers out, look after the data.

Exit codes: 0 done, 1 the store is busy or broken, 2 what was asked cannot be done (the message says why).
"""

import argparse
import io
import sys
from collections.abc import Sequence

from forms_api.cli import answers, audit, care, keeping, keys, serving, training
from forms_api.cli.common import Command, say
from forms_api.errors import Busy, FormsError
from forms_api.sessions import SessionProblems
from site_builder.problems import ContentErrors


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Thai shows codes, not a traceback
    options = parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except (SessionProblems, ContentErrors) as error:
        say(*error.problems, f"พบ {len(error.problems)} จุดต้องแก้ ยังไม่ได้บันทึกอะไร")
        return 2
    except Busy:
        say("ตอนนี้บันทึกไม่ได้ ยังไม่ได้บันทึกอะไร รอสักครู่แล้วลองใหม่ หรือรัน forms-api doctor")
        return 1
    except FormsError as error:
        say(error)
        return 2
    except BrokenPipeError:
        return 1
    except OSError as error:
        say(f"เปิดหรือเขียน {error.filename or 'ไฟล์'} ไม่ได้: {error.strerror}")
        return 2


def parser() -> argparse.ArgumentParser:
    """Return the commands and their options."""
    top = argparse.ArgumentParser(prog="forms-api", description="แบบฟอร์ม รอบอบรม และข้อมูลที่เก็บไว้")
    commands = top.add_subparsers(required=True, metavar="คำสั่ง")
    for group in (serving, training, answers, keeping, care, keys, audit):
        group.options(commands)
    return top
