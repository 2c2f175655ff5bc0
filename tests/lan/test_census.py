"""DHCP servers, multicast, tunnels, redirects and false advertisements on a LAN of real daemons.

Each fault is judged by the product's own checks, and so is its absence.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from scapy.layers.inet6 import (
    ICMPv6MLQuery,
    ICMPv6MLQuery2,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6NDOptPrefixInfo,
    IPv6,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    RouterAlert,
)
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from agent.lab import Host, Lan, LanPlan, build, daemons
from agent.lab.host import LabHost
from agent.lab.offers import DhcpClient, Prefix, RouterAdvertiser
from checks import registry
from checks.verdict import Finding
from collectors import dhcp_census, link_query, nd_compare, netlink
from collectors.observation import (
    AnyObservation,
    DhcpAsked,
    DhcpClientSeen,
    DhcpServerSeen,
    Dhcpv6ServerSeen,
    NeighbourCompared,
    TargetAsked,
)
from collectors.scope import Scope
from inventory.inventory import Inventory, Settings
from inventory.snapshot import Policy, TapState
from tests.lan.hearing import NETWORKS, Hearing, listening
from tests.lan.observing import observed
from tests.lan.scenarios.frames import tunnels

pytestmark = pytest.mark.skipif(
    any(daemons.available(one) is None for one in ("dnsmasq", "radvd", "nft", "ip")),
    reason="dnsmasq, radvd, nftables or iproute2 is not installed",
)

GATEWAY, ROUTER6 = "10.66.7.1", "2001:db8:66:7::1"
GATEWAY_MAC, ROGUE_MAC, PC_MAC = "00:1c:73:00:07:01", "02:66:00:00:07:66", "0c:c4:7a:00:07:11"
PC = "10.66.7.11"


def plan(
    managed: bool = False, other: bool = False, clients: Sequence[tuple[int, bool]] = ()
) -> LanPlan:
    advertiser = RouterAdvertiser(
        prefixes=(Prefix(prefix="2001:db8:66:7::/64"),), managed=managed, other=other
    )
    gateway = Host(
        name="gw", kind="router", mac=GATEWAY_MAC, ipv4=GATEWAY, ipv6="static",
        ipv6_static=(ROUTER6,), behaviours=("router",), offers=(advertiser,),
    )  # fmt: skip
    asking = tuple(
        Host(
            name=f"client-{number}",
            kind="workstation",
            mac=f"0c:c4:7a:00:07:{number:02x}",
            offers=(DhcpClient(hostname=f"client-{number}", ipv6_only=able, interval_s=1.0),),
        )
        for number, able in clients
    )
    return LanPlan(
        agent=Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2"),
        hosts=(
            gateway,
            Host(name="pc", kind="workstation", mac=PC_MAC, ipv4=PC),
            Host(name="pc-2", kind="workstation", mac="0c:c4:7a:00:07:12", ipv4="10.66.7.12"),
            Host(name="rogue", kind="workstation", mac=ROGUE_MAC, ipv4="10.66.7.66"),
            *asking,
        ),
    )


class Site:
    """A LAN, and what the agent's inventory makes of what the tap heard there."""

    def __init__(self, lan: Lan, **policy: object) -> None:
        self.lan = lan
        settings = Settings(site="lab", policy=Policy(**policy))  # type: ignore[arg-type]
        self.inventory = Inventory(settings, lambda mac: "")
        links = lan.agent.enter(lambda: netlink.read_links(NETWORKS))
        self.inventory.set_scope(Scope(networks=NETWORKS, links=links))
        self.inventory.set_tap(TapState(available=True), time.time() - 300.0)
        self.inventory.apply(observed(lan, netlink.collect, known=()))

    def hear(self, scenario: Callable[[Hearing], Awaitable[None]]) -> list[AnyObservation]:
        found = listening(self.lan, scenario).observations
        self.inventory.apply(found)
        return found

    def findings(self, *names: str) -> dict[str, Finding]:
        snapshot = self.inventory.snapshot(time.time())
        wanted = [f"ipv6.{name}" for name in names]
        return {one.check.removeprefix("ipv6."): one for one in registry.judge(snapshot, wanted)}

    def verdicts(self, *names: str) -> dict[str, str]:
        return {name: finding.verdict for name, finding in self.findings(*names).items()}


