"""The way out, the resolvers, the own stack and own domains: real daemons, real faults, verdicts.

Each fault is judged by the product's own checks, and so is its absence.
"""

import json
import os
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from agent.lab import Host, Lan, LanPlan, daemons
from agent.lab.offers import DnsServer, Prefix, RouterAdvertiser
from checks import nat64, registry
from collectors import anchors, domains, netlink, resolvers, stack
from collectors.contract import Context
from collectors.netlink.kernel import in_thread
from collectors.observation import AnyObservation, PathProbed, ReachTried, ResolverTried, StackSeen
from collectors.scope import Scope
from collectors.stack.counted import Counted
from collectors.talk.channel import call
from collectors.talk.dns import ask as ask_by_dns
from inventory.inventory import Inventory, Settings
from inventory.snapshot import MustWork, Policy
from tests.lan.far_side import IPV4, IPV6, NAT64_PREFIX, FarSide, Nonsense, Sinks
from tests.lan.observing import NETWORKS, observed

pytestmark = pytest.mark.skipif(
    any(daemons.available(one) is None for one in ("unbound", "dnsmasq", "nft", "tayga", "ip")),
    reason="unbound, dnsmasq, nftables, tayga or iproute2 is not installed",
)

LAN6 = "2001:db8:66:7:"
RESOLVER4, RESOLVER6 = BOTH = ("10.66.7.1", f"{LAN6}:1")
PLAN = LanPlan(
    agent=Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2"),
    hosts=(
        Host(
            name="gw",
            kind="router",
            mac="00:1c:73:00:07:01",
            ipv4="10.66.7.1",
            ipv6="static",
            ipv6_static=(RESOLVER6,),
            behaviours=("router",),
            offers=(RouterAdvertiser(prefixes=(Prefix(prefix=f"{LAN6}:/64"),)),),
        ),
    ),
)
ANCHORS = (f"[{IPV6}:11]:443", f"{IPV4}.11:443", "dual.example:443", "v4only.example:443")
POLICY = Policy(
    anchors=ANCHORS,
    domains=("stc.example",),
    must_work=(MustWork("portal", "dual.example", 443), MustWork("old", "v4only.example", 443)),
)
NAMES = "\n".join(
    (
        "host-record=ipv4only.arpa,192.0.0.170",
        "host-record=ipv4only.arpa,192.0.0.171",
        f"host-record=dual.example,{IPV4}.12,{IPV6}:12",
        f"host-record=v4only.example,{IPV4}.13",
    )
)


SITE_NAMES = "\n".join(
    (
        f"host-record=stc.example,{IPV4}.80,{IPV6}:80",
        f"host-record=mail.stc.example,{IPV4}.13,{IPV6}:13",
        f"host-record=ns1.stc.example,{IPV4}.53,{IPV6}:53",
        f"host-record=ns2.stc.example,{IPV4}.54,{IPV6}:54",
        "mx-host=stc.example,mail.stc.example,10",
        "dns-rr=stc.example,2,036e733103737463076578616d706c6500",
        "dns-rr=stc.example,2,036e733203737463076578616d706c6500",
    )
)


