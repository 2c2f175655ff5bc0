"""Hot standby routers, both versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import hsrp
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples_discovery import HSRP1, HSRP2
from tests.collectors.wire.strategies import MODEST, ipv4s, ipv6s, macs, u8

V1, V2 = HSRP1[42:], HSRP2[42:]
STATES = ("initial", "learn", "listen", "speak", "standby", "active")


def test_version_1() -> None:
    message = hsrp.parse(V1)
    assert message == hsrp.Hsrp(1, hsrp.HELLO, "active", 7, 110, 3000, 10000, bytes((10, 66, 0, 1)))
    assert message.is_active


def test_version_2() -> None:
    message = hsrp.parse(V2)
    assert message.identifier == bytes.fromhex("001c73000702")
    assert (message.version, message.group, message.priority) == (2, 10, 120)
    assert message.address == bytes((10, 66, 0, 1))


def test_version_2_behind_another_tlv() -> None:
    text = b"\x03\x08cisco\0\0\0"
    assert hsrp.parse(text + V2) == hsrp.parse(V2 + text) == hsrp.parse(V2)


def _with(wire: bytes, at: int, value: int) -> bytes:
    return wire[:at] + bytes((value,)) + wire[at + 1 :]


@pytest.mark.parametrize(
    ("wire", "reason", "offset"),
    [
        pytest.param(b"", "truncated", 0, id="nothing"),
        pytest.param(V1[:-1], "truncated", 19, id="cut"),
        pytest.param(_with(V1, 1, 3), "unsupported", 1, id="advertisement of passive groups"),
        pytest.param(_with(V1, 1, 9), "bad_type", 1, id="operation"),
        pytest.param(_with(V1, 2, 3), "bad_type", 2, id="state"),
        pytest.param(V2[:-1], "truncated", 41, id="cut, version 2"),
        pytest.param(_with(V2, 1, 39), "bad_length", 1, id="length"),
        pytest.param(_with(V2, 2, 3), "bad_version", 2, id="version"),
        pytest.param(_with(V2, 3, 3), "bad_type", 3, id="operation, version 2"),
        pytest.param(_with(V2, 4, 7), "bad_type", 4, id="state, version 2"),
        pytest.param(_with(V2, 5, 5), "bad_type", 5, id="family"),
        pytest.param(b"\x03\x00", "unsupported", 2, id="no group"),
        pytest.param(b"\x03\x00" * 20, "too_many", 32, id="many"),
    ],
)
def test_refused(wire: bytes, reason: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        hsrp.parse(wire)
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


@given(st.integers(0, 2), st.sampled_from(STATES), u8, u8, u8, u8, ipv4s)
@MODEST
def test_round_trip_of_version_1(
    operation: int, state: hsrp.State, group: int, priority: int, hello: int, hold: int, to: bytes
) -> None:
    message = hsrp.Hsrp(1, operation, state, group, priority, hello * 1000, hold * 1000, to)
    assert hsrp.parse(hsrp.encode(message)) == message


@given(st.integers(0, 2), st.sampled_from(STATES), u8, u8, macs, ipv4s | ipv6s)
@MODEST
def test_round_trip_of_version_2(
    operation: int, state: hsrp.State, group: int, priority: int, mac: bytes, address: bytes
) -> None:
    message = hsrp.Hsrp(2, operation, state, group, priority, 250, 800, address, mac)
    assert hsrp.parse(hsrp.encode(message)) == message
