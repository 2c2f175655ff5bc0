"""An internal error: its traceback goes to a file, one sentence to the officer."""

import os
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.config.paths import state_directory
from agent.config.sections import Config

FILE_NAME = "error.log"
MOST_BYTES = 1 << 20


def record(error: Exception, tokens: Sequence[str], directory: Path | None = None) -> str:
    """Append the traceback to the error log; return the sentence to show."""
    summary = f"internal error: {type(error).__name__}: {error}".splitlines()[0][:300]
    where = directory or state_directory(Config(), os.environ, os.geteuid() == 0)
    path = where / FILE_NAME
    try:
        where.mkdir(mode=0o750, parents=True, exist_ok=True)
        _append(path, error, tokens)
    except OSError:
        return f"{summary}. Run it again with --debug to see where."
    return f"{summary}. The details are in {path}; --debug shows them."


def _append(path: Path, error: Exception, tokens: Sequence[str]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    if path.exists() and path.stat().st_size > MOST_BYTES:
        flags |= os.O_TRUNC
    when = datetime.now(UTC).isoformat(timespec="seconds")
    text = "".join(traceback.format_exception(error))
    with os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8", errors="replace") as file:
        file.write(f"{when} lanwarden {' '.join(tokens)}\n{text}\n")
