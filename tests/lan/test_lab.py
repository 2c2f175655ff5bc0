"""The lab itself: it is what it says, and nothing gets out of it."""

import contextlib
import ipaddress
import json
import socket
import time
from collections.abc import Callable

import pytest

from agent.lab import Host, Lan, LanPlan, office, sized, wide
from agent.lab.namespaces import LabError
from agent.lab.offers import Prefix, RouterAdvertiser

LanMaker = Callable[..., Lan]


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


def test_the_office_is_as_planned(office: Lan) -> None:
    assert len(office.hosts) >= 24
    for name, host in office.hosts.items():
        truth, plan = host.truth(), host.plan
        assert truth.macs == tuple(nic.mac for nic in plan.nics), name
        assert truth.ipv4 == tuple(nic.ipv4 for nic in plan.nics if nic.ipv4), name
        assert bool(truth.ipv6) == any(nic.ipv6 != "none" for nic in plan.nics), name
        assert bool(truth.temporary_ipv6) == (plan.ipv6 == "temporary"), name
    assert office.hosts["sensor-server-room"].truth().ipv4 == ()
    assert len(office.hosts["srv-backup"].truth().interfaces) == 2
    duplicates = [name for name, truth in office.truth().items() if "10.66.7.77" in truth.ipv4]
    assert duplicates == ["pc-old", "tv-meeting"]


def test_the_agent_has_its_place(office: Lan) -> None:
    truth = office.agent.truth()
    assert truth.ipv4 == ("10.66.7.2",)
    lan = ipaddress.IPv6Network("2001:db8:66:7::/64")
    assert any(ipaddress.IPv6Address(one) in lan for one in truth.global_ipv6)


def test_a_program_inside_sees_its_own_machine(office: Lan) -> None:
    links = office.agent.run(["ls", "/sys/class/net"], check=True).stdout.split()
    assert links == [b"eth0", b"lo"]
    first = office.agent.run(["cat", "/proc/1/cmdline"], check=True).stdout
    assert b"lanwarden-lab-keeper" in first


def test_a_program_inside_asks_the_labs_resolver(office: Lan) -> None:
    done = office.agent.run(["getent", "hosts", "10.66.7.12"])
    assert done.stdout.split() == [b"10.66.7.12", b"srv-db.stc.example"]
    done = office.agent.run(["getent", "ahostsv6", "srv-web"])
    assert done.stdout.split()[0] == b"2001:db8:66:7::10"


@pytest.mark.parametrize("target", ["203.0.113.1", "2606:4700:4700::1111"])
def test_no_host_reaches_the_outside(office: Lan, target: str) -> None:
    for name in ("gw", "srv-web", "pc-budget-1"):
        done = office.hosts[name].run(["ping", "-n", "-c", "1", "-W", "1", target])
        assert done.returncode != 0, name
    for host in (office.agent, *office.hosts.values()):
        links = json.loads(host.run(["ip", "-j", "-d", "link"], check=True).stdout)
        kinds = {link["linkinfo"]["info_kind"] for link in links if link["ifname"] != "lo"}
        assert kinds == {"veth"}, host.name


def test_the_switch_has_no_address_and_no_way_out(office: Lan) -> None:
    switch = office._namespaces[0]
    assert [one.address for one in switch.netlink.addresses() if one.scope != "host"] == []
    # The far end of every port is one of the lab's own namespaces.
    ports = [link for link in switch.netlink.links() if link.name not in ("lo", "lan0")]
    cards = sum(len(host.plan.nics) for host in (office.agent, *office.hosts.values()))
    assert len(ports) == cards


def test_an_echo_to_all_nodes_is_ignored_by_those_who_should(office: Lan) -> None:
    # More than one request, because ping ends with the first answer to the last one.
    said = office.agent.run(["ping", "-6", "-n", "-c", "4", "-i", "0.5", "-w", "4", "ff02::1%eth0"])
    answered = said.stdout.decode()
    deaf = {"ignore_multicast_echo", "ignore_echo", "drop_all"}
    for name, host in office.hosts.items():
        if host.plan.ipv6 == "none":
            continue
        heard = any(f"from {one}%eth0:" in answered for one in host.truth().ipv6)
        assert heard == (not deaf & set(host.plan.behaviours)), name


def test_the_firewalled_host_says_nothing_but_is_there(office: Lan) -> None:
    address = "10.66.7.120"
    done = office.agent.run(["ping", "-n", "-c", "1", "-W", "1", address])
    assert done.returncode != 0
    table = json.loads(office.agent.run(["ip", "-j", "neigh", "show", address], check=True).stdout)
    assert table[0]["lladdr"] == "9c:b6:54:00:07:6e"


def test_the_rogue_router_is_believed(office: Lan) -> None:
    routes = json.loads(office.agent.run(["ip", "-6", "-j", "route"], check=True).stdout)
    hops = {
        (hop["gateway"], hop.get("pref", route.get("pref")))
        for route in routes
        if route["dst"] == "default"
        for hop in route.get("nexthops", [route])
    }
    gateway = next(a for a in office.hosts["gw"].truth().ipv6 if a.startswith("fe80"))
    rogue = next(a for a in office.hosts["wifi-room-3"].truth().ipv6 if a.startswith("fe80"))
    assert {gateway, rogue} == {address for address, _preference in hops}
    assert (rogue, "low") in hops


