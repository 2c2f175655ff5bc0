"""The collectors without raw sockets, on hosts with real stacks and against real daemons."""

import asyncio
import math
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import TypeVar

import pytest

from agent.lab import Host, Lan, LanPlan
from agent.lab.daemons import start_avahi, start_dnsmasq, start_nginx, start_snmpd, start_sshd
from agent.lab.host import LabHost
from agent.lab.namespaces import Namespace
from agent.lab.offers import DnsServer, Greeting, Http, Sink, Telnet
from collectors import mdns, nbns, neighbours, netlink, reverse_dns, snmp_community, tcp
from collectors.contract import CollectorError, Context, Limits, Target
from collectors.memory import Until
from collectors.observation import (
    AddressSeen,
    AnyObservation,
    CommunityTried,
    InterfaceSeen,
    NameSeen,
    RouteSeen,
    ServiceSeen,
    Unanswered,
)
from collectors.ports import probed
from collectors.scope import Scope

Result = TypeVar("Result")
Collect = Callable[[Context], AsyncIterator[AnyObservation]]

NETWORKS = ("10.66.7.0/24", "2001:db8:66:7::/64")
FAST = Limits(
    connections_per_second=math.inf,
    attempts_per_second=math.inf,
    devices_in_parallel=64,
    device_gap_s=0.02,
)


def targets(lan: Lan) -> tuple[Target, ...]:
    """Every host with all its addresses, as a perfect discovery would know it."""
    found = []
    for host in lan.hosts.values():
        truth = host.truth()
        link_local = [f"{own}%eth0" if own.startswith("fe80") else own for own in truth.ipv6]
        found.append(
            Target(
                device=f"d-{host.name}",
                addresses=(*truth.ipv4, *link_local),
                mac=truth.mac,
                interface="eth0",
                kind=truth.kind,
            )
        )
    return tuple(found)


def observed(
    lan: Lan,
    collect: Collect,
    *,
    known: tuple[Target, ...] | None = None,
    limits: Limits = FAST,
    networks: tuple[str, ...] = NETWORKS,
    **options: object,
) -> list[AnyObservation]:
    """Run a collector in the agent's namespace; nothing of it may stay open."""

    def inside() -> list[AnyObservation]:
        async def main() -> list[AnyObservation]:
            async with aclosing(collect(made)) as observations:  # type: ignore[type-var]
                found = [item async for item in observations]
            assert len(asyncio.all_tasks()) == 1
            return found

        made = Context(
            scope=Scope(networks=networks, links=netlink.read_links(networks)),
            limits=limits,
            tap=None,
            tap_missing="a test",
            targets=targets(lan) if known is None else known,
            progress=lambda done, total: None,
            clock=time.time,
            options=options,
        )
        before = len(os.listdir("/proc/self/fd"))
        found = asyncio.run(main())
        assert len(os.listdir("/proc/self/fd")) <= before
        return found

    return lan.agent.enter(inside)


def names(observations: list[AnyObservation]) -> set[tuple[str, str]]:
    return {(item.name, item.address) for item in observations if isinstance(item, NameSeen)}


# -- netlink, neighbours


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
    global_address = printer.global_ipv6[0]
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
    known = {
        address for host in office.hosts.values() for address in (*host.truth().ipv4, *host.truth().ipv6)
    }  # fmt: skip
    assert set(seen) <= known


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
    bare.sysctl(("net/ipv6/conf/all/disable_ipv6", "1"), ("net/ipv6/conf/default/disable_ipv6", "1"))
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


# -- tcp


def offered(host: LabHost) -> dict[str, set[int]]:
    """Which probed ports a host serves, by family, according to its plan."""
    numbers = {port.number for port in probed()}
    found: dict[str, set[int]] = {"ipv4": set(), "ipv6": set()}
    for offer in host.plan.offers:
        ports: tuple[int, ...] = ()
        if isinstance(offer, Http | Greeting | Telnet):
            ports = (offer.port,)
        elif isinstance(offer, Sink):
            ports = offer.ports
        elif isinstance(offer, DnsServer):
            ports = (53,)
        for family in getattr(offer, "families", ("ipv4", "ipv6")):
            found[family] |= numbers & set(ports)
    return found


