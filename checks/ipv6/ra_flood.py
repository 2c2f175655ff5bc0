"""A flood of router advertisements brings hosts to a standstill."""

from collections.abc import Iterator
from typing import Any

from checks.verdict import Check, Finding, Severity
from checks.watching import unheard
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.ra_flood",
    title="Router advertisements come at a sane rate",
    severity=Severity.HIGH,
    reference="RFC 4861 §6.2.1",
    remedy="Find the port behind which the senders are, by the MAC tables of the"
    " switches, and shut it down.",
)

WINDOW_S = 60.0
MOST = 10  # routers or prefixes that are new in one minute
FULL = 32  # routers that are kept per network


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    recent = [one for one in network.routers if snapshot.taken_at - one.first_seen <= WINDOW_S]
    prefixes = {prefix.prefix for one in recent for prefix in one.advertisement.prefixes}
    evidence: dict[str, Any] = {
        "new_routers": len(recent),
        "new_prefixes": len(prefixes),
        "macs": sorted({one.mac for one in recent})[:16],
    }
    full = len(network.routers) >= FULL or snapshot.frozen.get("routers", False)
    if full and len(recent) > MOST:
        text = f"{len(recent)} new routers in a minute, more than are kept"
        return CHECK.failed(network, text, **evidence)
    if len(recent) > MOST or len(prefixes) > MOST:
        text = f"{len(recent)} new routers with {len(prefixes)} prefixes in a minute"
        return CHECK.failed(network, text, **evidence)
    doubt = unheard(CHECK, snapshot, network)
    return doubt or CHECK.passed(network, "no flood of routers was heard", **evidence)
