"""A resolver that has IPv6 only must reach the name servers of the domain."""

from collections.abc import Iterator

from checks.domains import judge_domains, valid6
from checks.verdict import Check, Finding, Named, Severity
from collectors.observation import DomainSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.domain_ns_aaaa",
    title="The name servers of the domain have IPv6",
    severity=Severity.MEDIUM,
    reference="RFC 3901",
    remedy="Give at least two name servers of the domain an IPv6 address, and the parent"
    " zone their glue.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per own domain."""
    return judge_domains(CHECK, snapshot, "ns", _judge)


def _judge(subject: Named, seen: DomainSeen) -> Finding:
    if not seen.hosts:
        return CHECK.unknown(subject, "resolver_unreachable", "its name servers are not known")
    good = [host.name for host in seen.hosts if valid6(host)]
    names = [host.name for host in seen.hosts]
    if len(good) >= 2:
        return CHECK.passed(subject, f"{len(good)} of {len(names)} have AAAA", servers=good[:8])
    if good:
        return CHECK.warned(subject, f"only {good[0]} has AAAA", servers=good)
    return CHECK.failed(subject, f"none of {len(names)} name servers has AAAA", servers=names[:8])
