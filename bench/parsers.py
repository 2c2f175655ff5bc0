"""Our codecs beside scapy's dissection of the same frames, in processor time per frame."""

import time
from collections.abc import Callable
from functools import partial

from bench.row import Row
from collectors.wire import arp, dhcpv4, frame, nd, nd_options, udp
from collectors.wire.address import eui64_interface_id, ipv4_bytes, ipv6_bytes, link_local

TURNS = 60
TURN_S = 0.01
GOAL = 1 / 50
_MAC = bytes.fromhex("001ba9000009")
_ROUTER_MAC = bytes.fromhex("001c73000701")


def rows() -> list[Row]:
    """One row per protocol; the whole frame is decoded, down to the last option."""
    from scapy.layers import dhcp, inet6, l2

    dissect, layers = l2.Ether, {"ARP": l2.ARP, "RA": inet6.ICMPv6ND_RA, "DHCP": dhcp.DHCP}
    found = []
    for name, wire in frames().items():
        if layers[name] not in dissect(wire):
            raise AssertionError(f"scapy does not see the {name} in its frame")
        ours, theirs = _side_by_side(partial(frame.decode, wire), partial(dissect, wire))
        found.append(
            Row(
                f"parsing of {name}, scapy",
                ours * 1e6,
                theirs * 1e6,
                ours / theirs,
                GOAL,
                "µs",
                f"{theirs / ours:.0f} times as fast, Ethernet to the last option",
            )
        )
    return found


def frames() -> dict[str, bytes]:
    """One usual frame of each protocol."""
    return {"ARP": _arp(), "RA": _advertisement(), "DHCP": _discover()}


def _arp() -> bytes:
    request = arp.build_request(_MAC, ipv4_bytes("10.66.7.9"), ipv4_bytes("10.66.7.1"))
    return request.ljust(60, b"\0")


def _advertisement() -> bytes:
    """What a usual router sends: link address, MTU, one prefix, one resolver."""
    prefix = ipv6_bytes("2001:db8:66:7::")
    options = nd_options.Options(
        source_mac=_ROUTER_MAC,
        mtu=1500,
        prefixes=(nd_options.Prefix(prefix, 64, True, True, 86400, 14400),),
        resolvers=(nd_options.Resolvers((ipv6_bytes("2001:db8:66:7::53"),), 1800),),
    )
    message = nd.RouterAdvertisement(hop_limit=64, lifetime_s=1800, options=options)
    source = link_local(eui64_interface_id(_ROUTER_MAC))
    return nd.build_router_advertisement(_ROUTER_MAC, source, message)


def _discover() -> bytes:
    """What a PC sends: host name, vendor class, client identifier, fifteen parameters."""
    message = dhcpv4.Dhcpv4(
        dhcpv4.DISCOVER,
        0x3D1D0001,
        _MAC,
        hostname=b"pc-2f-07",
        vendor_class=b"MSFT 5.0",
        client_id=b"\x01" + _MAC,
        parameters=bytes((1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252, 108)),
    )
    return udp.build_ipv4_frame(
        _MAC, b"\xff" * 6, bytes(4), b"\xff" * 4, 68, 67, dhcpv4.encode(message)
    )


def _side_by_side(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Processor seconds of one call of each, the least of short turns: others disturb it least."""
    least = [_turn(ours), _turn(theirs)]
    for _ in range(TURNS):
        least = [min(least[0], _turn(ours)), min(least[1], _turn(theirs))]
    return least[0], least[1]


def _turn(parse: Callable[[], object]) -> float:
    count, took = 0, 0.0
    began = time.process_time()
    while took < TURN_S:
        for _ in range(50):
            parse()
        count += 50
        took = time.process_time() - began
    return took / count
