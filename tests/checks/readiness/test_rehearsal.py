"""Edges between devices, judged in the four modes."""

import time
from typing import Any

import msgspec
import pytest

from checks.readiness.rehearsal import JudgedEdge, Rehearsal, rehearse
from checks.readiness.verdicts import Verdicts
from checks.verdict import Finding, Verdict
from collectors.observation import DomainHost, DomainSeen, ReachTried
from inventory.readiness import Edge, Facts, Lookup
from inventory.snapshot import DhcpClient, MustWork, Name, Policy
from tests.checks import facts, lan
from tests.checks.readiness.builders import assessed, edge, findings

PC = lan.device("d-pc", "10.66.0.2", "2001:db8:66::2", macs=("02::2",), kind="workstation")
SRV = lan.device("d-srv", "10.66.0.3", "2001:db8:66::3", macs=("02::3",), kind="server")
GW = lan.device("d-gw", "10.66.0.1", "fe80::1", macs=("02::1",), kind="router", router=True)
OWN = lan.device("d-own", "10.66.0.250", macs=("02::fa",), kind="server", own=True)
SLACK = 3.0  # for a machine that does other things as well
TO_SRV = edge("d-pc", "10.66.0.3", "ipv4", "d-srv")
TO_SRV6 = edge("d-pc", "2001:db8:66::3", "ipv6", "d-srv")
TO_GW = edge("d-pc", "10.66.0.1", "ipv4", "d-gw")
WKP = facts.tried("ipv4only.arpa AAAA", "64:ff9b::c000:aa")


def on(device: str, **verdicts: Verdict) -> list[Finding]:
    return findings(f"device:{device}", **verdicts)


CASES: list[Any] = [
    pytest.param((TO_SRV, TO_SRV6), [], "NNNN", id="both families in use"),
    pytest.param((TO_SRV,), on("d-srv", service_parity="pass"), "NNNN", id="the peer offers both"),
    pytest.param((TO_SRV,), on("d-srv", service_parity="fail"), "BTTN", id="a service is missing"),
    pytest.param((TO_SRV, TO_SRV6), on("d-srv", service_parity="fail"), "BTTN", id="partly moved"),
    pytest.param((TO_SRV,), [], "UUUN", id="not probed"),
    pytest.param((TO_SRV,), on("d-srv", device_speaks_ipv6="fail"), "BTTN", id="the peer cannot"),
    pytest.param((TO_SRV,), on("d-pc", device_speaks_ipv6="fail"), "BBBN", id="it cannot itself"),
    pytest.param((TO_GW,), [], "UUUN", id="the way out"),
]


@pytest.mark.parametrize(("edges", "made", "verdicts"), CASES)
def test_verdicts(edges: tuple[Edge, ...], made: list[Finding], verdicts: str) -> None:
    known = Facts(edges=edges)
    (judged,) = assessed(made, PC, SRV, GW, known=known).rehearsal.edges
    assert "".join(judged.verdicts[mode] for mode in ("m0", "m1", "m2", "m3")) == verdicts
    assert 0 < judged.confidence <= 1


def test_the_well_known_prefix_does_not_lead_to_private_peers() -> None:
    made = on("d-srv", device_speaks_ipv6="fail")
    known = Facts(edges=(TO_SRV,), resolvers=(WKP,))
    (judged,) = assessed(made, PC, SRV, known=known).rehearsal.edges
    assert judged.verdicts["m1"] == "B"


@pytest.mark.parametrize(
    "edges",
    [
        pytest.param((edge("d-pc", "10.66.0.77"),), id="nobody has the address"),
        pytest.param((TO_SRV6,), id="IPv6 alone"),
        pytest.param((edge("d-pc", "10.66.0.2", "ipv4", "d-pc"),), id="itself"),
        pytest.param((edge("d-gone", "10.66.0.3", "ipv4", "d-srv"),), id="a device that is gone"),
        pytest.param((msgspec.structs.replace(TO_SRV, count=1),), id="asked once"),
        pytest.param((edge("d-gw", "10.66.0.3", "ipv4", "d-srv"),), id="a router asks for others"),
        pytest.param((edge("d-own", "10.66.0.3", "ipv4", "d-srv"),), id="the agent's own question"),
        pytest.param((edge("d-srv", "10.66.0.250", "ipv4", "d-own"),), id="an answer to the agent"),
    ],
)
def test_what_is_no_dependency(edges: tuple[Edge, ...]) -> None:
    assert assessed([], PC, SRV, GW, OWN, known=Facts(edges=edges)).rehearsal.edges == ()


