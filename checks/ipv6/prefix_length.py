"""Hosts make addresses in /64 prefixes only."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers, prefixes
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.prefix_length",
    title="Prefixes for address making are /64",
    severity=Severity.HIGH,
    reference="RFC 4862 §5.5.3",
    remedy="Advertise a /64: hosts ignore any other length when they make addresses.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    troubles = [
        Trouble(router.address, f"advertises {prefix.prefix} for hosts to make addresses in")
        for router, prefix in prefixes(routers)
        if prefix.autonomous and not prefix.prefix.endswith("/64")
    ]
    return "every prefix for address making is a /64", troubles
