"""Mail must arrive from senders that have IPv6 only."""

from collections.abc import Iterator

from checks.domains import excuse, judge_domains, open_ports, outcomes, valid6
from checks.verdict import Check, Finding, Named, Severity
from collectors.observation import DomainSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.domain_mail",
    title="The mail hosts of the domain receive over IPv6",
    severity=Severity.MEDIUM,
    reference="RFC 5321 §5, RFC 7505",
    remedy="Give every MX host an AAAA record and let it listen on port 25 over IPv6.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per own domain."""
    return judge_domains(
        CHECK, snapshot, "mx", lambda subject, seen: _judge(snapshot, subject, seen)
    )


def _judge(snapshot: Snapshot, subject: Named, seen: DomainSeen) -> Finding:
    if seen.null_mx or not seen.hosts:
        return CHECK.not_applicable(subject, "it receives no mail")
    without = [host.name for host in seen.hosts if not valid6(host)]
    if len(without) == len(seen.hosts):
        return CHECK.failed(subject, f"{without[0]} has no AAAA record", without=without[:8])
    if without:
        return CHECK.warned(subject, f"{without[0]} has no AAAA record", without=without[:8])
    tried = [host for host in seen.hosts if any(":" in address for address, _ in outcomes(host))]
    if not any(25 in open_ports(host, six=False) | open_ports(host, six=True) for host in tried):
        text = "port 25 is not reached from here at all"
        return CHECK.unknown(subject, "no_control", text)
    dead = [host.name for host in tried if 25 not in open_ports(host, six=True)]
    if not dead:
        return CHECK.passed(subject, f"all {len(tried)} mail hosts answer over IPv6")
    doubt = excuse(CHECK, snapshot, subject)
    if doubt is not None:
        return doubt
    say = CHECK.failed if len(dead) == len(tried) else CHECK.warned
    return say(subject, f"{dead[0]} does not answer over IPv6", dead=dead[:8])
