"""IPv6 that ends at the own router helps nobody."""

from collections.abc import Iterator
from typing import Any

from checks.captive import behind_portal
from checks.upstream import by_family, untried
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.internet_reachable",
    title="The Internet is reached over IPv6",
    severity=Severity.HIGH,
    reference="RFC 6724, RFC 8305",
    remedy="Follow the path from the router outwards: `tracepath -6`; ask the provider"
    " where it ends.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the organisation."""
    doubt = untried(CHECK, snapshot)
    if doubt is not None:
        yield doubt
        return
    six, four = by_family(snapshot, "ipv6"), by_family(snapshot, "ipv4")
    up = sorted(name for name, works in six.items() if works)
    evidence: dict[str, Any] = {"ipv6": six, "ipv4": four}
    if len(up) >= min(2, len(six)) and up:
        yield CHECK.passed(snapshot, f"{len(up)} of {len(six)} anchors answer", **evidence)
    elif up:
        yield CHECK.warned(snapshot, f"only {up[0]} answers over IPv6", **evidence)
    elif not six:
        yield CHECK.unknown(snapshot, "not_probed", "no anchor has an IPv6 address", **evidence)
    elif any(four.values()):
        text = "no anchor answers over IPv6, and over IPv4 they do"
        doubt = behind_portal(CHECK, snapshot, **evidence)
        yield doubt or CHECK.failed(snapshot, text, **evidence)
    else:
        yield CHECK.unknown(snapshot, "no_control", "no anchor answers at all", **evidence)
