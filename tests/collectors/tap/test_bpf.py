"""The filter, run by an interpreter of its own on frames of every kind."""

import struct

import pytest

from collectors.tap import bpf
from collectors.tap.bpf import Instruction, Line
from collectors.wire import arp, dhcpv4, ethernet, icmpv4, icmpv6, ipv6, mld, nd, udp
from collectors.wire.address import ALL_NODES, ipv4_bytes, ipv6_bytes, mac_bytes
from tests.collectors.wire.samples_discovery import DISCOVERY_FRAMES

A = mac_bytes("02:00:00:00:00:0a")
B = mac_bytes("02:00:00:00:00:0b")
FE80_1, FE80_2 = ipv6_bytes("fe80::1"), ipv6_bytes("fe80::2")
IP_1, IP_2 = ipv4_bytes("10.66.7.1"), ipv4_bytes("10.66.7.2")


class OutOfBounds(Exception):
    """The kernel rejects a frame when a load leaves it."""


def run(  # noqa: PLR0912
    program: tuple[Instruction, ...],
    frame: bytes,
    *,
    outgoing: bool = False,
    vlan: int | None = None,
) -> int:
    """What the kernel would return: how many octets to keep, 0 to reject."""
    ancillary = {
        bpf.PACKET_TYPE: bpf.PACKET_OUTGOING if outgoing else 0,
        bpf.VLAN_PRESENT: 0 if vlan is None else 1,
        bpf.VLAN_TAG: vlan or 0,
    }

    def load(offset: int, size: int) -> int:
        if offset in ancillary:
            return ancillary[offset]
        if offset + size > len(frame):
            raise OutOfBounds
        return int.from_bytes(frame[offset : offset + size], "big")

    a = x = at = 0
    try:
        while True:
            code, if_true, if_false, k = program[at]
            at += 1
            match code:
                case bpf.LOAD_HALF:
                    a = load(k, 2)
                case bpf.LOAD_BYTE:
                    a = load(k, 1)
                case bpf.LOAD_HALF_X:
                    a = load(x + k, 2)
                case bpf.LOAD_BYTE_X:
                    a = load(x + k, 1)
                case bpf.LOAD_WORD:
                    a = load(k, 4)
                case bpf.LOAD_WORD_X:
                    a = load(x + k, 4)
                case bpf.AND:
                    a &= k
                case bpf.OR:
                    a |= k
                case bpf.LOAD_X_IPV4_HEADER:
                    x = 4 * (load(k, 1) & 15)
                case bpf.ADD:
                    a = a + k & 0xFFFFFFFF
                case bpf.SHIFT_LEFT:
                    a = a << k & 0xFFFFFFFF
                case bpf.TO_X:
                    x = a
                case bpf.JUMP:
                    at += k
                case bpf.JUMP_EQUAL:
                    at += if_true if a == k else if_false
                case bpf.JUMP_GREATER_EQUAL:
                    at += if_true if a >= k else if_false
                case bpf.JUMP_SET:
                    at += if_true if a & k else if_false
                case bpf.RETURN:
                    return k
                case _:
                    pytest.fail(f"instruction {code:#x} is not classic BPF")
    except OutOfBounds:
        return 0


def ipv6_frame(next_header: int, payload: bytes) -> bytes:
    return ethernet.build(B, A, ethernet.IPV6, ipv6.build(FE80_1, FE80_2, next_header, payload))


def ipv4_frame(protocol: int, payload: bytes, options: bytes = b"", fragment: int = 0) -> bytes:
    length = 20 + len(options) + len(payload)
    head = struct.pack(
        "!BBHHHBBH", 0x40 | 5 + len(options) // 4, 0, length, 1, fragment, 64, protocol, 0
    )
    return ethernet.build(B, A, ethernet.IPV4, head + IP_1 + IP_2 + options + payload)


def icmpv6_of(kind: int) -> bytes:
    return bytes((kind, 0, 0, 0)) + bytes(20)


def dhcp(source: int, destination: int) -> bytes:
    payload = dhcpv4.build_discover(A, 1)
    return udp.build_ipv4_frame(A, B, IP_1, IP_2, source, destination, payload)


def tagged(frame: bytes, tag: int) -> bytes:
    return frame[:12] + b"\x81\x00" + tag.to_bytes(2, "big") + frame[12:]


def question(name: bytes, version: int, options: bytes = b"") -> bytes:
    body = bytes.fromhex("1234 0100 0001 0000 0000 0000")  # a standard query with one question
    body += bytes((len(name),)) + name + b"\x03lan\0" + bytes.fromhex("0001 0001")
    datagram = struct.pack("!HHHH", 40000, 53, 8 + len(body), 0) + body
    return ipv4_frame(17, datagram, options) if version == 4 else ipv6_frame(17, datagram)


HOP_16 = bytes((58, 1)) + bytes.fromhex("05020000") + bytes.fromhex("01080000000000000000")
ARP = arp.build_request(A, IP_1, IP_2)
OPTIONS = bytes.fromhex("94040000")  # IPv4 router alert