class Site:
    """The LAN, what lies beyond its router, and what the agent's inventory makes of both."""

    def __init__(self, lan: Lan) -> None:
        self.lan = lan
        self.router = lan.hosts["gw"]
        self.far = FarSide(lan, self.router)
        self.fresh()

    def fresh(self) -> None:
        """Forget everything."""
        self.inventory = Inventory(Settings(site="lab", policy=POLICY), lambda mac: "")
        links = self.lan.agent.enter(lambda: netlink.read_links(NETWORKS))
        self.inventory.set_scope(Scope(networks=NETWORKS, links=links))
        self.seen(observed(self.lan, netlink.collect, known=()))

    def seen(self, observations: Sequence[AnyObservation]) -> list[AnyObservation]:
        self.inventory.apply(observations)
        return list(observations)

    def ask_resolvers(
        self, servers: Sequence[str] = (RESOLVER4, RESOLVER6)
    ) -> list[AnyObservation]:
        def collect(context: Context) -> AsyncGenerator[AnyObservation, None]:
            return resolvers.ask(context, servers, ask_by_dns)

        names = ("dual.example", "v4only.example")
        return self.seen(observed(self.lan, collect, known=(), resolver_names=names))

    def try_anchors(self, tried: Sequence[str] = ANCHORS) -> list[AnyObservation]:
        def collect(context: Context) -> AsyncGenerator[AnyObservation, None]:
            gateways = in_thread(lambda: anchors.routers(context))
            return anchors.ask(context, (RESOLVER4,), gateways, ask_by_dns, anchors.KernelWay())

        prefixes = tuple(nat64.dns64_prefixes(self.inventory.snapshot(time.time())))
        found = observed(self.lan, collect, known=(), anchors=tuple(tried), nat64_prefixes=prefixes)
        return self.seen(found)

    def look_at_domains(self) -> list[AnyObservation]:
        def collect(context: Context) -> AsyncGenerator[AnyObservation, None]:
            return domains.ask(context, (RESOLVER4,), ask_by_dns, call)

        return self.seen(observed(self.lan, collect, known=(), domains=POLICY.domains))

    def look_at_stack(self, counted: Counted | None = None) -> StackSeen:
        counted = counted or Counted()
        (seen,) = self.seen(observed(self.lan, stack.collect, known=(), stack_counters=counted))
        assert isinstance(seen, StackSeen)
        return seen

    def verdicts(self, *names: str) -> dict[str, str]:
        """Each check's verdict; of several subjects, those of services by their name."""
        snapshot = self.inventory.snapshot(time.time())
        wanted = [f"ipv6.{name}" for name in names]
        return {
            finding.check.removeprefix("ipv6."): finding.verdict
            for finding in registry.judge(snapshot, wanted)
        }

    def by_subject(self, name: str) -> dict[str, str]:
        findings = registry.judge(self.inventory.snapshot(time.time()), [f"ipv6.{name}"])
        return {finding.subject: finding.verdict for finding in findings}


@pytest.fixture(scope="module", name="lan")
def lan_with_a_router(requires_namespaces: None) -> Iterator[Lan]:
    from agent.lab import build

    with build(PLAN) as lan:
        lan.agent.sysctl(("net/ipv4/ping_group_range", "0 2147483647"))
        yield lan


@pytest.fixture(scope="module", name="beyond")
def far_network(lan: Lan) -> Iterator[Site]:
    site = Site(lan)
    sinks = Sinks(site.far.namespace, 443)
    dns = site.far.start_dns(f"{NAMES}\n{SITE_NAMES}")
    try:
        yield site
    finally:
        dns.stop()
        sinks.close()
        site.far.close()


@pytest.fixture(name="site")
def clean_site(beyond: Site) -> Site:
    beyond.fresh()
    return beyond


@pytest.fixture
def resolver(site: Site) -> Iterator[None]:
    daemon = site.far.start_resolver(dns64=False)
    yield
    daemon.stop()


WAY_OUT = ("internet_reachable", "masked_by_fallback", "pmtu_black_hole")
BLACK_HOLE = 'ip6 chain f { type filter hook forward priority 0; oifname "up0" drop; }'
REJECTED = BLACK_HOLE.replace("drop", "reject with icmpv6 admin-prohibited")
SILENT_ROUTER = (
    "inet chain o { type filter hook output priority 0; icmpv6 type packet-too-big drop; }"
)


