"""What a dry run says."""

import pytest

from collectors.tap.messages import (
    ArpSweep,
    Candidate,
    Command,
    DhcpCensus,
    EchoProbe,
    EchoSweep,
    LinkQuery,
    NeighbourCompare,
    Sender,
    Solicit,
    Watch,
)
from collectors.tap.plan import plan

SENDER = Sender(interface="eth0", mac="02:00:00:00:00:01")
AGAIN = "and again to the silent ones"
ROUTED = "by the machine's routes"
STATION = "02:00:00:00:00:0a"

PLANS: dict[str, tuple[Command, list[str]]] = {
    "arp": (
        ArpSweep(id=1, sender=SENDER, networks=("10.66.7.0/29",), exclude=("10.66.7.4",)),
        [
            f"ARP request to 10.66.7.0 - 10.66.7.3 (4 addresses), {AGAIN}, on eth0",
            f"ARP request to 10.66.7.5 - 10.66.7.5 (1 addresses), {AGAIN}, on eth0",
        ],
    ),
    "echo": (
        EchoSweep(id=1, networks=("10.66.7.0/30",)),
        [f"ICMP echo request to 10.66.7.0 - 10.66.7.3 (4 addresses), {AGAIN}, {ROUTED}"],
    ),
    "query": (
        LinkQuery(id=1, sender=SENDER, steps=("router",)),
        ["router solicitation to ff02::2 (up to 3), on eth0"],
    ),
    "solicit": (
        Solicit(
            id=1,
            sender=SENDER,
            candidates=(
                Candidate("fe80::9"),
                Candidate("10.66.7.9"),
                Candidate("fe80::9", STATION),
            ),
        ),
        [
            "neighbour solicitation for fe80::9 to its group, up to 2, on eth0",
            "ARP request for 10.66.7.9 to all, up to 2, on eth0",
            f"neighbour solicitation for fe80::9 to {STATION} alone, up to 2, on eth0",
        ],
    ),
    "probe": (
        EchoProbe(id=1, sender=SENDER, candidates=(Candidate("fe80::9", STATION),)),
        [f"ICMPv6 echo request for fe80::9 to {STATION} alone, up to 2, on eth0"],
    ),
    "census": (
        DhcpCensus(id=1, sender=SENDER),
        [
            (
                "DHCP discover to 255.255.255.255, asking for option 108 and for no lease, "
                "2 times, on eth0"
            ),
            "DHCPv6 solicit to ff02::1:2, asking for no lease, 2 times, on eth0",
            "DHCPv6 information-request to ff02::1:2, 2 times, on eth0",
        ],
    ),
    "comparison": (
        NeighbourCompare(id=1, sender=SENDER, candidates=(Candidate("fe80::9", STATION),)),
        [
            (
                f"neighbour solicitation for fe80::9 to {STATION} alone and to its group, "
                "up to 3 of each, on eth0"
            )
        ],
    ),
    "watch": (Watch(id=1, interfaces=("eth0",)), []),
}


@pytest.mark.parametrize(("command", "lines"), PLANS.values(), ids=PLANS.keys())
def test_plan(command: Command, lines: list[str]) -> None:
    assert list(plan(command, ("10.66.7.6/31",))) == lines
