"""The lab itself: it is what it says, and it leaves nothing behind."""

import json

import pytest

from agent.lab import Lan


@pytest.mark.parametrize("address", ["10.66.7.10", "2001:db8:66:7::10", "10.66.7.31"])
def test_hosts_reach_each_other(office: Lan, address: str) -> None:
    done = office.hosts["srv-db"].run(["ping", "-n", "-c", "1", "-W", "2", address])
    assert done.returncode == 0, done.stdout


def test_the_truth_is_what_iproute2_says(office: Lan) -> None:
    for name, host in office.hosts.items():
        said = json.loads(host.run(["ip", "-j", "address"], check=True).stdout)
        cards = {card["ifname"]: card for card in said if card["ifname"] != "lo"}
        truth = host.truth()
        assert {card.name: card.mac for card in truth.interfaces} == {
            interface: card["address"] for interface, card in cards.items()
        }, name
        for card in truth.interfaces:
            ours = {one.address for one in (*card.ipv4, *card.ipv6)}
            assert ours == {entry["local"] for entry in cards[card.name]["addr_info"]}, name