@pytest.mark.usefixtures("resolver")
def test_a_healthy_way_out(site: Site) -> None:
    found = site.try_anchors()
    assert site.verdicts(*WAY_OUT) == dict.fromkeys(WAY_OUT, "pass")
    (path, *_) = [one for one in found if isinstance(one, PathProbed)]
    assert [(size.size_bytes, size.answered) for size in path.sizes] == [
        (1280, True), (1400, True), (1500, True),
    ]  # fmt: skip
    assert path.upload == "ok"
    reached = {(one.name, one.address): one.outcome for one in found if isinstance(one, ReachTried)}
    assert reached["dual.example:443", f"{IPV4}.12"] == "answered"
    assert reached["dual.example:443", f"{IPV6}:12"] == "answered"
    assert reached["", "10.66.7.1"] in ("answered", "refused")


@pytest.mark.usefixtures("resolver")
@pytest.mark.parametrize(
    ("rules", "masked"),
    [
        pytest.param(BLACK_HOLE, "fail", id="swallowed"),
        pytest.param(REJECTED, "pass", id="refused"),
    ],
)
def test_ipv6_that_leads_nowhere(site: Site, rules: str, masked: str) -> None:
    with site.far.rules(site.router, rules):
        site.try_anchors()
    assert site.verdicts(*WAY_OUT) == {
        "internet_reachable": "fail",
        "masked_by_fallback": masked,
        "pmtu_black_hole": "unknown",
    }
    site.try_anchors()
    assert site.verdicts(*WAY_OUT) == dict.fromkeys(WAY_OUT, "pass")


def test_no_way_out_at_all_is_no_fault_of_ipv6(site: Site) -> None:
    rules = 'inet chain f { type filter hook forward priority 0; oifname "up0" drop; }'
    with site.far.rules(site.router, rules):
        site.try_anchors(ANCHORS[:2])
    assert site.verdicts(*WAY_OUT) == dict.fromkeys(WAY_OUT, "unknown")


@pytest.mark.parametrize(
    ("silent", "verdict"),
    [pytest.param(False, "pass", id="the router says so"), pytest.param(True, "fail", id="hole")],
)
def test_a_narrow_path(site: Site, silent: bool, verdict: str) -> None:
    site.router.run(["ip", "link", "set", "up0", "mtu", "1420"], check=True)
    try:
        if silent:
            with site.far.rules(site.router, SILENT_ROUTER):
                found = site.try_anchors(ANCHORS[:2])
        else:
            found = site.try_anchors(ANCHORS[:2])
    finally:
        site.router.run(["ip", "link", "set", "up0", "mtu", "1500"], check=True)
        site.lan.agent.run(["ip", "-6", "route", "flush", "cache"])
    (path,) = [one for one in found if isinstance(one, PathProbed)]
    largest = path.sizes[-1]
    assert [size.answered for size in path.sizes] == [True, True, False]
    assert largest.too_big_mtu == (None if silent else 1420)
    assert path.upload == ("stalled" if silent else "ok")
    assert site.verdicts("pmtu_black_hole") == {"pmtu_black_hole": verdict}


def test_without_the_right_to_send_echoes_it_says_so(site: Site) -> None:
    site.lan.agent.sysctl(("net/ipv4/ping_group_range", "1 0"))
    try:
        found = site.try_anchors(ANCHORS[:1])
    finally:
        site.lan.agent.sysctl(("net/ipv4/ping_group_range", "0 2147483647"))
    (path,) = [one for one in found if isinstance(one, PathProbed)]
    assert (path.sizes, path.upload) == ((), "ok")
    assert site.verdicts("pmtu_black_hole") == {"pmtu_black_hole": "unknown"}


DNS = ("dns64", "resolver_over_ipv6")


@pytest.mark.usefixtures("resolver")
def test_healthy_resolvers(site: Site) -> None:
    found = site.ask_resolvers()
    assert site.verdicts(*DNS) == {"dns64": "not_applicable", "resolver_over_ipv6": "pass"}
    assert site.by_subject("must_work_aaaa") == {"service:portal": "pass", "service:old": "fail"}
    controls = [
        one
        for one in found
        if isinstance(one, ResolverTried) and one.question.endswith(nat64.CONTROL_SUFFIXES)
    ]
    assert {(one.resolver, one.rcode, one.answers) for one in controls} == {
        (RESOLVER4, "NXDOMAIN", ()), (RESOLVER6, "NXDOMAIN", ()),
    }  # fmt: skip


