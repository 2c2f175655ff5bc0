"""Captures that somebody spoiled on purpose: no crash, no hang, bounded memory."""

import random
import resource
import struct
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from agent.config.sections import Config
from agent.errors import Refusal
from agent.replay import Replayed, replay
from collectors.wire import pcap, pcapng
from tests.collectors.wire import fuzz
from tests.collectors.wire.samples import FRAMES
from tests.collectors.wire.samples_discovery import DISCOVERY_FRAMES

AT = 1_700_000_000.0
PROTOCOLS = FRAMES | DISCOVERY_FRAMES
EVERYTHING = tuple(PROTOCOLS.values())
SIZE_BYTES = 150_000
MIB = 1 << 20
LONGEST_S_PER_MB = 1.0
MAX_GROWTH_BYTES = 96 * MIB


def shown(path: Path, data: bytes) -> Replayed | None:
    """What replay makes of a file; None when it refuses it with a sentence."""
    path.write_bytes(data)
    try:
        return replay(Config(), path, lambda _name, _done, _total: None)
    except Refusal:
        return None


def spoiled(corpus: tuple[bytes, ...], seed: int) -> Iterator[bytes]:
    return fuzz.inputs(corpus, random.Random(seed))


def classic(frames: Iterator[bytes], size: int) -> bytes:
    parts, length = [pcap.write_header()], 0
    while length < size:
        parts.append(pcap.write_record(AT + len(parts) / 100, next(frames)))
        length += len(parts[-1])
    return b"".join(parts)


def modern(frames: Iterator[bytes], size: int) -> bytes:
    parts, length = [pcapng.write_section(), pcapng.write_interface()], 0
    while length < size:
        parts.append(pcapng.write_packet(AT + len(parts) / 100, next(frames)))
        length += len(parts[-1])
    return b"".join(parts)


def timed(path: Path, data: bytes) -> Replayed | None:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    result = shown(path, data)
    took = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert took < LONGEST_S_PER_MB * max(len(data), 1e6) / 1e6
    assert grown < MAX_GROWTH_BYTES
    return result


@pytest.mark.parametrize("write", [classic, modern], ids=["pcap", "pcapng"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_protocol_spoiled(protocol: str, write: object, tmp_path: Path) -> None:
    assert callable(write)
    data = write(spoiled((PROTOCOLS[protocol],), 1), SIZE_BYTES)
    result = timed(tmp_path / "x.pcap", data)
    assert result is not None
    malformed = result.snapshot.tap.malformed
    assert malformed
    assert "internal_error" not in malformed


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            classic(spoiled(EVERYTHING, 2), 2 * MIB), id="spoiled frames of all protocols"
        ),
        pytest.param(classic(iter(EVERYTHING * 1000), 2 * MIB), id="valid frames"),
    ],
)
def test_a_second_per_megabyte(data: bytes, tmp_path: Path) -> None:
    assert timed(tmp_path / "x.pcap", data) is not None


def block(kind: int, body: bytes, length: int | None = None, end: int | None = None) -> bytes:
    """A block of pcapng with lengths of the test's choice."""
    whole = len(body) + 12
    head = struct.pack("<II", kind, whole if length is None else length)
    return head + body + struct.pack("<I", whole if end is None else end)


SECTION, INTERFACE = pcapng.write_section(), pcapng.write_interface()
PACKET = pcapng.write_packet(AT, FRAMES["arp"])
ABSURD = {
    "a packet of 4 GiB": pcap.write_header() + struct.pack("<IIII", 1, 1, 2**32 - 1, 2**32 - 1),
    "a packet longer than the file": pcap.write_header() + struct.pack("<IIII", 1, 1, 9000, 9000),
    "empty packets": pcap.write_header() + struct.pack("<IIII", 1, 1, 0, 0) * 5000,
    "a snap length of zero": pcap.write_header()[:16] + bytes(4) + pcap.write_header()[20:]
    + pcap.write_record(AT, FRAMES["arp"]),
    "times at the end of the count": pcap.write_header()
    + struct.pack("<IIII", 2**32 - 1, 2**32 - 1, 60, 60) + FRAMES["arp"],
    "times of the block format far away": SECTION + INTERFACE
    + block(6, struct.pack("<IIIII", 0, 2**32 - 1, 2**32 - 1, 60, 60) + FRAMES["arp"]),
    "a resolution of 10^-127": SECTION
    + block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 127, 0, 0)) + PACKET,
    "a resolution of 2^-127": SECTION
    + block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 255, 0, 0)) + PACKET,
    "an option longer than its block": SECTION
    + block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HH", 9, 60000)) + PACKET,
    "a block of zero octets": SECTION + INTERFACE + PACKET + block(6, b"", 0, 0),
    "a block of 4 GiB": SECTION + INTERFACE + PACKET + block(6, b"", 2**32 - 4, 2**32 - 4),
    "an odd length": SECTION + INTERFACE + PACKET + block(6, bytes(20), 33, 33),
    "two lengths that differ": SECTION + INTERFACE + PACKET + block(11, bytes(20), None, 48),
    "an unknown block of 1 GiB": SECTION + INTERFACE + PACKET + block(99, b"", 1 << 30, 1 << 30),
    "a packet of no interface": SECTION + PACKET,
    "a section in the middle": (SECTION + INTERFACE + PACKET) * 500,
    "ten thousand interfaces": SECTION + INTERFACE * 10_000 + PACKET,
    "unknown blocks": SECTION + INTERFACE + block(99, bytes(64)) * 5000 + PACKET,
}  # fmt: skip


@pytest.mark.parametrize("case", ABSURD)
def test_absurd_captures(case: str, tmp_path: Path) -> None:
    timed(tmp_path / "x.pcapng", ABSURD[case])


@pytest.mark.parametrize("seed", range(4))
def test_the_file_itself_spoiled(seed: int, tmp_path: Path) -> None:
    whole = (
        classic(iter(EVERYTHING), 1500),
        modern(iter(EVERYTHING), 1500),
        pcapng.write_section(">") + pcapng.write_interface(113, 9, ">"),
    )
    began = time.process_time()
    for data in islice(spoiled(whole, seed), 100):
        shown(tmp_path / "x.pcapng", data)
    assert time.process_time() - began < 10
