"""With IPv4 switched off, a host whose resolvers are IPv4 addresses resolves nothing."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_resolvers",
    title="The host knows a resolver over IPv6",
    severity=Severity.MEDIUM,
    reference="RFC 8106 §5.1",
    remedy="Give the host an IPv6 resolver by RDNSS, DHCPv6 or in its settings.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, lambda stack: _judge(snapshot, stack))


def _judge(snapshot: Snapshot, stack: StackSeen) -> Finding:
    known = list(stack.resolvers)
    if not known:
        return CHECK.failed(HOST, "it has no resolver at all")
    if all(one.startswith("127.") or one == "::1" for one in known):
        text = "it asks a resolver of its own, and whom that asks is not known"
        return CHECK.unknown(HOST, "not_told", text, resolvers=known[:8])
    six = [one for one in known if ":" in one and one != "::1"]
    if six:
        return CHECK.passed(HOST, f"it asks {six[0]}", resolvers=known[:8])
    text = f"it asks {known[0]} over IPv4 only"
    return CHECK.warned(
        HOST,
        text,
        severity=Severity.HIGH if snapshot.policy.ipv6_only else None,
        resolvers=known[:8],
    )
