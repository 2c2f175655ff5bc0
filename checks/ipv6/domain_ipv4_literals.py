"""An IPv4 address in a page is out of reach without IPv4, whatever the DNS says."""

from collections.abc import Iterator

from checks.domains import judge_domains
from checks.verdict import Check, Finding, Named, Severity
from collectors.observation import DomainSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.domain_ipv4_literals",
    title="Pages of the domain name no IPv4 addresses",
    severity=Severity.MEDIUM,
    reference="RFC 6586 §6.1",
    remedy="Replace the addresses in the pages and their settings by names.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per own domain."""
    return judge_domains(CHECK, snapshot, "web", _judge)


def _judge(subject: Named, seen: DomainSeen) -> Finding:
    if not any(host.status for host in seen.hosts):
        return CHECK.unknown(subject, "not_probed", "no page of it was seen")
    if seen.literals:
        text = f"a page names {seen.literals[0]}"
        return CHECK.warned(subject, text, literals=list(seen.literals[:16]))
    return CHECK.passed(subject, "no IPv4 address stands in its pages")
