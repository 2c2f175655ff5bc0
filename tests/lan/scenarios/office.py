"""The office in which nothing is wrong, and every means to spoil it and to mend it again."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from agent.lab import Host, Lan, LanPlan, build, daemons
from agent.lab.offers import (
    DhcpClient,
    DhcpServer,
    DnsServer,
    Http,
    Mdns,
    Prefix,
    RouterAdvertiser,
    Sink,
    Ssh,
)
from agent.lab.topology import Nic
from agent.scan import EVERYTHING
from exporters.document import Document
from tests.lan.scenarios.far import start_far
from tests.lan.scenarios.scanner import Answer, Request

ROOT = Path(__file__).parents[3]
IPV6 = "2001:db8:66:7"
ROUTER_MAC = "00:1c:73:00:07:01"
NEAR = ("198.51.100.1/24", "2001:db8:ff::1/64")
FAR = tuple(
    address
    for number in (10, 11, 12)
    for address in (f"198.51.100.{number}/24", f"2001:db8:ff::{number}/64")
)
GOOD_RA = RouterAdvertiser(
    prefixes=(Prefix(prefix=f"{IPV6}::/64"),), mtu=1500, rdnss=(f"{IPV6}::1",), interval_s=10.0
)
CONFIG: Mapping[str, Mapping[str, object]] = {
    "agent": {"site": "lab"},
    "scope": {"networks": ["10.66.7.0/24", f"{IPV6}::/64"]},
    "ipv6": {"routers": [ROUTER_MAC], "dhcp_servers": [ROUTER_MAC]},
}
# Not what is slow and says nothing of IPv6.
LEFT_OUT = frozenset({"nbns", "ssdp", "wsd", "snmp_engine", "snmp_community"})
SCAN_TIMEOUT_S = 90.0


def plan() -> LanPlan:
    """A router with radvd and dnsmasq, servers, PCs and a printer, all as they should be."""
    return LanPlan(
        agent=Host(
            name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2", ipv6="stable"
        ),
        hosts=(
            Host(
                name="gw",
                kind="router",
                mac=ROUTER_MAC,
                ipv4="10.66.7.1",
                ipv6="static",
                ipv6_static=(f"{IPV6}::1",),
                behaviours=("router",),
                offers=(
                    GOOD_RA,
                    DnsServer(),
                    DhcpServer(first="10.66.7.150", last="10.66.7.199"),
                ),
            ),
            Host(
                name="srv-web",
                kind="server",
                mac="94:18:82:00:07:0a",
                ipv4="10.66.7.10",
                ipv6="static",
                ipv6_static=(f"{IPV6}::10",),
                offers=(Http(title="Cong thong tin"), Ssh(line="SSH-2.0-OpenSSH_9.2p1")),
            ),
            Host(
                name="pc-1",
                kind="workstation",
                mac="18:66:da:00:07:65",
                ipv4="10.66.7.101",
                ipv6="temporary",
                behaviours=("ignore_multicast_echo",),
                offers=(Sink(ports=(135, 445)), DhcpClient(hostname="pc-1")),
            ),
            Host(
                name="pc-2",
                kind="workstation",
                mac="f8:b1:56:00:07:66",
                ipv4="10.66.7.102",
                ipv6="stable",
                offers=(Sink(ports=(135, 445)),),
            ),
            Host(
                name="printer",
                kind="printer",
                mac="3c:52:82:00:07:14",
                ipv4="10.66.7.20",
                offers=(
                    Http(title="HP LaserJet MFP M428fdw", server="HP HTTP Server"),
                    Sink(ports=(631, 9100)),
                    Mdns(host="printer", services=(("_ipp._tcp", 631, "ty=HP LaserJet"),)),
                ),
            ),
        ),
    )


class Office:
    """The healthy office, running, with a scanner inside and a piece of Internet behind it."""

    def __init__(self, lan: Lan) -> None:
        self.lan = lan
        self.far = lan.attach("gw", "inet", NEAR, FAR)
        start_far(self.far)
        self._scanner = _Scanner(lan)
        self._stores = 0
        self._store = Path()
        self.forget()

    def forget(self) -> None:
        """Let the next scan begin with an empty memory."""
        self._stores += 1
        self._store = self.lan.folder(f"store-{self._stores}") / "lanwarden.db"

    def scan(
        self,
        more: Mapping[str, Mapping[str, object]] | None = None,
        names: Sequence[str] = (),
    ) -> "Scan":
        """One pass with the config of the office and, by section, `more` on top of it."""
        config = self._store.parent / "config.toml"
        config.write_text(_toml({**CONFIG, **{k: {**CONFIG.get(k, {}), **v}
                                              for k, v in (more or {}).items()}}))
        wanted = tuple(names) or tuple(sorted(EVERYTHING - LEFT_OUT))
        answer = self._scanner.ask(Request(wanted, str(config), str(self._store)))
        assert not answer.problem, answer.problem
        macs = {
            nic.mac: name
            for name, nics in self._cards().items()
            for nic in nics
        }
        return Scan(answer, msgspec.json.decode(answer.document, type=Document), macs)

    def restart(self, *names: str) -> None:
        """Switch hosts off and on: addresses and routes that they learnt are gone."""
        for name in names or [one for one in self.lan.hosts if one != "gw"]:
            host = self.lan.agent if name == "agent" else self.lan.hosts[name]
            for command in ("down", "up"):
                host.run(["ip", "link", "set", "eth0", command], check=True)
            for address in host.plan.ipv6_static:
                host.run(["ip", "-6", "addr", "replace", f"{address}/64", "dev", "eth0"], check=True)
            if host.plan.ipv4 is not None:
                host.run(["ip", "route", "replace", "default", "via", "10.66.7.1"], check=True)

    def heal(self, *names: str) -> None:
        """Restart hosts, and wait until they have their addresses again."""
        self.restart(*names)
        self.lan.settle()

    def ip(self, host: str, command: str) -> None:
        """Run ip(8) in a host."""
        place = self.lan.agent if host == "agent" else self.lan.hosts[host]
        place.run(["ip", *command.split()], check=True)

    @contextmanager
    def filtered(self, host: str, rules: str) -> Iterator[None]:
        """An nft ruleset in a host for as long as the context lasts."""
        place = self.lan.hosts[host]
        place.run(["nft", "-f", "-"], input_bytes=rules.encode(), check=True)
        try:
            yield
        finally:
            place.run(["nft", "flush", "ruleset"], check=True)

    @contextmanager
    def advertising(self, offer: RouterAdvertiser) -> Iterator[None]:
        """The router advertises something else than usual; its old radvd ends without goodbye."""
        yield

    def _cards(self) -> dict[str, tuple[Nic, ...]]:
        hosts = (self.lan.plan.agent, *self.lan.plan.hosts)
        return {host.name: host.nics for host in hosts}


class Scan:
    """What one pass found, in the names of the plan."""

    def __init__(self, answer: Answer, document: Document, hosts: Mapping[str, str]) -> None:
        self.answer = answer
        self.document = document
        self._hosts = hosts
        self._names = {
            f"device:{device.id}": next((hosts[mac] for mac in device.macs if mac in hosts), device.name or device.id)
            for device in document.devices
        }
        self._networks = {
            f"network:{network.id}": "network" if network.interface == "eth0" else network.interface
            for network in document.networks
        }

    def verdicts(self, verdict: str) -> dict[str, str]:
        """`check@subject` to summary, of the IPv6 checks with that verdict."""
        return {
            f"{one.check.removeprefix('ipv6.')}@{self._name(one.subject)}": one.reason and f"{one.reason}: {one.summary}" or one.summary
            for one in self.document.findings
            if one.verdict == verdict and one.check.startswith("ipv6.")
        }

    def _name(self, subject: str) -> str:
        return self._names.get(subject) or self._networks.get(subject) or subject

    @property
    def level(self) -> str | None:
        """The level of the office's network."""
        return next(one.ipv6_level for one in self.document.networks if one.interface == "eth0")

    @property
    def levels(self) -> dict[str, str | None]:
        """The levels of the devices, by name of the plan."""
        return {self._names[f"device:{one.id}"]: one.ipv6_level for one in self.document.devices}


class _Scanner:
    """The scanner program, inside the agent's host."""

    def __init__(self, lan: Lan) -> None:
        self._log = lan.folder("scanner") / "log"
        with self._log.open("wb") as log:
            self._process = lan.agent.popen(
                [sys.executable, "-P", "-m", "tests.lan.scenarios.scanner"],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def ask(self, request: Request) -> Answer:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(request) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._log.read_text()[-2000:]
        return msgspec.json.decode(line, type=Answer)


def _toml(sections: Mapping[str, Mapping[str, object]]) -> str:
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        for name, keys in sections.items()
    )
