"""Rising counters tell that fragments get lost on the way."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_path_mtu_counters",
    title="The host reassembles and fits its packets",
    severity=Severity.LOW,
    reference="RFC 8201 §4",
    remedy="Look for a firewall that drops fragments or *packet too big* on the way.",
)

NAMES = ("Ip6ReasmFails", "Ip6InTooBigErrors", "Ip6InNoRoutes", "Icmp6InPktTooBigs")
MANY = 10


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, _judge)


def _judge(stack: StackSeen) -> Finding:
    if stack.counters is None:
        return CHECK.unknown(HOST, "observed_too_short", "its counters were read only once")
    failed = {name: stack.counters.get(name, 0) for name in NAMES if stack.counters.get(name, 0)}
    if failed.get("Ip6ReasmFails", 0) >= MANY:
        text = f"{failed['Ip6ReasmFails']} packets could not be put together since the last look"
        return CHECK.warned(HOST, text, counters=failed)
    return CHECK.passed(HOST, "no more than a few packets failed", counters=failed)
