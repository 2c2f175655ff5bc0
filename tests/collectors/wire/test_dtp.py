"""Dynamic trunking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import dtp
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples_discovery import DTP
from tests.collectors.wire.strategies import MODEST, macs

WIRE = DTP[22:53]


def test_an_offer() -> None:
    assert dtp.parse(WIRE) == dtp.Dtp("desirable", True, b"office", bytes.fromhex("001c73000c01"))


@pytest.mark.parametrize(
    ("status", "mode", "trunking"),
    [(0x81, "on", True), (0x04, "auto", False), (0x02, "off", False), (0x07, "unknown", False)],
)
def test_status(status: int, mode: str, trunking: bool) -> None:
    message = dtp.parse(b"\x01\x00\x02\x00\x05" + bytes((status,)))
    assert (message.mode, message.trunking) == (mode, trunking)


@pytest.mark.parametrize(
    ("wire", "reason", "offset"),
    [
        pytest.param(b"", "truncated", 0, id="nothing"),
        pytest.param(b"\x02" + WIRE[1:], "bad_version", 0, id="version"),
        pytest.param(WIRE[:-1], "truncated", 30, id="cut"),
        pytest.param(WIRE[:3], "truncated", 3, id="cut in a header"),
        pytest.param(b"\x01\x00\x02\x00\x03\x00", "bad_length", 3, id="length"),
        pytest.param(b"\x01\x00\x02\x00\x06\x00\x00", "bad_length", 1, id="status"),
        pytest.param(b"\x01", "unsupported", 1, id="no status"),
        pytest.param(b"\x01" + b"\x00\x09\x00\x04" * 17, "too_many", 65, id="many"),
    ],
)
def test_refused(wire: bytes, reason: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        dtp.parse(wire)
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


@given(
    st.sampled_from(("on", "off", "desirable", "auto")),
    st.booleans(),
    st.binary(max_size=32).map(lambda text: text.rstrip(b"\0")),
    st.none() | macs,
)
@MODEST
def test_round_trip(mode: dtp.Mode, trunking: bool, domain: bytes, mac: bytes | None) -> None:
    message = dtp.Dtp(mode, trunking, domain, mac)
    assert dtp.parse(dtp.encode(message)) == message
