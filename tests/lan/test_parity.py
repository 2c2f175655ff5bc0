"""Service parity on real stacks: a forgotten IPv6 firewall, a service on one family (scenario 11).

The healthy host beside each faulty one proves that the check can say yes.
"""

import re
import time
from collections.abc import Iterator

import pytest

from agent.lab import Lan, LanPlan, build
from agent.lab.offers import Greeting, Http, Sink, Ssh
from checks import registry
from checks.verdict import Finding
from collectors import parity, tcp
from collectors.observation import AnyObservation, KeySeen, PageSeen, ServiceSeen
from inventory.inventory import Inventory
from tests.lan.observing import observed
from tests.lan.readiness import AGENT, device_of, gateway, known, server

CHECKS = ("service_parity", "open_on_ipv6_only", "content_parity", "key_parity")
SSH = Ssh(line="SSH-2.0-OpenSSH_9.2p1")
PLAN = LanPlan(
    agent=AGENT,
    hosts=(
        gateway(),
        server(
            "srv-leaky", 10, SSH, Sink(ports=(445, 9100)),
            Http(port=8443, title="Quan tri", tls=True, families=("ipv6",)),
        ),
        server("srv-old", 11, SSH, Http(port=8080, title="Kho bac", families=("ipv4",)),
            Greeting(port=21, line="220 old"), Sink(ports=(9100,), families=("ipv4",))),
        server("srv-good", 12, SSH, Http(title="Cong thong tin"),
            Http(port=8443, title="Quan tri", tls=True), Sink(ports=(445,))),
        server("srv-two", 13, SSH, Http(title="Bon", families=("ipv4",)),
            Http(title="Sau", families=("ipv6",))),
        server("srv-wall", 14, SSH),
        server("srv-lossy", 15, SSH, Sink(ports=(445,))),
    ),
)  # fmt: skip


class Seen:
    """What tcp and parity saw, and the findings that follow."""

    def __init__(self, lan: Lan) -> None:
        # 445 is shut over IPv4 and forgotten over IPv6; print ports count who touches them.
        lan.hosts["srv-leaky"].run(
            ["nft", ("table inet f { chain i { type filter hook input priority 0;"
             " meta nfproto ipv4 tcp dport 445 drop; tcp dport 9100 counter; }; }")],
            check=True,
        )  # fmt: skip
        lan.hosts["srv-wall"].run(
            ["nft", ("table ip6 f { chain i { type filter hook input priority 0; policy drop;"
             " meta l4proto icmpv6 accept; ct state established,related accept; }; }")],
            check=True,
        )  # fmt: skip
        # The first four questions for this port are lost: two of each collector's tries.
        lan.hosts["srv-lossy"].run(
            ["nft", ("table ip6 f { chain i { type filter hook input priority 0;"
             " tcp dport 445 tcp flags syn limit rate 1/day burst 4 packets counter drop; }; }")],
            check=True,
        )  # fmt: skip
        self.lan = lan
        self.inventory: Inventory = known(lan)
        self.inventory.apply(observed(lan, tcp.collect, known=self.inventory.targets()))
        began = time.monotonic()
        self.found: list[AnyObservation] = observed(
            lan, parity.collect, known=self.inventory.targets()
        )
        self.took_s = time.monotonic() - began
        self.inventory.apply(self.found)
        names = [f"ipv6.{check}" for check in CHECKS]
        self.findings = registry.judge(self.inventory.snapshot(time.time()), names)

    def of(self, host: str, check: str) -> Finding:
        subject = f"device:{device_of(self.inventory, self.lan, host)}"
        (found,) = (
            one for one in self.findings if one.subject == subject and one.check == f"ipv6.{check}"
        )
        return found


@pytest.fixture(scope="module", name="seen")
def what_is_seen(requires_namespaces: None) -> Iterator[Seen]:
    with build(PLAN, real_daemons=False) as lan:
        yield Seen(lan)


@pytest.mark.parametrize(
    ("host", "check", "verdict", "ports"),
    [
        pytest.param("srv-leaky", "open_on_ipv6_only", "fail", [445, 8443], id="445 and 8443"),
        pytest.param("srv-leaky", "service_parity", "pass", [22], id="what it has over IPv4"),
        pytest.param("srv-old", "service_parity", "fail", [8080], id="8080 over IPv4 alone"),
        pytest.param("srv-old", "open_on_ipv6_only", "pass", None, id="nothing over IPv6 alone"),
        pytest.param("srv-good", "service_parity", "pass", [22, 80, 445, 8443], id="healthy"),
        pytest.param("srv-good", "open_on_ipv6_only", "pass", None, id="healthy as well"),
        pytest.param("srv-good", "content_parity", "pass", [80, 8443], id="the same pages"),
        pytest.param("srv-good", "key_parity", "pass", [22, 8443], id="the same keys"),
        pytest.param("srv-two", "service_parity", "pass", [22, 80], id="both answer"),
        pytest.param("srv-two", "content_parity", "warn", [80], id="and say something else"),
        pytest.param("srv-wall", "service_parity", "fail", [22], id="a wall over IPv6"),
        pytest.param("srv-lossy", "service_parity", "pass", [22, 445], id="lost packets"),
        pytest.param("srv-lossy", "open_on_ipv6_only", "pass", None, id="lost packets as well"),
    ],
)
def test_verdicts(seen: Seen, host: str, check: str, verdict: str, ports: list[int] | None) -> None:
    found = seen.of(host, check)
    assert found.verdict == verdict, found.summary
    if ports is not None:
        assert found.evidence.get("ports") == ports


def test_every_lasting_address_of_the_other_family_was_tried(seen: Seen) -> None:
    good = seen.lan.hosts["srv-good"].truth()
    tried = {
        item.address
        for item in seen.found
        if isinstance(item, ServiceSeen) and item.port == 80 and item.state == "open"
    }
    assert {*good.ipv4, *good.ipv6} <= tried


def test_a_wall_is_told_from_a_host_that_is_gone(seen: Seen) -> None:
    wall = seen.lan.hosts["srv-wall"].truth()
    evidence = {
        (item.state, item.evidence)
        for item in seen.found
        if isinstance(item, ServiceSeen) and item.address in wall.ipv6
    }
    assert evidence == {("filtered", "timeout; it answers neighbour discovery")}


def test_pages_and_keys_are_read_over_both(seen: Seen) -> None:
    good = seen.lan.hosts["srv-good"].truth()
    own = {*good.ipv4, *good.ipv6}
    pages = [i for i in seen.found if isinstance(i, PageSeen) and i.address in own]
    keys = [i for i in seen.found if isinstance(i, KeySeen) and i.address in own]
    for found in (pages, keys):
        assert {":" in item.address for item in found} == {True, False}


def test_lost_packets_were_lost(seen: Seen) -> None:
    rules = seen.lan.hosts["srv-lossy"].run(["nft", "list", "ruleset"], check=True).stdout
    lost = re.search(rb"counter packets (\d+)", rules)
    assert lost is not None
    assert int(lost[1]) >= 4


def test_print_ports_are_not_touched(seen: Seen) -> None:
    rules = seen.lan.hosts["srv-leaky"].run(["nft", "list", "ruleset"], check=True).stdout
    assert b"tcp dport 9100 counter packets 0" in rules
    assert not [one for one in seen.lan.received if one.port == 9100]
    assert not [item for item in seen.found if getattr(item, "port", 0) == 9100]
