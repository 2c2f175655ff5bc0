"""A Linux host as it comes: with two cards on one LAN it answers ARP for either address on both."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.lab import Lan, LanPlan, office

ROOT = Path(__file__).parents[2]


def lanwarden(lan: Lan, *arguments: str) -> str:
    done = lan.agent.run(
        [sys.executable, "-P", "-m", "agent.main", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
        timeout_s=90,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def scanned(lan: Lan) -> Any:
    return json.loads(lanwarden(lan, "scan", "--network", "10.66.7.0/24", "--json"))


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


def test_two_cards_with_one_host_key_are_suggested_merged_and_parted(
    make_lan: Callable[..., Lan], tmp_path: Path
) -> None:
    """Both cards are alive: it may be a clone, so the officer decides, by the command shown."""
    whole = office(rogue_router=False)
    hosts = tuple(host for host in whole.hosts if host.name in ("gw", "srv-backup", "srv-db"))
    lan = make_lan(LanPlan(hosts=hosts, agent=whole.agent), real_daemons=False)
    file = tmp_path / "lanwarden.toml"
    file.write_text(
        f'[agent]\nstate_directory = "{tmp_path}/state"\n[scope]\nnetworks = ["10.66.7.0/24"]\n'
    )
    text = lanwarden(lan, "scan", "--config", str(file))
    assert text.count("may be one device") == 1
    (merge,) = (line for line in text.splitlines() if "lanwarden devices merge" in line)
    _, first, second = merge.rsplit(" ", 2)
    assert merge.strip() in lanwarden(lan, "devices", "--config", str(file))
    assert "was merged into" in lanwarden(
        lan, "devices", "merge", first, second, "--config", str(file)
    )
    shown = lanwarden(lan, "devices", "show", "10.66.7.14", "--config", str(file))
    split = f"lanwarden devices split {first} a0:36:9f:00:07:0"
    assert split in shown
    card = shown[shown.index(split) + len(split) - 16 :][:17]
    assert "again" in lanwarden(lan, "devices", "split", first, card, "--config", str(file))
    assert "devices merge" not in lanwarden(lan, "devices", "--config", str(file))
