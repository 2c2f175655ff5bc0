"""Addresses between octets and text."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import address
from tests.collectors.wire.samples import GLOBAL, LINK_LOCAL, MAC
from tests.collectors.wire.strategies import MODEST, ipv4s, ipv6s, macs


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        pytest.param("20010db8006600000000000000000009", "2001:db8:66::9", id="zeros"),
        pytest.param(
            "20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1", id="one-zero-stays"
        ),
        pytest.param("20010db8000000000001000000000001", "2001:db8::1:0:0:1", id="first-of-equals"),
        pytest.param("00000000000000000000000000000000", "::", id="unspecified"),
        pytest.param("00000000000000000000000000000001", "::1", id="loopback"),
        pytest.param("00000000000000000000ffff0a420009", "::ffff:10.66.0.9", id="mapped"),
        pytest.param("000000000000000000000000abcd0102", "::abcd:102", id="not-compatible-form"),
        pytest.param("000000000000000000000000abcd0000", "::abcd:0", id="short-run-at-the-end"),
        pytest.param("fe80000000000000021ba9fffe000009", "fe80::21b:a9ff:fe00:9", id="lower-case"),
    ],
)
def test_ipv6_text_is_canonical(octets: str, text: str) -> None:
    assert address.ipv6_text(bytes.fromhex(octets)) == text
    assert address.ipv6_bytes(text) == bytes.fromhex(octets)


@given(ipv6s)
@MODEST
def test_ipv6_text_agrees_with_the_standard_library(octets: bytes) -> None:
    expected = ipaddress.IPv6Address(octets)
    assert ipaddress.IPv6Address(address.ipv6_text(octets)) == expected
    if expected.ipv4_mapped is None:
        assert address.ipv6_text(octets) == str(expected)


@given(macs)
@MODEST
def test_mac_round_trip(mac: bytes) -> None:
    assert address.mac_bytes(address.mac_text(mac)) == mac


@given(ipv4s | ipv6s)
@MODEST
def test_ip_round_trip(octets: bytes) -> None:
    assert address.ip_bytes(address.ip_text(octets)) == octets


@pytest.mark.parametrize(
    "text",
    [
        "", "00:1b:a9:00:00", "00:1b:a9:00:00:09:00", "00:1b-a9:00:00:09", "001ba9000009",
        "00:1b:a9:00:00:0g", "0:1b:a9:00:00:09", "00:1b:a9:00:00:09\n", "00:1b:a9:00:00:0\u0669",
    ],
)  # fmt: skip
def test_mac_bytes_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="not a MAC"):
        address.mac_bytes(text)


@pytest.mark.parametrize("text", ["00:1B:A9:00:00:09", "00-1b-a9-00-00-09"])
def test_mac_bytes_takes_other_spellings(text: str) -> None:
    assert address.mac_bytes(text) == MAC


@pytest.mark.parametrize(
    "text",
    ["", "10.66.0", "10.66.0.256", "10.66.0.09", "0x0a.66.0.9", "10.66.0.9 ", "1\0", "::g",
     "fe80::1%eth0", "2001:db8::/64", "1::2::3", "\ud800:"],
)  # fmt: skip
def test_ip_bytes_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        address.ip_bytes(text)


@pytest.mark.parametrize(
    "convert", [address.mac_text, address.ipv4_text, address.ipv6_text], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("size", [0, 3, 5, 7, 15, 17])
def test_text_refuses_other_sizes(convert: object, size: int) -> None:
    assert callable(convert)
    with pytest.raises(ValueError, match="octets"):
        convert(bytes(size))


def test_multicast_names() -> None:
    group = address.solicited_node(GLOBAL)
    assert address.ipv6_text(group) == "ff02::1:ff00:9"
    assert address.is_solicited_node(group)
    assert not address.is_solicited_node(address.ALL_NODES)
    assert address.multicast_mac(group) == bytes.fromhex("3333ff000009")
    assert address.multicast_mac(bytes((224, 128, 0, 251))) == bytes.fromhex("01005e0000fb")


def test_eui64() -> None:
    assert address.link_local(address.eui64_interface_id(MAC)) == LINK_LOCAL
    assert address.eui64_address(GLOBAL[:8], MAC)[8:] == LINK_LOCAL[8:]
    assert address.eui64_mac(LINK_LOCAL) == MAC
    assert address.eui64_mac(GLOBAL) is None


@given(macs)
@MODEST
def test_eui64_round_trip(mac: bytes) -> None:
    assert address.eui64_mac(address.link_local(address.eui64_interface_id(mac))) == mac


@pytest.mark.parametrize(
    ("judge", "text", "expected"),
    [
        (address.is_link_local, "fe80::1", True),
        (address.is_link_local, "febf::1", True),
        (address.is_link_local, "fec0::1", False),
        (address.is_multicast, "ff02::1", True),
        (address.is_multicast, "224.0.0.251", True),
        (address.is_multicast, "223.255.255.255", False),
        (address.is_unique_local, "fd00::1", True),
        (address.is_unique_local, "fe00::1", False),
        (address.is_global_unicast, "2001:db8::1", True),
        (address.is_global_unicast, "4000::1", False),
    ],
)
def test_kinds(judge: object, text: str, expected: bool) -> None:
    assert callable(judge)
    assert judge(address.ip_bytes(text)) is expected


def test_mac_bits() -> None:
    assert address.is_locally_administered(bytes.fromhex("da0000000001"))
    assert not address.is_locally_administered(MAC)
    assert address.is_group_mac(address.BROADCAST_MAC)
    assert not address.is_group_mac(MAC)


@given(st.binary(max_size=20).filter(lambda value: len(value) not in (4, 6, 16)))
@MODEST
def test_require_refuses_other_sizes(value: bytes) -> None:
    for require in (address.require_mac, address.require_ipv4, address.require_ipv6):
        with pytest.raises(ValueError, match="octets"):
            require(value)
