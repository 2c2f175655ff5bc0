"""CDP: what is read, what is left out, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import cdp, checksum, frame
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import octets
from tests.collectors.wire.samples_discovery import CDP
from tests.collectors.wire.strategies import MODEST, ipv4s, ipv6s, u8, u16, u32

HEAD = "02 b4 0000"


def test_a_whole_frame() -> None:
    message = frame.decode(CDP).payload
    assert isinstance(message, cdp.Cdp)
    assert (message.version, message.ttl_s) == (2, 180)
    assert (message.device, message.port, message.platform) == (b"sw-3", b"Gi0/2", b"WS-C2960X")
    assert message.addresses == (octets("0a420003"),)
    assert message.capability_names == ("switch", "igmp")
    assert (message.native_vlan, message.malformed) == (66, 0)


REFUSED = {
    "no header": ("02 b4 00", "truncated", 3),
    "version 3": ("03 b4 0000", "bad_version", 0),
    "half a header": (HEAD + "0001 00", "truncated", 7),
    "length below its header": (HEAD + "0001 0003", "bad_length", 6),
    "content beyond the end": (HEAD + "0001 0009 61", "truncated", 9),
    "too many": (HEAD + "00ff 0004" * 129, "too_many", 4 + 4 * 128),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, reason, offset = REFUSED[case]
    with pytest.raises(DecodeError) as error:
        cdp.parse(octets(wire))
    assert (error.value.reason, error.value.offset) == (reason, offset)


MALFORMED = {
    "capabilities of 3 octets": "0004 0007 000028",
    "second device": "0001 0005 61 0001 0005 62",
    "addresses without a count": "0002 0006 0000",
    "more addresses than the limit": "0002 0008 ffffffff",
    "address cut": "0002 0010 00000001 01 01 cc 0004 0a4200",
    "addresses that are not there": "0002 0008 00000001",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_broken_tlvs_are_left_out(case: str) -> None:
    message = cdp.parse(octets(HEAD, MALFORMED[case], "000a 0006 0042"))
    assert (message.malformed, message.native_vlan, message.addresses) == (1, 66, ())


def test_addresses_of_other_protocols_are_passed_over() -> None:
    wire = "0002 0017 00000002 01 01 81 0001 ff 01 01 cc 0004 0a420003"
    assert cdp.parse(octets(HEAD, wire)).addresses == (octets("0a420003"),)


def test_the_checksum_is_filled() -> None:
    wire = cdp.encode(cdp.Cdp(2, 180, b"sw-3", b"Gi0/22"))
    assert len(wire) % 2 == 0
    assert checksum.is_valid(wire)


texts = st.none() | st.binary(max_size=60)
lists = st.lists(ipv4s | ipv6s, max_size=3).map(tuple)


@given(
    st.builds(
        cdp.Cdp,
        st.sampled_from((1, 2)),
        u8,
        texts,
        texts,
        st.none() | u32,
        texts,
        texts,
        st.none() | u16,
        texts,
        lists,
        lists,
    )
)
@MODEST
def test_round_trip(message: cdp.Cdp) -> None:
    assert cdp.parse(cdp.encode(message)) == message
