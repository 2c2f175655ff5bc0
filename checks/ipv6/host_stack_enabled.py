"""The agent's own host must speak IPv6 to judge others."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_stack_enabled",
    title="The host has IPv6 switched on",
    severity=Severity.HIGH,
    reference="RFC 8504 §5.1",
    remedy="Set net.ipv6.conf.all.disable_ipv6 to 0, and remove ipv6.disable=1 from the"
    " kernel's command line.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, _judge)


def _judge(stack: StackSeen) -> Finding:
    if not stack.enabled:
        return CHECK.failed(HOST, "the kernel has no IPv6, or it is switched off for all")
    off = sorted(
        name
        for name, settings in stack.interfaces.items()
        if settings.get("disable_ipv6") == "1" and name != "lo"
    )
    if off:
        return CHECK.warned(
            HOST, f"IPv6 is switched off on {', '.join(off[:4])}", interfaces=off[:16]
        )
    return CHECK.passed(HOST, "IPv6 is switched on")
