"""Any octets give a value or a `DecodeError`, never anything else, and never take long."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire.errors import REASONS, DecodeError
from tests.collectors.wire.parsers import PARSERS, Parser
from tests.collectors.wire.strategies import THOROUGH

_changes = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6)


def _spoiled(wire: bytes, changes: list[tuple[int, int]], cut: int, tail: bytes) -> bytes:
    octets = bytearray(wire)
    for at, value in changes:
        octets[at % len(octets)] = value
    return bytes(octets[: len(octets) - cut % len(octets)]) + tail


def _parse_or_refuse(parse: Parser, data: bytes) -> None:
    try:
        parse(data)
    except DecodeError as error:
        assert error.reason in REASONS  # noqa: PT017
        assert 0 <= error.offset <= max(len(data), 4)  # noqa: PT017


@pytest.mark.parametrize("key", PARSERS)
def test_any_bytes(key: str) -> None:
    parse, wire = PARSERS[key]

    @given(st.binary(max_size=400))
    @THOROUGH
    def anything(data: bytes) -> None:
        _parse_or_refuse(parse, data)

    @given(_changes, st.just(0) | st.integers(0, 400), st.just(b"") | st.binary(max_size=40))
    @THOROUGH
    def spoiled(changes: list[tuple[int, int]], cut: int, tail: bytes) -> None:
        _parse_or_refuse(parse, _spoiled(wire, changes, cut, tail))

    parse(wire)
    anything()
    spoiled()


@pytest.mark.parametrize("key", PARSERS)
def test_one_changed_octet_anywhere(key: str) -> None:
    parse, wire = PARSERS[key]
    for at in range(len(wire)):
        for value in (0x00, 0x01, 0x3F, 0x7F, 0x80, 0xC0, 0xFE, 0xFF):
            _parse_or_refuse(parse, wire[:at] + bytes((value,)) + wire[at + 1 :])


@pytest.mark.parametrize("fill", [0x00, 0x01, 0x3F, 0x41, 0xC0, 0xFF])
@pytest.mark.parametrize("key", PARSERS)
def test_long_runs(key: str, fill: int) -> None:
    parse, wire = PARSERS[key]
    _parse_or_refuse(parse, wire + bytes((fill,)) * 9000)
    _parse_or_refuse(parse, wire[:60] + bytes((fill,)) * 9000)
    _parse_or_refuse(parse, bytes((fill,)) * 9000)


@pytest.mark.parametrize("buffer", [bytearray, memoryview], ids=["bytearray", "memoryview"])
@pytest.mark.parametrize("key", [key for key, (_, wire) in PARSERS.items() if key.isalnum()])
def test_takes_other_buffers(key: str, buffer: Callable[[bytes], bytes]) -> None:
    parse, wire = PARSERS[key]
    if key in {"name", "icmpv6", "icmpv4", "vrrp", "carp"}:  # the test's own wrapping joins octets
        return
    assert parse(buffer(wire)) == parse(wire)
