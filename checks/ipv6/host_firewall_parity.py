"""A filter for IPv4 alone leaves the same services open over IPv6."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_firewall_parity",
    title="The host filters IPv6 as it filters IPv4",
    severity=Severity.HIGH,
    reference="RFC 4890 §4.4, RFC 9099 §2.7.1",
    remedy="Write the same rules for IPv6 (an `inet` table does both), and let ICMPv6"
    " types 1 to 4 and 133 to 136 pass.",
)

AS_ROOT = "Run `lanwarden scan --only stack` as root, who may read it: it prints what is wrong."

NEEDED = {
    1: "destination unreachable",
    2: "packet too big",
    3: "time exceeded",
    4: "parameter problem",
    133: "router solicitation",
    134: "router advertisement",
    135: "neighbour solicitation",
    136: "neighbour advertisement",
}


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, _judge)


def _judge(stack: StackSeen) -> Finding:
    four, six = stack.filters.get("ipv4"), stack.filters.get("ipv6")
    lost = [number for number in stack.filtered_icmpv6 if number in NEEDED]
    if lost:
        text = f"its filter drops ICMPv6 {', '.join(NEEDED[number] for number in lost[:4])}"
        return CHECK.failed(HOST, text, icmpv6_types=lost)
    if four is None or six is None:
        return CHECK.unknown(HOST, "no_rights", "its packet filter cannot be read", remedy=AS_ROOT)
    if four and not six:
        return CHECK.failed(HOST, "it filters IPv4 and lets all IPv6 in")
    if six and not four:
        return CHECK.warned(HOST, "it filters IPv6 and lets all IPv4 in")
    return CHECK.passed(HOST, "both are filtered" if four else "neither is filtered")