@pytest.mark.usefixtures("resolver")
@pytest.mark.parametrize(
    ("matched", "verdict"),
    [
        pytest.param("udp dport 53 drop; tcp dport 53", "fail", id="not over IPv6"),
        pytest.param("tcp dport 53", "warn", id="not over TCP"),
    ],
)
def test_a_resolver_that_is_dead_over_ipv6(site: Site, matched: str, verdict: str) -> None:
    rules = f"ip6 chain i {{ type filter hook input priority 0; {matched} drop; }}"
    with site.far.rules(site.router, rules):
        site.ask_resolvers()
    assert site.verdicts("resolver_over_ipv6") == {"resolver_over_ipv6": verdict}
    site.ask_resolvers()
    assert site.verdicts("resolver_over_ipv6") == {"resolver_over_ipv6": "pass"}


@pytest.mark.parametrize("kind", ["garbage", "other"])
def test_a_resolver_that_answers_nonsense(site: Site, kind: str) -> None:
    nonsense = Nonsense(site.router.namespace, kind)
    try:
        found = site.ask_resolvers((RESOLVER6,))
    finally:
        nonsense.close()
    answers = [one.answers for one in found if isinstance(one, ResolverTried)]
    assert answers
    assert not any(answers)
    assert site.by_subject("must_work_aaaa")["service:portal"] == "unknown"


def test_no_resolver_answers(site: Site) -> None:
    site.ask_resolvers((RESOLVER6,))
    assert site.verdicts(*DNS) == {"dns64": "unknown", "resolver_over_ipv6": "fail"}


def test_dns64_and_nat64_of_real_daemons(site: Site) -> None:
    resolver, translator = site.far.start_resolver(dns64=True), site.far.start_nat64()
    try:
        site.far.host.run(
            ["ip", "route", "replace", "100.64.0.0/24", "via", "198.51.100.1"], check=True
        )
        site.ask_resolvers()
        found = site.try_anchors()
        works = site.verdicts("dns64", "nat64_works")
        translator.stop()
        site.try_anchors()
        broken = site.verdicts("dns64", "nat64_works")
    finally:
        translator.stop()
        resolver.stop()
        site.router.run(["ip", "link", "delete", "nat64"])
    through = {one.address for one in found if isinstance(one, ReachTried) and one.name == "nat64"}
    assert f"{NAT64_PREFIX.removesuffix('/96')}c633:640d" in through  # v4only.example
    assert works == {"dns64": "pass", "nat64_works": "pass"}
    assert broken == {"dns64": "pass", "nat64_works": "fail"}
    # The AAAA record that DNS64 made up is no sign that the service has IPv6.
    assert site.by_subject("must_work_aaaa") == {"service:portal": "pass", "service:old": "fail"}


OWN_DOMAIN = (
    "domain_web_aaaa", "domain_web_reachable", "domain_web_ports", "domain_web_content",
    "domain_ipv4_literals", "domain_ns_aaaa", "domain_ns_reachable", "domain_mail",
)  # fmt: skip
RESET = "reject with tcp reset"
NO_PORT_80 = {"domain_web_ports": "fail", "domain_web_content": "not_applicable"}
DOMAIN_FAULTS = [
    pytest.param(f"tcp dport 80 {RESET}", NO_PORT_80, id="port 80"),
    pytest.param(f"tcp dport 25 {RESET}", {"domain_mail": "fail"}, id="mail"),
    pytest.param("udp dport 53 drop", {"domain_ns_reachable": "fail"}, id="name servers, UDP"),
    pytest.param(f"tcp dport 53 {RESET}", {"domain_ns_reachable": "fail"}, id="name servers, TCP"),
]


