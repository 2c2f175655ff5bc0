"""The advertised MTU must fit the link, and all routers must agree."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.mtu_option",
    title="The advertised MTU fits the link",
    severity=Severity.MEDIUM,
    reference="RFC 4861 §4.6.4, RFC 8200 §5",
    remedy="Advertise the MTU of the link (1500 on Ethernet), the same on all routers, or none.",
)

LEAST_MTU = 1280  # RFC 8200 §5
ETHERNET_MTU = 1500  # more is right only where every station of the link can


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    told = [(r.address, r.advertisement.mtu) for r in routers if r.advertisement.mtu is not None]
    troubles = [
        Trouble(address, f"advertises an MTU of {mtu}, less than {LEAST_MTU}")
        for address, mtu in told
        if mtu < LEAST_MTU
    ]
    troubles += [
        Trouble(
            address, f"advertises an MTU of {mtu}, more than Ethernet's {ETHERNET_MTU}", grave=False
        )
        for address, mtu in told
        if mtu > ETHERNET_MTU
    ]
    if len({mtu for _, mtu in told}) > 1:
        text = f"advertises an MTU of {told[0][1]}, another router one of {told[-1][1]}"
        troubles.append(Trouble(told[0][0], text))
    return "the advertised MTU fits", troubles
