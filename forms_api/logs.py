"""What is written down while the service runs: one JSON object a line, with references and never an answer.

An exception is told by its type and place; its message may hold what a person typed. Everything that is not ASCII comes
out escaped, so that nobody can break a line or turn its direction (ASVS 5.0, 16.4.1).

The access log keeps time, address and page of each request for 90 days (Computer Crime Act, section 26; whether it
binds this site is for the office's lawyer).
"""

import logging
import os
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

KEPT_DAYS = 90
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
        """Put the time first."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        super().add_fields(log_data, record, message_dict)

    def formatException(self, ei: Trace) -> str:  # noqa: N802  # logging's name
        """Return type and place only."""
        return where(ei)


class Plain(logging.Formatter):
    """A short line for a person at a terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(told)s", defaults={"told": ""})

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with the fields of an access behind it."""
        names = ("method", "path", "status", "ms", "client", "form", "reference", "state")
        told = [str(record.__dict__[name]) for name in names if name in record.__dict__]
        record.told = " " + " ".join(told) if told else ""
        return super().format(record).encode("ascii", "backslashreplace").decode("ascii")

    def formatException(self, ei: Trace) -> str:  # noqa: N802  # logging's name
        """Return type and place only."""
        return where(ei)


class DailyFile(logging.Handler):
    """A file for each day, `access-2026-12-01.log`, that several processes may write; after 90 days it is deleted."""

    def __init__(self, path: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self._path, self._now = Path(path), now
        self._day, self._handle = "", -1

    def emit(self, record: logging.LogRecord) -> None:
        """Append one line in one write, which is how lines of several processes stay whole."""
        try:
            day = self._now().date().isoformat()
            if day != self._day:
                self._turn(day)
            os.write(self._handle, self.format(record).encode() + b"\n")
        except OSError:
            self.handleError(record)

    def close(self) -> None:
        """Close the file of the day."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        super().close()

    def _turn(self, day: str) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._handle >= 0:
            os.close(self._handle)
        name = self._path.with_name(f"{self._path.stem}-{day}{self._path.suffix}")
        self._handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._day = day
        last = (self._now().date() - timedelta(days=KEPT_DAYS)).isoformat()
        for old in self._path.parent.glob(f"{self._path.stem}-????-??-??{self._path.suffix}"):
            if old.stem.removeprefix(f"{self._path.stem}-") < last:
                old.unlink(missing_ok=True)


def logging_config(form: str, access_log: str | None) -> dict[str, Any]:
    """Return the logging set-up: `form` is json or plain; accesses go to files by day, or to stderr as well."""
    handlers: dict[str, Any] = {
        "stderr": {"class": "logging.StreamHandler", "formatter": form, "stream": "ext://sys.stderr"}
    }
    if access_log:
        handlers["access"] = {"()": DailyFile, "path": access_log, "formatter": "json"}
    to_stderr = {"handlers": ["stderr"], "propagate": False}
    accesses = {"handlers": ["access" if access_log else "stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": Json}, "plain": {"()": Plain}},
        "handlers": handlers,
        "loggers": {
            "uvicorn": to_stderr | {"level": "WARNING"},
            "forms_api": to_stderr | {"level": "INFO"},
            "forms_api.access": accesses | {"level": "INFO"},
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
    }