@pytest.fixture(scope="module", name="served")
def far_services(beyond: Site) -> Iterator[Site]:
    """A web server, a mail host and name servers of the own domain."""
    if daemons.available("nginx") is None:
        pytest.skip("nginx is not installed")
    web = daemons.start_nginx(beyond.far.host, beyond.lan.folder("nginx"), "Sở Tài chính")
    mail = Sinks(beyond.far.namespace, 25)
    resolver = beyond.far.start_resolver(dns64=True)
    yield beyond
    resolver.stop()
    mail.close()
    web.stop()


def test_a_healthy_domain(served: Site) -> None:
    served.fresh()
    found = served.look_at_domains()
    assert len(found) == 3
    assert served.verdicts(*OWN_DOMAIN) == dict.fromkeys(OWN_DOMAIN, "pass")


@pytest.mark.parametrize(("matched", "expected"), DOMAIN_FAULTS)
def test_domains_with_faults(served: Site, matched: str, expected: dict[str, str]) -> None:
    served.fresh()
    rules = f"ip6 chain i {{ type filter hook input priority 0; {matched}; }}"
    with served.far.rules(served.far.host, rules):
        served.look_at_domains()
    assert served.verdicts(*OWN_DOMAIN) == dict.fromkeys(OWN_DOMAIN, "pass") | expected


STACK = (
    "host_stack_enabled", "host_link_local", "host_global_address", "host_duplicate_address",
    "host_default_route", "host_accepts_advertisements", "host_router_alive", "host_tunnels",
)  # fmt: skip


def test_a_healthy_stack(site: Site) -> None:
    site.lan.agent.run(["ping", "-6", "-c1", RESOLVER6], check=True)
    counted = Counted()
    site.look_at_stack(counted)
    assert site.verdicts("host_path_mtu_counters") == {"host_path_mtu_counters": "unknown"}
    seen = site.look_at_stack(counted)
    assert site.verdicts(*STACK) == dict.fromkeys(STACK, "pass")
    assert site.verdicts("host_path_mtu_counters") == {"host_path_mtu_counters": "pass"}
    (route,) = [one for one in seen.routes if one.family == "ipv6"]
    assert route.gateway.startswith("fe80:")
    assert route.expires_s is not None
    assert 1700 < route.expires_s <= 1800
    flags = {one.address: one.flags for one in seen.addresses}
    assert "mngtmpaddr" in flags[f"{LAN6}ba27:ebff:fe66:702"]


def test_an_address_that_another_has(site: Site) -> None:
    site.lan.agent.run(f"ip addr add {RESOLVER6}/64 dev eth0".split(), check=True)
    try:
        site.lan.agent.run(["sh", "-c", UNTIL_REFUSED], check=True)
        site.look_at_stack()
    finally:
        site.lan.agent.run(f"ip addr del {RESOLVER6}/64 dev eth0".split())
    assert site.verdicts("host_duplicate_address") == {"host_duplicate_address": "fail"}
    site.look_at_stack()
    assert site.verdicts("host_duplicate_address") == {"host_duplicate_address": "pass"}


UNTIL_REFUSED = "until ip -6 addr show dev eth0 | grep -q dadfailed; do sleep 0.1; done"


def test_a_router_that_is_gone(site: Site) -> None:
    gone = "fe80::dead dev eth0"
    site.lan.agent.run(f"ip -6 neigh replace {gone} nud failed".split(), check=True)
    site.lan.agent.run(f"ip -6 route add default via {gone} metric 1".split(), check=True)
    try:
        site.look_at_stack()
    finally:
        site.lan.agent.run(f"ip -6 route del default via {gone} metric 1".split())
    assert site.verdicts("host_router_alive", "host_default_route") == {
        "host_router_alive": "warn",
        "host_default_route": "warn",
    }


