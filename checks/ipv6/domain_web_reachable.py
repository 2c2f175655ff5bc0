"""An AAAA record that leads to a dead address is worse than none."""

from collections.abc import Iterator

from checks.domains import excuse, judge_domains, outcomes, valid6
from checks.verdict import Check, Finding, Named, Severity
from collectors.observation import DomainSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.domain_web_reachable",
    title="The web hosts of the domain answer over IPv6",
    severity=Severity.HIGH,
    reference="RFC 6724, RFC 8305",
    remedy="Let the web server listen on its IPv6 address, and open ports 80 and 443 for IPv6.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per own domain."""
    return judge_domains(
        CHECK, snapshot, "web", lambda subject, seen: _judge(snapshot, subject, seen)
    )


def _judge(snapshot: Snapshot, subject: Named, seen: DomainSeen) -> Finding:
    wanted = [(host.name, address) for host in seen.hosts for address in valid6(host)]
    if not wanted:
        return CHECK.not_applicable(subject, "it has no AAAA record")
    reached = {
        address
        for host in seen.hosts
        for (address, _), outcome in outcomes(host).items()
        if outcome == "answered"
    }
    dead = [f"{name} at {address}" for name, address in wanted if address not in reached]
    if not dead:
        return CHECK.passed(subject, f"all {len(wanted)} addresses answer")
    doubt = excuse(CHECK, snapshot, subject)
    if doubt is not None:
        return doubt
    text = f"{dead[0]} does not answer"
    say = CHECK.failed if len(dead) == len(wanted) else CHECK.warned
    return say(subject, text, dead=dead[:8])
