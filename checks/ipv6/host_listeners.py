"""A service that listens over IPv4 alone is gone when IPv4 is."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_listeners",
    title="The host's services listen over IPv6",
    severity=Severity.LOW,
    reference="RFC 3493 §5.3",
    remedy="Let the service listen on `::` (with IPv6-only off) instead of `0.0.0.0`.",
)

# DHCPv4 and NetBIOS have no IPv6 to listen on; nobody misses them without IPv4.
OF_IPV4_ALONE = frozenset({("udp", 67), ("udp", 68), ("udp", 137), ("udp", 138), ("tcp", 139)})


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, _judge)


def _judge(stack: StackSeen) -> Finding:
    open_ = [one for one in stack.listeners if not one.loopback_only]
    open_ = [one for one in open_ if (one.transport, one.port) not in OF_IPV4_ALONE]
    only4 = [one for one in open_ if one.ipv4 and one.ipv6 is False]
    unsure = [one for one in open_ if one.ipv4 and one.ipv6 is None]
    told = [{"port": one.port, "transport": one.transport, "process": one.process} for one in only4]
    if only4:
        ports = ", ".join(f"{one.port}/{one.transport}" for one in only4[:6])
        return CHECK.warned(HOST, f"listening over IPv4 only: {ports}", listeners=told[:32])
    if unsure:
        return CHECK.unknown(HOST, "not_told", f"{len(unsure)} listeners cannot be told apart")
    if not open_:
        return CHECK.not_applicable(HOST, "no service listens on the network")
    return CHECK.passed(HOST, f"all {len(open_)} listeners serve IPv6")
