"""The agent needs a global address to look at the world beyond its network."""

from collections.abc import Iterator

from checks.advertised import is_global, scope_of
from checks.own_stack import judge_stack
from checks.routers import default_routers
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_global_address",
    title="The host has a global IPv6 address",
    severity=Severity.HIGH,
    reference="RFC 4291 §2.5.4",
    remedy="Let the interface accept router advertisements, or give it an address of the network.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, lambda stack: _judge(snapshot, stack))


def _judge(snapshot: Snapshot, stack: StackSeen) -> Finding:
    found = {scope_of(f"{one.address}/128") for one in stack.addresses if usable(one.flags)}
    texts = [one.address for one in stack.addresses if is_global(f"{one.address}/128")][:8]
    if found & {"global", "documentation"}:
        return CHECK.passed(HOST, f"it has {texts[0]}", addresses=texts)
    if "unique local" in found:
        return CHECK.warned(HOST, "it has a unique local address only, which loses to IPv4")
    if any(default_routers(one, snapshot.taken_at) for one in snapshot.networks):
        return CHECK.failed(HOST, "it has no global address, where a router advertises")
    return CHECK.unknown(HOST, "network_has_no_router", "no router advertises on its networks")


def usable(flags: tuple[str, ...]) -> bool:
    """Whether the kernel would send from the address."""
    return not {"tentative", "dadfailed", "deprecated"} & set(flags)
