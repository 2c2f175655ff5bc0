"""Without a default route the host reaches its own networks only."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.routers import default_routers, is_listed
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_default_route",
    title="The host has an IPv6 default route",
    severity=Severity.HIGH,
    reference="RFC 4861 §6.3.6, RFC 4191",
    remedy="Let the interface accept router advertisements, or set a default route.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, lambda stack: _judge(snapshot, stack))


def _judge(snapshot: Snapshot, stack: StackSeen) -> Finding:
    routes = [one for one in stack.routes if one.family == "ipv6"]
    told = [{"gateway": one.gateway, "interface": one.interface} for one in routes[:8]]
    listed = {entry.lower() for entry in snapshot.policy.routers} | {
        router.address
        for network in snapshot.networks
        for router in network.routers
        if is_listed(router, snapshot.policy)
    }
    if routes:
        strangers = [one for one in routes if listed and one.gateway.lower() not in listed]
        several = len({one.gateway for one in routes}) > 1
        text = f"it goes out by {routes[0].gateway} on {routes[0].interface}"
        if several and (strangers or not listed):
            return CHECK.warned(HOST, f"{len(routes)} different ways out", routes=told)
        return CHECK.passed(HOST, text, routes=told)
    if any(default_routers(one, snapshot.taken_at) for one in snapshot.networks):
        return CHECK.failed(HOST, "it has no default route, where a router offers itself")
    return CHECK.unknown(HOST, "network_has_no_router", "no router offers itself on its networks")