async def census(hearing: Hearing) -> None:
    await hearing.collect(link_query.collect)
    await hearing.collect(dhcp_census.collect)


async def comparison(hearing: Hearing) -> None:
    await hearing.collect(link_query.collect)
    await hearing.collect(nd_compare.collect)


def dnsmasq(host: LabHost, folder: Path, port: int, *lines: str) -> daemons.Daemon:
    """The real server; it looks for 3 s whether an address is in use before it offers it."""
    config = folder / "dnsmasq.conf"
    common = (
        "port=0", "interface=eth0", "bind-interfaces", "no-resolv", "no-hosts", "leasefile-ro",
        f"pid-file={folder}/pid",
    )  # fmt: skip
    config.write_text("\n".join((*common, *lines)) + "\n")
    argv = ["--no-daemon", f"--conf-file={config}"]
    return daemons._start("dnsmasq", host, argv, folder, table="udp", port=port)


DHCP4 = ("dhcp-range=10.66.7.100,10.66.7.150,1h", "dhcp-option=108,00:00:07:08")
STATEFUL = ("dhcp-range=2001:db8:66:7::1000,2001:db8:66:7::1fff,1h",)
STATELESS = ("dhcp-range=2001:db8:66:7::,static", "dhcp-option=option6:dns-server,[fd00::53]")
ROGUE = (
    "dhcp-range=2001:db8:66:7::9000,2001:db8:66:7::9fff,1h",
    "dhcp-option=option6:dns-server,[2001:db8:66:7::666]",
)
CLIENTS = ((0x21, True), (0x22, True), (0x23, True), (0x24, False))
FLAGS = ("managed_flag", "other_flag", "rogue_dhcpv6", "option_108")


@pytest.fixture(scope="module")
def office_with_dhcp(requires_namespaces: None) -> Iterator[Lan]:
    with build(plan(managed=True, other=True)) as lan:
        yield lan


def test_servers_that_give_what_the_router_says(office_with_dhcp: Lan) -> None:
    """A second one leases addresses too: the officer's list decides whether it is a rogue."""
    lan, gateway = office_with_dhcp, office_with_dhcp.hosts["gw"]
    server = dnsmasq(gateway, lan.folder("dhcp"), 67, *DHCP4, *STATEFUL)
    second = dnsmasq(lan.hosts["rogue"], lan.folder("rogue"), 547, *ROGUE)
    try:
        site, strict = (
            Site(lan, dhcp_servers=allowed)
            for allowed in ((GATEWAY_MAC, ROGUE_MAC), (GATEWAY_MAC,))
        )
        found = site.hear(census)
    finally:
        second.stop()
        server.stop()
    assert site.verdicts(*FLAGS) == dict.fromkeys(FLAGS, "pass")
    assert {(one.message, one.count) for one in found if isinstance(one, DhcpAsked)} == {
        ("discover", 2), ("solicit", 2), ("information_request", 2),
    }  # fmt: skip
    offers = [one for one in found if isinstance(one, DhcpServerSeen)]
    assert {(one.message, one.address, one.ipv6_only_wait_s) for one in offers} == {
        ("offer", GATEWAY, 1800)
    }
    assert "1800 s" in site.findings("option_108")["option_108"].summary
    answers = [one for one in found if isinstance(one, Dhcpv6ServerSeen)]
    assert {one.message for one in answers} == {"advertise", "reply"}
    assert not [one for one in found if isinstance(one, DhcpClientSeen)]  # not the agent
    for daemon in (server, second):  # offers were made, nothing was leased
        assert "REQUEST" not in daemon.log.replace("INFORMATION-REQUEST", "")
        assert "DHCPACK" not in daemon.log
    strict.inventory.apply(found)
    finding = strict.findings("rogue_dhcpv6")["rogue_dhcpv6"]
    assert (finding.verdict, finding.severity) == ("fail", "high")
    assert ROGUE_MAC in finding.summary
    told = {one["mac"]: one for one in finding.evidence["servers"]}
    assert told.keys() == {GATEWAY_MAC, ROGUE_MAC}
    assert told[ROGUE_MAC]["resolvers"] == ["2001:db8:66:7::666"]


