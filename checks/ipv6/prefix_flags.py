"""Hosts must be able to make or get an address from what routers advertise."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers, prefixes
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.prefix_flags",
    title="Routers offer a way to get an address",
    severity=Severity.HIGH,
    reference="RFC 4862 §5.5.3, RFC 4861 §4.6.2",
    remedy="Advertise one global /64 with the autonomous flag, or set the managed flag and"
    " run a DHCPv6 server.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    usable = [prefix for _, prefix in prefixes(routers) if prefix.autonomous]
    if usable:
        return f"hosts can make addresses in {usable[0].prefix}", ()
    managed = [router for router in routers if router.advertisement.managed]
    if managed:
        text = "offers addresses by DHCPv6 only: Android takes none"
        return "", [Trouble(managed[0].address, text, grave=False)]
    return "", [
        Trouble(routers[0].address, "offers no prefix with the autonomous flag, and no DHCPv6")
    ]
