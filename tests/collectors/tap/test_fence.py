"""Where the tap may send: nothing goes out that the officer did not allow."""

import pytest

from collectors.tap.fence import Fence, Refused
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
from collectors.tap.own import OwnLink
from tests.collectors.tap.fakes import BARE_LINK, LINK, MAC

SENDER = Sender(interface="eth0", mac=MAC)
BARE = Sender(interface="eth1", mac=BARE_LINK.mac)
PPP = OwnLink("ppp0", 9, "", True)
STATION = "02:00:00:00:00:0a"


def fence(*networks: str, exclude: tuple[str, ...] = (), interfaces: tuple[str, ...] = ()) -> Fence:
    return Fence(networks, exclude, interfaces, lambda: (LINK, BARE_LINK, PPP))


def arp(*networks: str, **options: object) -> ArpSweep:
    return ArpSweep(id=1, sender=SENDER, networks=networks, **options)  # type: ignore[arg-type]


def solicit(*addresses: str, sender: Sender = SENDER) -> Solicit:
    return Solicit(id=1, sender=sender, candidates=tuple(map(Candidate, addresses)))


def compare(*addresses: str, count: int = 1, **options: object) -> NeighbourCompare:
    candidates = tuple(Candidate(address, STATION) for address in addresses) * count
    return NeighbourCompare(id=1, sender=SENDER, candidates=candidates, **options)  # type: ignore[arg-type]


HERE = fence("10.66.7.0/24", "2001:db8:66:7::/64", exclude=("10.66.7.64/28",))

ALLOWED: dict[str, Command] = {
    "the network": arp("10.66.7.0/24"),
    "a part of it": arp("10.66.7.128/25", "10.66.7.9/32"),
    "routed": EchoSweep(id=1, networks=("10.66.7.0/30",)),
    "an address": solicit("10.66.7.9", "2001:db8:66:7::9"),
    "link-local on a link that holds the network": solicit("fe80::9"),
    "a link query there": LinkQuery(id=1, sender=SENDER),
    "an echo": EchoProbe(id=1, sender=SENDER, candidates=(Candidate("10.66.7.9", STATION),)),
    "a census": DhcpCensus(id=1, sender=SENDER),
    "a comparison": compare("fe80::9", "2001:db8:66:7::9"),
    "watching": Watch(id=1, interfaces=("eth0", "eth1", "not-there")),
    "a mac in capitals": LinkQuery(id=1, sender=Sender(interface="eth0", mac=MAC.upper())),
}

