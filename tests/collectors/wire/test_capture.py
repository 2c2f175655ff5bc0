"""Captures of both formats: every byte order and resolution, cut files, hostile ones."""

import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import capture, linux_cooked, pcap, pcapng
from collectors.wire.errors import REASONS, DecodeError
from collectors.wire.pcap import Packet
from tests.collectors.wire.samples import ARP_REQUEST, MAC
from tests.collectors.wire.strategies import THOROUGH

AT = 1_700_000_000.25
ONE, TWO = ARP_REQUEST, ARP_REQUEST[:42]


def classic(order: str = "<", nanoseconds: bool = False, link_type: int = 1) -> bytes:
    return pcap.write_header(link_type, nanoseconds, order) + b"".join(
        pcap.write_record(AT + index, data, nanoseconds, order)
        for index, data in enumerate((ONE, TWO))
    )


def blocks(order: str = "<", resolution: int = 6) -> bytes:
    return b"".join(
        (
            pcapng.write_section(order),
            pcapng.write_interface(1, resolution, order),
            pcapng.write_packet(AT, ONE, 0, resolution, order),
            pcapng.write_packet(AT + 1, TWO, 0, resolution, order),
        )
    )


def read(data: bytes) -> tuple[list[Packet], str]:
    """The packets of a capture, and the error at its end."""
    found: list[Packet] = []
    try:
        for packet in capture.read(io.BytesIO(data)):
            found.append(packet)  # noqa: PERF402 - what came before the error counts
    except DecodeError as error:
        assert error.reason in REASONS  # noqa: PT017
        assert 0 <= error.offset <= len(data)  # noqa: PT017
        return found, str(error)
    return found, ""


WHOLE = {
    "classic little-endian": classic(),
    "classic big-endian": classic(">"),
    "nanoseconds": classic("<", True),
    "nanoseconds big-endian": classic(">", True),
    "blocks little-endian": blocks(),
    "blocks big-endian": blocks(">"),
    "blocks in nanoseconds": blocks("<", 9),
}


@pytest.mark.parametrize("case", WHOLE)
def test_whole(case: str) -> None:
    assert read(WHOLE[case]) == ([Packet(ONE, 1, AT), Packet(TWO, 1, AT + 1)], "")


@pytest.mark.parametrize("case", WHOLE)
def test_every_cut_gives_what_was_read(case: str) -> None:
    data = WHOLE[case]
    ends = set()
    for size in range(1, len(data)):
        packets, error = read(data[:size])
        assert packets == [Packet(ONE, 1, AT), Packet(TWO, 1, AT + 1)][: len(packets)]
        if error:
            assert error == (f"truncated at octet {size}" if size >= 4 else "bad_type at octet 0")
        else:
            ends.add(size)  # between two records or blocks nobody can tell
    assert 1 <= len(ends) <= 3


def test_empty() -> None:
    assert read(b"") == ([], "truncated at octet 0")