def test_a_server_without_addresses_is_a_server_all_the_same(office_with_dhcp: Lan) -> None:
    lan, gateway = office_with_dhcp, office_with_dhcp.hosts["gw"]
    server = dnsmasq(gateway, lan.folder("dhcp"), 547, *STATELESS)
    try:
        site, listed = Site(lan), Site(lan, dhcp_servers=(GATEWAY_MAC,))
        found = site.hear(census)
    finally:
        server.stop()
    listed.inventory.apply(found)
    assert listed.verdicts("rogue_dhcpv6") == {"rogue_dhcpv6": "pass"}
    assert site.verdicts(*FLAGS) == {
        "managed_flag": "fail",  # the router sends hosts for addresses that nobody gives
        "other_flag": "pass",
        "rogue_dhcpv6": "unknown",  # no list says whether it may
        "option_108": "not_applicable",
    }
    advertised = [
        one for one in found if isinstance(one, Dhcpv6ServerSeen) and one.message == "advertise"
    ]
    assert all(one.status == 2 and not one.addresses for one in advertised)


def test_a_router_that_promises_dhcpv6_and_nobody_answers(office_with_dhcp: Lan) -> None:
    site = Site(office_with_dhcp)
    site.hear(census)
    assert site.verdicts(*FLAGS) == {
        "managed_flag": "fail",
        "other_flag": "warn",
        "rogue_dhcpv6": "pass",
        "option_108": "not_applicable",
    }
    unasked = Site(office_with_dhcp)

    async def only_routers(hearing: Hearing) -> None:
        await hearing.collect(link_query.collect)

    unasked.hear(only_routers)
    found = unasked.findings("managed_flag", "other_flag", "rogue_dhcpv6", "option_108")
    assert {one.verdict for one in found.values()} == {"unknown"}
    assert {one.reason for one in found.values()} == {"not_solicited"}


def test_clients_say_whether_they_can_do_without_ipv4(make_lan: Callable[..., Lan]) -> None:
    lan = make_lan(plan(clients=CLIENTS))
    said: dict[str, bool | None] = {}

    async def scenario(hearing: Hearing) -> None:
        def all_asked() -> bool:
            said.update(
                (one.mac, one.ipv6_only_capable)
                for one in hearing.observations
                if isinstance(one, DhcpClientSeen)
            )
            return len(said) == len(CLIENTS)

        await hearing.until(all_asked)

    site, relaxed = Site(lan, ipv6_only=("lab",)), Site(lan)
    relaxed.inventory.apply(site.hear(scenario))
    assert said == {f"0c:c4:7a:00:07:{number:02x}": able for number, able in CLIENTS}
    finding = site.findings("option_108_clients")["option_108_clients"]
    assert (finding.verdict, finding.evidence["capable"]) == ("warn", 3)
    assert relaxed.verdicts("option_108_clients") == {"option_108_clients": "pass"}


@pytest.fixture(scope="module")
def quiet(requires_namespaces: None) -> Iterator[Lan]:
    with build(plan()) as lan:
        yield lan


SNOOPING = """
table bridge b {
  chain f {
    type filter hook forward priority 0;
    ether daddr & ff:ff:ff:00:00:00 == 33:33:ff:00:00:00 drop;
  }
}
"""


