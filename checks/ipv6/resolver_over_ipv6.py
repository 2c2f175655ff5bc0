"""Names must resolve without IPv4."""

from collections.abc import Iterator
from typing import Any

from checks.upstream import questions
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.resolver_over_ipv6",
    title="Resolvers answer over IPv6",
    severity=Severity.HIGH,
    reference="RFC 3596, RFC 9715",
    remedy="Let the resolvers listen over IPv6, by UDP and by TCP, and let port 53 pass"
    " the firewall.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the organisation."""
    tried = questions(snapshot)
    six = sorted({one.resolver for one in tried if one.family == "ipv6"})
    works = {(one.resolver, one.transport) for one in tried if one.outcome == "answered"}
    evidence: dict[str, Any] = {
        "resolvers": {
            name: {"udp": (name, "udp") in works, "tcp": (name, "tcp") in works}
            for name in six[:16]
        }
    }
    if not tried:
        yield CHECK.unknown(snapshot, "not_probed", "no resolver was asked yet")
    elif not any(network.agent_has_ipv6 for network in snapshot.networks):
        yield CHECK.unknown(snapshot, "agent_has_no_ipv6", "the agent has no IPv6", **evidence)
    elif not six:
        text = "no resolver of the network has an IPv6 address"
        say = CHECK.failed if snapshot.policy.ipv6_only else CHECK.warned
        yield say(snapshot, text)
    else:
        dead = [one for one in six if not {(one, "udp"), (one, "tcp")} & works]
        half = [one for one in six if one not in dead and (one, "tcp") not in works]
        if len(dead) == len(six):
            yield CHECK.failed(snapshot, f"{dead[0]} does not answer over IPv6", **evidence)
        elif dead:
            yield CHECK.warned(snapshot, f"{dead[0]} does not answer over IPv6", **evidence)
        elif half:
            yield CHECK.warned(snapshot, f"{half[0]} answers by UDP and not by TCP", **evidence)
        else:
            yield CHECK.passed(snapshot, f"{six[0]} answers by UDP and by TCP", **evidence)
