"""Facts of readiness to judge: who was asked, who answered."""

from typing import Any

import msgspec

from collectors.observation import (
    DhcpServerSeen,
    Dhcpv6ServerSeen,
    DomainHost,
    DomainSeen,
    Family,
    ReachTried,
    ResolverTried,
    StackSeen,
    TwinTried,
)
from inventory.readiness import Asked, Edge, Facts
from inventory.snapshot import Snapshot
from tests.checks import lan

SERVER6 = "fe80::53"
SERVER_MAC = "00:1c:73:00:00:53"
ANCHORS: tuple[tuple[Family, str], ...] = (("ipv4", "198.51.100.1"), ("ipv6", "2a00:1::1"))
SYNTHESISED = ("2001:db8:64::c000:aa", "2001:db8:64::c000:ab")


def asked(message: str, count: int = 2) -> Asked:
    return Asked("eth0", message, count, lan.NOW - 60)


def server6(message: Any = "advertise", **fields: Any) -> Dhcpv6ServerSeen:
    values: dict[str, Any] = {"mac": SERVER_MAC, "address": SERVER6, "at": lan.NOW - 60} | fields
    return Dhcpv6ServerSeen(source="tap", interface="eth0", message=message, **values)


def offer(**fields: Any) -> DhcpServerSeen:
    values: dict[str, Any] = {
        "mac": SERVER_MAC, "address": "10.66.0.53", "at": lan.NOW - 60, "message": "offer",
    } | fields  # fmt: skip
    return DhcpServerSeen(source="tap", interface="eth0", **values)


def tried(question: str = "ipv4only.arpa AAAA", *answers: str, **fields: Any) -> ResolverTried:
    values: dict[str, Any] = {
        "resolver": "10.66.0.53", "family": "ipv4", "transport": "udp", "origin": "host",
        "outcome": "answered", "rcode": "NOERROR", "at": lan.NOW - 60,
    } | fields  # fmt: skip
    return ResolverTried(source="resolvers", question=question, answers=answers, **values)


def stack(**fields: Any) -> StackSeen:
    values: dict[str, Any] = {"enabled": True, "interfaces": {"lo": {}, "eth0": {}}} | fields
    return StackSeen(at=lan.NOW - 60, source="stack", **values)


def snapshot(facts: Facts, *devices: Any, **fields: Any) -> Snapshot:
    return lan.snapshot(*devices, facts=facts, **fields)


def twin(service: str, works: bool = True) -> TwinTried:
    return TwinTried(at=lan.NOW - 60, source="twin", service=service, stage="done", works=works)


def of_everything(now: float, device: str, peer: str) -> Facts:
    """Something of each kind that a metric of readiness is made from, seen just before `now`."""
    web = DomainHost(
        "www.stc.example",
        ("198.51.100.7",),
        ("2a00:1::7",),
        ("198.51.100.7 443 answered", "2a00:1::7 443 answered"),
        {"ipv4": 200, "ipv6": 200},
    )
    servers = tuple(
        DomainHost(f"ns{n}.stc.example", (), (f"2a00:1::{n}",), (f"2a00:1::{n} 53 answered",))
        for n in (1, 2)
    )
    seen: dict[str, Any] = {"source": "domains", "interface": "eth0", "at": now - 60}
    return Facts(
        dhcp=(offer(at=now - 60),),
        reached=tuple(
            ReachTried(
                name="anchor", address=address, family=family, port=443, outcome="answered",
                source="anchors", interface="eth0", at=now - 60,
            )
            for family, address in ANCHORS
        ),
        domains=(
            DomainSeen(domain="stc.example", aspect="web", hosts=(web,), similarity=1.0, **seen),
            DomainSeen(domain="stc.example", aspect="ns", hosts=servers, **seen),
            DomainSeen(domain="stc.example", aspect="mx", null_mx=True, **seen),
        ),
        twin=(msgspec.structs.replace(twin("portal"), at=now - 60),),
        edges=(Edge(device, "10.66.0.2", "ipv4", 3, 1, now - 9000, now - 60, peer),),
    )  # fmt: skip