def switch(lan: Lan, rules: str) -> None:
    """Change what the bridge between the hosts forwards."""
    host = lan.hosts["gw"]
    program = daemons.available("nft")
    assert program is not None
    done = host._keeper.run(host._switch, [program, "-f", "-"], input_bytes=rules.encode())
    assert done.returncode == 0, done.stderr


def test_a_switch_that_loses_multicast(quiet: Lan) -> None:
    names = ("multicast_nd", "mld_querier")
    healthy = Site(quiet)
    compared = [one for one in healthy.hear(comparison) if isinstance(one, NeighbourCompared)]
    assert {one.mac for one in compared} >= {GATEWAY_MAC, PC_MAC, ROGUE_MAC}
    assert all(one.unicast and one.multicast for one in compared)
    assert healthy.verdicts(*names) == dict.fromkeys(names, "pass")
    assert answering(healthy) == {"pass"}
    switch(quiet, SNOOPING)
    try:
        broken = Site(quiet)
        broken.hear(comparison)
    finally:
        switch(quiet, "flush ruleset")
    finding = broken.findings("multicast_nd")["multicast_nd"]
    assert finding.verdict == "fail"
    assert {one["mac"] for one in finding.evidence["multicast_lost"]} >= {PC_MAC, ROGUE_MAC}
    assert broken.verdicts("mld_querier") == {"mld_querier": "warn"}
    assert answering(broken) == {"pass"}


def answering(site: Site) -> set[str]:
    """What is found of the devices other than the agent."""
    snapshot = site.inventory.snapshot(time.time())
    own = site.lan.agent.truth().mac
    others = {f"device:{one.id}" for one in snapshot.devices if own not in one.macs}
    found = registry.judge(snapshot, ["ipv6.device_answers_nd"])
    return {one.verdict for one in found if one.subject in others}


def to_all(*layers: Packet) -> bytes:
    """A frame of the rogue station to everybody, as a hub or an overflown switch shows it."""
    packet: Packet = Ether(src=ROGUE_MAC, dst="ff:ff:ff:ff:ff:ff")
    for layer in layers:
        packet /= layer
    return bytes(packet)


ALERT = IPv6ExtHdrHopByHop(options=[RouterAlert()])
ROGUE4 = "10.66.7.66"
INJECTED: dict[str, tuple[bytes, str, str, str]] = {
    **{
        kind: (frame, "tunnel_leak", "fail", kind)
        for kind, frame in tunnels(ROGUE_MAC, ROGUE4).items()
    },
    "redirect": (
        to_all(
            IPv6(src="fe80::66", dst="2001:db8:66:7::9", hlim=255),
            ICMPv6ND_Redirect(tgt="fe80::66", dst="2001:db8:99::1"),
        ),
        "redirects", "fail", ROGUE_MAC,
    ),
    "hop limit": (
        to_all(IPv6(src="fe80::66", dst="ff02::1", hlim=64), ICMPv6ND_RA(routerlifetime=1800)),
        "ra_valid", "fail", "hop limit 64",
    ),
    "source": (
        to_all(IPv6(src="2001:db8:66:7::66", dst="ff02::1", hlim=255), ICMPv6ND_RA()),
        "ra_valid", "fail", "link-local",
    ),
    "code": (
        to_all(IPv6(src="fe80::66", dst="ff02::1", hlim=255), ICMPv6ND_RA(code=7)),
        "ra_valid", "fail", "code 7",
    ),
    "option length": (
        to_all(
            IPv6(src="fe80::66", dst="ff02::1", hlim=255),
            ICMPv6ND_RA(), ICMPv6NDOptPrefixInfo(len=0),
        ),
        "ra_valid", "fail", "length 0",
    ),
    "fragment header": (
        to_all(IPv6(src="fe80::66", dst="ff02::1", hlim=255), IPv6ExtHdrFragment(), ICMPv6ND_RA()),
        "ra_valid", "fail", "fragment",
    ),
    "querier of version 1": (
        to_all(IPv6(src="fe80::66", dst="ff02::1", hlim=1), ALERT, ICMPv6MLQuery()),
        "mld_version", "warn", ROGUE_MAC,
    ),
    "querier": (
        to_all(IPv6(src="fe80::66", dst="ff02::1", hlim=1), ALERT, ICMPv6MLQuery2(QRV=2, QQIC=125)),
        "mld_querier", "pass", "fe80::66",
    ),
}  # fmt: skip
WATCHED = ("tunnel_leak", "redirects", "ra_valid", "mld_version")