ACCEPTED = {
    "arp request": ARP,
    "arp reply": arp.build_reply(A, IP_1, B, IP_2),
    "neighbour solicitation": nd.build_neighbour_solicitation(A, FE80_1, FE80_2),
    "neighbour advertisement": nd.build_neighbour_advertisement(A, FE80_1, FE80_1),
    "router solicitation": nd.build_router_solicitation(A, FE80_1),
    "router advertisement": nd.build_router_advertisement(A, FE80_1, nd.RouterAdvertisement()),
    "echo reply v6": ipv6_frame(58, icmpv6_of(129)),
    "parameter problem": ipv6_frame(58, icmpv6_of(4)),
    "mld query": mld.build_general_query(A, FE80_1),
    "mld v2 report": mld.build_report(A, FE80_1, (mld.Record(4, ALL_NODES),)),
    "mld v1 report": mld.build(A, FE80_1, ALL_NODES, mld.ReportV1(ALL_NODES)),
    "mld done": mld.build(A, FE80_1, ALL_NODES, mld.Done(ALL_NODES)),
    "icmpv6 behind sixteen octets of options": ipv6_frame(0, HOP_16 + icmpv6_of(143)),
    "echo reply v4": ipv4_frame(1, bytes(8)),
    "echo reply v4 behind options": ipv4_frame(1, bytes(8), OPTIONS),
    "dhcp from a client": dhcp(68, 67),
    "dhcp from a server": dhcp(67, 68),
    "dhcp to a relay": dhcp(67, 67),
    "dhcp behind options": ipv4_frame(17, struct.pack("!HHHH", 67, 68, 8, 0), OPTIONS),
    "arp with a priority tag": tagged(ARP, 0xA000),
    "mld report with a priority tag": tagged(
        mld.build_report(A, FE80_1, (mld.Record(4, ALL_NODES),)), 0
    ),
    "dhcp with a priority tag": tagged(dhcp(68, 67), 0),
    **{
        f"udp to {port}": ipv4_frame(17, struct.pack("!HHHH", 40000, port, 8, 0))
        for port in (137, 1900, 1985, 3702, 5353, 5355)
    },
    **{
        f"udp to {port} v6": ipv6_frame(17, struct.pack("!HHHH", 40000, port, 8, 0))
        for port in (546, 547, 1900, 2029, 3702, 5353, 5355)
    },
    "redirect": ipv6_frame(58, icmpv6_of(137)),
    # As it is hidden from switches that filter advertisements (RFC 7113 §2).
    "an advertisement behind destination options": ipv6_frame(
        60, bytes((58, 0)) + bytes.fromhex("010400000000") + icmpv6_of(134)
    ),
    "an advertisement behind a fragment header": ipv6_frame(
        44, bytes.fromhex("3a00000000000001") + icmpv6_of(134)
    ),
    "the first fragment of an advertisement": ipv6_frame(
        44, bytes.fromhex("3a00000100000001") + icmpv6_of(134)
    ),
    "teredo": ipv4_frame(17, struct.pack("!HHHH", 40000, 3544, 8, 0)),
    **{
        f"a question for {name.decode()} over {version}": question(name, version)
        for name in (b"isatap", b"ISATAP", b"teredo", b"Teredo")
        for version in (4, 6)
    },
    "a question behind options": question(b"isatap", 4, OPTIONS),
    "vrrp": ipv4_frame(112, bytes(20)),
    "vrrp v6": ipv6_frame(112, bytes(24)),
    "lldp": DISCOVERY_FRAMES["lldp"],
    "cdp": DISCOVERY_FRAMES["cdp"],
    "dtp": DISCOVERY_FRAMES["dtp"],
    "spanning tree": DISCOVERY_FRAMES["stp"],
    "the first fragment of a reply": ipv4_frame(1, bytes(8), fragment=0x2000),
}

