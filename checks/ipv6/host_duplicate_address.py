"""The kernel tests each new address; one that somebody else has is never used."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_duplicate_address",
    title="None of the host's addresses is used by another",
    severity=Severity.HIGH,
    reference="RFC 4862 §5.4",
    remedy="Find the other station with that address, and give one of the two another address.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, _judge)


def _judge(stack: StackSeen) -> Finding:
    failed = [one for one in stack.addresses if "dadfailed" in one.flags]
    told = [{"address": one.address, "interface": one.interface} for one in failed[:16]]
    if failed:
        text = f"{failed[0].address} on {failed[0].interface} is used by another station"
        return CHECK.failed(HOST, text, addresses=told)
    if not stack.addresses:
        return CHECK.not_applicable(HOST, "it has no IPv6 address")
    return CHECK.passed(HOST, "no address was refused by duplicate address detection")
