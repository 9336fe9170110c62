"""Standard logging for pgsched's processes: for people on a terminal, JSON lines otherwise."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any, TextIO

CONTEXT = ("job_id", "task", "attempt", "worker")
"""What a record may carry beside its message: give it as `extra={"job_id": ...}`."""

# What every record has. Any other attribute came by `extra`, and goes into the JSON line too.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_encode = json.JSONEncoder(default=str).encode  # ASCII: a lone surrogate cannot break the line
_COLOURS = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m", "DEBUG": "\x1b[2m"}


class HumanFormatter(logging.Formatter):
    """`12:00:01.250 warning worker: message  job_id=5 task=mail`, coloured where that shows."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        told = time.strftime("%H:%M:%S", time.localtime(record.created))
        name = record.name.removeprefix("pgsched.")
        line = f"{told}.{record.msecs:03.0f} {record.levelname.lower():7} {name}: "
        line += record.getMessage()
        if fields := _fields(record):
            line += "  " + " ".join(f"{name}={value}" for name, value in fields.items())
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        colour = _COLOURS.get(record.levelname) if self._colour else None
        return f"{colour}{line}\x1b[0m" if colour else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, error, and the extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        told = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": told,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return _encode(line)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """The record's extra fields, those of CONTEXT first; None means there is none."""
    extra = {
        name: value
        for name, value in vars(record).items()
        if name not in _OWN and value is not None
    }
    return {name: extra.pop(name) for name in CONTEXT if name in extra} | extra


def configure(format: str = "auto", level: str = "info", *, stream: TextIO | None = None) -> None:
    """
    Send every record of *level* (debug | info | warning | error) or above to *stream*, once.

    *format* is human | json | auto: human on a terminal, else json. *stream* None means stderr.
    Replaces what the root logger had; safe to call again.
    """
    target = sys.stderr if stream is None else stream
    human = format == "human" or (format == "auto" and target.isatty())
    handler = logging.StreamHandler(target)
    handler.setFormatter(HumanFormatter(colour=target.isatty()) if human else JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # httpx has a line for each request, with the whole of its URL, which may hold a secret.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # psycopg's pool has lines for each connection that it lends.
    logging.getLogger("psycopg").setLevel("NOTSET" if level == "debug" else "WARNING")
