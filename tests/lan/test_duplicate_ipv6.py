"""Who has an IPv6 address twice, asked of real kernels: and who only looks as if."""

import contextlib
import json
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.lab import Host, Lan, LanPlan, Nic
from collectors.wire import frame, nd
from collectors.wire.address import ip_text, ipv6_bytes, mac_bytes, mac_text

ROOT = Path(__file__).parents[2]
PREFIX = "2001:db8:66:7"
ADDRESS = f"{PREFIX}::10"
SERVER, PC, PROXY = "94:18:82:00:07:0a", "f8:b1:56:00:07:66", "00:1c:73:00:07:01"
CARDS = ("a0:36:9f:00:07:0d", "a0:36:9f:00:07:0e")
NAMES = ("netlink", "arp", "link_query", "solicit", "nd_compare")
JOIN_ANYCAST = 27  # IPV6_JOIN_ANYCAST, linux/in6.h
RUNS = int(os.environ.get("LANWARDEN_DUPLICATE_RUNS", "3"))


def plan() -> LanPlan:
    def host(name: str, mac: str, number: int, **more: Any) -> Host:
        return Host(
            name=name, kind="server", mac=mac, ipv4=f"10.66.7.{number}", ipv6="static",
            ipv6_static=(f"{PREFIX}::{number}",), **more,
        )  # fmt: skip

    return LanPlan(
        agent=host("agent", "b8:27:eb:66:07:02", 2),
        hosts=(
            host("gw", PROXY, 1, behaviours=("router",)),
            host("server", SERVER, 10),
            host("pc", PC, 20),
            host(
                "cards", CARDS[0], 13,
                more_nics=(
                    Nic(
                        mac=CARDS[1], ipv4="10.66.7.14", ipv6="static",
                        ipv6_static=(f"{PREFIX}::14",),
                    ),
                ),
            ),
        ),
    )  # fmt: skip


