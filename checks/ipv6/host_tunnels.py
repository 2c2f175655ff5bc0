"""A tunnel carries IPv6 past the firewall of the network."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_tunnels",
    title="The host has no automatic tunnels",
    severity=Severity.MEDIUM,
    reference="RFC 7123 §3, RFC 9099 §2.7.2",
    remedy="Remove the tunnel interface, or write down why it is there.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, _judge)


def _judge(stack: StackSeen) -> Finding:
    if stack.tunnels:
        text = f"it has the tunnel {stack.tunnels[0]}"
        return CHECK.failed(HOST, text, tunnels=list(stack.tunnels[:16]))
    return CHECK.passed(HOST, "it has no tunnel interface that is up")
