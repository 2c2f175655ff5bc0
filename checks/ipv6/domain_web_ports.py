"""A site that answers on port 80 and not on 443 over IPv6 is broken for half of its users."""

from collections.abc import Iterator

from checks.domains import excuse, judge_domains, open_ports, valid6
from checks.verdict import Check, Finding, Named, Severity
from collectors.observation import DomainSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.domain_web_ports",
    title="The web hosts of the domain offer the same ports over IPv6",
    severity=Severity.MEDIUM,
    reference="RFC 6724",
    remedy="Open over IPv6 what is open over IPv4 on the web server.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per own domain."""
    return judge_domains(
        CHECK, snapshot, "web", lambda subject, seen: _judge(snapshot, subject, seen)
    )


def _judge(snapshot: Snapshot, subject: Named, seen: DomainSeen) -> Finding:
    compared, dead, lacking = 0, 0, []
    for host in seen.hosts:
        if not valid6(host) or not host.ipv4:
            continue
        if not open_ports(host, six=True):
            dead += 1  # the finding of another check
            continue
        compared += 1
        lacking += [
            f"{host.name} port {port}"
            for port in sorted(open_ports(host, six=False) - open_ports(host, six=True))
        ]
    if not compared and not dead:
        return CHECK.not_applicable(subject, "no host of it has both families")
    if not compared:
        doubt = excuse(CHECK, snapshot, subject)
        return doubt or CHECK.not_applicable(subject, "nothing of it answers over IPv6")
    if not lacking:
        return CHECK.passed(subject, "the same ports are open over both")
    doubt = excuse(CHECK, snapshot, subject)
    if doubt is not None:
        return doubt
    return CHECK.failed(subject, f"{lacking[0]} is open over IPv4 only", lacking=lacking[:8])
