"""Every interface with IPv6 has a link-local address, or nothing works on it."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_link_local",
    title="The host has link-local addresses",
    severity=Severity.HIGH,
    reference="RFC 4862 §5.3",
    remedy="Set net.ipv6.conf.IF.addr_gen_mode to 0 or 3 and take the interface down and up.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, _judge)


def _judge(stack: StackSeen) -> Finding:
    held = {
        one.interface
        for one in stack.addresses
        if one.address.startswith("fe80:") and not {"tentative", "dadfailed"} & set(one.flags)
    }
    wanted = {
        name
        for name, settings in stack.interfaces.items()
        if name != "lo" and settings.get("disable_ipv6") != "1"
    }
    without = sorted(wanted - held)
    if not wanted:
        return CHECK.not_applicable(HOST, "no interface is known")
    if without == sorted(wanted):
        return CHECK.failed(
            HOST, f"no usable link-local address on {without[0]}", interfaces=without
        )
    if without:
        text = f"no usable link-local address on {', '.join(without[:4])}"
        return CHECK.warned(HOST, text, interfaces=without[:16])
    return CHECK.passed(HOST, "every interface has a link-local address")
