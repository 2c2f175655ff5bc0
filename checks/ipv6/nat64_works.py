"""A prefix that is announced must be translated."""

from collections.abc import Iterator
from typing import Any

from checks.captive import behind_portal
from checks.nat64 import advertised_prefixes, dns64_prefixes
from checks.upstream import THROUGH_NAT64, by_family, tried
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.nat64_works",
    title="NAT64 leads to IPv4",
    severity=Severity.HIGH,
    reference="RFC 6146, RFC 7915",
    remedy="Look whether the translator runs, has the prefix routed to it, and may reach"
    " the Internet.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the organisation."""
    prefixes = dns64_prefixes(snapshot)
    for network in snapshot.networks:
        prefixes |= advertised_prefixes(network, snapshot.taken_at)
    if not prefixes:
        yield CHECK.not_applicable(snapshot, "no NAT64 prefix was found")
        return
    through = [one for one in tried(snapshot, "ipv6") if one.name == THROUGH_NAT64]
    evidence: dict[str, Any] = {
        "prefixes": sorted(prefixes)[:8],
        "tried": {one.address: one.outcome for one in through[:8]},
    }
    if any(one.outcome in ("answered", "refused") for one in through):
        yield CHECK.passed(snapshot, f"{min(prefixes)} leads to IPv4", **evidence)
    elif not through:
        yield CHECK.unknown(snapshot, "not_probed", "no anchor was tried through it", **evidence)
    elif any(by_family(snapshot, "ipv4").values()):
        text = f"anchors answer over IPv4, and not through {min(prefixes)}"
        doubt = behind_portal(CHECK, snapshot, **evidence)
        yield doubt or CHECK.failed(snapshot, text, **evidence)
    else:
        yield CHECK.unknown(snapshot, "no_control", "no anchor answers over IPv4", **evidence)
