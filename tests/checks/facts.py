"""Facts of readiness to judge: who was asked, who answered."""

from typing import Any

from collectors.observation import (
    DhcpServerSeen,
    Dhcpv6ServerSeen,
    ResolverTried,
    StackSeen,
    TwinTried,
)
from inventory.readiness import Asked, Facts
from inventory.snapshot import Snapshot
from tests.checks import lan

SERVER6 = "fe80::53"
SERVER_MAC = "00:1c:73:00:00:53"
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
        "outcome": "answered", "rcode": "NOERROR",
    } | fields  # fmt: skip
    return ResolverTried(
        at=lan.NOW - 60, source="resolvers", question=question, answers=answers, **values
    )


def stack(**fields: Any) -> StackSeen:
    values: dict[str, Any] = {"enabled": True, "interfaces": {"lo": {}, "eth0": {}}} | fields
    return StackSeen(at=lan.NOW - 60, source="stack", **values)


def snapshot(facts: Facts, *devices: Any, **fields: Any) -> Snapshot:
    return lan.snapshot(*devices, facts=facts, **fields)


def twin(service: str, works: bool = True) -> TwinTried:
    return TwinTried(at=lan.NOW - 60, source="twin", service=service, stage="done", works=works)
