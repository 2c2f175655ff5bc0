"""A web site without AAAA records does not exist for those who have IPv6 only."""

from collections.abc import Iterator

from checks.domains import judge_domains, valid6
from checks.verdict import Check, Finding, Named, Severity
from collectors.observation import DomainSeen
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.domain_web_aaaa",
    title="The web hosts of the domain have AAAA records",
    severity=Severity.HIGH,
    reference="RFC 3596 §2.1",
    remedy="Add an AAAA record for the domain and for its www name.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per own domain."""
    return judge_domains(CHECK, snapshot, "web", _judge)


def _judge(subject: Named, seen: DomainSeen) -> Finding:
    if not seen.hosts:
        return CHECK.not_applicable(subject, "it has no web host")
    without = [host.name for host in seen.hosts if not valid6(host)]
    if not without:
        names = [host.name for host in seen.hosts][:8]
        return CHECK.passed(subject, f"{names[0]} has AAAA", hosts=names)
    wrong = next((text for host in seen.hosts for text in host.ipv6), "")
    text = f"{without[0]} has no AAAA record"
    if wrong and wrong not in valid6(seen.hosts[0]):
        text = f"{without[0]} has the AAAA record {wrong}, which leads nowhere"
    say = CHECK.failed if len(without) == len(seen.hosts) else CHECK.warned
    return say(subject, text, without=without[:8])
