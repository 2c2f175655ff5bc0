"""What the office works with every day must be found over IPv6."""

from collections.abc import Iterator
from ipaddress import ip_address

from checks.names import answers_for
from checks.nat64 import all_lie
from checks.verdict import Check, Finding, Severity, service
from inventory.snapshot import MustWork, Snapshot

CHECK = Check(
    name="ipv6.must_work_aaaa",
    title="Services that must work have AAAA records",
    severity=Severity.HIGH,
    reference="RFC 3596 §2.1, RFC 6586 §6.1",
    remedy="Add AAAA records for the service, or ask its operator to.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per service that the officer named."""
    answers, lies = answers_for(snapshot), all_lie(snapshot)
    for wanted in snapshot.policy.must_work:
        yield _judge(wanted, answers, lies)


def _judge(wanted: MustWork, answers: dict[str, set[str]], lies: bool) -> Finding:
    subject, name = service(wanted.name), wanted.host.rstrip(".").lower()
    try:
        family = ip_address(name).version
    except ValueError:
        found = answers.get(f"{name} AAAA")
        if found is None and lies:
            text = "every resolver answers for names that do not exist"
            return CHECK.unknown(subject, "no_control", text)
        if found is None:
            return CHECK.unknown(subject, "not_probed", f"{name} was not looked up yet")
        if found:
            return CHECK.passed(subject, f"{name} has {min(found)}", addresses=sorted(found)[:8])
        if answers.get(f"{name} A"):
            return CHECK.failed(subject, f"{name} has an IPv4 address only")
        return CHECK.unknown(subject, "not_told", f"{name} is not in the DNS of this office")
    if family == 6:
        return CHECK.passed(subject, f"it is reached at {name}")
    return CHECK.failed(subject, f"it is reached by the IPv4 address {name}, without a name")
