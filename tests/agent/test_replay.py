"""`lanwarden replay`: what a capture shows, what is refused, exit codes, bounds."""

import cProfile
import gzip
import json
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest

from agent import main as program
from agent.config.sections import Config
from agent.errors import Refusal
from agent.replay import LEAST_STATIONS, Replayed, replay
from collectors.wire import arp, pcap, pcapng, udp
from collectors.wire.address import MDNS_IPV4, multicast_mac
from tests.collectors.wire.samples import FRAMES
from tests.collectors.wire.samples_discovery import DISCOVERY_FRAMES

AT = 1_700_000_000.0
ALL = tuple((FRAMES | DISCOVERY_FRAMES).values())
# What the interpreter does in a second or less: calls are counted, because machines are busy.
CALLS_PER_MB = 3_000_000
ENDS = "2023-11-14T22:13:50Z"


def capture(frames: tuple[bytes, ...] = ALL, link_type: int = 1, apart_s: float = 1.0) -> bytes:
    records = (pcap.write_record(AT + n * apart_s, frame) for n, frame in enumerate(frames))
    return pcap.write_header(link_type) + b"".join(records)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "office.pcap"
    path.write_bytes(capture())
    return path


def shown(path: Path) -> Replayed:
    return replay(Config(), path, lambda _name, _done, _total: None)


def test_devices_and_networks(file: Path) -> None:
    result = shown(file)
    assert (result.packets, result.started_at, result.finished_at) == (31, AT, AT + 30)
    devices = {device.macs[0]: device for device in result.snapshot.devices}
    printer = devices["00:1b:a9:00:00:09"]
    assert printer.name == "q.local"
    assert {name.source for name in printer.names} >= {"mdns", "nbns", "llmnr", "dhcp", "dhcpv6"}
    assert "2001:db8:66::1001" in {address.address for address in printer.addresses}
    assert printer.state == "up"
    assert printer.last_seen <= AT + 30
    (network,) = result.snapshot.networks
    assert (network.id, network.ipv6) == ("net-capture", ("2001:db8:66::/64",))
    assert [router.address for router in network.routers] == ["fe80::1"]
    assert result.is_complete


def test_nobody_was_asked_so_silence_proves_nothing(file: Path) -> None:
    file.write_bytes(capture((FRAMES["arp"],)))
    verdicts = {finding.check: finding.verdict for finding in shown(file).findings}
    assert verdicts["ipv6.ra_present"] == "unknown"
    assert "fail" not in verdicts.values()


