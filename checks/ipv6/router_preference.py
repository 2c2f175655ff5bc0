"""A router that calls itself more important than others must be meant to be."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.router_preference",
    title="No stranger claims a high router preference",
    severity=Severity.HIGH,
    reference="RFC 4191 §2.2",
    remedy="Find the router by its MAC; set its preference to medium, or add it to"
    " `routers` in the section `[ipv6]`.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    troubles = [
        Trouble(
            router.address,
            "calls its preference high and is in no list of allowed routers",
            grave=router.allowed is False,
        )
        for router in routers
        if router.advertisement.preference == "high" and router.allowed is not True
    ]
    return "no unlisted router claims a high preference", troubles
