"""A service that is found by its name needs an AAAA record."""

from collections.abc import Iterator
from typing import Any

from checks.names import answers_for, dns_names
from checks.verdict import Check, Finding, Reason, Severity
from inventory.addresses import solicited_group
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
    owned = {one.address for device in snapshot.devices for one in device.addresses}
    blind = {one.id for one in snapshot.networks if one.interface and not one.agent_has_ipv6}
    for device in snapshot.devices:
        yield _judge(device, answers, owned, device.network in blind)


def _judge(
    device: Device, answers: dict[str, set[str]], owned: set[str], is_blind: bool
) -> Finding:
    every = dns_names(device)
    names = [name for name in every if answers.get(f"{name} A") or answers.get(f"{name} AAAA")]
    if not names:
        return _nameless(device, every, answers)
    own = {one.address for one in device.addresses}
    temporary = {one.address for one in device.addresses if one.kind == "temporary"}
    has6 = any(one.family == "ipv6" and one.kind != "link-local" for one in device.addresses)
    for name in names:
        found = answers.get(f"{name} AAAA")
        if found is None:
            return CHECK.unknown(device, "not_probed", f"{name} was not asked for AAAA")
        elsewhere = sorted(one for one in found - own if not _listens_for(device, one))
        if elsewhere:
            unseen = not has6 and owned.isdisjoint(elsewhere)
            return _elsewhere(device, name, elsewhere, unseen, is_blind)
        if found & temporary:
            text = f"{name} leads to a temporary address, which changes every day"
            return CHECK.warned(device, text, name=name)
        if not found and has6:
            return CHECK.warned(device, f"{name} has no AAAA record", name=name)
        has6 = has6 or bool(found)
    if not has6:
        return CHECK.not_applicable(device, "it has no IPv6 address that a name could lead to")
    return CHECK.passed(device, f"{names[0]} leads to it over both", names=names[:8])


def _nameless(device: Device, names: list[str], answers: dict[str, set[str]]) -> Finding:
    """The finding on a device none of whose names led anywhere."""
    if not names:
        return CHECK.not_applicable(device, "it has no name in the DNS")
    if any(f"{name} A" in answers for name in names):
        # The reverse DNS gave the name: who denies it now may deny everything.
        return CHECK.unknown(device, "not_told", f"the resolvers say that {names[0]} leads nowhere")
    return CHECK.unknown(device, "not_probed", "its names were not looked up yet")


def _listens_for(device: Device, address: str) -> bool:
    """Whether the device joined the address's solicited-node group, as those who hold it do.

    Not proof, but enough not to blame it for an address that was not seen in full.
    """
    return ":" in address and solicited_group(address) in device.groups


def _elsewhere(
    device: Device, name: str, addresses: list[str], unseen: bool, is_blind: bool
) -> Finding:
    """A name leads to addresses that the device is not known to have.

    `unseen`: it may well have them, for none of its IPv6 addresses was seen.
    """
    evidence: dict[str, Any] = {"name": name, "elsewhere": addresses[:8]}
    if unseen:
        reason: Reason = "agent_has_no_ipv6" if is_blind else "addresses_unseen"
        text = f"{name} leads to {addresses[0]}; the device's IPv6 addresses were not seen"
        return CHECK.unknown(device, reason, text, **evidence)
    text = f"{name} leads to {addresses[0]}, which is not the device's"
    return CHECK.failed(device, text, **evidence)
