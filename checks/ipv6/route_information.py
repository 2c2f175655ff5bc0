"""Routes in advertisements must come from routers that may give them."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.route_information",
    title="Only allowed routers hand out routes",
    severity=Severity.MEDIUM,
    reference="RFC 4191 §2.3",
    remedy="Find the router by its MAC; remove the routes, or add it to `routers` in the"
    " section `[ipv6]`.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    troubles = []
    for router in routers:
        routes = [route for route in router.advertisement.routes if route.lifetime_s > 0]
        if not routes or router.allowed is True:
            continue
        default = any(route.prefix in ("::/0", "2000::/3") for route in routes)
        text = f"hands out a route to {routes[0].prefix} and is in no list of allowed routers"
        troubles.append(Trouble(router.address, text, default))
    return "no unlisted router hands out routes", troubles
