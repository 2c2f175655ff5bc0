"""A low advertised hop limit cuts hosts off from what is far away."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.hop_limit",
    title="The advertised hop limit reaches far",
    severity=Severity.MEDIUM,
    reference="RFC 4861 §4.2",
    remedy="Set the current hop limit of the advertisements to 64.",
)

FAR_ENOUGH = 32  # paths of the Internet are shorter than that


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    troubles = [
        Trouble(
            router.address, f"tells hosts to use a hop limit of {router.advertisement.hop_limit}"
        )
        for router in routers
        if 0 < router.advertisement.hop_limit < FAR_ENOUGH
    ]
    return "the advertised hop limit reaches far", troubles
