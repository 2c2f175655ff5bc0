"""The office in which nothing is wrong, and every means to spoil it and to mend it again."""

import ipaddress
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from agent.lab import Host, LabHost, Lan, LanPlan, build, daemons
from agent.lab.offers import (
    DhcpClient,
    DhcpServer,
    Http,
    Mdns,
    Prefix,
    RouterAdvertiser,
    Sink,
    Ssh,
)
from agent.lab.topology import Nic
from agent.scan import EVERYTHING, IPV6_LIGHT
from exporters.document import Document
from tests.lan.far_side import IPV4 as FAR4
from tests.lan.far_side import IPV6 as FAR6
from tests.lan.far_side import FarSide, Nonsense, Sinks
from tests.lan.scenarios.scanner import Answer, Request

ROOT = Path(__file__).parents[3]
IPV6 = "2001:db8:66:7"
ROUTER_MAC = "00:1c:73:00:07:01"
PC2 = "f8:b1:56:00:07:66"
DHCP = DhcpServer(first="10.66.7.150", last="10.66.7.199")
ANCHORS = [f"{FAR4}.11:443", f"[{FAR6}:11]:443", "dual.example:443"]
FAR_NAMES = "\n".join(
    (
        "host-record=ipv4only.arpa,192.0.0.170",
        "host-record=ipv4only.arpa,192.0.0.171",
        f"host-record=dual.example,{FAR4}.12,{FAR6}:12",
        f"host-record=v4only.example,{FAR4}.13",
        f"host-record=v6only.example,{FAR6}:13",
        f"host-record=stc.example,{FAR4}.80,{FAR6}:80",
        f"host-record=lost.example,{FAR4}.80,{FAR6}:dead",  # nobody has that address
    )
)
GOOD_RA = RouterAdvertiser(
    prefixes=(Prefix(prefix=f"{IPV6}::/64"),), mtu=1500, rdnss=(f"{IPV6}::1",), interval_s=10.0
)
CONFIG: Mapping[str, Mapping[str, object]] = {
    "agent": {"site": "lab"},
    "scope": {"networks": ["10.66.7.0/24", f"{IPV6}::/64"]},
    "ipv6": {
        "routers": [ROUTER_MAC],
        "dhcp_servers": [ROUTER_MAC],
        "allocations": ["2001:db8:66::/48"],
        "anchors": ANCHORS,
    },
}
# Not what is slow and says nothing of IPv6, nor what only some scenarios ask for.
USUAL = (EVERYTHING | IPV6_LIGHT | {"snmp_ipv6"}) - {
    "nbns", "ssdp", "wsd", "snmp_engine", "snmp_community", "dhcp_census", "parity",
}  # fmt: skip
QUICK = ("netlink", "arp", "echo", "link_query", "neighbours")  # who is there
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
                mac=PC2,
                ipv4="10.66.7.102",
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

    def __init__(self) -> None:
        self.lan = build(plan(), join=False)
        try:
            self._folders = 0
            self._radvd = self.start_radvd("gw", GOOD_RA)
            self.lan.join()
            self.far = FarSide(self.lan, self.lan.hosts["gw"])
            self._sinks = Sinks(self.far.namespace, 443)
            self._far_dns = self.far.start_dns(FAR_NAMES)
            self._resolver = self.far.start_resolver(dns64=False)
            self._dhcp = self._start_dhcp(DHCP)
            self.lan.agent.sysctl(("net/ipv4/ping_group_range", "0 2147483647"))
            self.settle()
            resolv = self.lan.folder("etc") / "resolv.conf"
            resolv.write_text("nameserver 10.66.7.1\nnameserver 2001:db8:66:7::1\n")
            self._scanner = _Scanner(self.lan, resolv)
            self._store = Path()
            self.forget()
        except BaseException:
            self.lan.close()
            raise

    def forget(self) -> None:
        """Let the next scan begin with an empty memory."""
        self._store = self.lan.folder("store") / "lanwarden.db"

    def beside_config(self, name: str, text: str) -> None:
        """Write a file that the config of the next scan can name."""
        path = self._store.parent / name
        path.write_text(text)
        path.chmod(0o600)

    def scan(
        self,
        more: Mapping[str, Mapping[str, object]] | None = None,
        names: Sequence[str] = (),
        only: Collection[str] = USUAL,
    ) -> "Scan":
        """One pass with the config of the office and, by section, `more` on top of it.

        `names` are collectors that run besides the usual ones, or those of `only`.
        """
        config = self._store.parent / "config.toml"
        config.write_text(
            _toml({**CONFIG, **{k: {**CONFIG.get(k, {}), **v} for k, v in (more or {}).items()}})
        )
        wanted = tuple(sorted({*only, *names}))
        answer = self._scanner.ask(Request(wanted, str(config), str(self._store)))
        assert not answer.problem, answer.problem
        macs = {nic.mac: name for name, nics in self._cards().items() for nic in nics}
        return Scan(answer, msgspec.json.decode(answer.document, type=Document), macs)

    def heal(self, *names: str) -> None:
        """Switch hosts off and on: what they learnt is gone. Returns when they are there again."""
        chosen = names or tuple(one for one in (*self.lan.hosts, "agent") if one != "gw")
        for name in chosen:
            host = self.host(name)
            for command in ("down", "up"):
                host.run(["ip", "link", "set", "eth0", command], check=True)
            for address in host.plan.ipv6_static:
                self.ip(name, f"-6 addr replace {address}/64 dev eth0")
            if host.plan.ipv4 is not None:
                self.ip(name, "route replace default via 10.66.7.1")
        self.settle()

    def settle(self, prefix: str = f"{IPV6}::/64", but: Sequence[str] = ()) -> None:
        """Wait until every host but some has an address of a prefix and tests none any more."""
        network = ipaddress.IPv6Network(prefix)
        deadline = time.monotonic() + 15.0
        waiting = [self.lan.agent, *self.lan.hosts.values()]
        waiting = [host for host in waiting if host.name not in but]
        while waiting := [host for host in waiting if not _is_settled(host, network)]:
            assert time.monotonic() < deadline, [host.name for host in waiting]
            time.sleep(0.05)

    def host(self, name: str) -> LabHost:
        """A host of the office, the agent's among them."""
        return self.lan.agent if name == "agent" else self.lan.hosts[name]

    def ip(self, host: str, command: str) -> None:
        """Run ip(8) in a host."""
        self.host(host).run(["ip", *command.split()], check=True)

    def start_radvd(self, host: str, offer: RouterAdvertiser, more: str = "") -> daemons.Daemon:
        """Start radvd in a host."""
        return daemons.start_radvd(self.lan.hosts[host], offer, self.lan.folder("radvd"), more)

    @contextmanager
    def silent_router(self) -> Iterator[None]:
        """The router loses its radvd without a goodbye, as in a crash; at the end it is back."""
        kill(self._radvd)
        try:
            yield
        finally:
            self._radvd = self.start_radvd("gw", GOOD_RA)
            self.heal()

    @contextmanager
    def routing(self, offer: RouterAdvertiser, more: str = "") -> Iterator[None]:
        """The router advertises something else than it should, and every host believes it."""
        with self.silent_router(), self.second_router("gw", offer, more):
            yield

    @contextmanager
    def second_router(self, host: str, offer: RouterAdvertiser, more: str = "") -> Iterator[None]:
        """A radvd in a host, which ends without a goodbye."""
        self.host(host).sysctl(("net/ipv6/conf/all/forwarding", "1"))
        radvd = self.start_radvd(host, offer, more)
        try:
            yield
        finally:
            kill(radvd)
            if host != "gw":
                self.host(host).sysctl(("net/ipv6/conf/all/forwarding", "0"))
                self.heal()

    @contextmanager
    def sending(self, host: str, frames: Sequence[bytes], every_s: float = 1.0) -> Iterator[None]:
        """A host sends frames over and over."""
        stop = threading.Event()
        sock = self.host(host).socket(socket.AF_PACKET, socket.SOCK_RAW)
        sock.bind(("eth0", 0))

        def speak() -> None:
            while True:
                for frame in frames:
                    sock.send(frame)
                if stop.wait(every_s):
                    return

        thread = threading.Thread(target=speak, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            sock.close()

    @contextmanager
    def filtered(self, host: str, rules: str) -> Iterator[None]:
        """An nft ruleset in a host for as long as the context lasts."""
        self.host(host).run(["nft", "-f", "-"], input_bytes=rules.encode(), check=True)
        try:
            yield
        finally:
            self.host(host).run(["nft", "flush", "ruleset"], check=True)

    @contextmanager
    def switch_filtered(self, rules: str) -> Iterator[None]:
        """An nft ruleset in the bridge."""
        keeper, switch = self.lan._keeper, self.lan._namespaces[0]
        assert keeper is not None
        done = keeper.run(switch, ["nft", "-f", "-"], input_bytes=rules.encode())
        assert done.returncode == 0, done.stderr
        try:
            yield
        finally:
            keeper.run(switch, ["nft", "flush", "ruleset"])

    @contextmanager
    def no_resolver(self) -> Iterator[None]:
        """unbound is stopped, and started again at the end."""
        self._resolver.stop()
        try:
            yield
        finally:
            self._resolver = self.far.start_resolver(dns64=False)

    @contextmanager
    def resolver_that(self, says: str) -> Iterator[None]:
        """dnsmasq in place of unbound; `says` are lines of its configuration."""
        folder = self.lan.folder("other-dns")
        config = folder / "dnsmasq.conf"
        config.write_text(f"port=53\nno-resolv\nno-hosts\n{says}\n")
        argv = ["--no-daemon", f"--conf-file={config}", "--user=root"]
        with self.no_resolver():
            other = daemons._start(
                "dnsmasq", self.lan.hosts["gw"], argv, folder, table="udp", port=53
            )
            try:
                yield
            finally:
                other.stop()

    @contextmanager
    def nonsense(self, kind: str) -> Iterator[None]:
        """A resolver that says what no resolver should, see `Nonsense`."""
        with self.no_resolver():
            other = Nonsense(self.lan.hosts["gw"].namespace, kind)
            try:
                yield
            finally:
                other.close()

    @contextmanager
    def translating(self) -> Iterator[None]:
        """tayga translates on the router."""
        route = "route replace 100.64.0.0/24 via 198.51.100.1"
        self.far.host.run(["ip", *route.split()], check=True)
        translator = self.far.start_nat64()
        try:
            yield
        finally:
            translator.stop()
            self.ip("gw", "link delete nat64")

    @contextmanager
    def resolving(self, *, dns64: bool) -> Iterator[None]:
        """Another unbound."""
        with self.no_resolver():
            other = self.far.start_resolver(dns64=dns64)
            try:
                yield
            finally:
                other.stop()

    @contextmanager
    def leasing(self, offer: DhcpServer) -> Iterator[None]:
        """Another DHCP server on the router."""
        self._dhcp.stop()
        self._dhcp = self._start_dhcp(offer)
        try:
            yield
        finally:
            self._dhcp.stop()
            self._dhcp = self._start_dhcp(DHCP)

    @contextmanager
    def second_dhcpv6(self, host: str) -> Iterator[None]:
        """A dnsmasq in a host that leases IPv6 addresses and advertises nothing."""
        folder = self.lan.folder("dhcpv6")
        config = folder / "dnsmasq.conf"
        config.write_text(
            "port=0\ninterface=eth0\nbind-interfaces\nno-resolv\nno-hosts\n"
            f"dhcp-range={IPV6}::9000,{IPV6}::9fff,64,1h\n"
            f"dhcp-leasefile={folder / 'leases'}\npid-file={folder / 'pid'}\n"
        )
        argv = ["--no-daemon", f"--conf-file={config}"]
        place = self.host(host)
        daemon = daemons._start("dnsmasq", place, argv, folder, table="udp", port=547)
        try:
            yield
        finally:
            daemon.stop()

    def _start_dhcp(self, offer: DhcpServer) -> daemons.Daemon:
        folder = self.lan.folder("dnsmasq")
        return daemons.start_dnsmasq(self.lan.hosts["gw"], plan(), offer, None, {}, folder)

    def close(self) -> None:
        """Take it away."""
        self._scanner.close()
        self._sinks.close()
        self.far.close()
        self.lan.close()

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
            f"device:{device.id}": next(
                (hosts[mac] for mac in device.macs if mac in hosts), device.name or device.id
            )
            for device in document.devices
        }
        self._networks = {
            f"network:{network.id}": "network" if network.interface == "eth0" else network.interface
            for network in document.networks
        }

    def verdicts(self, verdict: str) -> dict[str, str]:
        """`check@subject` to summary, of the IPv6 checks with that verdict."""
        return {
            f"{one.check.removeprefix('ipv6.')}@{self._name(one.subject)}": (
                f"{one.reason}: {one.summary}" if one.reason else one.summary
            )
            for one in self.document.findings
            if one.verdict == verdict and one.check.startswith("ipv6.")
        }

    def said(self, key: str) -> str:
        """What was said under `check@subject`, whatever the verdict."""
        for verdict in ("pass", "warn", "fail", "unknown", "not_applicable"):
            if key in (found := self.verdicts(verdict)):
                return f"{verdict}, {found[key]}"
        return "nothing was said"

    def shown(self, key: str) -> str:
        """The evidence under `check@subject` as JSON, and the device's ports that are not open."""
        for one in self.document.findings:
            if f"{one.check.removeprefix('ipv6.')}@{self._name(one.subject)}" == key:
                shut = [
                    f"{port.address} {port.port} {port.state}"
                    for device in self.document.devices
                    if one.subject == f"device:{device.id}"
                    for port in device.services
                    if port.state != "open"
                ]
                return " ".join((msgspec.json.encode(one.evidence).decode(), *shut))
        return "nothing"

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

    def __init__(self, lan: Lan, resolv_conf: Path) -> None:
        self._log = lan.folder("scanner") / "log"
        with self._log.open("wb") as log:
            self._process = lan.agent.popen(
                [sys.executable, "-P", "-m", "tests.lan.scenarios.scanner"],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                private={"/etc/resolv.conf": str(resolv_conf)},
            )

    def close(self) -> None:
        """Let the scanner end."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()

    def ask(self, request: Request) -> Answer:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(request) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._log.read_text()[-2000:]
        return msgspec.json.decode(line, type=Answer)


def kill(daemon: daemons.Daemon) -> None:
    """End a daemon without letting it say goodbye."""
    daemon.process.kill()
    daemon.process.wait()


def _is_settled(host: LabHost, prefix: ipaddress.IPv6Network) -> bool:
    (card,) = (one for one in host.truth().interfaces if one.name == "eth0")
    if any("tentative" in one.flags for one in card.ipv6):
        return False
    own = [one for one in card.ipv6 if ipaddress.IPv6Address(one.address) in prefix]
    temporary = [one for one in own if "temporary" in one.flags]
    return len(own) > len(temporary) and (bool(temporary) or host.plan.ipv6 != "temporary")


def _toml(sections: Mapping[str, Mapping[str, object]]) -> str:
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in keys.items())
        for name, keys in sections.items()
    )


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        inside = (f"{json.dumps(key)} = {_value(entry)}" for key, entry in value.items())
        return f"{{ {', '.join(inside)} }}"
    return json.dumps(value)
