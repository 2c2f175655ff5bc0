"""How the tables of cases are judged: a snapshot in, one finding out, its verdict and reason."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from checks.verdict import Finding
from inventory.readiness import Facts
from inventory.snapshot import Snapshot
from tests.checks import facts, lan

NETWORK = frozenset(
    {
        "routers", "interface", "solicitations", "agent_has_ipv6", "ipv6", "listened_s",
        "duplicates",
    }
)  # fmt: skip

Judge = Callable[[Snapshot], Iterable[Finding]]


def expect(finding: Finding, verdict: str, reason: str | None) -> None:
    """The finding has this verdict and reason, and can be told as JSON."""
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary
    msgspec.json.encode(finding)


def of_network(judge: Judge, known: Facts, fields: dict[str, Any]) -> Finding:
    """The finding on one network; `fields` are those of the network and of the snapshot."""
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    devices = rest.pop("devices", ())
    networks = (lan.network(**network),)
    (finding,) = judge(facts.snapshot(known, *devices, networks=networks, **rest))
    return finding


def of_office(judge: Judge, known: Facts, fields: dict[str, Any]) -> Finding:
    """The finding on the organisation."""
    defaults: dict[str, Any] = {"networks": (lan.network(),)}
    (finding,) = judge(facts.snapshot(known, **(defaults | fields)))
    assert finding.subject == "organisation"
    return finding


def of_host(judge: Judge, stack: Any, fields: dict[str, Any]) -> Finding:
    """The finding on the agent's own host."""
    (finding,) = judge(facts.snapshot(Facts(stack=stack), **fields))
    assert finding.subject == "host"
    return finding


def of_device(judge: Judge, device: Any, fields: dict[str, Any]) -> Finding:
    """The finding on one device."""
    (finding,) = judge(lan.snapshot(device, **fields))
    return finding
