"""A host that ignores advertisements has no addresses and no way out."""

from collections.abc import Iterator

from checks.own_stack import judge_stack
from checks.routers import default_routers
from checks.verdict import HOST, Check, Finding, Severity
from collectors.observation import StackSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_accepts_advertisements",
    title="The host heeds router advertisements",
    severity=Severity.MEDIUM,
    reference="RFC 4861 §6.3.4",
    remedy="Set net.ipv6.conf.IF.accept_ra to 1, or to 2 on a host that forwards.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    return judge_stack(CHECK, snapshot, lambda stack: _judge(snapshot, stack))


def _judge(snapshot: Snapshot, stack: StackSeen) -> Finding:
    deaf = []
    for name, settings in sorted(stack.interfaces.items()):
        accept, forwarding = settings.get("accept_ra", ""), settings.get("forwarding", "")
        if name != "lo" and (accept == "0" or (accept == "1" and forwarding == "1")):
            deaf.append(name)
    if not deaf:
        return CHECK.passed(HOST, "every interface heeds advertisements")
    learnt = {one.interface for one in stack.routes if one.family == "ipv6"}
    # A network manager reads advertisements itself and switches the kernel's reading off.
    lost = [name for name in deaf if name not in learnt]
    if not lost:
        return CHECK.passed(HOST, "another program heeds advertisements, or the route is fixed")
    heard = {one.interface for one in snapshot.networks if default_routers(one, snapshot.taken_at)}
    missed = [name for name in lost if name in heard]
    if missed:
        text = f"{missed[0]} ignores the router that advertises there"
        return CHECK.failed(HOST, text, interfaces=missed[:16])
    return CHECK.not_applicable(HOST, "no router advertises on the interfaces that ignore it")
