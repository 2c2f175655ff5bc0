"""The agent's own host must speak IPv6 to judge others."""

from collections.abc import Iterator

from checks.own_stack import judge_stack, switched_off
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
MOST = 4


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host.

    A host without IPv6 cannot judge anybody's, its own included: unknown, with what to do.
    """
    return judge_stack(CHECK, snapshot, _judge, needs_ipv6=False)


def _judge(stack: StackSeen) -> Finding:
    off = switched_off(stack)
    if not stack.enabled and not off:
        return CHECK.unknown(
            HOST,
            "agent_has_no_ipv6",
            "the kernel of the agent's own host has no IPv6",
            remedy="On the host of the agent, remove ipv6.disable=1 from the kernel's command line"
            " and start it again.",
            kernel_has_ipv6=False,
        )
    names = [f"net.ipv6.conf.{name}.disable_ipv6" for name in off]
    if not stack.enabled:
        changes = " ".join(f"{name}=0" for name in names[:MOST])
        return CHECK.unknown(
            HOST,
            "agent_has_no_ipv6",
            f"IPv6 is switched off on the agent's own host by {' and '.join(names[:MOST])}",
            remedy=f"On the host of the agent: `sysctl -w {changes}`. Then remove the line that"
            " sets it from /etc/sysctl.d.",
            kernel_has_ipv6=True,
            sysctls=dict.fromkeys(names[:16], "1"),
        )
    cards = [name for name in off if name != "all"]
    if cards:
        return CHECK.warned(
            HOST, f"IPv6 is switched off on {', '.join(cards[:MOST])}", interfaces=cards[:16]
        )
    return CHECK.passed(HOST, "IPv6 is switched on")
