"""Browsers fall back to IPv4 within a quarter of a second and hide that IPv6 is dead."""

from collections.abc import Iterator
from typing import Any

from checks.captive import behind_portal
from checks.upstream import outcomes, untried
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.masked_by_fallback",
    title="Broken IPv6 is not hidden by the fall-back to IPv4",
    severity=Severity.HIGH,
    reference="RFC 8305 §5",
    remedy="Mend the IPv6 path, or make it fail at once (a router that says"
    " *unreachable*) until it is mended.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the organisation."""
    doubt = untried(CHECK, snapshot)
    if doubt is not None:
        yield doubt
        return
    six, four = outcomes(snapshot, "ipv6"), outcomes(snapshot, "ipv4")
    both = sorted(six.keys() & four.keys())
    masked = [name for name in both if "answered" in four[name] and six[name] == {"timeout"}]
    evidence: dict[str, Any] = {"masked": masked[:16], "compared": len(both)}
    if not any("answered" in four[name] for name in both):
        yield CHECK.unknown(snapshot, "no_control", "no anchor answered over IPv4", **evidence)
    elif masked:
        text = f"{masked[0]} times out over IPv6 and answers over IPv4: programs wait and fall back"
        say = CHECK.failed if len(masked) * 2 >= len(both) else CHECK.warned
        doubt = behind_portal(CHECK, snapshot, **evidence)
        yield doubt or say(snapshot, text, **evidence)
    else:
        yield CHECK.passed(snapshot, "IPv6 works, or fails at once", **evidence)