def letters(judged: JudgedEdge) -> str:
    return "".join(judged.verdicts[mode] for mode in ("m0", "m1", "m2", "m3"))


def lookup(name: str, *answers: str, client: str = "10.66.0.2", **fields: Any) -> Lookup:
    values: dict[str, Any] = {
        "a": 20, "aaaa": 20, "days": 10, "first_seen": lan.NOW - 864000, "last_seen": lan.NOW - 60,
        "with_answers": bool(answers),
    } | fields  # fmt: skip
    return Lookup(client, name, answers=answers, **values)


BOTH = lookup("srv.example", "10.66.0.3", "2001:db8:66::3")
A_ONLY = lookup("srv.example", "10.66.0.3", lacks=("ipv6",))
A_ASKED = lookup("srv.example", "10.66.0.3", "2001:db8:66::3", aaaa=0)
OTHER = lookup("other.example", "2001:db8:1::1", "203.0.113.1")
PARITY = on("d-srv", service_parity="pass")


@pytest.mark.parametrize(
    ("edges", "names", "made", "verdicts", "reason"),
    [
        pytest.param((TO_SRV,), (BOTH,), PARITY, "NNNN", "offers the same", id="AAAA, parity"),
        pytest.param((TO_SRV,), (A_ONLY,), PARITY, "BTTN", "IPv4 address alone", id="A alone"),
        pytest.param((TO_SRV,), (A_ASKED,), PARITY, "BBCN", "asks for the IPv4", id="never AAAA"),
        pytest.param((TO_SRV,), (OTHER,), PARITY, "BBCN", "without a name", id="a literal"),
        pytest.param((TO_SRV, TO_SRV6), (OTHER,), PARITY, "NNNN", "both are", id="both, no name"),
        pytest.param((TO_SRV,), (A_ONLY, BOTH), PARITY, "BTTN", "alone", id="what is known wins"),
        pytest.param((TO_SRV, TO_SRV6), (BOTH,), on("d-srv", service_parity="fail"), "BTTN",
            "IPv4 only", id="a service is missing"),
        pytest.param((TO_SRV,), (BOTH,), on("d-srv", service_parity="fail"), "UTTN", "is open",
            id="it prefers IPv4, and a service is missing"),
        pytest.param((), (OTHER,), [], "NNNN", "has an IPv6 address", id="far, AAAA"),
        pytest.param((), (lookup("far.example", "8.8.8.8", lacks=("ipv6",)),), [], "BTTN",
            "IPv4 address alone", id="far, A alone"),
        pytest.param((), (lookup("far.example"),), [], "UUUN", "not known", id="far, unknown"),
        pytest.param((), (lookup("far.example", aaaa=0),), [], "BBCN", "asks for", id="far, A"),
        pytest.param((TO_GW, edge("d-pc", "fe80::1", "ipv6", "d-gw")), (), [], "UTTN", "not seen",
            id="the way out by both"),
    ],
)  # fmt: skip
def test_names(
    edges: tuple[Edge, ...], names: tuple[Lookup, ...], made: list[Finding], verdicts: str,
    reason: str,
) -> None:  # fmt: skip
    if A_ONLY in names and BOTH in names:
        names = (A_ONLY,)
    known = Facts(edges=edges, lookups=names)
    rehearsal = assessed(made, PC, SRV, GW, known=known).rehearsal
    judged = [one for one in rehearsal.edges if one.peer != "203.0.113.1" or not edges]
    assert [letters(one) for one in judged] == [verdicts]
    assert reason in judged[0].reason


NEVER_TOLD = lookup("other.example")
UNTOLD = lookup("silent.example")
ANSWERED_NOTHING = lookup("broken.example", with_answers=True)
YESTERDAY = lookup("other.example", "203.0.113.1", first_seen=lan.NOW - 3600)
MANY = tuple(
    lookup(f"n{n}.example", f"203.0.113.{n}", first_seen=lan.NOW - 864000, last_seen=lan.NOW - 7200)
    for n in range(128)
)