def test_json_is_the_document_of_a_scan(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["replay", str(file), "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["started_at"] == "2023-11-14T22:13:20Z"
    assert document["finished_at"] == ENDS
    assert [run["name"] for run in document["collectors"]] == ["replay"]
    assert {device["last_seen"] <= ENDS for device in document["devices"]} == {True}


def test_the_same_capture_gives_the_same_answer(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing in it depends on when it is replayed."""
    outputs = []
    for _ in range(2):
        program.main(["replay", str(file), "--json"])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_a_table(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["replay", str(file)]) == 0
    out, err = capsys.readouterr()
    assert "q.local" in out
    assert "31 packets, 2023-11-1" in out
    assert err == ""


SIMPLE = pcapng.write_section() + pcapng.write_interface() + pcapng.write_simple_packet(ALL[0])
BAD: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 2, "is empty"),
    "text": (b"this is no capture", 2, "no capture in the format pcap or pcapng"),
    "compressed": (gzip.compress(capture()), 2, "compressed with gzip; decompress it first"),
    "unknown link type": (capture(link_type=105), 2, "came over Ethernet (link type 105)"),
    "no packets": (pcap.write_header(), 1, "holds no packets; there is nothing"),
    "cut header": (pcap.write_header()[:20], 1, "holds no packets: it ends in the middle"),
    "cut": (capture()[:-1], 1, "could be read only in part, the first 30 packets: it ends in"),
    "damaged": (capture() + b"\xff" * 32, 1, "the first 31 packets: it is damaged (bad length)"),
    "no times": (SIMPLE, 0, "The capture tells no times"),
    "broken frames": (capture((*ALL, ALL[0][:20])), 0, "believed or decoded: 1 truncated"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_captures_get_one_sentence(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, code, sentence = BAD[case]
    path = tmp_path / "x.pcap"
    path.write_bytes(data)
    assert program.main(["replay", str(path)]) == code
    err = capsys.readouterr().err
    assert sentence in err
    assert err.startswith("lanwarden: ")
    assert len(err.splitlines()) == 1


def test_some_packets_of_another_link_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.pcapng"
    path.write_bytes(
        pcapng.write_section()
        + pcapng.write_interface(1)
        + pcapng.write_interface(127)
        + pcapng.write_packet(AT, FRAMES["arp"], 0)
        + pcapng.write_packet(AT, b"802.11", 1)
    )
    assert program.main(["replay", str(path)]) == 1
    out, err = capsys.readouterr()
    assert "10.66.0.9" in out
    assert "1 of 2 packets" in err


def test_what_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, sentence in (
        (tmp_path / "nothing", "cannot be read: no such file"),
        (tmp_path, "is a folder"),
        (tmp_path / "pipe", "a capture is read twice"),
    ):
        assert program.main(["replay", str(path)]) == 2
        assert sentence in capsys.readouterr().err


def _noise(seed: int) -> bytes:
    chance = random.Random(seed)
    frames = []
    for _ in range(3000):
        wire = bytearray(chance.choice(ALL))
        for _ in range(chance.randrange(1, 6)):
            wire[chance.randrange(len(wire))] = chance.randrange(256)
        frames.append(bytes(wire[: chance.randrange(1, len(wire) + 1)]))
    return capture(tuple(frames))


def _flood(apart_s: float = 1.0) -> bytes:
    """Each frame is of another station."""
    chance = random.Random(1)
    return capture(
        tuple(
            arp.build_reply(
                b"\x02" + chance.randbytes(5), b"\x0a\x42" + chance.randbytes(2), bytes(6),
                bytes((10, 66, 0, 1)),
            )
            for _ in range(9000)
        ),
        apart_s=apart_s,
    )  # fmt: skip


def _pointers() -> bytes:
    """Names made of pointers to a long name, as many as a short message holds."""
    payload = bytes(4) + b"\0\x24" + bytes(6) + b"\x01a" * 120 + b"\0\0\x01\0\x01"
    payload += b"\xc0\x0c\0\x01\0\x01" * 35
    group = multicast_mac(MDNS_IPV4)
    source = bytes((10, 66, 0, 9))
    sender = b"\x00\x1b\xa9\0\0\x09"
    wire = udp.build_ipv4_frame(sender, group, source, MDNS_IPV4, 5353, 5353, payload)
    return capture((wire,) * 900)


@pytest.mark.parametrize(
    "data",
    [
        _noise(1),
        _noise(2),
        _flood(),
        _pointers(),
        pcap.write_header() + random.Random(3).randbytes(300_000),
    ],
    ids=["noise", "more noise", "a flood of stations", "pointers", "random records"],
)
def test_hostile_captures_neither_hang_nor_crash(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(data)
    shown_once()
    profile = cProfile.Profile()
    profile.enable()
    try:
        result = shown(path)
    except Refusal:
        return
    finally:
        profile.disable()
    assert "internal_error" not in result.snapshot.tap.malformed
    calls = sum(entry.callcount for entry in profile.getstats())
    assert calls < CALLS_PER_MB * max(1.0, len(data) / 1e6)


def shown_once() -> None:
    """Have the modules imported and the tables read, which has nothing to do with a capture."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "warm.pcap")
        path.write_bytes(capture())
        shown(path)


@pytest.mark.parametrize("apart_s", [0.0005, 1.0, 61.0, 90_000.0])
def test_stations_that_are_invented_frame_by_frame_are_bounded(
    apart_s: float, tmp_path: Path
) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(_flood(apart_s))
    result = shown(path)
    assert len(result.snapshot.devices) <= LEAST_STATIONS
    assert any("one was left out" in note for note in result.notes)
