"""The kernel filter of the tap: a classic BPF program, assembled by hand.

It runs in the kernel on every frame of a link and lets through what `watch` can decode: ARP, the
ICMPv6 messages of neighbour discovery, MLD and probes (directly or behind one header of options),
ICMPv4 echo replies, DHCP, the ports of `NAME_PORTS`, VRRP and CARP, HSRP, LLDP, spanning tree, CDP
and DTP; of tunnels the first octets, Teredo, and of DNS the questions for ISATAP and Teredo. Frames
of other VLANs are not this link's and stay out; `tagged_filter` is for those (see `trunk`).
"""

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

SNAP_BYTES: Final = 0x40000
TUNNEL_BYTES: Final = 14 + 60 + 54  # Ethernet, the longest IPv4 header, IPv6 and a little

# Instruction codes of classic BPF (linux/bpf_common.h): class | size | mode, or class | operation.
LOAD_HALF: Final = 0x28
LOAD_BYTE: Final = 0x30
LOAD_HALF_X: Final = 0x48
LOAD_WORD: Final = 0x20
LOAD_WORD_X: Final = 0x40
AND: Final = 0x54
OR: Final = 0x44
LOAD_BYTE_X: Final = 0x50
LOAD_X_IPV4_HEADER: Final = 0xB1  # X = 4 * (byte[k] & 15)
ADD: Final = 0x04
SHIFT_LEFT: Final = 0x64
TO_X: Final = 0x07
JUMP: Final = 0x05
JUMP_EQUAL: Final = 0x15
JUMP_GREATER_EQUAL: Final = 0x35
JUMP_SET: Final = 0x45
RETURN: Final = 0x06

DHCPV4_PORTS: Final = (67, 68)
DHCPV6_PORTS: Final = (546, 547)
# Multicast DNS, LLMNR, SSDP, WS-Discovery: what stations tell everybody. NetBIOS is IPv4 only.
NAME_PORTS: Final = (5353, 5355, 1900, 3702)
NETBIOS_PORT: Final = 137
VRRP: Final = 112
HSRP_PORT: Final = 1985
HSRP_PORT_IPV6: Final = 2029
TEREDO_PORT: Final = 3544
DNS_PORT: Final = 53
# DNS names by their first eight octets, the length of the first label being one: lower case, and
# the last octet left open.
SOUGHT: Final = ((b"\x06isa", b"tap\0"), (b"\x06ter", b"edo\0"))

# Ancillary data (linux/filter.h): loads from these "offsets" ask the kernel about the frame.
ANCILLARY: Final = 0xFFFFF000
PACKET_TYPE: Final = ANCILLARY + 4
VLAN_TAG: Final = ANCILLARY + 44
VLAN_PRESENT: Final = ANCILLARY + 48
PACKET_OUTGOING: Final = 4


class Instruction(NamedTuple):
    """One instruction: jumps count from the next one."""

    code: int
    if_true: int
    if_false: int
    operand: int


class Line(NamedTuple):
    """One line of a listing: labels instead of distances; an empty label means the next line."""

    label: str
    code: int
    operand: int = 0
    if_true: str = ""
    if_false: str = ""


def assemble(listing: Sequence[Line]) -> tuple[Instruction, ...]:
    """Turn labels into distances; raises ValueError for unknown, backward or too far jumps."""
    places = {line.label: index for index, line in enumerate(listing) if line.label}
    program = []
    for index, line in enumerate(listing):
        if line.code == JUMP:
            distance = _distance(places, line.if_true, index, 0xFFFFFFFF)
            program.append(Instruction(JUMP, 0, 0, distance))
            continue
        program.append(
            Instruction(
                line.code,
                _distance(places, line.if_true, index, 0xFF),
                _distance(places, line.if_false, index, 0xFF),
                line.operand,
            )
        )
    return tuple(program)