@pytest.mark.parametrize(
    ("names", "tried", "verdicts", "reason"),
    [
        pytest.param((OTHER, UNTOLD), (), "UUCN", "where silent.example", id="no answers"),
        pytest.param((OTHER, ANSWERED_NOTHING), (), "BBCN", "without a name", id="it has none"),
        pytest.param((NEVER_TOLD,), ("203.0.113.1",), "BBCN", "without a name", id="asked by us"),
        pytest.param((NEVER_TOLD,), ("10.66.0.3",), "NNNN", "offers the same", id="it leads there"),
        pytest.param((YESTERDAY,), (), "UUCN", "for a day before", id="the log is too young"),
        pytest.param(MANY, (), "UUCN", "for a day before", id="names had to make room"),
    ],
)
def test_a_bare_address_is_proven_by_answers_alone(
    names: tuple[Lookup, ...], tried: tuple[str, ...], verdicts: str, reason: str
) -> None:
    answered = [facts.tried("other.example A", *tried)] if tried else []
    known = Facts(edges=(TO_SRV,), lookups=names, resolvers=tuple(answered))
    rehearsal = assessed(PARITY, PC, SRV, known=known).rehearsal
    (judged,) = [one for one in rehearsal.edges if one.peer == "d-srv"][:1]
    assert letters(judged) == verdicts
    assert reason in judged.reason


@pytest.mark.parametrize(
    ("age_s", "verdicts"),
    [pytest.param(86400.0, "NNNN", id="now"), pytest.param(3 * 86400.0, "UUUN", id="long ago")],
)
def test_what_resolvers_said_long_ago_counts_no_more(age_s: float, verdicts: str) -> None:
    answered = facts.tried("far.example AAAA", "2001:db8:1::1")
    answered = msgspec.structs.replace(answered, at=lan.NOW - age_s)
    known = Facts(lookups=(lookup("far.example"),), resolvers=(answered,))
    (judged,) = assessed([], PC, known=known).rehearsal.edges
    assert letters(judged) == verdicts


def test_a_private_name_without_aaaa_is_out_of_reach_of_the_well_known_prefix() -> None:
    known = Facts(lookups=(lookup("kho.example", "10.9.9.9", lacks=("ipv6",)),), resolvers=(WKP,))
    (judged,) = assessed([], PC, known=known).rehearsal.edges
    assert letters(judged) == "BBBN"


def test_an_address_that_a_dns64_made_is_none() -> None:
    made = lookup("far.example", "8.8.8.8", "64:ff9b::808:808")
    (judged,) = assessed([], PC, known=Facts(lookups=(made,), resolvers=(WKP,))).rehearsal.edges
    assert letters(judged) == "BTTN"


def test_resolvers_that_were_asked_know_names_too() -> None:
    answered = facts.tried("far.example AAAA", "2001:db8:1::1")
    known = Facts(lookups=(lookup("far.example"),), resolvers=(answered,))
    (judged,) = assessed([], PC, known=known).rehearsal.edges
    assert letters(judged) == "NNNN"


def test_a_name_that_does_not_exist_is_no_dependency() -> None:
    known = Facts(lookups=(lookup("wpad.example", lacks=("ipv4", "ipv6")),))
    assert assessed([], PC, known=known).rehearsal.edges == ()


CONTROL = facts.tried("lw-0.invalid AAAA", "2001:db8::bad")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param((facts.tried("far.example AAAA", rcode="NXDOMAIN"),
            facts.tried("far.example A", rcode="NXDOMAIN")), id="denies everything"),
        pytest.param((CONTROL, facts.tried("far.example AAAA"),
            facts.tried("far.example A", "203.0.113.9")), id="answers anything"),
    ],
)  # fmt: skip
def test_a_resolver_with_a_fault_breaks_no_name(said: tuple[Any, ...]) -> None:
    known = Facts(lookups=(lookup("far.example", "203.0.113.9"),), resolvers=said)
    (judged,) = assessed([], PC, known=known).rehearsal.edges
    assert letters(judged) == "UUUN"


def test_an_own_domain_is_not_dead_where_ipv6_leads_nowhere() -> None:
    web = DomainHost("www.example", ("198.51.100.7",), ("2a00:1::7",), ("2a00:1::7 443 timeout",))
    seen = DomainSeen(
        at=lan.NOW - 60, source="domains", domain="example", aspect="web", hosts=(web,)
    )
    lost = ReachTried(
        at=lan.NOW - 60, source="anchors", name="anchor", address="2a00:1::1", family="ipv6",
        port=443, outcome="timeout",
    )  # fmt: skip
    asked = lookup("www.example", "198.51.100.7", "2a00:1::7")
    for reached, verdicts in (((), "BBBN"), ((lost,), "NNNN")):
        known = Facts(lookups=(asked,), domains=(seen,), reached=reached)
        (judged,) = assessed([], PC, known=known).rehearsal.edges
        assert letters(judged) == verdicts


def test_an_advertised_resolver_needs_no_name() -> None:
    network = lan.network(routers=(lan.router(rdnss=("2001:db8:66::3",)),))
    known = Facts(edges=(TO_SRV,), lookups=(OTHER,))
    rehearsal = assessed([], PC, SRV, known=known, networks=(network,)).rehearsal
    assert "NNNN" in [letters(one) for one in rehearsal.edges if one.peer == "d-srv"]