def inject(lan: Lan, *frames: bytes) -> None:
    with lan.hosts["rogue"].socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind(("eth0", 0))
        for frame in frames:
            raw.send(frame)


def test_a_quiet_link_is_clean(quiet: Lan) -> None:
    site = Site(quiet)

    async def scenario(hearing: Hearing) -> None:
        await hearing.collect(link_query.collect)

    site.hear(scenario)
    assert site.verdicts(*WATCHED) == dict.fromkeys(WATCHED, "pass")
    nobody = site.findings("mld_querier")["mld_querier"]
    assert nobody.verdict != "fail"
    assert nobody.evidence["queriers"] == []  # the agent's own question is none


def test_what_leads_hosts_astray(quiet: Lan) -> None:
    """One tap hears all; each fault is then judged on its own, so that no other hides it."""
    heard: dict[str, list[AnyObservation]] = {}

    async def scenario(hearing: Hearing) -> None:
        for name, (frame, *_) in INJECTED.items():
            before = len(hearing.observations)
            await asyncio.to_thread(inject, quiet, frame)
            await hearing.until(
                lambda: any(
                    type(one).__name__ in TOLD and one.mac == ROGUE_MAC  # type: ignore[union-attr]
                    for one in hearing.observations[before:]  # noqa: B023
                )
            )
            heard[name] = hearing.observations[before:]

    listening(quiet, scenario)
    for name, (_, check, verdict, evidence) in INJECTED.items():
        site = Site(quiet)
        site.inventory.apply(heard[name])
        finding = site.findings(check)[check]
        assert finding.verdict == verdict, name
        assert evidence in finding.summary, name
        others = [one for one in WATCHED if one != check]
        assert site.verdicts(*others) == dict.fromkeys(others, "pass"), name


TOLD = {"TunnelSeen", "RedirectSeen", "AdvertisementRefused", "QuerierSeen"}


def test_who_asks_for_whom_becomes_an_edge(quiet: Lan) -> None:
    pc = quiet.hosts["pc"]
    site = Site(quiet)

    async def scenario(hearing: Hearing) -> None:
        for family, target in (("-4", GATEWAY), ("-6", ROUTER6)):
            pc.run(["ip", family, "neigh", "flush", "dev", "eth0"], check=True)
            await asyncio.to_thread(talk, pc, target)

        def both() -> bool:
            asked = {
                (one.mac, one.target)
                for one in hearing.observations
                if isinstance(one, TargetAsked)
            }
            return asked >= {(PC_MAC, GATEWAY), (PC_MAC, ROUTER6)}

        await hearing.until(both)

    found = site.hear(scenario)
    asked = [one for one in found if isinstance(one, TargetAsked)]
    assert {one.address for one in asked if one.target == GATEWAY} == {PC}
    assert all(one.mac != quiet.agent.truth().mac for one in asked)
    edges = site.inventory.snapshot(time.time()).facts.edges
    assert {(one.target, one.family) for one in edges} >= {(GATEWAY, "ipv4"), (ROUTER6, "ipv6")}


def talk(host: LabHost, target: str) -> None:
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with host.socket(family, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", (target, 9))
