"""DNS64 is found by asking for a name that has IPv4 addresses only, ipv4only.arpa."""

from collections.abc import Iterator
from typing import Any

from checks.nat64 import PROBE, by_resolver, denies_the_probe, dns64_of, lying
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.dns64",
    title="DNS64 answers as it should",
    severity=Severity.MEDIUM,
    reference="RFC 7050 §3, RFC 6147",
    remedy="Give all resolvers of the network the same DNS64 prefix, or switch it off on"
    " those that have it; let all of them resolve the names of the Internet.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the organisation."""
    asked = by_resolver(snapshot)
    if not asked:
        yield CHECK.unknown(snapshot, "not_probed", "resolvers were not asked yet")
        return
    answering = {name: tried for name, tried in asked.items() if tried}
    if not answering:
        yield CHECK.unknown(snapshot, "resolver_unreachable", f"no resolver answered for {PROBE}")
        return
    false = [name for name in answering if lying(snapshot, name)]
    found = {name: sorted(dns64_of(snapshot, name)) for name in answering}
    evidence: dict[str, Any] = {
        "resolvers": dict(sorted(found.items())[:16]),
        "answering_anything": false[:16],
    }
    if false:
        text = f"{false[0]} answers for names that do not exist"
        yield CHECK.warned(snapshot, text, **evidence)
        return
    denying = [name for name in answering if denies_the_probe(snapshot, name)]
    if denying and snapshot.policy.internet:
        text = f"{denying[0]} says that {PROBE.split()[0]} does not exist"
        yield CHECK.warned(snapshot, text, **evidence, denying=denying[:16])
        return
    with_it = [name for name, prefixes in found.items() if prefixes]
    if not with_it:
        yield CHECK.not_applicable(snapshot, "no resolver does DNS64, as in a dual-stack office")
    elif len(with_it) < len(found) or len({tuple(p) for p in found.values()}) > 1:
        without = next((name for name in found if name not in with_it), "another")
        text = f"{with_it[0]} uses {found[with_it[0]][0]}, {without} does not"
        yield CHECK.warned(snapshot, text, **evidence)
    else:
        text = f"every resolver uses {found[with_it[0]][0]}"
        yield CHECK.passed(snapshot, text, **evidence)