def resets_sent(host: LabHost) -> int:
    text = host.run(["cat", "/proc/self/net/snmp"], check=True).stdout.decode()
    header, values = (line.split() for line in text.splitlines() if line.startswith("Tcp:"))
    return int(values[header.index("OutRsts")])


@pytest.fixture(scope="module", name="services")
def office_services(office: Lan) -> tuple[list[AnyObservation], int]:
    """What the tcp collector sees of the office, and how many resets it caused."""
    office.received.clear()
    before = resets_sent(office.agent)
    found = observed(office, tcp.collect)
    return found, resets_sent(office.agent) - before


def test_every_offered_service_is_found_and_no_other(
    office: Lan, services: tuple[list[AnyObservation], int]
) -> None:
    seen: dict[str, dict[int, str]] = {}
    for item in services[0]:
        if isinstance(item, ServiceSeen):
            seen.setdefault(item.address, {})[item.port] = item.state
    contested = "10.66.7.77"  # two hosts: whichever answers
    for host in office.hosts.values():
        if "drop_all" in host.plan.behaviours:
            continue
        truth = host.truth()
        for family, addresses in (("ipv4", truth.ipv4), ("ipv6", truth.ipv6)):
            visited = [address for address in addresses if address in seen]
            if not addresses or contested in visited:
                continue
            assert len(visited) == 1, host.name
            opened = {port for port, state in seen[visited[0]].items() if state == "open"}
            assert opened == offered(host)[family], (host.name, family)
            assert len(seen[visited[0]]) == len(probed())
            assert "filtered" not in seen[visited[0]].values()


def test_a_host_that_drops_all_is_silent_and_nothing_is_claimed(
    office: Lan, services: tuple[list[AnyObservation], int]
) -> None:
    truth = office.hosts["pc-audit"].truth()
    own = {*truth.ipv4, *truth.ipv6}
    about = [item for item in services[0] if getattr(item, "address", "") in own]
    assert {type(item) for item in about} == {Unanswered}
    assert len(about) == 2


def test_no_byte_is_sent_no_reset_and_no_print_port_is_touched(
    office: Lan, services: tuple[list[AnyObservation], int]
) -> None:
    assert services[1] == 0
    assert [(one.host, one.port, one.data) for one in office.received if one.data] == []
    assert not [one for one in office.received if one.port in {515, 9100}]


def test_banners_and_what_they_prove(
    office: Lan, services: tuple[list[AnyObservation], int]
) -> None:
    seen = {
        (item.address, item.port): item for item in services[0] if isinstance(item, ServiceSeen)
    }
    assert seen["10.66.7.1", 22].banner == "SSH-2.0-OpenSSH_8.7"
    assert seen["2001:db8:66:7::1", 22].banner == "SSH-2.0-OpenSSH_8.7"
    assert seen["10.66.7.4", 21].banner.startswith("220 ap-lobby FTP server")
    assert seen["10.66.7.3", 23].evidence == "iac"
    assert seen["10.66.7.3", 80].banner == ""


DAEMONS = LanPlan(
    agent=Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2"),
    hosts=(
        Host(name="srv-ssh", kind="server", mac="0c:c4:7a:00:07:10", ipv4="10.66.7.10"),
        Host(name="srv-web", kind="server", mac="0c:c4:7a:00:07:11", ipv4="10.66.7.11"),
        Host(name="srv-name", kind="server", mac="0c:c4:7a:00:07:12", ipv4="10.66.7.12"),
        Host(name="pc-quiet", kind="workstation", mac="0c:c4:7a:00:07:13", ipv4="10.66.7.13"),
    ),
)


@pytest.fixture(name="daemons")
def lan_of_daemons(make_lan: Callable[..., Lan]) -> Lan:
    return make_lan(DAEMONS)


