"""Any octets give a value or a `DecodeError`, never anything else, and never take long."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import (
    arp,
    carp,
    cdp,
    checksum,
    dhcpv4,
    dhcpv6,
    dhcpv6_duid,
    dns,
    dtp,
    ethernet,
    frame,
    hsrp,
    icmpv4,
    icmpv6,
    ipv4,
    ipv6,
    linux_cooked,
    llc,
    lldp,
    mld,
    nbns,
    nd,
    nd_options,
    ssdp,
    stp,
    udp,
    vrrp,
    wsd,
)
from collectors.wire import name as names
from collectors.wire.address import solicited_node
from collectors.wire.errors import REASONS, DecodeError
from tests.collectors.wire.samples import FRAMES, GLOBAL, LINK_LOCAL, ROUTER
from tests.collectors.wire.samples_discovery import DISCOVERY_FRAMES as DISCOVERY
from tests.collectors.wire.strategies import THOROUGH

Parser = Callable[[bytes], object]


def _sealed_icmpv6(data: bytes) -> object:
    """ICMPv6 with a checksum that holds, so that what is behind it is reached."""
    sealed = checksum.with_icmpv6(ROUTER, LINK_LOCAL, data[:2] + b"\0\0" + data[4:])
    return icmpv6.parse(sealed, ROUTER, LINK_LOCAL, data[0] if data else 255, 0)


def _sealed_vrrp(data: bytes) -> object:
    """VRRP with a checksum that holds."""
    if len(data) < 8:
        return vrrp.parse(data, bytes(4), bytes(4), 255)
    unsealed = data[:6] + b"\0\0" + data[8:]
    sealed = data[:6] + checksum.internet(unsealed).to_bytes(2, "big") + data[8:]
    return vrrp.parse(sealed, bytes(4), bytes(4), 255)


def _sealed_carp(data: bytes) -> object:
    """CARP with a checksum that holds."""
    if len(data) < 8:
        return carp.parse(data, 255)
    unsealed = data[:6] + b"\0\0" + data[8:]
    sealed = data[:6] + checksum.internet(unsealed).to_bytes(2, "big") + data[8:]
    return carp.parse(sealed, 255)


def _cooked(data: bytes) -> object:
    return linux_cooked.parse(data).frame(), linux_cooked.parse2(data).frame()


# Each parser with the octets of a valid message, which the tests then spoil.
PARSERS: dict[str, tuple[Parser, bytes]] = {
    "ethernet": (ethernet.parse, FRAMES["arp"]),
    "arp": (arp.parse, FRAMES["arp"][14:]),
    "ipv4": (lambda data: ipv4.parse(data, verify_checksum=True), FRAMES["dhcp"][14:]),
    "ipv4-quoted": (ipv4.parse_quoted, FRAMES["dhcp"][14:]),
    "ipv6": (ipv6.parse, FRAMES["mld-report"][14:]),
    "icmpv4": (
        lambda data: icmpv4.parse(checksum.with_icmpv4(data[:2] + b"\0\0" + data[4:])),
        FRAMES["unreachable-4"][34:],
    ),
    "icmpv6": (_sealed_icmpv6, FRAMES["parameter-problem"][54:]),
    "nd": (lambda data: nd.parse(data, ROUTER, LINK_LOCAL, 255), FRAMES["ra"][54:]),
    "nd-solicitation": (
        lambda data: nd.parse(data, bytes(16), solicited_node(GLOBAL), 255),
        FRAMES["ns"][54:78],
    ),
    "nd-options": (nd_options.parse, FRAMES["ra"][70:]),
    "mld-report": (lambda data: mld.parse(data, ROUTER, 1, 0), FRAMES["mld-report"][62:]),
    "mld-query": (lambda data: mld.parse(data, ROUTER, 1, 0), FRAMES["mld-query"][62:]),
    "udp": (udp.parse, FRAMES["dhcp"][34:]),
    "udp-verified": (
        lambda data: udp.parse(data, ROUTER, GLOBAL),
        udp.build(ROUTER, GLOBAL, 1, 2, b"abc"),
    ),
    "dhcpv4": (dhcpv4.parse, FRAMES["dhcp"][42:]),
    "dns": (dns.parse, FRAMES["mdns"][42:]),
    "nbns": (nbns.parse, FRAMES["nbstat"][42:]),
    "nbns-request": (nbns.parse, FRAMES["nbstat-request"][42:]),
    "name": (lambda data: names.parse(data, 0), FRAMES["mdns"][54:71]),
    "name-skip": (lambda data: names.skip(data, 0), FRAMES["mdns"][54:71]),
    "dhcpv6": (dhcpv6.parse, DISCOVERY["dhcpv6-solicit"][62:]),
    "dhcpv6-reply": (dhcpv6.parse, DISCOVERY["dhcpv6-reply"][62:]),
    "dhcpv6-relay": (dhcpv6.parse, DISCOVERY["dhcpv6-relay"][62:]),
    "duid": (dhcpv6_duid.parse, DISCOVERY["dhcpv6-solicit"][70:84]),
    "llc": (lambda data: llc.parse(data, min(len(data), 46)), DISCOVERY["cdp"][14:]),
    "lldp": (lldp.parse, DISCOVERY["lldp"][14:]),
    "cdp": (cdp.parse, DISCOVERY["cdp"][22:]),
    "stp": (stp.parse, DISCOVERY["stp"][17:]),
    "vrrp": (_sealed_vrrp, DISCOVERY["vrrp2"][34:54]),
    "hsrp": (hsrp.parse, DISCOVERY["hsrp"][42:]),
    "hsrp2": (hsrp.parse, DISCOVERY["hsrp2"][42:]),
    "carp": (_sealed_carp, DISCOVERY["carp"][34:]),
    "dtp": (dtp.parse, DISCOVERY["dtp"][22:53]),
    "ssdp": (ssdp.parse, DISCOVERY["ssdp"][42:]),
    "wsd": (wsd.parse, DISCOVERY["wsd"][42:]),
    "cooked": (_cooked, bytes((0, 0, 0, 1, 0, 6)) + bytes(40)),
    "frame": (frame.decode, FRAMES["ra"]),
    **{f"frame-{key}": (frame.decode, wire) for key, wire in (FRAMES | DISCOVERY).items()},
}

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
