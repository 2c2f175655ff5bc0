"""A default router that does not answer takes all traffic nowhere."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_router_alive",
    title="The host's router answers",
    severity=Severity.HIGH,
    reference="RFC 4861 §7.3",
    remedy="Look whether the router is on and the cable in place; remove the fixed route"
    " if the router is gone.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, _judge)


def _judge(stack: StackSeen) -> Finding:
    routes = [one for one in stack.routes if one.family == "ipv6" and one.gateway]
    if not routes:
        return CHECK.not_applicable(HOST, "it has no IPv6 default route")
    dead = [one for one in routes if one.gateway_state in ("FAILED", "INCOMPLETE")]
    told = [{"gateway": one.gateway, "state": one.gateway_state} for one in routes[:8]]
    if dead:
        text = f"{dead[0].gateway} does not answer"
        say = CHECK.failed if len(dead) == len(routes) else CHECK.warned
        return say(HOST, text, routes=told)
    if all(not one.gateway_state for one in routes):
        return CHECK.unknown(HOST, "not_probed", "nothing was sent to the router yet", routes=told)
    return CHECK.passed(HOST, f"{routes[0].gateway} answers", routes=told)