def test_a_host_goes_down_and_comes_back(make_lan: LanMaker) -> None:
    lan = make_lan(sized(3), real_daemons=False)
    host = lan.hosts["eui64-000"]
    before = host.truth()
    ping = ["ping", "-n", "-c", "1", "-W", "1", before.ipv4[0]]
    assert lan.agent.run(ping).returncode == 0
    host.down()
    assert lan.agent.run(ping).returncode != 0
    host.up()
    lan.settle([host])
    assert lan.agent.run(ping).returncode == 0
    assert set(host.truth().ipv6) == set(before.ipv6)


def test_hosts_join_when_told(make_lan: LanMaker) -> None:
    """A watch that runs before they do hears each test one address for duplicates."""
    lan = make_lan(sized(6), real_daemons=False, join=False)
    assert [name for name, truth in lan.truth().items() if truth.interfaces[0].up] == ["gw"]
    tested = set()
    with lan.agent.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x86DD)) as sock:
        sock.settimeout(0)
        lan.join()
        with contextlib.suppress(BlockingIOError):
            while True:
                packet = sock.recv(2048)
                if packet[6] == 58 and packet[40] == 135 and packet[8:24] == bytes(16):
                    tested.add(str(ipaddress.IPv6Address(packet[48:64])))
    # A busy kernel may open a bridge port after the host behind it has tested its link-local
    # address; the addresses that come with the router's advertisement are tested later.
    for name, truth in lan.truth().items():
        if name != "gw":
            wanted = {text for text in truth.ipv6 if not text.startswith("fe80:")}
            assert wanted, name
            assert wanted <= tested, name


@pytest.mark.parametrize("real", [True, False], ids=["radvd", "own"])
def test_hosts_get_addresses_from_either_kind_of_router(make_lan: LanMaker, real: bool) -> None:
    lan = make_lan(office(rogue_router=False), real_daemons=real)
    assert lan.remarks == []
    processes = lan.agent.run(["ps", "-e", "-o", "comm="], check=True).stdout.split()
    assert (b"radvd" in processes) == real
    assert (b"dnsmasq" in processes) == real
    # What the kernel learned from the advertisement besides the prefix.
    mtu = lan.agent.run(["cat", "/proc/sys/net/ipv6/conf/eth0/mtu"], check=True).stdout
    assert mtu == b"1500\n"
    route = json.loads(lan.agent.run(["ip", "-6", "-j", "route", "show", "default"]).stdout)
    assert len(route) == 1
    assert 0 < route[0]["expires"] <= 1800


def test_without_the_daemons_it_says_what_it_did_instead(
    make_lan: LanMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.lab.daemons.available", lambda program: None)
    monkeypatch.setattr("agent.lab.assembly.shutil.which", lambda *_args, **_more: None)
    lan = make_lan(office(rogue_router=False))
    said = "\n".join(lan.remarks)
    assert "gw: radvd is not installed; its advertisements come from a small server" in said
    assert "gw: dnsmasq is not installed" in said
    assert "pc-audit: no packet filter (nft) here; it answers nothing" in said
    ping = lan.agent.run(["ping", "-n", "-c", "1", "-W", "1", "10.66.7.120"])
    assert ping.returncode != 0
    table = json.loads(lan.agent.run(["ip", "-j", "neigh", "show", "10.66.7.120"]).stdout)
    assert table[0]["lladdr"] == "9c:b6:54:00:07:6e"


def test_a_hundred_hosts_are_there_in_seconds(make_lan: LanMaker) -> None:
    begin = time.monotonic()
    lan = make_lan(sized(100))
    # About one second on two idle cores; the bound is for a busy machine.
    assert time.monotonic() - begin < 15
    assert len(lan.hosts) == 101
    assert all(truth.global_ipv6 for truth in lan.truth().values())


def test_one_namespace_answers_for_many_addresses(make_lan: LanMaker) -> None:
    plan, alive = wide("10.66.16.0/22")
    lan = make_lan(plan)
    assert len(alive) == 4 * 26
    for address in (min(alive), max(alive)):
        ping = lan.agent.run(["ping", "-n", "-c", "1", "-W", "1", address])
        assert ping.returncode == 0, address
    assert lan.agent.run(["ping", "-n", "-c", "1", "-W", "1", "10.66.16.9"]).returncode != 0


def test_hosts_without_a_router_are_named(make_lan: LanMaker) -> None:
    # Promised by the plan, but by a host without the right to advertise.
    mute = Host(
        name="mute",
        kind="router",
        mac="02:66:00:00:00:99",
        offers=(RouterAdvertiser(prefixes=(Prefix(prefix="2001:db8:66:9::/64"),)),),
    )
    agent = Host(name="agent", kind="server", mac="02:66:00:00:00:98", ipv4="10.66.7.2")
    lan = make_lan(LanPlan(hosts=(), agent=agent))
    lan.plan = LanPlan(hosts=(mute,), agent=agent)
    with pytest.raises(LabError, match="agent: eth0 has no address in 2001:db8:66:9::/64"):
        lan.settle(timeout_s=0.2)