REJECTED = {
    "echo request v6": icmpv6.build_echo_request(A, FE80_1, ALL_NODES, 1, 1),
    "echo request v4": icmpv4.build_echo_request(A, B, IP_1, IP_2, 1, 1),
    "unreachable v6": ipv6_frame(58, icmpv6_of(1)),
    "tcp v6": ipv6_frame(6, bytes(20)),
    "tcp v4": ipv4_frame(6, bytes(20)),
    "other udp": ipv4_frame(17, struct.pack("!HHHH", 5353, 54, 8, 0)),
    "other udp v6": ipv6_frame(17, struct.pack("!HHHH", 5353, 54, 8, 0)),
    **{
        f"a question for {name.decode()} over {version}": question(name, version)
        for name in (b"isatax", b"isata", b"isatapx", b"tereda", b"www", b"")
        for version in (4, 6)
    },
    "a later fragment that looks like an advertisement": ipv6_frame(
        44, bytes.fromhex("3a00000800000001") + icmpv6_of(134)
    ),
    "a fragment of something else": ipv6_frame(
        44, bytes.fromhex("3a00000100000001") + icmpv6_of(128)
    ),
    "a fragment of udp": ipv6_frame(44, bytes.fromhex("1100000100000001") + icmpv6_of(134)),
    "a cut question": question(b"isatap", 4)[:60],
    "a later fragment of a tunnel": ipv4_frame(41, bytes(40), fragment=0x00B9),
    "teredo over v6": ipv6_frame(17, struct.pack("!HHHH", 40000, 3544, 8, 0)),
    "from a teredo server": ipv4_frame(17, struct.pack("!HHHH", 3544, 40000, 8, 0)),
    "dhcpv6 over v4": ipv4_frame(17, struct.pack("!HHHH", 546, 547, 8, 0)),
    "netbios over v6": ipv6_frame(17, struct.pack("!HHHH", 137, 137, 8, 0)),
    "snap of another organisation": ethernet.build(B, A, 8, bytes.fromhex("aaaa030080c22000")),
    "other llc": ethernet.build(B, A, 3, bytes.fromhex("fefe03")),
    "other icmp": ipv4_frame(1, bytes((3,)) + bytes(7)),
    "udp behind hop-by-hop": ipv6_frame(0, bytes((17, 0)) + bytes(6) + bytes(8)),
    "a later fragment that looks like dhcp": ipv4_frame(
        17, struct.pack("!HHHH", 67, 68, 8, 0), fragment=0x00B9
    ),
    "another protocol": ethernet.build(B, A, 0x88B5, bytes(46)),
    "another vlan, inline": tagged(ARP, 0x000A),
    "two tags": tagged(tagged(ARP, 0), 0),
    "nothing": b"",
    "cut in the addresses": ARP[:11],
    "cut in the ipv6 header": ipv6_frame(58, icmpv6_of(135))[:40],
    "cut before the icmpv6 type": ipv6_frame(58, b""),
    "hop-by-hop that runs out": ipv6_frame(0, bytes((58, 200)) + bytes(14)),
    "cut before the ports": ipv4_frame(17, b"\0"),
}


@pytest.mark.parametrize("frame", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_can_be_decoded_passes(frame: bytes) -> None:
    assert run(bpf.link_filter(), frame) == bpf.SNAP_BYTES


@pytest.mark.parametrize("protocol", [41, 47])
@pytest.mark.parametrize("options", [b"", OPTIONS], ids=["plain", "behind options"])
def test_of_tunnels_only_the_headers_are_kept(protocol: int, options: bytes) -> None:
    kept = run(bpf.link_filter(), ipv4_frame(protocol, bytes(1400), options))
    assert kept == bpf.TUNNEL_BYTES
    assert kept < 150


@pytest.mark.parametrize("frame", REJECTED.values(), ids=REJECTED.keys())
def test_everything_else_stays_in_the_kernel(frame: bytes) -> None:
    assert run(bpf.link_filter(), frame) == 0


@pytest.mark.parametrize("frame", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_frames_on_their_way_out_are_not_heard(frame: bytes) -> None:
    assert run(bpf.link_filter(), frame, outgoing=True) == 0


@pytest.mark.parametrize(("tag", "kept"), [(0x0000, True), (0xE000, True), (0x000A, False)])
def test_the_tag_that_the_kernel_took_off_decides(tag: int, kept: bool) -> None:
    assert bool(run(bpf.link_filter(), ARP, vlan=tag)) is kept


def test_every_path_ends_in_a_return() -> None:
    program = bpf.link_filter()
    for index, instruction in enumerate(program):
        if instruction.code == bpf.RETURN:
            continue
        assert index + 1 + max(instruction.if_true, instruction.if_false) < len(program)
    assert len(program) <= 4096  # BPF_MAXINSNS


def test_packed_as_the_kernel_wants_it() -> None:
    assert bpf.pack((Instruction(0x15, 1, 2, 0x0806),)) == struct.pack("=HBBI", 0x15, 1, 2, 0x0806)


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        pytest.param([Line("", bpf.JUMP_EQUAL, 1, "nowhere")], "unknown label", id="unknown"),
        pytest.param(
            [Line("back", bpf.TO_X), Line("", bpf.JUMP_EQUAL, 1, "back")], "cannot reach", id="back"
        ),
        pytest.param(
            [
                Line("", bpf.JUMP_EQUAL, 1, "far"),
                *[Line("", bpf.TO_X)] * 256,
                Line("far", bpf.RETURN),
            ],
            "cannot reach",
            id="far",
        ),
    ],
)
def test_impossible_jumps_are_refused(listing: list[Line], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bpf.assemble(listing)


def test_a_far_unconditional_jump_is_possible() -> None:
    listing = [
        Line("", bpf.JUMP, 0, "far"),
        *[Line("", bpf.TO_X)] * 300,
        Line("far", bpf.RETURN, 7),
    ]
    assert run(bpf.assemble(listing), b"") == 7


@pytest.mark.parametrize("name", ACCEPTED)
def test_frames_of_other_vlans_have_a_filter_of_their_own(name: str) -> None:
    program, frame = bpf.tagged_filter(), ACCEPTED[name]
    assert run(program, frame, vlan=20)
    assert run(program, frame, vlan=0x6000 | 20)
    if "tag" not in name:  # two tags at most
        assert run(program, tagged(frame, 30), vlan=20)
    assert not run(program, frame)
    assert not run(program, frame, vlan=0xE000)
    assert not run(program, frame, vlan=20, outgoing=True)
