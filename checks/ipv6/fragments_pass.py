"""Large answers of DNS over UDP, IPsec and tunnels come in fragments, which some networks drop."""

from collections.abc import Iterator
from typing import Any

from checks.upstream import no_anchors, no_echoes
from checks.verdict import Check, Finding, Reason, Severity
from inventory.snapshot import Snapshot

WINDOW_S = 8 * 86400.0

CHECK = Check(
    name="ipv6.fragments_pass",
    title="Fragments get through over IPv6",
    severity=Severity.LOW,
    reference="RFC 8200 §4.5, RFC 7872, RFC 4890 §4.3.1",
    remedy="Let the firewall reassemble and pass IPv6 fragments instead of dropping them all.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the organisation; it warns at most: much of the Internet drops them."""
    if not snapshot.policy.internet:
        text = "the networks are not meant to reach the Internet"
        yield CHECK.not_applicable(snapshot, text)
        return
    if not snapshot.policy.anchors:
        yield no_anchors(CHECK, snapshot)
        return
    paths = [one for one in snapshot.facts.paths if one.at + WINDOW_S >= snapshot.taken_at]
    forbidden = no_echoes(CHECK, snapshot, paths)
    if forbidden is not None:
        yield forbidden
        return
    usable = [one for one in paths if one.fragments is not None]
    evidence: dict[str, Any] = {
        "paths": {one.address: one.fragments for one in usable[:16]},
    }
    passing = [one.address for one in usable if one.fragments]
    if not usable:
        text = "no anchor answers to large packets over IPv6"
        reason: Reason = "no_control" if paths else "not_probed"
        yield CHECK.unknown(snapshot, reason, text)
    elif passing:
        text = f"{len(passing)} of {len(usable)} anchors answer to packets in fragments"
        yield CHECK.passed(snapshot, text, **evidence)
    else:
        text = f"whole packets to {usable[0].address} are answered, and those in fragments are not"
        yield CHECK.warned(snapshot, text, **evidence)
