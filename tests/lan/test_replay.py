"""What a live watch saw, captured beside it and replayed, gives the same devices."""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from subprocess import run
from sys import executable
from typing import Any

import pytest

from agent.lab import Lan, LanPlan, sized
from agent.lab.host import LabHost
from collectors import arp, link_query, solicit
from collectors.observation import (
    AddressSeen,
    AnyObservation,
    Dhcpv6ClientSeen,
    NameSeen,
    NeighbourAnnounced,
    ServiceAdvertised,
)
from collectors.wire import cdp, dhcpv6_duid, dhcpv6_questions, dns, pcap, pcapng, ssdp, udp
from collectors.wire.address import MDNS_IPV4, ip_bytes, mac_bytes, multicast_mac
from inventory.inventory import Inventory, Settings
from inventory.snapshot import Device
from inventory.vendor import vendor_of
from tests.lan.hearing import Hearing, listening

pytestmark = pytest.mark.lan

ALL_FRAMES = 3  # ETH_P_ALL
TIMESTAMP = 35  # SO_TIMESTAMPNS of 64-bit kernels
MOST_BYTES = 1 << 24


class Recorder:
    """A packet socket beside the tap's, and what it kept."""

    def __init__(self, host: LabHost) -> None:
        self._socket = host.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_FRAMES))
        self._socket.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MOST_BYTES)
        self._socket.bind(("eth0", ALL_FRAMES))
        self._socket.setblocking(False)

    def take(self) -> list[tuple[float, bytes]]:
        """All frames so far with their times, and the end of it."""
        found: list[tuple[float, bytes]] = []
        while True:
            try:
                data, ancillary, _, sender = self._socket.recvmsg(65535, 64)
            except BlockingIOError:
                self._socket.close()
                return found
            if sender[2] == socket.PACKET_OUTGOING:
                continue
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            found.append((seconds + nanoseconds / 1e9, data))


def announcements(mac: bytes, ipv4: bytes, ipv6: bytes) -> Iterable[bytes]:
    """What a host says of itself without being asked."""
    name = (b"talker", b"local")
    service = (b"Talker", b"_ipp", b"_tcp", b"local")
    answer = dns.build_response(
        (
            dns.Record(name, dns.A, dns.Address(ipv4), 120),
            dns.Record(service[1:], dns.PTR, dns.Target(service), 120),
        )
    )
    yield udp.build_ipv4_frame(mac, multicast_mac(MDNS_IPV4), ipv4, MDNS_IPV4, 5353, 5353, answer)
    notify = ssdp.Ssdp("notify", ((b"nt", b"upnp:rootdevice"), (b"usn", b"uuid:9")))
    group = ssdp.GROUP_IPV4
    payload = ssdp.encode(notify)
    yield udp.build_ipv4_frame(mac, multicast_mac(group), ipv4, group, 1900, 1900, payload)
    servers = ip_bytes("ff02::1:2")
    query = dhcpv6_questions.build_solicit(dhcpv6_duid.build_link_layer(mac), 7, 9)
    yield udp.build_ipv6_frame(mac, multicast_mac(servers), ipv6, servers, 546, 547, query)
    yield cdp.build_frame(mac, cdp.Cdp(2, 180, b"talker-cdp", b"Gi0/1", addresses=(ipv4,)))


def announce(host: LabHost) -> None:
    truth = host.truth()
    local = next(address for address in truth.ipv6 if address.startswith("fe80"))
    with host.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind(("eth0", 0))
        for frame in announcements(mac_bytes(truth.mac), ip_bytes(truth.ipv4[0]), ip_bytes(local)):
            out.send(frame)


def heard_all(observations: list[AnyObservation]) -> bool:
    said = {(type(one), one.source) for one in observations}
    return said >= {
        (NameSeen, "mdns"),
        (ServiceAdvertised, "tap"),
        (Dhcpv6ClientSeen, "tap"),
        (NeighbourAnnounced, "tap"),
        (AddressSeen, "tap"),
    }


def captures(frames: list[tuple[float, bytes]]) -> dict[str, bytes]:
    """The same frames in both formats."""
    classic = pcap.write_header(nanoseconds=True)
    blocks = pcapng.write_section() + pcapng.write_interface(1, 9)
    return {
        "pcap": classic + b"".join(pcap.write_record(at, data, True) for at, data in frames),
        "pcapng": blocks + b"".join(pcapng.write_packet(at, data, 0, 9) for at, data in frames),
    }


def replay(path: Path) -> dict[str, Any]:
    command = [executable, "-m", "agent.main", "replay", str(path), "--json"]
    root = Path(__file__).parents[2]
    done = run(command, capture_output=True, check=True, cwd=root, timeout=60)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def live_picture(devices: Iterable[Device]) -> dict[str, Any]:
    return {
        device.macs[0]: (
            {address.address for address in device.addresses},
            {(name.name, name.source) for name in device.names},
            device.kind,
            device.state,
        )
        for device in devices
    }


def replayed_picture(document: dict[str, Any]) -> dict[str, Any]:
    return {
        device["macs"][0]: (
            {address["address"] for address in device["addresses"]},
            {(name["name"], name["source"]) for name in device["names"]},
            device["kind"],
            device["state"],
        )
        for device in document["devices"]
    }


def test_replay_gives_what_live_watching_gave(
    make_lan: Callable[[LanPlan], Lan], tmp_path: Path
) -> None:
    lan = make_lan(sized(12))
    talker = next(host for name, host in lan.hosts.items() if name != "gw")
    recorder = Recorder(lan.agent)

    async def scenario(hearing: Hearing) -> None:
        await asyncio.gather(hearing.collect(arp.collect), hearing.collect(link_query.collect))
        await hearing.collect(solicit.collect)
        announce(talker)
        await hearing.until(lambda: heard_all(hearing.observations))

    hearing = listening(lan, scenario)
    frames = recorder.take()
    inventory = Inventory(Settings(site="x"), vendor_of)
    inventory.apply(hearing.observations)
    latest = max(one.at for one in hearing.observations)
    live = live_picture(inventory.snapshot(latest).devices)
    assert live.keys() >= {host.truth().mac for host in lan.hosts.values()}
    names = {name for _, said, _, _ in live.values() for name in said}
    assert names >= {("talker.local", "mdns"), ("talker-cdp", "cdp")}

    for kind, data in captures(frames).items():
        path = tmp_path / f"lan.{kind}"
        path.write_bytes(data)
        document = replay(path)
        again = replayed_picture(document)
        assert again == live
        assert {state for *_, state in again.values()} == {"up"}
        (network,) = document["networks"]
        assert network["ipv6"] == ["2001:db8:66:7::/64"]
        assert [router["mac"] for router in network["routers"]] == [lan.hosts["gw"].truth().mac]
