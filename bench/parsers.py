"""Our codecs beside scapy's dissection of the same frames, in processor time per frame.

Each protocol has a set of frames that differ as they do on a link: by sender, address, transaction
and, for the routers, by what they announce. Both sides decode the whole set in turn, from the
Ethernet header to the last option, and keep nothing from one frame to the next.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from bench.row import Row
from collectors.wire import arp, dhcpv4, frame, nd, nd_options, udp
from collectors.wire.address import eui64_interface_id, ipv6_bytes, link_local

TURNS = 60
TURN_S = 0.01
GOAL = 1 / 50
HOSTS = 8
_RARE = "RA with eight options"
_ROUTER_MAC = bytes.fromhex("001c73000701")
_PARAMETERS = bytes((1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252, 108))


def rows() -> list[Row]:
    """One row per protocol."""
    from scapy.layers import dhcp, inet6, l2

    layers = {"ARP": l2.ARP, "RA": inet6.ICMPv6ND_RA, _RARE: inet6.ICMPv6ND_RA, "DHCP": dhcp.DHCP}
    found = []
    for name, wires in frames().items():
        if not all(layers[name] in l2.Ether(wire) for wire in wires):
            raise AssertionError(f"scapy does not see the {name} in its frame")
        ours, theirs = _side_by_side(frame.decode, l2.Ether, wires)
        found.append(
            Row(
                f"parsing of {name}, scapy",
                ours * 1e6,
                theirs * 1e6,
                ours / theirs,
                None if name == _RARE else GOAL,
                "µs",
                f"{theirs / ours:.0f} times as fast, mean of {len(wires)} frames that differ",
            )
        )
    return found


def frames() -> dict[str, tuple[bytes, ...]]:
    """The frames of each protocol, none twice."""
    return {
        "ARP": tuple(_arp()),
        "RA": tuple(_advertisements(rare=False)),
        _RARE: tuple(_advertisements(rare=True)),
        "DHCP": tuple(_leases()),
    }


def _arp() -> Iterator[bytes]:
    """Questions of some hosts for their gateway, padded as on the wire."""
    for number in range(HOSTS):
        request = arp.build_request(_mac(number), _ipv4(number), _ipv4(-8))
        yield request.ljust(60, b"\0")


def _advertisements(rare: bool) -> Iterator[bytes]:
    """Of routers that announce link address, MTU, one prefix, one resolver, as is usual.

    With `rare`, a route, a search list, a NAT64 prefix and a portal as well.
    """
    for number in range(HOSTS):
        mac = _ROUTER_MAC[:5] + bytes((number,))
        network = ipv6_bytes(f"2001:db8:66:{number}::")
        options = nd_options.Options(
            source_mac=mac,
            mtu=1500,
            prefixes=(nd_options.Prefix(network, 64, True, True, 86400, 14400),),
            resolvers=(nd_options.Resolvers((network[:15] + b"\x53",), 1800),),
        )
        if rare:
            options = msgspec.structs.replace(
                options,
                routes=(nd_options.Route(network, 48, "low", 600),),
                search=(nd_options.Search(((b"example", b"org"),), 1800),),
                pref64=(nd_options.Pref64(ipv6_bytes("64:ff9b::"), 96, 1800),),
                captive_portal=b"https://portal.example.org/",
            )
        message = nd.RouterAdvertisement(hop_limit=64, lifetime_s=1800, options=options)
        source = link_local(eui64_interface_id(mac))
        yield nd.build_router_advertisement(mac, source, message)


def _leases() -> Iterator[bytes]:
    """What PCs and their server say until each has its address: four messages."""
    server = _ipv4(-8)
    for number in range(HOSTS):
        mac = _mac(number)
        wants = dhcpv4.Dhcpv4(
            dhcpv4.DISCOVER,
            0x3D1D0001 + number,
            mac,
            hostname=b"pc-2f-%02d" % number,
            vendor_class=b"MSFT 5.0",
            client_id=b"\x01" + mac,
            parameters=_PARAMETERS,
        )
        takes = msgspec.structs.replace(
            wants,
            message_type=dhcpv4.REQUEST,
            requested_address=_ipv4(number),
            server_id=server,
            fqdn=b"pc-2f-%02d.example.org" % number,
        )
        yield _datagram(mac, dhcpv4.encode(wants))
        yield _datagram(_ROUTER_MAC, _reply(wants, dhcpv4.OFFER, number), server)
        yield _datagram(mac, dhcpv4.encode(takes))
        yield _datagram(_ROUTER_MAC, _reply(takes, dhcpv4.ACK, number), server)


def _reply(request: dhcpv4.Dhcpv4, kind: int, number: int) -> bytes:
    return dhcpv4.build_reply(
        request,
        kind,
        _ipv4(-8),
        _ipv4(number),
        subnet_mask=bytes((255, 255, 255, 0)),
        routers=(_ipv4(-8),),
        resolvers=(_ipv4(-8), _ipv4(-7)),
        lease_s=86400,
    )


def _datagram(mac: bytes, payload: bytes, server: bytes | None = None) -> bytes:
    source, ports = (bytes(4), (68, 67)) if server is None else (server, (67, 68))
    return udp.build_ipv4_frame(mac, b"\xff" * 6, source, b"\xff" * 4, *ports, payload)


def _mac(number: int) -> bytes:
    return bytes.fromhex("001ba90000") + bytes((number,))


def _ipv4(number: int) -> bytes:
    return bytes((10, 66, 7, 9 + number))


def _side_by_side(
    ours: Callable[[bytes], object], theirs: Callable[[bytes], object], wires: Sequence[bytes]
) -> tuple[float, float]:
    """Processor seconds of one call of each, the least of short turns: others disturb it least."""
    least = [_turn(ours, wires), _turn(theirs, wires)]
    for _ in range(TURNS):
        least = [min(least[0], _turn(ours, wires)), min(least[1], _turn(theirs, wires))]
    return least[0], least[1]


def _turn(parse: Callable[[bytes], object], wires: Sequence[bytes]) -> float:
    count, took = 0, 0.0
    began = time.process_time()
    while took < TURN_S:
        for wire in wires:
            parse(wire)
        count += len(wires)
        took = time.process_time() - began
    return took / count
