"""Hosts must learn a resolver that they can reach over IPv6."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.rdnss",
    title="Routers or DHCPv6 tell hosts a resolver",
    severity=Severity.HIGH,
    reference="RFC 8106 §5.1, RFC 8415 §18.2.6",
    remedy="Advertise RDNSS with a lifetime of at least three advertisement intervals, or"
    " run DHCPv6 with resolvers and set the other flag.",
)

SHORTEST_S = 30


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    troubles = []
    told = [(r, option) for r in routers for option in r.advertisement.resolvers]
    alive = [(r, option) for r, option in told if option.lifetime_s > 0]
    troubles += [
        Trouble(r.address, f"gives its resolvers {option.lifetime_s} s only", grave=False)
        for r, option in alive
        if option.lifetime_s < SHORTEST_S
    ]
    if alive:
        return f"resolvers are advertised: {', '.join(alive[0][1].addresses[:2])}", troubles
    if any(r.advertisement.other or r.advertisement.managed for r in routers):
        text = "leaves resolvers to DHCPv6: Android takes none from it"
        return "", [Trouble(routers[0].address, text, grave=False)]
    what = "takes its resolvers back" if told else "names no resolver, and there is no DHCPv6"
    return "", [Trouble(routers[0].address, what)]
