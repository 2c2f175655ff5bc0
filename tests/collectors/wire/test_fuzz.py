"""A short run of the fuzzer on every parser; `make fuzz` is the long one."""

import random
from itertools import islice

import pytest

from collectors.wire.errors import DecodeError
from tests.collectors.wire import fuzz

COUNT = 10_000
SEED = 3


@pytest.mark.parametrize("name", fuzz.targets())
def test_a_value_or_a_refusal_soon(name: str) -> None:
    outcome = fuzz.run(name, COUNT, SEED)
    assert outcome.fault == ""
    assert outcome.values + outcome.refused == COUNT
    assert outcome.refused


def test_a_seed_gives_the_same_inputs_again() -> None:
    def some(seed: int) -> list[bytes]:
        return list(islice(fuzz.inputs((b"abcdefgh",), random.Random(seed)), 200))

    assert some(1) == some(1) != some(2)


def test_a_fault_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> object:
        if len(data) % 2:
            raise DecodeError("truncated", 0)
        return data[3]

    monkeypatch.setattr(fuzz, "targets", lambda: {"broken": (broken, (b"abcdefgh",))})
    assert "IndexError" in fuzz.run("broken", 10_000, SEED).fault
