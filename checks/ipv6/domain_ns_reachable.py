"""A name server that has an AAAA record must answer there."""

from collections.abc import Iterator

from checks.domains import excuse, judge_domains, outcomes, valid6
from checks.verdict import Check, Finding, Named, Severity
from collectors.observation import DomainSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.domain_ns_reachable",
    title="The name servers of the domain answer over IPv6",
    severity=Severity.HIGH,
    reference="RFC 3901, RFC 7766",
    remedy="Open port 53 for UDP and TCP over IPv6 on the name servers.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per own domain."""
    return judge_domains(
        CHECK, snapshot, "ns", lambda subject, seen: _judge(snapshot, subject, seen)
    )


def _judge(snapshot: Snapshot, subject: Named, seen: DomainSeen) -> Finding:
    wanted = [(host, address) for host in seen.hosts for address in valid6(host)]
    if not wanted:
        return CHECK.not_applicable(subject, "none of its name servers has AAAA")
    dead = [
        f"{host.name} at {address}"
        for host, address in wanted
        if outcomes(host).get((address, 53)) != "answered"
    ]
    if not dead:
        return CHECK.passed(subject, f"all {len(wanted)} addresses answer")
    doubt = excuse(CHECK, snapshot, subject)
    if doubt is not None:
        return doubt
    say = CHECK.failed if len(dead) == len(wanted) else CHECK.warned
    return say(subject, f"{dead[0]} does not answer over IPv6", dead=dead[:8])
