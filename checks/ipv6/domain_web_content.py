"""Users must see the same site, whichever way they come."""

from collections.abc import Iterator

from checks.domains import judge_domains
from checks.verdict import Check, Finding, Named, Severity
from collectors.observation import DomainSeen
from inventory.snapshot import Snapshot

ALIKE = 0.9  # as much as pages differ from one request to the next

CHECK = Check(
    name="ipv6.domain_web_content",
    title="The web site of the domain is the same over both families",
    severity=Severity.LOW,
    reference="RFC 6724",
    remedy="Serve the same virtual host on both addresses.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per own domain."""
    return judge_domains(CHECK, snapshot, "web", _judge)


def _judge(subject: Named, seen: DomainSeen) -> Finding:
    both = [host for host in seen.hosts if {"ipv4", "ipv6"} <= host.status.keys()]
    if not both:
        return CHECK.not_applicable(subject, "no page was seen over both families")
    for host in both:
        if host.status["ipv4"] != host.status["ipv6"]:
            text = (
                f"{host.name} says {host.status['ipv4']} over IPv4, {host.status['ipv6']} over IPv6"
            )
            return CHECK.warned(subject, text, host=host.name)
    if seen.similarity is not None and seen.similarity < ALIKE:
        text = f"the pages of {both[0].name} are {seen.similarity:.0%} alike"
        return CHECK.warned(subject, text, similarity=round(seen.similarity, 3))
    return CHECK.passed(subject, f"{both[0].name} shows the same over both")