REFUSED: dict[str, tuple[Command, str]] = {
    "another network": (arp("10.66.8.0/24"), "outside the networks"),
    "a larger network": (arp("10.66.0.0/16"), "outside the networks"),
    "one of two": (arp("10.66.7.0/24", "10.1.0.0/24"), "10.1.0.0/24 is outside"),
    "routed elsewhere": (EchoSweep(id=1, networks=("10.1.0.0/24",)), "outside the networks"),
    "an IPv6 sweep": (arp("2001:db8:66:7::/64"), "not an IPv4 network"),
    "no network": (arp("10.66.7.9/24"), "not a network"),
    "nonsense as a known address": (arp("10.66.7.0/24", known=("x",)), "known addresses"),
    "nonsense as a hole": (arp("10.66.7.0/24", exclude=("x",)), "not a network"),
    "an address elsewhere": (solicit("10.66.7.9", "10.1.0.1"), "10.1.0.1 is outside"),
    "an excluded address": (solicit("10.66.7.70"), "excluded"),
    "a group": (solicit("ff02::1"), "not the address of one node"),
    "nowhere": (solicit("::"), "not the address of one node"),
    "no address": (solicit("printer"), "not an address"),
    "link-local on a link without the network": (
        solicit("fe80::9", sender=BARE),
        "eth1 holds none of the networks",
    ),
    "a link query there": (LinkQuery(id=1, sender=BARE), "eth1 holds none"),
    "an unknown interface": (
        LinkQuery(id=1, sender=Sender(interface="eth7", mac=MAC)),
        "no interface eth7",
    ),
    "another's mac": (
        LinkQuery(id=1, sender=Sender(interface="eth0", mac=STATION)),
        "not the MAC of eth0",
    ),
    "no ethernet": (LinkQuery(id=1, sender=Sender(interface="ppp0", mac="")), "not an Ethernet"),
    "an echo without a mac": (
        EchoProbe(id=1, sender=SENDER, candidates=(Candidate("10.66.7.9"),)),
        "needs the MAC",
    ),
    "a group's mac": (
        Solicit(id=1, sender=SENDER, candidates=(Candidate("10.66.7.9", "33:33:00:00:00:01"),)),
        "not the MAC of a station",
    ),
    "no mac": (
        Solicit(id=1, sender=SENDER, candidates=(Candidate("10.66.7.9", "02:00"),)),
        "not the MAC of a station",
    ),
    "a census on a link without the network": (
        DhcpCensus(id=1, sender=BARE),
        "eth1 holds none",
    ),
    "a census without patience": (DhcpCensus(id=1, sender=SENDER, wait_s=0.0), "a wait of"),
    "a census without an end": (DhcpCensus(id=1, sender=SENDER, gap_s=3600.0), "a wait of"),
    "a census a hundred times": (DhcpCensus(id=1, sender=SENDER, tries=100), "tries"),
    "a comparison elsewhere": (compare("2001:db8:bad::9"), "outside the networks"),
    "a comparison over IPv4": (compare("10.66.7.9"), "IPv6 address"),
    "a comparison without a mac": (
        NeighbourCompare(id=1, sender=SENDER, candidates=(Candidate("fe80::9"),)),
        "needs the MAC",
    ),
    "a comparison of everybody": (compare("fe80::9", count=65), "more than 64"),
    "a comparison in haste": (compare("fe80::9", pace_per_second=51), "1 to 50 frames"),
    "a comparison unpaced": (compare("fe80::9", pace_per_second=0), "1 to 50 frames"),
    "no patience": (arp("10.66.7.0/24", wait_s=0.0), "a wait of"),
    "not a number of patience": (arp("10.66.7.0/24", wait_s=float("nan")), "a wait of"),
    "endless patience": (arp("10.66.7.0/24", wait_s=3600.0), "a wait of"),
    "too many tries": (
        Solicit(id=1, sender=SENDER, candidates=(), tries=100),
        "tries",
    ),
}


@pytest.mark.parametrize("command", ALLOWED.values(), ids=ALLOWED.keys())
def test_allowed(command: Command) -> None:
    HERE.require_allowed(command)


@pytest.mark.parametrize(("command", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(command: Command, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        HERE.require_allowed(command)


@pytest.mark.parametrize(
    "command",
    [
        arp("10.66.7.0/24"),
        solicit("fe80::9"),
        LinkQuery(id=1, sender=SENDER),
        DhcpCensus(id=1, sender=SENDER),
        compare("fe80::9"),
    ],
    ids=["sweep", "solicit", "query", "census", "comparison"],
)
def test_with_nothing_named_nothing_is_sent(command: Command) -> None:
    with pytest.raises(Refused):
        fence().require_allowed(command)
    fence().require_allowed(Watch(id=1, interfaces=("eth0",)))


def test_a_sweep_has_a_size() -> None:
    wide = fence("10.0.0.0/8")
    wide.require_allowed(arp("10.66.0.0/16"))
    with pytest.raises(Refused, match="more than one sweep takes"):
        wide.require_allowed(arp("10.66.0.0/16", "10.67.0.0/24"))


@pytest.mark.parametrize(
    "command",
    [Watch(id=1, interfaces=("eth0", "eth1")), LinkQuery(id=1, sender=SENDER)],
    ids=["watch", "query"],
)
def test_named_interfaces_are_the_only_ones(command: Command) -> None:
    with pytest.raises(Refused, match="eth0 is not among"):
        fence("10.66.7.0/24", interfaces=("eth1",)).require_allowed(command)


def test_a_scope_that_touches_a_part_of_the_subnet_is_on_the_link() -> None:
    fence("10.66.7.128/25").require_allowed(LinkQuery(id=1, sender=SENDER))


def test_the_networks_of_candidates() -> None:
    found = HERE.networks_of([Candidate("2001:db8:66:7::9"), Candidate("fe80::1")])
    assert list(map(str, found)) == ["2001:db8:66:7::/64"]


@pytest.mark.parametrize("text", ["10.66.7.9/24", "x", "10.66.7.0/33"])
def test_a_fence_of_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        fence(text)