class Bench:
    """The LAN, with scans into a memory that lasts until `forget`."""

    def __init__(self, lan: Lan) -> None:
        self.lan = lan
        self.advertised: set[tuple[str, str, bool]] = set()
        self.forget()

    def forget(self) -> None:
        self._config = self.lan.folder("scan") / "config.toml"
        store = self._config.parent / "lanwarden.db"
        self._config.write_text(
            f'[scope]\nnetworks = ["10.66.7.0/24", "{PREFIX}::/64"]\n[store]\npath = "{store}"\n'
        )

    def scan(self) -> dict[str, set[str]]:
        """The MACs of each duplicate address, after one scan."""
        with self._heard():
            return self._scan()

    def _scan(self) -> dict[str, set[str]]:
        only = [word for name in NAMES for word in ("--only", name)]
        done = self.lan.agent.run(
            [sys.executable, "-P", "-m", "agent.main", "scan", "--json", *only,
             "--config", str(self._config)],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
            timeout_s=90,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        (network,) = [
            one for one in json.loads(done.stdout)["networks"] if one["interface"] == "eth0"
        ]
        return {one["address"]: set(one["macs"]) for one in network["duplicates"]}

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Note what the kernels of the LAN advertised meanwhile: target, MAC, override flag."""
        sock = self.lan.agent.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86DD))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(("eth0", 0x86DD))
        sock.setblocking(False)
        self.advertised = set()
        try:
            yield
            with contextlib.suppress(BlockingIOError):
                while octets := sock.recv(2048):
                    decoded = frame.decode(octets)
                    said = decoded.payload
                    if isinstance(said, nd.NeighbourAdvertisement) and said.options.target_mac:
                        mac = mac_text(decoded.source_mac)
                        self.advertised.add((ip_text(said.target), mac, said.override))
        finally:
            sock.close()

    def ip(self, host: str, command: str) -> None:
        self.lan.hosts[host].run(["ip", *command.split()], check=True)

    @contextmanager
    def added(self, host: str, what: str) -> Iterator[None]:
        """`ip … add` in a host, and `del` at the end."""
        self.ip(host, what.format("add"))
        try:
            yield
        finally:
            self.ip(host, what.replace(" nodad", "").format("del"))

    def sysctl(self, host: str, name: str, value: str) -> None:
        self.lan.hosts[host].sysctl((name, value))


@pytest.fixture(name="bench")
def running_bench(make_lan: Callable[..., Lan]) -> Bench:
    return Bench(make_lan(plan(), real_daemons=False))


def test_a_wrong_guess_makes_a_router_neither_redirect_nor_ask(bench: Bench) -> None:
    """A packet to the address itself does both: so it shows that the router could."""
    sock = bench.lan.agent.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86DD))
    own, router = mac_bytes("b8:27:eb:66:07:02"), mac_bytes(PROXY)
    source, target = ipv6_bytes(f"{PREFIX}::2"), ipv6_bytes(f"{PREFIX}::20")
    with contextlib.closing(sock):
        sock.bind(("eth0", 0x86DD))
        sock.settimeout(3.0)
        said: dict[bool, set[type]] = {True: set(), False: set()}
        for to_group in (True, False):
            sock.send(nd.build_neighbour_solicitation(own, source, target, router, to_group))
            # What the router does, it does before it answers for an address that it has.
            last = ipv6_bytes(f"{PREFIX}::1")
            sock.send(nd.build_neighbour_solicitation(own, source, last, router, True))
            while True:
                decoded = frame.decode(sock.recv(2048))
                if decoded.source_mac == router and decoded.payload is not None:
                    said[to_group].add(type(decoded.payload))
                    if getattr(decoded.payload, "target", b"") == last:
                        break
    assert nd.Redirect in said[False]
    assert said[True] == {nd.NeighbourAdvertisement}


@pytest.mark.timeout(600)
def test_two_owners_are_found_every_time_and_gone_when_one_is(bench: Bench) -> None:
    assert bench.scan() == {}
    found = []
    with bench.added("pc", f"-6 addr {{}} {ADDRESS}/64 dev eth0 nodad"):
        for _ in range(RUNS):
            bench.forget()
            found.append(bench.scan())
        bench.forget()
        print(f"\nfound in {sum(map(bool, found))} of {RUNS} scans")
        assert found == [{ADDRESS: {SERVER, PC}}] * RUNS
    assert bench.scan() == {}


def test_an_address_that_moves_is_none(bench: Bench) -> None:
    assert bench.scan() == {}
    bench.ip("server", f"-6 addr del {ADDRESS}/64 dev eth0")
    with bench.added("pc", f"-6 addr {{}} {ADDRESS}/64 dev eth0 nodad"):
        assert bench.scan() == {}
        assert bench.scan() == {}
    bench.ip("server", f"-6 addr add {ADDRESS}/64 dev eth0 nodad")
    assert bench.scan() == {}


def test_a_host_for_which_a_router_answers_as_well_is_none(bench: Bench) -> None:
    bench.sysctl("gw", "net/ipv6/conf/eth0/proxy_ndp", "1")
    bench.sysctl("gw", "net/ipv6/neigh/eth0/proxy_delay", "0")
    with bench.added("gw", f"-6 neigh {{}} proxy {ADDRESS} dev eth0"):
        for _ in range(2):
            assert bench.scan() == {}
            assert bench.advertised >= {(ADDRESS, SERVER, True), (ADDRESS, PROXY, False)}


def test_an_anycast_address_is_none(bench: Bench) -> None:
    address = f"{PREFIX}::77"
    membership = socket.inet_pton(socket.AF_INET6, address)
    with contextlib.ExitStack() as sockets:
        for name in ("server", "pc"):
            host = bench.lan.hosts[name]
            sock = sockets.enter_context(host.socket(socket.AF_INET6, socket.SOCK_DGRAM))
            index = struct.pack("@I", host.enter(lambda: socket.if_nametoindex("eth0")))
            sock.setsockopt(socket.IPPROTO_IPV6, JOIN_ANYCAST, membership + index)
        for _ in range(2):
            assert bench.scan() == {}
            assert bench.advertised >= {(address, SERVER, False), (address, PC, False)}


def test_two_cards_of_one_host_are_none(bench: Bench) -> None:
    for name in ("arp_ignore", "arp_announce"):
        bench.sysctl("cards", f"net/ipv4/conf/all/{name}", "0")
    for _ in range(2):
        assert bench.scan() == {}
    with bench.added("cards", f"-6 addr {{}} {PREFIX}::13/64 dev eth1 nodad"):
        for _ in range(2):
            assert bench.scan() == {}
            assert bench.advertised >= {(f"{PREFIX}::13", mac, True) for mac in CARDS}
