"""What is written down while the service runs: one JSON object a line, with references and never an answer.

An exception is told by its type and place; its message may hold what a person typed. Everything that is not ASCII, and
every control character, comes out escaped, so that nobody can break a line or turn its direction (ASVS 5.0, 16.4.1).

The access log keeps time, address and page of each request for 90 days (Computer Crime Act, section 26; whether it
binds this site is for the office's lawyer).
"""

import asyncio
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

KEPT_DAYS = 90
REQUEST: ContextVar[str] = ContextVar("request", default="")  # the number of the request that is being answered
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
log = logging.getLogger("forms_api.logs")
Trace = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def where(error: Trace) -> str:
    """Return type and place of an exception and of what caused it, without their messages."""
    told: list[str] = []
    one = error[1]
    while one is not None and len(told) < 5:
        frames = reversed(traceback.extract_tb(one.__traceback__)[-6:])
        places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
        told.append(f"{type(one).__name__} at {places}")
        one = one.__cause__ or one.__context__
    return " | from ".join(told)


class Unquoted(logging.Filter):
    """Cuts what the event loop says before it quotes: it shows calls with their arguments, tasks with exceptions."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line through, those of asyncio up to the first bracket."""
        if record.name == "asyncio":
            record.msg, record.args = re.split(r"[(<\n]", record.getMessage(), maxsplit=1)[0].rstrip(), ()
        return True


class Json(JsonFormatter):
    """One JSON object a line."""

    def __init__(self) -> None:
        super().__init__(
            "{levelname}{name}{message}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger"},
            json_ensure_ascii=True,
        )

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Put the time first, and the request behind it."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        if request := REQUEST.get():
            log_data["request_id"] = request
        super().add_fields(log_data, record, message_dict)

    def formatException(self, ei: Trace) -> str:  # noqa: N802  # logging's name
        """Return type and place only."""
        return where(ei)


TOLD = ("method", "path", "status", "ms", "client", "form", "reference", "state", "address")


class Plain(logging.Formatter):
    """A short line for a person at a terminal: the message, and the fields of an access behind it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line; those with an exception, and they are few, the usual way."""
        if record.exc_info or record.stack_info:
            return super().format(record)
        record.message = record.getMessage()
        return self.formatMessage(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Return it in ASCII without control characters."""
        given = record.__dict__
        told = "".join([f" {given[name]}" for name in TOLD if name in given])
        moment = f"{_second(int(record.created))},{int(record.msecs):03d}"
        text = f"{moment} {record.levelname} {record.name}: {record.message}{told}"
        if text.isascii() and text.isprintable():
            return text
        text = text.encode("ascii", "backslashreplace").decode("ascii")
        return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)

    def formatException(self, ei: Trace) -> str:  # noqa: N802  # logging's name
        """Return type and place only."""
        return where(ei)


class Together(logging.StreamHandler[TextIO]):
    """Writes the lines of one turn of the event loop in one go: a system call for each line costs more than the line.

    A warning is written at once with all before it, and so is a line of a thread without a loop.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line until the turn is over."""
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
            return
        self._lines.append(line)
        if record.levelno >= logging.WARNING:
            self.flush()
        elif len(self._lines) == 1:  # those behind the first go with it
            loop = _running_loop()
            if loop is None:
                self.flush()
            else:
                loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what is kept; a terminal that has gone takes its lines with it."""
        with self.lock or nullcontext(), suppress(OSError, ValueError):
            lines, self._lines = self._lines, []
            if lines:
                self.stream.write("\n".join(lines) + "\n")
            super().flush()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class DailyFile(logging.Handler):
    """A file for each day, `access-2026-12-01.log`, that several processes may write; after 90 days it is deleted."""

    def __init__(self, path: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self._path, self._now = Path(path), now
        self._day, self._handle, self._told, self._torn = "", -1, False, False

    def emit(self, record: logging.LogRecord) -> None:
        """Append one line in one write, which is how lines of several processes stay whole."""
        try:
            day = self._now().date().isoformat()
            if day != self._day:
                self._turn(day)
            line = (b"\n" if self._torn else b"") + self.format(record).encode() + b"\n"
            self._torn = os.write(self._handle, line) < len(line)  # a full disk takes half a line
            self._told = False
        except OSError as error:
            if not self._told:  # once, not with every request
                self._told = True
                log.error("the access log cannot be written: %s", error.strerror)

    def close(self) -> None:
        """Close the file of the day."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        super().close()

    def _turn(self, day: str) -> None:
        """Open the file of `day`, and only then close the old one: a number closed twice may be another's by now."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = self._path.with_name(f"{self._path.stem}-{day}{self._path.suffix}")
        opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        if self._handle >= 0:
            os.close(self._handle)
        self._handle, self._day, self._torn = opened, day, False
        last = (self._now().date() - timedelta(days=KEPT_DAYS)).isoformat()
        for old in self._path.parent.glob(f"{self._path.stem}-????-??-??{self._path.suffix}"):
            if old.stem.removeprefix(f"{self._path.stem}-") < last:
                with suppress(OSError):  # another process was first, or it is tried again tomorrow
                    old.unlink()


@lru_cache(maxsize=1)
def _second(moment: int) -> str:
    """Return the local time of day of a line; thousands of lines share one second."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def spare_details() -> None:
    """Have no line look up the source line, thread and process that wrote it: none of our lines tells them."""
    logging._srcfile = None  # as Python's Logging HOWTO has it, under "Optimization"
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def tell_failures() -> None:
    """Have what nobody caught in a thread told by type and place as well; Python's own words show the message."""

    def tell(failed: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
        error = failed.exc_value or failed.exc_type()
        log.error("nobody caught this", exc_info=(failed.exc_type, error, failed.exc_traceback))

    threading.excepthook = tell
    sys.unraisablehook = tell


def logging_config(form: str, access_log: str | None, *, debug: bool = False) -> dict[str, Any]:
    """Return the logging set-up: `form` is json or plain; accesses go to files by day, or to stderr as well."""
    handlers: dict[str, Any] = {
        "stderr": {
            "()": Together,
            "formatter": form,
            "stream": "ext://sys.stderr",
            "filters": ["unquoted"],
        }
    }
    if access_log:
        handlers["access"] = {"()": DailyFile, "path": access_log, "formatter": "json"}
    to_stderr = {"handlers": ["stderr"], "propagate": False}
    accesses = {"handlers": ["access" if access_log else "stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"unquoted": {"()": Unquoted}},
        "formatters": {"json": {"()": Json}, "plain": {"()": Plain}},
        "handlers": handlers,
        "loggers": {
            "uvicorn": to_stderr | {"level": "DEBUG" if debug else "WARNING"},
            "forms_api": to_stderr | {"level": "DEBUG" if debug else "INFO"},
            "forms_api.access": accesses | {"level": "INFO"},
            "python_multipart": {"level": "CRITICAL"},  # quotes single characters of a body that it cannot read
        },
        "root": {"handlers": ["stderr"], "level": "DEBUG" if debug else "WARNING"},
    }
