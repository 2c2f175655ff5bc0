"""Reads a register file: CSV or .xlsx, whatever office program wrote it."""

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from inventory.register.model import MAX_BYTES, Problems, Register, RegisterError
from inventory.register.rows import Table

RETRY_S = 0.5

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read(path: Path, wait: Callable[[float], None] = time.sleep) -> Register:
    """Read a register. Raises RegisterError, whose text names the file.

    A file that changes while it is read is read once more, after `RETRY_S`.
    """
    try:
        try:
            return parse(_content(path), path.name)
        except (_ChangingError, RegisterError) as first:
            if not isinstance(first, _ChangingError) and not _is_fresh(path):
                raise
        wait(RETRY_S)
        try:
            return parse(_content(path), path.name)
        except _ChangingError:
            raise RegisterError("it is being written; it is read again later") from None
    except RegisterError as error:
        raise RegisterError(f"{path}: {error}") from None


def parse(data: bytes, source: str) -> Register:
    """Read the bytes of a register. Raises RegisterError."""
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise RegisterError("it is empty")
    if data.startswith(_OLE):
        raise RegisterError(
            "it is protected by a password, or an old .xls workbook; "
            "save it as .xlsx without a password, or as CSV UTF-8"
        )
    from inventory.register import sheet, text

    problems = Problems()
    table = Table(problems)
    if data.startswith(_ZIP):
        table.read(sheet.sheet_records(data, problems))
        return _register(source, "xlsx", table, problems)
    decoded, encoding = text.decode(data, problems)
    delimiter = text.delimiter_of(decoded)
    table.read(text.records(decoded, delimiter, problems))
    return _register(source, "csv", table, problems, encoding, delimiter)


def _register(
    source: str,
    form: str,
    table: Table,
    problems: Problems,
    encoding: str = "",
    delimiter: str = "",
) -> Register:
    return Register(
        source, "xlsx" if form == "xlsx" else "csv", encoding, delimiter, table.headers,
        table.fields, tuple(table.rows), tuple(problems.kept), problems.total,
    )  # fmt: skip


class _ChangingError(Exception):
    """The file changed between the beginning and the end of reading."""


def _content(path: Path) -> bytes:
    try:
        # Not to hang on a pipe that somebody put in the place of the file.
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(opened, "rb") as file:
            before = os.fstat(file.fileno())
            if stat.S_ISDIR(before.st_mode):
                raise RegisterError("it is a directory; name the file in it")
            if not stat.S_ISREG(before.st_mode):
                raise RegisterError("it is no regular file")
            data = file.read(MAX_BYTES + 1)
            after = os.fstat(file.fileno())
    except FileNotFoundError:
        raise RegisterError("there is no such file") from None
    except IsADirectoryError:
        raise RegisterError("it is a directory; name the file in it") from None
    except PermissionError:
        raise RegisterError(
            "the agent may not read it; give its user the right to read it"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RegisterError(f"it cannot be read: {str(reason).lower()}") from None
    if len(data) > MAX_BYTES:
        raise RegisterError(f"it is larger than {MAX_BYTES >> 20} MiB")
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(
        data
    ) != after.st_size:
        raise _ChangingError
    return data


def _is_fresh(path: Path) -> bool:
    """Whether the file may be half written or just replaced: it is gone, or it changed just now."""
    try:
        return abs(time.time() - path.stat().st_mtime) < RETRY_S * 4
    except (OSError, ValueError):
        return True
