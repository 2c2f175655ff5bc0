"""Other VLANs on the agent's card, and a whole subnet for which one station answers."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.lab import Lan, LanPlan, sized
from collectors.observation import AddressSeen
from collectors.wire import arp, ethernet, nd
from collectors.wire.address import ip_bytes, mac_bytes
from tests.lan.hearing import Hearing, listening

ROOT = Path(__file__).parents[2]
STRANGER = mac_bytes("02:00:00:00:20:07")


def tagged(frame: bytes, *vlans: int) -> bytes:
    outer = ethernet.parse(frame)
    return ethernet.build(outer.destination, outer.source, outer.ethertype, outer.payload, vlans)


def test_each_vlan_is_heard_as_a_network_of_its_own(make_lan: Callable[[LanPlan], Lan]) -> None:
    lan = make_lan(sized(0))
    question = arp.build_request(STRANGER, ip_bytes("10.66.7.200"), ip_bytes("10.66.7.1"))
    solicitation = nd.build_neighbour_solicitation(
        STRANGER, ip_bytes("fe80::20:7"), ip_bytes("fe80::1")
    )

    async def scenario(hearing: Hearing) -> None:
        with lan.hosts["gw"].socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
            out.bind(("eth0", 0))
            for frame in (
                question, tagged(question, 20), tagged(solicitation, 20), tagged(question, 100, 30),
                tagged(question, 0),
            ):  # fmt: skip
                await asyncio.sleep(0)
                out.send(frame)

        def heard() -> bool:
            return len(links(hearing)) >= 4

        await hearing.until(heard)

    assert links(listening(lan, scenario)) == {
        ("eth0", "10.66.7.200"),
        ("eth0.20", "10.66.7.200"),
        ("eth0.20", "fe80::20:7"),
        ("eth0.100.30", "10.66.7.200"),
    }


def links(hearing: Hearing) -> set[tuple[str, str]]:
    return {
        (one.interface, one.address)
        for one in hearing.observations
        if isinstance(one, AddressSeen) and one.mac == "02:00:00:00:20:07"
    }


def test_a_subnet_for_which_one_station_answers_makes_no_devices(
    make_lan: Callable[[LanPlan], Lan],
) -> None:
    lan = make_lan(sized(0))
    gateway = lan.hosts["gw"]
    gateway.run(["ip", "route", "add", "local", "198.51.100.0/24", "dev", "lo"], check=True)
    gateway.run(["ip", "route", "add", "local", "10.77.0.8/30", "dev", "lo"], check=True)
    for network in ("198.51.100.0/24", "10.77.0.0/24"):
        lan.agent.run(["ip", "route", "replace", network, "via", "10.66.7.1"], check=True)
    document = scanned(lan, "10.66.7.0/24", "198.51.100.0/24", "10.77.0.0/24")
    held = [a["address"] for d in document["devices"] for a in d["addresses"]]
    assert not [text for text in held if text.startswith("198.51.100.")]
    routed = {text for text in held if text.startswith("10.77.0.")}
    assert routed == {f"10.77.0.{host}" for host in (8, 9, 10, 11)}
    responders = {tuple(n["ipv4"]): n["responders"] for n in document["networks"]}
    assert responders["198.51.100.0/24",] == ["198.51.100.0/24"]
    assert responders["10.77.0.0/24",] == []
    assert all(
        not d["macs"]
        for d in document["devices"]
        if {a["address"] for a in d["addresses"]} & routed
    )


def scanned(lan: Lan, *networks: str) -> Any:
    options = [part for text in networks for part in ("--network", text)]
    done = lan.agent.run(
        [sys.executable, "-P", "-m", "agent.main", "scan", *options, "--json"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
        timeout_s=90,
    )
    document = json.loads(done.stdout)
    failed = [one for one in document["collectors"] if one["status"] == "failed"]
    assert {one["name"] for one in failed} <= {"reverse_dns"}, failed  # this LAN has no resolver
    assert done.returncode in (0, 1), done.stderr
    return document
