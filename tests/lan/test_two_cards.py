"""A Linux host as it comes: with two cards on one LAN it answers ARP for either address on both."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.lab import Lan, LanPlan, office

ROOT = Path(__file__).parents[2]


def scanned(lan: Lan) -> Any:
    done = lan.agent.run(
        [sys.executable, "-P", "-m", "agent.main", "scan", "--network", "10.66.7.0/24", "--json"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
        timeout_s=90,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_cards_of_one_host_are_told_from_two_hosts_with_one_address(
    make_lan: Callable[..., Lan],
) -> None:
    whole = office(rogue_router=False)
    wanted = ("gw", "srv-backup", "pc-old", "tv-meeting")
    hosts = tuple(host for host in whole.hosts if host.name in wanted)
    lan = make_lan(LanPlan(hosts=hosts, agent=whole.agent), real_daemons=False)
    lan.hosts["srv-backup"].sysctl(
        ("net/ipv4/conf/all/arp_ignore", "0"), ("net/ipv4/conf/all/arp_announce", "0")
    )
    document = scanned(lan)
    cards = {"a0:36:9f:00:07:0d", "a0:36:9f:00:07:0e"}
    answering = [
        {address["address"] for address in device["addresses"]} & {"10.66.7.13", "10.66.7.14"}
        for device in document["devices"]
        if cards & set(device["macs"])
    ]
    assert answering == [{"10.66.7.13", "10.66.7.14"}] * 2, "the host must answer for both on both"
    (network,) = [one for one in document["networks"] if one["interface"] == "eth0"]
    assert [one["address"] for one in network["duplicates"]] == ["10.66.7.77"]