def pack(program: Sequence[Instruction]) -> bytes:
    """The array of `struct sock_filter` that the kernel takes."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def link_filter() -> tuple[Instruction, ...]:
    """The program for an Ethernet link."""
    return assemble(
        (
            Line("", LOAD_HALF, PACKET_TYPE),
            Line("", JUMP_EQUAL, PACKET_OUTGOING, "reject"),
            Line("", LOAD_HALF, VLAN_PRESENT),
            Line("", JUMP_EQUAL, 0, "untagged"),
            Line("", LOAD_HALF, VLAN_TAG),
            Line("", JUMP_SET, 0x0FFF, "reject"),
            Line("untagged", LOAD_HALF, 12),
            Line("", JUMP_EQUAL, 0x8100, "tagged", "plain_type"),
            # VLAN 0 marks a mere priority (IEEE 802.1Q §9.6): the frame is this link's.
            Line("tagged", LOAD_HALF, 14),
            Line("", JUMP_SET, 0x0FFF, "reject"),
            Line("", LOAD_HALF, 16),
            *_network_layer("shifted", 18),
            *_network_layer("plain", 14),
            Line("head", RETURN, TUNNEL_BYTES),
            Line("accept", RETURN, SNAP_BYTES),
            Line("reject", RETURN, 0),
        )
    )


def tagged_filter() -> tuple[Instruction, ...]:
    """The program for frames of other VLANs, from which the kernel took the outer tag."""
    return assemble(
        (
            Line("", LOAD_HALF, PACKET_TYPE),
            Line("", JUMP_EQUAL, PACKET_OUTGOING, "reject"),
            Line("", LOAD_HALF, VLAN_PRESENT),
            Line("", JUMP_EQUAL, 0, "reject"),
            Line("", LOAD_HALF, VLAN_TAG),
            Line("", JUMP_SET, 0x0FFF, "", "reject"),
            Line("", LOAD_HALF, 12),
            Line("", JUMP_EQUAL, 0x8100, "", "plain_type"),
            Line("", LOAD_HALF, 16),
            *_network_layer("shifted", 18),
            *_network_layer("plain", 14),
            Line("head", RETURN, TUNNEL_BYTES),
            Line("accept", RETURN, SNAP_BYTES),
            Line("reject", RETURN, 0),
        )
    )


def _network_layer(name: str, base: int) -> tuple[Line, ...]:
    """Judge a packet that starts at `base`; the EtherType is in A."""
    return (
        Line(f"{name}_type", JUMP_EQUAL, 0x0806, "accept"),
        Line("", JUMP_EQUAL, 0x86DD, f"{name}_v6"),
        Line("", JUMP_EQUAL, 0x0800, f"{name}_v4"),
        Line("", JUMP_EQUAL, 0x88CC, "accept"),
        # Below 0x600 it is a length: LLC follows, of bridges or of Cisco (SNAP).
        Line("", JUMP_GREATER_EQUAL, 0x0600, "reject"),
        Line("", LOAD_HALF, base),
        Line("", JUMP_EQUAL, 0x4242, "accept"),
        Line("", JUMP_EQUAL, 0xAAAA, "", "reject"),
        Line("", LOAD_HALF, base + 3),
        Line("", JUMP_EQUAL, 0, "", "reject"),
        Line("", LOAD_BYTE, base + 5),
        Line("", JUMP_EQUAL, 0x0C, "accept", "reject"),
        # IPv6: the next header is at 6, the upper layer at 40; a header of options has its own.
        Line(f"{name}_v6", LOAD_BYTE, base + 6),
        Line("", JUMP_EQUAL, 58, f"{name}_icmp6"),
        Line("", JUMP_EQUAL, 0, f"{name}_hop"),
        Line("", JUMP_EQUAL, 60, f"{name}_hop"),
        Line("", JUMP_EQUAL, 44, f"{name}_part"),
        Line("", JUMP_EQUAL, VRRP, "accept"),
        Line("", JUMP_EQUAL, 17, "", "reject"),
        Line("", LOAD_HALF, base + 42),
        Line("", JUMP_EQUAL, DNS_PORT, f"{name}_dns6"),
        *_one_of((*DHCPV6_PORTS, *NAME_PORTS, HSRP_PORT_IPV6)),
        *_sought(f"{name}_dns6", LOAD_WORD, base + 60),
        # The first fragment of a router advertisement, which hosts must not heed (RFC 6980 §5).
        Line(f"{name}_part", LOAD_HALF, base + 42),
        Line("", JUMP_SET, 0xFFF8, "reject"),
        Line("", LOAD_BYTE, base + 40),
        Line("", JUMP_EQUAL, 58, "", "reject"),
        Line("", LOAD_BYTE, base + 48),
        Line("", JUMP_EQUAL, 134, "accept", "reject"),
        Line(f"{name}_icmp6", LOAD_BYTE, base + 40),
        Line("", JUMP, 0, f"{name}_type6"),
        Line(f"{name}_hop", LOAD_BYTE, base + 40),
        Line("", JUMP_EQUAL, 58, "", "reject"),
        Line("", LOAD_BYTE, base + 41),
        Line("", ADD, 1),
        Line("", SHIFT_LEFT, 3),
        Line("", TO_X),
        Line("", LOAD_BYTE_X, base + 40),
        # 4 parameter problem, 129 echo reply, 130-137 MLD and ND, 143 MLDv2 report.
        Line(f"{name}_type6", JUMP_EQUAL, 4, "accept"),
        Line("", JUMP_EQUAL, 143, "accept"),
        Line("", JUMP_GREATER_EQUAL, 129, "", "reject"),
        Line("", JUMP_GREATER_EQUAL, 138, "reject", "accept"),
        # IPv4: a later fragment has no upper-layer header.
        Line(f"{name}_v4", LOAD_HALF, base + 6),
        Line("", JUMP_SET, 0x1FFF, "reject"),
        Line("", LOAD_X_IPV4_HEADER, base),
        Line("", LOAD_BYTE, base + 9),
        Line("", JUMP_EQUAL, 17, f"{name}_udp"),
        Line("", JUMP_EQUAL, VRRP, "accept"),
        Line("", JUMP_EQUAL, 41, "head"),
        Line("", JUMP_EQUAL, 47, "head"),
        Line("", JUMP_EQUAL, 1, "", "reject"),
        Line("", LOAD_BYTE_X, base),
        Line("", JUMP_EQUAL, 0, "accept", "reject"),
        Line(f"{name}_udp", LOAD_HALF_X, base + 2),
        Line("", JUMP_EQUAL, DNS_PORT, f"{name}_dns4"),
        *_one_of((*DHCPV4_PORTS, *NAME_PORTS, NETBIOS_PORT, HSRP_PORT, TEREDO_PORT)),
        *_sought(f"{name}_dns4", LOAD_WORD_X, base + 20),
    )


def _sought(name: str, load: int, at: int) -> tuple[Line, ...]:
    """Accept a DNS question whose name, at an offset, begins as one of `SOUGHT`."""
    lines = []
    for number, (first, second) in enumerate(SOUGHT):
        following = f"{name}_{number + 1}" if number + 1 < len(SOUGHT) else "reject"
        lines += [
            Line(f"{name}_{number}" if number else name, load, at),
            Line("", OR, 0x20202020),
            Line("", JUMP_EQUAL, _word(first) | 0x20202020, "", following),
            Line("", load, at + 4),
            Line("", AND, 0xFFFFFF00),
            Line("", OR, 0x20202000),
            Line("", JUMP_EQUAL, _word(second), "accept", "reject"),
        ]
    return tuple(lines)


def _word(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def _one_of(ports: Sequence[int]) -> tuple[Line, ...]:
    """Accept when A is one of the ports, else reject."""
    *first, last = ports
    return (
        *(Line("", JUMP_EQUAL, port, "accept") for port in first),
        Line("", JUMP_EQUAL, last, "accept", "reject"),
    )


def _distance(places: dict[str, int], label: str, index: int, limit: int) -> int:
    if not label:
        return 0
    if label not in places:
        raise ValueError(f"line {index} jumps to the unknown label {label!r}")
    distance = places[label] - index - 1
    if not 0 <= distance <= limit:
        raise ValueError(f"line {index} cannot reach {label!r}, {distance} instructions away")
    return distance