FILTERS = [
    pytest.param("inet chain i { type filter hook input priority 0; policy accept; }", "pass",
                 id="none"),
    pytest.param("ip chain i { type filter hook input priority 0; tcp dport 445 drop; }", "fail",
                 id="IPv4 alone"),
    pytest.param(
        "inet chain i { type filter hook input priority 0; policy drop; "
        "ct state established,related,untracked accept; iif lo accept; }", "pass", id="both"),
    pytest.param(
        "inet chain i { type filter hook input priority 0; "
        "icmpv6 type packet-too-big drop; tcp dport 445 drop; }", "fail", id="too big"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "verdict"), FILTERS)
def test_the_packet_filter(site: Site, rules: str, verdict: str) -> None:
    with site.far.rules(site.lan.agent, rules):
        site.look_at_stack()
    assert site.verdicts("host_firewall_parity") == {"host_firewall_parity": verdict}


@pytest.mark.parametrize(
    ("family", "v6only", "verdict"),
    [
        pytest.param(socket.AF_INET, None, "warn", id="IPv4 alone"),
        pytest.param(socket.AF_INET6, 0, "pass", id="both by one socket"),
        pytest.param(socket.AF_INET6, 1, "pass", id="IPv6 alone"),
    ],
)
def test_listeners(site: Site, family: int, v6only: int | None, verdict: str) -> None:
    with site.lan.agent.socket(family, socket.SOCK_STREAM) as listening:
        if v6only is not None:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
        listening.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 8080))
        listening.listen()
        seen = site.look_at_stack()
    (one,) = [one for one in seen.listeners if one.port == 8080]
    assert (one.ipv4, one.ipv6) == (v6only != 1, family == socket.AF_INET6)
    assert one.process
    assert site.verdicts("host_listeners") == {"host_listeners": verdict}


def test_a_scan_by_the_command_line(make_lan: Callable[..., Lan], tmp_path: Path) -> None:
    """The same through the program itself, with the resolvers of its own resolv.conf."""
    router = msgspec.structs.replace(
        PLAN.hosts[0], offers=(*PLAN.hosts[0].offers, DnsServer(zone="stc.example"))
    )
    lan = make_lan(msgspec.structs.replace(PLAN, hosts=(router,)))
    lan.agent.sysctl(("net/ipv4/ping_group_range", "0 2147483647"))
    far = FarSide(lan, lan.hosts["gw"])
    sinks = Sinks(far.namespace, 443)
    config = tmp_path / "lanwarden.toml"
    config.write_text(
        f'[scope]\nnetworks = ["10.66.7.0/24", "{LAN6}:/64"]\n'
        f'[ipv6]\nanchors = ["[{IPV6}:11]:443", "{IPV4}.11:443"]\n'
        'must_work = ["gateway = gw.stc.example:53"]\n[domains]\nnames = ["stc.example"]\n'
        f'[agent]\nstate_directory = "{tmp_path}"\n'
    )
    names = ("resolvers", "anchors", "stack", "domains")
    only = [word for name in names for word in ("--only", name)]
    argv = [sys.executable, "-m", "agent.main", "scan", "--config", str(config), "--json", *only]
    try:
        done = lan.agent.run(argv, timeout_s=60, env={**os.environ, "PYTHONPATH": str(ROOT)})
    finally:
        sinks.close()
        far.close()
    assert done.returncode == 0, done.stderr.decode()
    document = json.loads(done.stdout)
    runs = {one["name"]: one["status"] for one in document["collectors"]}
    assert {name: runs[name] for name in names} == dict.fromkeys(names, "ok")
    found = {one["check"].removeprefix("ipv6."): one["verdict"] for one in document["findings"]}
    wanted = [
        "internet_reachable", "pmtu_black_hole", "must_work_aaaa", "resolver_over_ipv6",
        "host_stack_enabled", "host_default_route", "host_resolvers",
    ]  # fmt: skip
    assert {name: found[name] for name in wanted} == dict.fromkeys(wanted, "pass")


ROOT = Path(__file__).parents[2]
