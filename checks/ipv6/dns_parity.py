"""A service that is found by its name needs an AAAA record."""

from collections.abc import Iterator

from checks.names import answers_for, dns_names
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.dns_parity",
    title="Names lead to the device over both families",
    severity=Severity.MEDIUM,
    reference="RFC 3596 §2.1, RFC 6724",
    remedy="Add an AAAA record with the device's lasting address, or correct the one that"
    " leads elsewhere.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    answers = answers_for(snapshot)
    for device in snapshot.devices:
        yield _judge(device, answers)


def _judge(device: Device, answers: dict[str, set[str]]) -> Finding:
    names = [name for name in dns_names(device) if f"{name} A" in answers]
    if not names:
        if dns_names(device):
            return CHECK.unknown(device, "not_probed", "its names were not looked up yet")
        return CHECK.not_applicable(device, "it has no name in the DNS")
    own = {one.address for one in device.addresses}
    temporary = {one.address for one in device.addresses if one.kind == "temporary"}
    has6 = any(one.family == "ipv6" and one.kind != "link-local" for one in device.addresses)
    for name in names:
        found = answers.get(f"{name} AAAA")
        if found is None:
            return CHECK.unknown(device, "not_probed", f"{name} was not asked for AAAA")
        elsewhere = sorted(found - own)
        if elsewhere:
            text = f"{name} leads to {elsewhere[0]}, which is not the device's"
            return CHECK.failed(device, text, name=name, elsewhere=elsewhere[:8])
        if found & temporary:
            text = f"{name} leads to a temporary address, which changes every day"
            return CHECK.warned(device, text, name=name)
        if not found and has6:
            return CHECK.warned(device, f"{name} has no AAAA record", name=name)
    if not has6:
        return CHECK.not_applicable(device, "it has no IPv6 address that a name could lead to")
    return CHECK.passed(device, f"{names[0]} leads to it over both", names=names[:8])
