"""The file itself: rights, directories, files that change while they are read."""

import os
from pathlib import Path

import pytest

from inventory.register import read as reading
from inventory.register.model import MAX_BYTES, RegisterError
from inventory.register.read import read

GOOD = b"mac,name\n00:1b:a9:00:00:09,a\n"


def never(_: float) -> None:
    raise AssertionError("it waited")


def aged(path: Path) -> Path:
    os.utime(path, (1, 1))
    return path


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(GOOD)
    register = read(aged(path), never)
    assert (register.source, len(register.entries)) == ("r.csv", 1)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.csv").touch()
    aged(tmp_path / "empty.csv")
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    aged(tmp_path / "huge.csv")
    for name, part in (
        ("", "is a directory"),
        ("pipe", "no regular file"),
        ("none.csv", "no such file"),
        ("empty.csv", "is empty"),
        ("huge.csv", "larger than 32 MiB"),
        ("a\0b", "cannot be read"),
        ("x" * 300, "cannot be read: file name too long"),
    ):
        with pytest.raises(RegisterError, match=part):
            read(tmp_path / name, lambda _: None)


def test_no_right_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(GOOD)

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(RegisterError, match="may not read it"):
        read(aged(path), never)


def test_a_half_written_file_is_read_once_more(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(b"")
    waited = []

    def finish(seconds: float) -> None:
        waited.append(seconds)
        path.write_bytes(GOOD)

    assert len(read(path, finish).entries) == 1
    assert waited == [reading.RETRY_S]


def test_a_file_that_vanishes_for_a_moment_is_read_once_more(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"

    def put_back(_: float) -> None:
        path.write_bytes(GOOD)

    assert len(read(path, put_back).entries) == 1


def test_a_file_that_does_not_hold_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(GOOD)
    real = os.fstat

    def grow(handle: int) -> os.stat_result:
        found = real(handle)
        with path.open("ab") as file:
            file.write(b"x")
        return found

    monkeypatch.setattr(os, "fstat", grow)
    waited: list[float] = []
    with pytest.raises(RegisterError, match=r"r\.csv: it is being written"):
        read(path, waited.append)
    assert len(waited) == 1
