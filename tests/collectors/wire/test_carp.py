"""CARP, and telling it from VRRP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import carp, frame, vrrp
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples_discovery import CARP, VRRP2
from tests.collectors.wire.strategies import MODEST, u8

WIRE = CARP[34:]


def test_an_advertisement() -> None:
    message = carp.parse(WIRE, 255)
    assert message == carp.Carp(5, 10, 1, 0, 0x1234, bytes(range(20)))
    assert message.interval_s == 1 + 10 / 256


def test_a_frame_is_one_or_the_other() -> None:
    assert isinstance(frame.decode(CARP).payload, carp.Carp)
    assert isinstance(frame.decode(VRRP2).payload, vrrp.Vrrp)


@pytest.mark.parametrize(
    ("wire", "hop_limit", "reason"),
    [
        pytest.param(WIRE, 254, "bad_hop_limit", id="forwarded"),
        pytest.param(WIRE[:-1], 255, "truncated", id="cut"),
        pytest.param(WIRE + b"\0", 255, "bad_length", id="long"),
        pytest.param(b"\x31" + WIRE[1:], 255, "bad_type", id="version"),
        pytest.param(WIRE[:3] + b"\x08" + WIRE[4:], 255, "bad_length", id="words"),
        pytest.param(WIRE[:-1] + b"\0", 255, "bad_checksum", id="checksum"),
    ],
)
def test_refused(wire: bytes, hop_limit: int, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        carp.parse(wire, hop_limit)
    assert caught.value.reason == reason


@given(u8, u8, u8, u8, st.integers(0, 2**64 - 1), st.binary(min_size=20, max_size=20))
@MODEST
def test_round_trip(
    group: int, skew: int, base: int, demotion: int, counter: int, digest: bytes
) -> None:
    message = carp.Carp(group, skew, base, demotion, counter, digest)
    assert carp.parse(carp.encode(message), 255) == message
