"""The IPv6-only twin on real stacks (scenario 23), without NAT64 and through one."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agent import twin
from agent.config.ipv6 import Ipv6Section
from agent.config.sections import Config
from agent.errors import MissingRefusal, UsageRefusal
from agent.lab import Host, Lan, LanPlan, build, daemons
from agent.lab.offers import DnsServer, Greeting, Http, Prefix, RouterAdvertiser, Sink, Ssh
from collectors.observation import TwinTried
from collectors.twin.station import TwinRefused
from collectors.twin.trial import Report, Wanted, run
from inventory.inventory import Inventory
from inventory.settings import Settings
from inventory.store import Store
from tests.lan.readiness import AGENT, IPV6, gateway, server

WEB = Http(title="Cong thong tin")
HOSTS = (
    server("good", 10, WEB, Ssh(line="SSH-2.0-OpenSSH_9.2p1"),
        Http(port=443, title="An toan", tls=True), Sink(ports=(5432, 8080))),
    server("half", 11, Http(title="Cu", families=("ipv4",))),
    server("old", 12, WEB, ipv6="none"),
    server("mute", 13, Greeting(port=22, line=""), Sink(ports=(8080,))),
)  # fmt: skip
WANTED = (
    Wanted("web", "good.stc.example", 80),
    Wanted("secure", "good.stc.example", 443),
    Wanted("shell", "good.stc.example", 22),
    Wanted("database", "good.stc.example", 5432),
    Wanted("names", f"{IPV6}::53", 53, "udp"),
    Wanted("half", "half.stc.example", 80),
    Wanted("old", "old.stc.example", 80),
    Wanted("literal", "10.66.7.10", 80),
    Wanted("mute", "mute.stc.example", 8080),
    Wanted("nowhere", "no-such-name.stc.example", 80),
    Wanted("print", "good.stc.example", 9100),
    Wanted("voice", "good.stc.example", 5060, "udp"),
)
NAT64 = "2001:db8:64::/96"
ROUTER = RouterAdvertiser(prefixes=(Prefix(prefix=f"{IPV6}::/64"),), rdnss=(f"{IPV6}::53",))


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if daemons.available(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def plan() -> LanPlan:
    router = gateway()
    router = Host(
        name="gw", kind="router", mac=router.mac, ipv4=router.ipv4, ipv6="static",
        ipv6_static=(f"{IPV6}::1", f"{IPV6}::53"), behaviours=("router",),
        offers=(ROUTER, DnsServer(zone="stc.example")),
    )  # fmt: skip
    return LanPlan(agent=AGENT, hosts=(router, *HOSTS))


@pytest.fixture(scope="module", name="lan")
def a_lan(requires_namespaces: None) -> Iterator[Lan]:
    with build(plan()) as lan:
        yield lan


@pytest.fixture(scope="module", name="report")
def what_the_twin_found(lan: Lan) -> Report:
    return lan.agent.enter(lambda: run("eth0", WANTED))


def by_name(report: Report) -> Mapping[str, TwinTried]:
    return {one.service: one for one in report.tried}


def test_the_twin_has_ipv6_and_nothing_else(report: Report) -> None:
    assert all(address.startswith(f"{IPV6}:") for address in report.station.addresses)
    assert len(report.station.routers) == 1
    assert report.station.resolvers == (f"{IPV6}::53",)


@pytest.mark.parametrize(
    ("service", "stage", "detail"),
    [
        pytest.param("web", "done", "HTTP/1.1 200 OK", id="a page"),
        pytest.param("secure", "done", "TLSv1.3, HTTP/1.1 200 OK", id="a page over TLS"),
        pytest.param("shell", "done", "SSH-2.0-OpenSSH_9.2p1", id="a greeting"),
        pytest.param("database", "done", "connected", id="no protocol that is known"),
        pytest.param("names", "done", "it answers", id="DNS"),
        pytest.param("half", "connect", "Connection refused", id="a service on IPv4 alone"),
        pytest.param("old", "resolve", "has no IPv6 address", id="a host without IPv6"),
        pytest.param("literal", "resolve", "give the service a name", id="an IPv4 literal"),
        pytest.param("mute", "talk", "says nothing", id="it takes the connection, no more"),
        pytest.param("nowhere", "resolve", "has no IPv6 address", id="no such name"),
    ],
)
def test_services(report: Report, service: str, stage: str, detail: str) -> None:
    found = by_name(report)[service]
    assert (found.stage, found.works) == (stage, stage == "done"), found.detail
    assert detail in found.detail
    assert not found.via_nat64


def test_what_must_not_or_cannot_be_tried_is_named(lan: Lan, report: Report) -> None:
    assert [text.partition(":")[0] for text in report.untried] == ["print", "voice"]
    assert not [one for one in lan.received if one.port in (9100, 5060)]


def test_nothing_is_left_behind(lan: Lan, report: Report) -> None:
    (address, *_) = report.station.addresses
    assert lan.hosts["gw"].run(["ping", "-n", "-c", "1", "-W", "1", address]).returncode != 0
    links = lan.agent.run(["ip", "-o", "link"], check=True).stdout.decode()
    assert "macvlan" not in links
    assert "twin6" not in links


def test_it_is_gone_with_its_process_even_when_that_is_killed(lan: Lan) -> None:
    code = (
        "import time; from collectors.twin.station import become;"
        "print(become('eth0').addresses[0], flush=True); time.sleep(60)"
    )
    child = lan.agent.popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={"PYTHONPATH": str(Path.cwd())}
    )
    assert child.stdout is not None
    with child.stdout:
        address = child.stdout.readline().decode().strip()
        ping = ["ping", "-n", "-c", "1", "-W", "1", address]
        assert lan.hosts["gw"].run(ping).returncode == 0
        child.kill()
        child.wait(5)
    deadline = time.monotonic() + 5
    while lan.hosts["gw"].run(ping).returncode == 0:
        assert time.monotonic() < deadline
    assert b"twin6" not in lan.agent.run(["ip", "-o", "link"], check=True).stdout


def test_the_result_is_kept_by_whoever_writes_the_store(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    store = Store.open(path, time.time)
    store.commit(Inventory(Settings("lab"), lambda mac: "").take_changes())
    store.close()
    assert twin.keep(Config(), path, report) == "kept: 5 of 10 services worked without IPv4"
    saved = Store.open_readonly(path)
    try:
        kept = saved.load().facts.twin
    finally:
        saved.close()
    assert sorted(one.service for one in kept) == sorted(one.service for one in report.tried)


@pytest.mark.parametrize(
    ("section", "interface", "wanted", "said"),
    [
        pytest.param(Ipv6Section(), "eth0", WANTED, "twin = true", id="not allowed"),
        pytest.param(Ipv6Section(twin=True), "eth0", (), "must_work", id="nothing to try"),
        pytest.param(Ipv6Section(twin=True), "", WANTED, "--interface", id="no interface"),
    ],
)
def test_it_does_nothing_without_consent(
    section: Ipv6Section, interface: str, wanted: tuple[Wanted, ...], said: str
) -> None:
    with pytest.raises(UsageRefusal, match=said):
        twin.agreed(Config(ipv6=section), interface, wanted)


def test_the_command_tells_before_and_after(
    lan: Lan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services = ("web = good.stc.example:80", "old = old.stc.example:80")
    path = tmp_path / "lanwarden.db"
    Store.open(path, time.time).close()
    config = Config(ipv6=Ipv6Section(twin=True, must_work=services))
    lan.agent.enter(lambda: twin.rehearse_for_real(config, "eth0", path))
    said = capsys.readouterr().err.splitlines()
    assert "stands on the network of eth0" in said[0]
    assert "twin: web: works (HTTP/1.1 200 OK)" in said
    assert "twin: old: fails at resolve (old.stc.example has no IPv6 address)" in said
    assert said[-1] == "twin: kept: 1 of 2 services worked without IPv4"


def test_it_says_what_it_will_do() -> None:
    lines = twin.agreed(Config(ipv6=Ipv6Section(twin=True)), "eth0", WANTED)
    assert "second station with a random MAC" in lines[0]
    assert not [line for line in lines if "9100" in line]


def test_an_interface_that_does_not_exist(lan: Lan) -> None:
    with pytest.raises(MissingRefusal, match="no interface eth7"):
        lan.agent.enter(lambda: twin.tried("eth7", WANTED))


def test_a_network_without_ipv6(lan: Lan) -> None:
    from collectors.twin import station

    def silent() -> None:
        station.become("eth0", settle_s=1.0)

    # The router falls silent for a moment: its advertisements are dropped on the way to the twin.
    rules = "table ip6 q { chain o { type filter hook output priority 0; icmpv6 type 134 drop; }; }"
    lan.hosts["gw"].run(["nft", rules], check=True)
    try:
        with pytest.raises(TwinRefused, match="no router offers IPv6 there"):
            lan.agent.enter(silent)
    finally:
        lan.hosts["gw"].run(["nft", "delete", "table", "ip6", "q"], check=True)


@needs("tayga", "unbound")
def test_through_nat64(requires_namespaces: None) -> None:
    with build(plan()) as lan:
        _translate(lan)
        report = lan.agent.enter(lambda: run("eth0", WANTED))
    found = by_name(report)
    assert found["old"].works, found["old"].detail
    assert found["old"].via_nat64
    assert found["old"].address == "2001:db8:64::a42:70c"
    assert found["web"].works
    assert not found["web"].via_nat64
    assert not found["half"].works  # it has an AAAA, so nothing is synthesised (RFC 6147 §5.1.1)


def _translate(lan: Lan) -> None:
    """DNS64 before the LAN's names, NAT64 on the router, with a prefix of the network's own."""
    router = lan.hosts["gw"]
    folder = lan.folder("nat64")
    router.sysctl(("net/ipv4/ip_forward", "1"), ("net/ipv6/conf/all/forwarding", "1"))
    (folder / "tayga.conf").write_text(
        "tun-device nat64\nipv4-addr 100.64.0.1\nipv6-addr 2001:db8:64:1::1\n"
        f"prefix {NAT64}\ndynamic-pool 100.64.0.0/24\ndata-dir {folder}\n"
    )
    tayga, unbound = daemons.available("tayga"), daemons.available("unbound")
    assert tayga is not None
    assert unbound is not None
    router.run([tayga, "-c", str(folder / "tayga.conf"), "--mktun"], check=True)
    for words in (
        "link set nat64 up", "route add 100.64.0.0/24 dev nat64",
        f"-6 route add {NAT64} dev nat64",
    ):  # fmt: skip
        router.run(["ip", *words.split()], check=True)
    router.popen([tayga, "-c", str(folder / "tayga.conf"), "-n"])
    # The router's dnsmasq holds port 53 of its addresses: the DNS64 stands before it on one host.
    good = lan.hosts["good"]
    dnsmasq = daemons.available("dnsmasq")
    assert dnsmasq is not None
    good.popen(
        [dnsmasq, "--no-daemon", "--conf-file=/dev/null", "--port=5300", "--no-resolv",
         "--no-hosts", "--listen-address=127.0.0.1", "--bind-interfaces",
         "--host-record=ipv4only.arpa,192.0.0.170"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    (folder / "unbound.conf").write_text(
        "server:\n interface: ::0@53\n access-control: ::0/0 allow\n do-daemonize: no\n"
        ' chroot: ""\n username: ""\n pidfile: ""\n use-syslog: no\n do-not-query-localhost: no\n'
        f' directory: "{folder}"\n module-config: "dns64 iterator"\n dns64-prefix: {NAT64}\n'
        ' local-zone: "ipv4only.arpa." nodefault\n domain-insecure: "stc.example"\n'
        'forward-zone:\n name: "stc.example"\n forward-addr: 10.66.7.1\n'
        'forward-zone:\n name: "ipv4only.arpa"\n forward-addr: 127.0.0.1@5300\n'
    )
    good.popen([unbound, "-d", "-c", str(folder / "unbound.conf")], stderr=subprocess.DEVNULL)
    (address,) = (one for one in good.truth().ipv6 if one.startswith("2001:"))
    rules = (
        "table ip6 n { chain p { type nat hook prerouting priority -100;"
        f" ip6 daddr {IPV6}::53 udp dport 53 dnat to {address}; }};"
        " chain q { type nat hook postrouting priority 100;"
        f" ip6 daddr {address} udp dport 53 masquerade; }}; }}"
    )
    router.run(["nft", rules], check=True)
    deadline = time.monotonic() + 10
    while b"a42:70c" not in _dig(lan, address):
        assert time.monotonic() < deadline, _dig(lan, address)


def _dig(lan: Lan, server: str) -> bytes:
    code = (
        "import dns.message as m, dns.query as q; print(q.udp(m.make_query("
        f"'old.stc.example', 'AAAA'), '{server}', timeout=1))"
    )
    return lan.agent.run([sys.executable, "-c", code]).stdout
