"""LLDP: the mandatory three, the optional rest, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import frame, lldp
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import octets
from tests.collectors.wire.samples_discovery import LLDP
from tests.collectors.wire.strategies import MODEST, ipv4s, ipv6s, macs, u16, u32

HEAD = "02 07 04 001c73000c00" + "04 02 07 31" + "06 02 0078"
PLAIN = lldp.Lldp(4, octets("001c73000c00"), 7, b"1", 120)


def test_a_whole_frame() -> None:
    message = frame.decode(LLDP).payload
    assert isinstance(message, lldp.Lldp)
    assert message.chassis_mac == octets("001c73000c00")
    assert (message.port_kind, message.port) == (lldp.PORT_INTERFACE_NAME, b"Gi0/1")
    assert (message.ttl_s, message.is_farewell) == (120, False)
    assert message.system_name == b"sw-2"
    assert message.enabled_names == ("bridge", "router")
    assert message.management == (lldp.Management(1, octets("0a420002"), 1),)
    assert (message.port_vlan, message.serial, message.malformed) == (66, b"S001", 0)


REFUSED = {
    "empty": ("", "truncated", 0),
    "half a header": ("02", "truncated", 1),
    "content beyond the end": ("02 07 04", "truncated", 3),
    "port before chassis": ("04 02 07 31", "bad_type", 0),
    "no time to live": ("02 07 04 001c73000c00" + "04 02 07 31" + "00 00", "bad_type", 13),
    "chassis without identifier": ("02 01 04", "bad_length", 0),
    "chassis of 257 octets": ("03 01" + "04" * 257, "bad_length", 0),
    "ends before the three": ("02 07 04 001c73000c00", "truncated", 9),
    "too many": (HEAD + "fe 04 00000000" * 126, "too_many", 17 + 6 * 125),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, reason, offset = REFUSED[case]
    with pytest.raises(DecodeError) as error:
        lldp.parse(octets(wire))
    assert (error.value.reason, error.value.offset) == (reason, offset)


MALFORMED = {
    "capabilities of 3 octets": "0e 03 001400",
    "second chassis": "02 07 04 001c73000c00",
    "second name": "0a 01 61" + "0a 01 62",
    "organisation without subtype": "fe 03 0080c2",
    "VLAN of one octet": "fe 05 0080c2 01 42",
    "management cut": "10 08 05 01 0a420002 02 00",
    "management with a short address": "10 0b 04 01 0a4200 02 00000001 00",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_broken_tlvs_are_left_out(case: str) -> None:
    message = lldp.parse(octets(HEAD, MALFORMED[case], "00 00"))
    assert message.malformed == 1
    assert message.management == ()


def test_padding_and_what_follows_the_end_is_ignored() -> None:
    assert lldp.parse(octets(HEAD, "00 00", "ff" * 40)) == PLAIN
    assert lldp.parse(octets(HEAD)) == PLAIN


def test_farewell() -> None:
    assert lldp.parse(octets("02 02 07 31 04 02 07 31 06 02 0000 00 00")).is_farewell


texts = st.none() | st.binary(max_size=60)
managements = st.one_of(
    st.builds(lldp.Management, st.just(1), ipv4s, u32),
    st.builds(lldp.Management, st.just(2), ipv6s, u32),
    st.builds(lldp.Management, st.just(6), macs, u32),
)


@given(
    st.builds(
        lldp.Lldp,
        st.integers(0, 255),
        st.binary(min_size=1, max_size=60),
        st.integers(0, 255),
        st.binary(min_size=1, max_size=60),
        u16,
        texts,
        texts,
        texts,
        u16,
        u16,
        st.lists(managements, max_size=3).map(tuple),
        st.none() | u16,
        texts,
        texts,
        texts,
    )
)
@MODEST
def test_round_trip(message: lldp.Lldp) -> None:
    assert lldp.parse(lldp.encode(message)) == message
