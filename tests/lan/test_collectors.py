"""The own host's tables, names and SNMP: on hosts with real stacks and against real daemons."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from agent.lab import Lan
from agent.lab.daemons import start_avahi, start_dnsmasq, start_snmpd
from agent.lab.namespaces import Namespace
from agent.lab.offers import DnsServer, Nbns, Snmp
from collectors import mdns, nbns, neighbours, netlink, reverse_dns, snmp_community
from collectors.contract import CollectorError, Context, Limits, Target
from collectors.observation import (
    AddressSeen,
    AnyObservation,
    CommunityTried,
    InterfaceSeen,
    NameSeen,
    RouteSeen,
)
from collectors.scope import Scope
from tests.lan.observing import DAEMONS, NETWORKS, observed


def names(observations: list[AnyObservation]) -> set[tuple[str, str]]:
    return {(item.name, item.address) for item in observations if isinstance(item, NameSeen)}


@pytest.fixture(name="daemons")
def lan_of_daemons(make_lan: Callable[..., Lan]) -> Lan:
    return make_lan(DAEMONS)


def test_the_own_host_is_what_its_kernel_says(office: Lan) -> None:
    found = observed(office, netlink.collect)
    card = office.agent.truth().interfaces[0]
    (seen,) = (
        item for item in found if isinstance(item, InterfaceSeen) and item.interface == "eth0"
    )
    assert (seen.mac, seen.up, seen.carrier) == (card.mac, True, True)
    assert {
        (own.address, own.prefix_length, own.scope): frozenset(own.flags) - {"permanent"}
        for own in seen.addresses
    } == {
        (own.address, own.prefix_length, own.scope): own.flags - {"permanent", "dynamic"}
        for own in (*card.ipv4, *card.ipv6)
    }
    owned = {item.address for item in found if isinstance(item, AddressSeen)}
    assert owned == {*office.agent.truth().ipv4, *office.agent.truth().ipv6}
    routes = {(item.destination, item.gateway) for item in found if isinstance(item, RouteSeen)}
    assert {("10.66.7.0/24", ""), ("2001:db8:66:7::/64", "")} <= routes
    gateway = next(own for own in office.hosts["gw"].truth().ipv6 if own.startswith("fe80"))
    assert ("::/0", gateway) in routes


def test_links_and_suggestions(office: Lan) -> None:
    (link,) = office.agent.enter(lambda: netlink.read_links(NETWORKS))
    truth = office.agent.truth()
    assert (link.interface, link.mac) == ("eth0", truth.mac)
    assert {own.partition("/")[0] for own in (*link.ipv4, *link.ipv6)} == {*truth.ipv4, *truth.ipv6}
    assert set(office.agent.enter(netlink.network_suggestions)) >= set(NETWORKS)


def test_the_neighbour_table_gives_those_who_answered_and_when(office: Lan) -> None:
    printer = office.hosts["printer-2f"].truth()
    global_address = next(own for own in printer.ipv6 if own.startswith("2001:db8:66:7:"))
    office.agent.run(["ping", "-n", "-c", "1", "-W", "2", printer.ipv4[0]], check=True)
    office.agent.run(["ping", "-n", "-c", "1", "-W", "2", global_address], check=True)
    office.agent.run(["ping", "-n", "-c", "1", "-W", "1", "10.66.7.99"])
    began = time.time()
    seen = {
        item.address: item
        for item in observed(office, neighbours.collect)
        if isinstance(item, AddressSeen)
    }
    for address in (printer.ipv4[0], global_address):
        assert seen[address].mac == printer.mac
        assert seen[address].how == "neighbour_table"
        assert began - 60 < seen[address].at <= time.time()
    assert "10.66.7.99" not in seen
    truths = office.truth().values()
    assert set(seen) <= {address for own in truths for address in (*own.ipv4, *own.ipv6)}


@pytest.fixture(name="bare")
def bare_namespace(requires_namespaces: None) -> Iterator[Namespace]:
    """A namespace with nothing but lo."""
    with Namespace("bare") as namespace:
        yield namespace


def ip(namespace: Namespace, commands: str) -> None:
    def inside() -> None:
        subprocess.run(
            ["ip", "-batch", "-"], input=commands, text=True, check=True, capture_output=True
        )

    namespace.enter(inside)


def own_host(namespace: Namespace, *networks: str) -> list[AnyObservation]:
    async def main() -> list[AnyObservation]:
        made = Context(
            scope=Scope(networks=networks, links=netlink.read_links(networks)),
            limits=Limits(),
            tap=None,
            tap_missing="a test",
            targets=(),
            progress=lambda done, total: None,
            clock=time.time,
        )
        return [item async for item in netlink.collect(made)]

    return namespace.enter(lambda: asyncio.run(main()))


def test_a_namespace_with_nothing_in_it(bare: Namespace) -> None:
    found = own_host(bare)
    assert "lo" in {item.interface for item in found if isinstance(item, InterfaceSeen)}
    assert not [item for item in found if isinstance(item, AddressSeen | RouteSeen)]
    assert bare.enter(netlink.read_links) == ()
    assert bare.enter(netlink.network_suggestions) == ()


def test_a_thousand_routes_tunnels_and_no_ipv6(bare: Namespace) -> None:
    bare.sysctl(
        ("net/ipv6/conf/all/disable_ipv6", "1"), ("net/ipv6/conf/default/disable_ipv6", "1")
    )
    ip(
        bare,
        "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n"
        "tuntap add dev t0 mode tun\nlink set t0 up\naddress add 10.70.0.1 peer 10.70.0.2 dev t0\n"
        "address add 10.66.0.1/24 dev v0\n"
        "route add 198.51.100.0/24 nexthop via 10.66.0.8 nexthop via 10.66.0.9\n"
        + "".join(
            f"route add 10.{100 + number // 256}.{number % 256}.0/24 via 10.66.0.9\n"
            for number in range(1000)
        ),
    )
    found = own_host(bare, "10.66.0.0/24", "10.70.0.0/24")
    cards = {item.interface: item for item in found if isinstance(item, InterfaceSeen)}
    assert (cards["t0"].mac, cards["t0"].kind) == ("", "tun")
    assert cards["t0"].addresses[0].address == "10.70.0.1"
    assert cards["v0"].mac
    assert cards["v0"].kind == "veth"
    assert {item.address for item in found if isinstance(item, AddressSeen)} == {"10.66.0.1"}
    routes = [item for item in found if isinstance(item, RouteSeen)]
    assert len([item for item in routes if item.gateway == "10.66.0.9"]) == 1001
    assert len([item for item in routes if item.destination == "198.51.100.0/24"]) == 2
    links = bare.enter(lambda: netlink.read_links(["10.70.0.0/24"]))
    assert [(link.interface, link.mac) for link in links] == [("t0", "")]


def test_own_links_can_be_read_inside_a_running_event_loop(bare: Namespace) -> None:
    async def main() -> int:
        return len(netlink.read_links(["127.0.0.0/8"]))

    ip(bare, "link set lo up\n")
    assert bare.enter(lambda: asyncio.run(main())) == 1


def test_netbios_names_of_the_office(office: Lan) -> None:
    found = names(observed(office, nbns.collect))
    expected = {
        (offer.host, host.plan.ipv4)
        for host in office.hosts.values()
        for offer in host.plan.offers
        if isinstance(offer, Nbns) and host.plan.ipv4 != "10.66.7.77"
    }
    assert len(expected) > 8
    assert expected <= found
    assert {address for _, address in found - expected} <= {"10.66.7.77"}


def test_multicast_names_of_the_office(office: Lan) -> None:
    found = names(observed(office, mdns.collect))
    truth = office.truth()
    for host in ("printer-1f", "printer-2f", "nas-archive", "sensor-server-room"):
        addresses = {address for name, address in found if name == f"{host}.local"}
        assert addresses <= {*truth[host].ipv4, *truth[host].ipv6}, host
        assert addresses & set(truth[host].ipv6), host
        assert not truth[host].ipv4 or set(truth[host].ipv4) <= addresses, host


def test_a_real_avahi_tells_its_name_and_addresses(daemons: Lan) -> None:
    host = daemons.hosts["srv-name"]
    services = {"Trang chu": ("_http._tcp", 80)}
    start_avahi(host, daemons.folder("avahi"), services=services)
    truth = host.truth()
    wanted = {("srv-name.local", address) for address in (*truth.ipv4, *truth.ipv6)}
    deadline = time.monotonic() + 15  # avahi probes for its name before it answers for it
    while (found := names(observed(daemons, mdns.collect))) < wanted:
        assert time.monotonic() < deadline, found
    assert found == wanted


def test_a_real_dnsmasq_gives_reverse_names(daemons: Lan) -> None:
    known = {"pc-quiet.stc.example": ["10.66.7.13"], "srv-web.stc.example": ["10.66.7.11"]}
    host = daemons.hosts["srv-name"]
    start_dnsmasq(host, DAEMONS, None, DnsServer(), known, daemons.folder("dnsmasq"))

    def collect(context: Context) -> AsyncIterator[AnyObservation]:
        return reverse_dns.ask(context, ["10.66.7.12"], reverse_dns.DnsResolver())

    found = observed(daemons, collect)
    assert names(found) == {
        ("pc-quiet.stc.example", "10.66.7.13"), ("srv-web.stc.example", "10.66.7.11"),
    }  # fmt: skip
    assert {item.source for item in found} == {"rdns"}


@pytest.mark.parametrize(
    "server",
    [
        pytest.param("10.66.7.99", id="nobody there"),
        pytest.param("10.66.7.13", id="no server there"),
    ],
)
def test_a_dead_resolver_is_named_soon(daemons: Lan, server: str) -> None:
    def collect(context: Context) -> AsyncIterator[AnyObservation]:
        return reverse_dns.ask(context, [server], reverse_dns.DnsResolver())

    began = time.monotonic()
    many = tuple(Target(f"d-{number}", (f"10.66.7.{number}",)) for number in range(1, 250))
    with pytest.raises(CollectorError, match=f"no DNS resolver answers: {server}"):
        observed(daemons, collect, known=many)
    assert time.monotonic() - began < 5


def test_default_communities_in_the_office(office: Lan) -> None:
    found = observed(office, snmp_community.collect, default_community=True)
    answered = {
        item.address: item.system_description
        for item in found
        if isinstance(item, CommunityTried) and item.answered
    }
    assert set(answered) == {
        host.plan.ipv4
        for host in office.hosts.values()
        for offer in host.plan.offers
        if isinstance(offer, Snmp)
    }
    assert answered["10.66.7.21"] == "Brother HL-L5100DN series"
    tried = [
        (item.address, item.community)
        for item in found
        if isinstance(item, CommunityTried) and item.address != "10.66.7.77"  # two hosts
    ]
    assert len(tried) == len(set(tried))
    assert ("10.66.7.21", "private") not in tried
    assert ("10.66.7.101", "private") in tried


@pytest.mark.parametrize("address", ["ipv4", "link-local"])
def test_a_real_snmpd_answers_to_its_community(daemons: Lan, address: str) -> None:
    host = daemons.hosts["srv-name"]
    start_snmpd(host, daemons.folder("snmpd"), community="private")
    where = "10.66.7.12" if address == "ipv4" else f"{host.truth().ipv6[0]}%eth0"
    known = (Target("d-1", (where,), interface="eth0"),)
    found = observed(daemons, snmp_community.collect, known=known, default_community=True)
    assert [
        (item.community, item.answered) for item in found if isinstance(item, CommunityTried)
    ] == [("public", False), ("private", True)]
    assert found[1].system_description  # type: ignore[union-attr]
