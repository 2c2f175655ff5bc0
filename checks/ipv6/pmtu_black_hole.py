"""A path that swallows large packets lets connections come up and then hang."""

from collections.abc import Iterator
from typing import Any

from checks.upstream import no_anchors, no_echoes
from checks.verdict import Check, Finding, Reason, Severity
from collectors.observation import PathProbed
from inventory.snapshot import Snapshot

WINDOW_S = 8 * 86400.0

CHECK = Check(
    name="ipv6.pmtu_black_hole",
    title="Large packets get through, or their sender is told",
    severity=Severity.HIGH,
    reference="RFC 8201 §4, RFC 4890 §4.3.1",
    remedy="Let ICMPv6 type 2 (packet too big) pass every firewall on the way.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the organisation."""
    paths = [one for one in snapshot.facts.paths if one.at + WINDOW_S >= snapshot.taken_at]
    if not snapshot.policy.internet:
        text = "the networks are not meant to reach the Internet"
        yield CHECK.not_applicable(snapshot, text)
        return
    if not snapshot.policy.anchors:
        yield no_anchors(CHECK, snapshot)
        return
    forbidden = no_echoes(CHECK, snapshot, paths)
    if forbidden is not None:
        yield forbidden
        return
    usable = [one for one in paths if _smallest(one)]
    evidence: dict[str, Any] = {
        "paths": [
            {
                "address": one.address,
                "sizes": {str(size.size_bytes): size.answered for size in one.sizes[:8]},
                "too_big": max((size.too_big_mtu or 0 for size in one.sizes), default=0),
                "upload": one.upload,
            }
            for one in paths[:16]
        ]
    }
    if not usable:
        text = "no anchor answers to small packets over IPv6"
        reason: Reason = "no_upstream" if paths else "not_probed"
        yield CHECK.unknown(snapshot, reason, text, **evidence)
        return
    holes = [one for one in usable if _is_hole(one)]
    sure = [one for one in holes if one.upload == "stalled"]
    if sure:
        text = f"large packets to {sure[0].address} vanish, and nobody says so"
        yield CHECK.failed(snapshot, text, **evidence)
    elif holes and len(holes) == len(usable) and len(usable) > 1:
        text = f"large echo requests vanish on all {len(usable)} paths"
        yield CHECK.warned(snapshot, text, **evidence)
    else:
        yield CHECK.passed(snapshot, "large packets get through, or the sender is told", **evidence)


def _smallest(path: PathProbed) -> bool:
    sizes = sorted(path.sizes, key=lambda size: size.size_bytes)
    return bool(sizes) and sizes[0].answered


def _is_hole(path: PathProbed) -> bool:
    """Small ones arrive, large ones do not, and no router said that they are too big."""
    return not any(size.too_big_mtu for size in path.sizes) and any(
        not size.answered for size in path.sizes
    )
