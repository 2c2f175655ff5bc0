"""What holds for the agent's tests: logging is as it was after each of them."""

import logging
from collections.abc import Iterator

import pytest

NAMED = ("lanwarden.runner", "asyncio", "uvicorn.error", "uvicorn.access", "pyroute2")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    for name in NAMED:
        logging.getLogger(name).setLevel(logging.NOTSET)