def test_real_sshd_and_nginx_see_an_orderly_visit(daemons: Lan) -> None:
    ssh = start_sshd(daemons.hosts["srv-ssh"], daemons.folder("sshd"))
    web = start_nginx(daemons.hosts["srv-web"], daemons.folder("nginx"), "Trang chu")
    before = resets_sent(daemons.agent)
    found = observed(daemons, tcp.collect)
    opened = {
        (item.address, item.port): item.banner
        for item in found
        if isinstance(item, ServiceSeen) and item.state == "open"
    }
    link_local = daemons.hosts["srv-ssh"].truth().ipv6[0]
    assert set(opened) >= {("10.66.7.10", 22), ("10.66.7.11", 80), (link_local, 22)}
    assert {address for address, port in opened if port == 22} == {"10.66.7.10", link_local}
    assert opened["10.66.7.10", 22].startswith("SSH-2.0-OpenSSH_")
    assert {item.interface for item in found if getattr(item, "address", "") == link_local} == {"eth0"}
    assert resets_sent(daemons.agent) == before
    assert ssh.process.poll() is None
    assert "reset by" not in ssh.log.lower()
    assert "error" not in web.log.lower()


def test_firewalls_are_told_from_refusals(daemons: Lan) -> None:
    rules = (
        "table inet f { chain i { type filter hook input priority 0;"
        " tcp dport 80 drop; tcp dport 443 reject with icmpx admin-prohibited;"
        " tcp dport 23 reject with tcp reset; } }"
    )
    start_sshd(daemons.hosts["srv-ssh"], daemons.folder("sshd"))
    daemons.hosts["srv-ssh"].run(["nft", rules], check=True)
    known = tuple(item for item in targets(daemons) if item.device == "d-srv-ssh")
    found = observed(daemons, tcp.collect, known=known, ports=[22, 80, 443, 23])
    seen = [item for item in found if isinstance(item, ServiceSeen)]
    for family in ("10.66.7.10", known[0].addresses[1].partition("%")[0]):
        states = {item.port: (item.state, item.evidence) for item in seen if item.address == family}
        assert states == {
            22: ("open", ""),
            80: ("filtered", "timeout"),
            443: ("filtered", "unreachable"),
            23: ("closed", ""),
        }


def test_a_host_that_dies_under_the_visit_is_quarantined(daemons: Lan) -> None:
    start_sshd(daemons.hosts["srv-ssh"], daemons.folder("sshd"))
    # Everything but the first connection is dropped: as if that had killed the host.
    rules = (
        "table inet f { chain i { type filter hook input priority 0;"
        " tcp flags syn limit rate over 1/hour burst 1 packets drop; } }"
    )
    daemons.hosts["srv-ssh"].run(["nft", rules], check=True)
    quarantine = Until()
    known = tuple(item for item in targets(daemons) if item.device == "d-srv-ssh")
    quick = Limits(device_gap_s=0.02, connect_timeout_s=0.3)
    found = observed(daemons, tcp.collect, known=known, limits=quick, quarantine=quarantine)
    opened = [item for item in found if isinstance(item, ServiceSeen) and item.state == "open"]
    assert [(item.address, item.port) for item in opened] == [("10.66.7.10", 22)]
    assert [device for device, _ in quarantine] == ["d-srv-ssh"]


# -- names


def test_netbios_names_of_the_office(office: Lan) -> None:
    found = names(observed(office, nbns.collect))
    expected = {
        (offer.host, host.plan.ipv4)
        for host in office.hosts.values()
        for offer in host.plan.offers
        if type(offer).__name__ == "Nbns" and host.plan.ipv4 != "10.66.7.77"
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


# -- snmp


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
        if type(offer).__name__ == "Snmp"
    }
    assert answered["10.66.7.21"] == "Brother HL-L5100DN series"
    tried = [(item.address, item.community) for item in found if isinstance(item, CommunityTried)]
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
