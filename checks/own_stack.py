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


def own_device(snapshot: Snapshot) -> Device | None:
    """The agent's own host among the devices."""
    return next((device for device in snapshot.devices if device.own), None)
