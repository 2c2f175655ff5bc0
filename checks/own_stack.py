"""What the checks of the agent's own host share: the stack as it was last seen, or why not."""

from collections.abc import Callable, Iterator

from checks.verdict import HOST, Check, Finding
from collectors.observation import StackSeen
from inventory.snapshot import Device, Snapshot


def judge_stack(
    check: Check, snapshot: Snapshot, judge: Callable[[StackSeen], Finding]
) -> Iterator[Finding]:
    """Yield the one finding on the own host; unknown until its stack was looked at."""
    stack = snapshot.facts.stack
    if stack is None:
        yield check.unknown(HOST, "not_probed", "the host's stack was not looked at yet")
    else:
        yield judge(stack)


def without_ipv6(check: Check, stack: StackSeen) -> Finding | None:
    """The finding that nothing follows on a host whose cards have IPv6 switched off; else None.

    That it is switched off is the finding of another check.
    """
    cards = [settings for name, settings in stack.interfaces.items() if name != "lo"]
    if stack.enabled and any(settings.get("disable_ipv6") != "1" for settings in cards):
        return None
    if stack.enabled and not cards:
        return None
    return check.unknown(HOST, "agent_has_no_ipv6", "IPv6 is switched off on the agent's own host")


def own_device(snapshot: Snapshot) -> Device | None:
    """The agent's own host among the devices."""
    return next((device for device in snapshot.devices if device.own), None)
