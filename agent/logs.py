"""Log lines on standard error: logfmt or JSON, one line each, without control characters."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

LINE_CHARACTERS = 4000


def configure(
    level: str, form: Literal["logfmt", "json"], stream: TextIO | None = None
) -> logging.Handler:
    """Send every log line of the program to `stream` (standard error) and return the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Logfmt())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.raiseExceptions = False  # a full disk under stderr must not become a traceback
    for quiet in ("asyncio", "uvicorn.error", "uvicorn.access", "pyroute2"):
        logging.getLogger(quiet).setLevel(logging.WARNING)
    return handler


class Logfmt(logging.Formatter):
    """`time=… level=… logger=… msg="…" key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        pairs = (f"{key}={_logfmt_value(value)}" for key, value in _fields(record).items())
        return " ".join(pairs)[:LINE_CHARACTERS]


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        return json.dumps(_fields(record), default=str, ensure_ascii=True)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "msg": _message(record),
    }
    extra = getattr(record, "fields", None)
    if isinstance(extra, dict):
        fields.update((key, value) for key, value in extra.items() if value is not None)
    if record.exc_info and record.exc_info[0] is not None:
        fields["error"] = f"{record.exc_info[0].__name__}: {record.exc_info[1]}"
        fields["traceback"] = "".join(traceback.format_exception(*record.exc_info)[-12:])
    return fields


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)


def _logfmt_value(value: object) -> str:
    text = str(value)
    if text and text.isascii() and text.isprintable() and not any(c in text for c in ' "=\\'):
        return text
    return json.dumps(text, ensure_ascii=True)
