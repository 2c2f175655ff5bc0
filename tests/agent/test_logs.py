"""Log lines: one line each, whatever was said."""

import io
import json
import logging

import pytest

from agent import logs

HOSTILE = 'evil\nlevel=error msg="forged" \x1b[31m \ud800 \u202e'


def lines(form: str, *arguments: object, **named: object) -> list[str]:
    stream = io.StringIO()
    logs.configure("info", form, stream)  # type: ignore[arg-type]
    logging.getLogger("lanwarden.test").info(*arguments, **named)  # type: ignore[arg-type]
    return stream.getvalue().splitlines()


def test_logfmt() -> None:
    [line] = lines("logfmt", "pass done", extra={"fields": {"failed": None, "collectors": 12}})
    assert line.endswith('level=info logger=lanwarden.test msg="pass done" collectors=12')
    assert line.startswith("time=20")


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_hostile_name_forges_no_line(form: str) -> None:
    [line] = lines(form, "device %s", HOSTILE)
    assert line.isascii()
    assert line.isprintable()
    if form == "json":
        assert json.loads(line)["msg"] == f"device {HOSTILE}"


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_traceback_stays_on_the_line(form: str) -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        [line] = lines(form, "failed", exc_info=True)
    assert "ValueError" in line
    assert line.isprintable()


def test_arguments_that_do_not_fit_the_text() -> None:
    [line] = lines("logfmt", "a %d", "b")
    assert 'msg="a %d"' in line