def _replaced(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


SECTION, INTERFACE = pcapng.write_section(), pcapng.write_interface()
REFUSED = {
    "text": (b"hello world, this is no capture", "bad_type at octet 0"),
    "classic of version 3": (_replaced(classic(), 4, b"\3"), "bad_version at octet 4"),
    "huge record": (_replaced(classic(), 32, b"\xff\xff\xff\x7f"), "bad_length at octet 32"),
    "byte order": (_replaced(blocks(), 8, b"\0"), "bad_type at octet 8"),
    "blocks of version 2": (_replaced(blocks(), 12, b"\2"), "bad_version at octet 12"),
    "length not of four": (_replaced(blocks(), 4, b"\x1d"), "bad_length at octet 4"),
    "length below the least": (_replaced(blocks(), 28 + 4, b"\x08"), "bad_length at octet 32"),
    "lengths that differ": (_replaced(blocks(), 24, b"\x20"), "bad_length at octet 24"),
    "huge block": (SECTION + struct.pack("<II", 6, 1 << 24), "bad_length at octet 32"),
    "huge unknown block": (
        SECTION + struct.pack("<II", 99, (1 << 30) + 16), "bad_length at octet 32",
    ),
    "packet of no interface": (SECTION + pcapng.write_packet(AT, ONE), "bad_type at octet 36"),
    "section too short": (
        SECTION[:4] + b"\x10\0\0\0" + SECTION[8:12] + b"\x10\0\0\0", "bad_length at octet 4",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    data, error = REFUSED[case]
    assert read(data) == ([], error)


def test_too_many_interfaces() -> None:
    data = SECTION + INTERFACE * (pcapng.MAX_INTERFACES + 1)
    assert read(data)[1].startswith("too_many")


def test_several_interfaces_sections_and_unknown_blocks() -> None:
    unknown = struct.pack("<II", 5, 16) + b"abcd" + struct.pack("<I", 16)
    data = b"".join(
        (
            SECTION,
            INTERFACE,
            pcapng.write_interface(276, 3),
            unknown,
            pcapng.write_packet(AT, ONE, 1, 3),
            pcapng.write_section(">"),
            pcapng.write_interface(113, 6, ">"),
            pcapng.write_packet(AT, TWO, 0, 6, ">"),
            pcapng.write_simple_packet(ONE, ">"),
        )
    )
    assert read(data) == (
        [Packet(ONE, 276, AT, 1), Packet(TWO, 113, AT, 2), Packet(ONE, 113, None, 2)],
        "",
    )


def test_the_clock_of_an_interface() -> None:
    options = struct.pack("<HHB3xHHqHH", 9, 1, 0x80 | 10, 14, 8, 100, 0, 0)
    body = struct.pack("<HHI", 1, 0, 0) + options
    length = struct.pack("<I", len(body) + 12)
    interface = struct.pack("<I", 1) + length + body + length
    ticks = struct.pack("<IIIII", 0, 0, 1536, 0, 0)
    packet = struct.pack("<II", 6, 32) + ticks + struct.pack("<I", 32)
    assert read(SECTION + interface + packet) == ([Packet(b"", 1, 101.5)], "")


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_obsolete_packet_block(order: str) -> None:
    packet = pcapng.write_packet(AT, ONE, 0, 6, order)
    old = struct.pack(order + "I", 2) + packet[4:8] + struct.pack(order + "HH", 0, 7) + packet[12:]
    data = pcapng.write_section(order) + pcapng.write_interface(1, 6, order) + old
    assert read(data) == ([Packet(ONE, 1, AT)], "")


def test_a_packet_of_which_the_start_was_kept() -> None:
    record = struct.pack("<IIII", 1, 0, 3, 9) + b"abc"
    assert read(pcap.write_header() + record) == ([Packet(b"abc", 1, 1.0, 0, True)], "")


COMPRESSED = {"gzip": b"\x1f\x8b\x08", "zstd": b"\x28\xb5\x2f\xfd", "xz": b"\xfd7zXZ\0"}


@pytest.mark.parametrize("name", COMPRESSED)
def test_compression_is_named(name: str) -> None:
    assert capture.compression(COMPRESSED[name]) == name
    assert capture.compression(classic()[:6]) == ""


def test_frames_of_every_link_type() -> None:
    cooked = linux_cooked.Cooked(1, 1, MAC, 0x0806, ARP_REQUEST[14:], 7)
    cases = {1: ARP_REQUEST, 113: linux_cooked.encode(cooked), 276: linux_cooked.encode2(cooked)}
    for link_type, data in cases.items():
        frame, interface = capture.parse(Packet(data, link_type))
        assert frame is not None
        assert (frame.source, frame.ethertype) == (MAC, 0x0806)
        assert interface == (7 if link_type == 276 else 0)
    with pytest.raises(DecodeError, match="unsupported"):
        capture.parse(Packet(b"", 105))


@pytest.mark.parametrize("make", [classic, blocks])
def test_any_bytes(make: Callable[[], bytes]) -> None:
    wire = make()

    @given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
    @THOROUGH
    def spoiled(changes: list[tuple[int, int]]) -> None:
        octets = bytearray(wire)
        for at, value in changes:
            octets[at % len(octets)] = value
        read(bytes(octets))

    @given(st.binary(max_size=300))
    @THOROUGH
    def anything(data: bytes) -> None:
        read(data)
        read(wire[:28] + data)

    spoiled()
    anything()
