"""DHCPv6: what is read of a message, what is refused, and that it survives a round trip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import dhcpv6, dhcpv6_duid, dhcpv6_options, dhcpv6_questions, frame
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import MAC, octets
from tests.collectors.wire.samples_discovery import DHCPV6_REPLY, RELAY_FORWARD, SOLICIT
from tests.collectors.wire.strategies import MODEST, ipv6s, short, u8, u16, u32

DUID_LL = octets("0003 0001 001ba9000009")


def test_solicit() -> None:
    decoded = frame.decode(SOLICIT)
    message = decoded.payload
    assert isinstance(message, dhcpv6.Message)
    assert message.message_name == "solicit"
    assert not message.from_server
    assert message.transaction_id == 0xA1B2C3
    assert message.client_id == octets("0001 0001 2a2b2c2d 001ba9000009")
    assert message.associations == (dhcpv6.Association(7),)
    assert message.requested == (23, 24)
    assert message.vendor_class == dhcpv6_options.VendorClass(311, (b"MSFT 5.0",))
    assert message.fqdn == b"pc"
    assert message.option_codes == (1, 3, 6, 8, 16, 39)
    assert message.malformed == 0


def test_reply() -> None:
    message = frame.decode(DHCPV6_REPLY).payload
    assert isinstance(message, dhcpv6.Message)
    assert message.from_server
    assert message.preference == 255
    assert message.server_id == octets("0003 0001 001c73000701")
    assert message.resolvers == (octets("20010db8006600000000000000000035"),)
    leased = dhcpv6.Address(octets("20010db8006600000000000000001001"), 1800, 3600)
    assert message.associations == (dhcpv6.Association(7, 900, 1440, (leased,)),)


def test_relayed() -> None:
    relayed = frame.decode(RELAY_FORWARD).payload
    assert isinstance(relayed, dhcpv6.Relayed)
    assert (relayed.hops, relayed.interface_id, relayed.client_mac) == (1, b"eth0", MAC)
    assert isinstance(relayed.message, dhcpv6.Message)
    assert relayed.message.message_name == "information_request"
    assert relayed.message.malformed == 1  # the elapsed time


HEAD = "01 a1b2c3"
REFUSED = {
    "no header": ("01 a1b2", "truncated", 3),
    "no type": ("00 a1b2c3", "bad_type", 0),
    "undefined type": ("25 a1b2c3", "bad_type", 0),
    "half an option header": (HEAD + "0001 00", "truncated", 7),
    "option beyond the end": (HEAD + "0001 0004 000300", "truncated", 11),
    "too many options": (HEAD + "00ee 0000" * 129, "too_many", 4 + 4 * 128),
    "relay without a message": ("0c 00" + "00" * 32, "bad_option", 34),
    "relay without its header": ("0c 00" + "00" * 31, "truncated", 33),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, reason, offset = REFUSED[case]
    with pytest.raises(DecodeError) as error:
        dhcpv6.parse(octets(wire))
    assert (error.value.reason, error.value.offset) == (reason, offset)


def test_relays_within_relays_end() -> None:
    message: dhcpv6.Message | dhcpv6.Relayed = dhcpv6.Message(dhcpv6.SOLICIT, 1)
    for _ in range(dhcpv6.MAX_RELAYS):
        message = dhcpv6.Relayed(dhcpv6.RELAY_FORWARD, 0, bytes(16), bytes(16), message)
    assert dhcpv6.parse(dhcpv6.encode(message)) == message
    deeper = dhcpv6.Relayed(dhcpv6.RELAY_FORWARD, 0, bytes(16), bytes(16), message)
    with pytest.raises(DecodeError, match="too_many"):
        dhcpv6.parse(dhcpv6.encode(deeper))


MALFORMED = {
    "identifier too short": "0001 0002 0003",
    "requested codes are odd": "0006 0003 001700",
    "preference of two octets": "0007 0002 ffff",
    "vendor class cut": "0010 0007 00000137 0008 4d",
    "resolvers of 15 octets": "0017 000f" + "00" * 15,
    "name with a pointer": "0027 0003 00 c000",
    "association without timers": "0003 0004 00000007",
    "address beyond its association": "0003 0010 00000007 00000000 00000000 0005 0018",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_broken_options_are_left_out(case: str) -> None:
    message = dhcpv6.parse(octets(HEAD, MALFORMED[case], "0008 0002 0001"))
    assert isinstance(message, dhcpv6.Message)
    assert message.malformed == 1
    assert message.elapsed_cs == 1
    assert message.associations == ()


def test_the_first_of_two_counts() -> None:
    message = dhcpv6.parse(octets(HEAD, "0007 0001 01", "0007 0001 02"))
    assert isinstance(message, dhcpv6.Message)
    assert (message.preference, message.malformed) == (1, 1)


def test_delegation() -> None:
    prefix = dhcpv6.Prefix(octets("20010db8660000000000000000000000"), 56, 1, 2)
    association = dhcpv6.Association(1, prefixes=(prefix,), status=6, delegates=True)
    message = dhcpv6.Message(dhcpv6.ADVERTISE, 1, associations=(association,))
    assert dhcpv6.parse(dhcpv6.encode(message)) == msg_with_codes(message, (25,))


def test_build_solicit() -> None:
    message = dhcpv6.parse(dhcpv6_questions.build_solicit(DUID_LL, 5, 9))
    assert isinstance(message, dhcpv6.Message)
    assert (message.client_id, message.requested) == (DUID_LL, (23, 24))
    assert message.associations == (dhcpv6.Association(9),)


def msg_with_codes(message: dhcpv6.Message, codes: tuple[int, ...]) -> dhcpv6.Message:
    from msgspec.structs import replace

    return replace(message, option_codes=codes)


addresses = st.builds(dhcpv6.Address, ipv6s, u32, u32)
prefixes = st.builds(dhcpv6.Prefix, ipv6s, st.integers(0, 128), u32, u32)
associations = st.one_of(
    st.builds(
        dhcpv6.Association,
        u32,
        u32,
        u32,
        st.lists(addresses, max_size=3).map(tuple),
        st.just(()),
        st.none() | u16,
    ),
    st.builds(
        dhcpv6.Association,
        u32,
        u32,
        u32,
        st.just(()),
        st.lists(prefixes, max_size=3).map(tuple),
        st.none() | u16,
        st.just(True),
    ),
)
duids = st.none() | st.binary(min_size=3, max_size=130)
messages = st.builds(
    dhcpv6.Message,
    st.integers(1, 11),
    st.integers(0, 0xFFFFFF),
    duids,
    duids,
    st.lists(associations, max_size=3).map(tuple),
    st.none() | st.lists(u16, max_size=6).map(tuple),
    st.none() | u8,
    st.none() | u16,
    st.none() | u16,
    st.booleans(),
    st.none() | st.builds(dhcpv6_options.VendorClass, u32, st.lists(short, max_size=3).map(tuple)),
    st.lists(ipv6s, max_size=3).map(tuple),
    st.none() | st.from_regex(rb"[a-z]{1,20}(\.[a-z]{1,20}){0,3}", fullmatch=True),
)


@given(messages)
@MODEST
def test_round_trip(message: dhcpv6.Message) -> None:
    parsed = dhcpv6.parse(dhcpv6.encode(message))
    assert isinstance(parsed, dhcpv6.Message)
    assert parsed == msg_with_codes(message, parsed.option_codes)


DUIDS = {
    "link-layer and time": (
        "0001 0001 2a2b2c2d 001ba9000009",
        dhcpv6_duid.Duid(1, MAC, MAC),
        "llt",
    ),
    "link-layer": ("0003 0001 001ba9000009", dhcpv6_duid.Duid(3, MAC, MAC), "ll"),
    "not Ethernet": ("0003 0020 001ba9000009", dhcpv6_duid.Duid(3, MAC), "ll"),
    "enterprise": ("0002 00000137 abcd", dhcpv6_duid.Duid(2, b"\xab\xcd", None, 311), "en"),
    "uuid": ("0004" + "11" * 16, dhcpv6_duid.Duid(4, b"\x11" * 16), "uuid"),
    "of the future": ("0009 01", dhcpv6_duid.Duid(9, b"\1"), "unknown"),
}


@pytest.mark.parametrize("case", DUIDS)
def test_duid(case: str) -> None:
    wire, expected, kind = DUIDS[case]
    assert dhcpv6_duid.parse(octets(wire)) == expected
    assert expected.kind == kind


BAD_DUIDS = {
    "empty": ("", "truncated"),
    "type alone": ("0003", "truncated"),
    "no address": ("0001 0001 2a2b2c2d", "truncated"),
    "no enterprise": ("0002 000001", "truncated"),
    "short uuid": ("0004" + "11" * 15, "bad_length"),
    "too long": ("0003" + "11" * 129, "bad_length"),
}


@pytest.mark.parametrize("case", BAD_DUIDS)
def test_bad_duid(case: str) -> None:
    wire, reason = BAD_DUIDS[case]
    with pytest.raises(DecodeError) as error:
        dhcpv6_duid.parse(octets(wire))
    assert error.value.reason == reason


def test_built_duids() -> None:
    assert dhcpv6_duid.build_link_layer(MAC) == DUID_LL
    timed = dhcpv6_duid.build_link_layer_time(MAC, 0x2A2B2C2D)
    assert dhcpv6_duid.parse(timed).mac == MAC