@pytest.mark.parametrize(
    ("said", "m3", "unsure"),
    [
        pytest.param(DhcpClient(ipv6_only_capable=True, at=lan.NOW - 60), "C", 0, id="says 108"),
        pytest.param(DhcpClient(ipv6_only_capable=False, at=lan.NOW - 60), "N", 1, id="does not"),
        pytest.param(None, "N", 1, id="never heard"),
    ],
)
def test_a_clat_is_believed_when_the_device_says_so(
    said: DhcpClient | None, m3: str, unsure: int
) -> None:
    device = msgspec.structs.replace(PC, dhcp=said)
    known = Facts(edges=(TO_SRV,), lookups=(A_ASKED,))
    rehearsal = assessed(PARITY, device, SRV, known=known).rehearsal
    (judged,) = rehearsal.edges
    assert judged.verdicts["m3"] == m3
    assert not rehearsal.device("d-pc", "m2").breaks
    assert len(rehearsal.device("d-pc", "m2").unsure) == unsure


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(critical=("10.66.0.9",)), id="named as critical"),
        pytest.param(Policy(must_work=(MustWork("Ke toan", "ke-toan.example", 443),)), id="works"),
    ],
)
def test_what_is_critical_comes_first(policy: Policy) -> None:
    box = lan.device("d-box", "10.66.0.9", macs=("02::9",), kind="server")
    box = msgspec.structs.replace(box, names=(Name("ke-toan.example", "dns", lan.NOW),))
    known = Facts(edges=(
        msgspec.structs.replace(TO_SRV, count=4000), edge("d-pc", "10.66.0.9", "ipv4", "d-box"),
    ))  # fmt: skip
    made = on("d-srv", service_parity="fail") + on("d-box", device_speaks_ipv6="fail")
    rehearsal = assessed(made, PC, SRV, box, known=known, policy=policy).rehearsal
    worst = rehearsal.worst("d-pc", "m0")
    assert worst is not None
    assert (worst.peer, worst.critical) == ("d-box", True)
    plain = assessed(made, PC, SRV, box, known=known).rehearsal.worst("d-pc", "m0")
    assert plain is not None
    assert plain.peer == "d-srv"


def test_a_sweep_once_a_day_is_no_dependency() -> None:
    swept = tuple(edge("d-pc", f"10.66.1.{number}", days=2) for number in range(70))
    once_a_day = msgspec.structs.replace(TO_SRV, count=20)
    assert assessed([], PC, SRV, known=Facts(edges=(*swept, once_a_day))).rehearsal.edges == ()
    assert len(assessed([], PC, SRV, known=Facts(edges=(*swept, TO_GW))).rehearsal.edges) == 0
    often = msgspec.structs.replace(TO_SRV, count=900)
    assert len(assessed([], PC, SRV, known=Facts(edges=(*swept, often))).rehearsal.edges) == 1


def test_netbios_names_are_a_note_and_break_nothing() -> None:
    device = msgspec.structs.replace(PC, names=(Name("PC-1", "nbns", lan.NOW),))
    rehearsal = assessed([], device).rehearsal
    assert "NetBIOS" in rehearsal.notes["d-pc"][0]
    assert rehearsal.device("d-pc", "m0").breaks == ()


def test_it_is_quick_with_ten_thousand_devices() -> None:
    count = 10_000
    devices = [
        lan.device(f"d-{n}", f"10.{66 + n // 65000}.{n // 250 % 256}.{n % 250}", f"2001:db8::{n:x}",
            macs=(f"02:00:00:00:{n // 256:02x}:{n % 256:02x}",), kind="workstation")
        for n in range(count)
    ]  # fmt: skip
    edges = tuple(
        edge(f"d-{n % count}", f"10.66.0.{n % 250}", "ipv4", f"d-{n * 7 % 250}")
        for n in range(20_000)
    )
    names = tuple(
        lookup(f"n{n % 500}.example", "8.8.8.8", client=devices[n].addresses[0].address)
        for n in range(8192)
    )
    snapshot = facts.snapshot(Facts(edges=edges, lookups=names), *devices)
    verdicts = Verdicts([])
    took = []
    found = Rehearsal()
    for _ in range(3):
        began = time.process_time()
        found = rehearse(snapshot, verdicts)
        took.append(time.process_time() - began)
    assert len(found.edges) > 20_000
    assert min(took) <= 0.3 * SLACK
