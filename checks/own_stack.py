"""What the checks of the agent's own host share: the stack as it was last seen, or why not."""

from collections.abc import Callable, Iterator

from checks.verdict import HOST, Check, Finding
from collectors.observation import StackSeen
from inventory.snapshot import Device, Snapshot


def judge_stack(
    check: Check,
    snapshot: Snapshot,
    judge: Callable[[StackSeen], Finding],
    *,
    needs_ipv6: bool = True,
) -> Iterator[Finding]:
    """Yield the one finding on the own host; unknown until its stack was looked at.

    Nothing follows on a host whose cards have IPv6 switched off, unless `needs_ipv6` is false: that
    it is off is the finding of one check, not of all.
    """
    stack = snapshot.facts.stack
    if stack is None:
        yield check.unknown(HOST, "not_probed", "the host's stack was not looked at yet")
    elif needs_ipv6 and _is_without_ipv6(stack):
        text = "IPv6 is switched off on the agent's own host"
        yield check.unknown(HOST, "agent_has_no_ipv6", text)
    else:
        yield judge(stack)


def switched_off(stack: StackSeen) -> tuple[str, ...]:
    """Where `disable_ipv6` is set: `all`, then cards by name; loopback does not count."""
    found = [
        name
        for name, settings in sorted(stack.interfaces.items())
        if settings.get("disable_ipv6") == "1" and name != "lo"
    ]
    return (*(["all"] if stack.settings.get("disable_ipv6") == "1" else []), *found)


def own_device(snapshot: Snapshot) -> Device | None:
    """The agent's own host among the devices."""
    return next((device for device in snapshot.devices if device.own), None)


def _is_without_ipv6(stack: StackSeen) -> bool:
    cards = [settings for name, settings in stack.interfaces.items() if name != "lo"]
    off = bool(cards) and all(settings.get("disable_ipv6") == "1" for settings in cards)
    return off or not stack.enabled
