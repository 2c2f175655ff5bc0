"""A global prefix that is advertised must belong to the office."""

from collections.abc import Iterator
from ipaddress import IPv6Network

from checks.advertised import is_global, nobody, offering, prefixes
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.prefix_is_ours",
    title="Every advertised prefix is one of ours",
    severity=Severity.HIGH,
    reference="RFC 9099 §2.3.2.1",
    remedy="Add the prefix to `allocations` in the section `[ipv6]` if it is yours;"
    " otherwise find who advertises it.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    if not snapshot.policy.allocations:
        return CHECK.unknown(network, "not_configured", "no list says which prefixes are ours")
    routers = offering(network, snapshot.taken_at)
    if not routers:
        return nobody(CHECK, snapshot, network)
    ours = [IPv6Network(text, strict=False) for text in snapshot.policy.allocations]
    foreign = [
        {"router": router.address, "mac": router.mac, "prefix": prefix.prefix}
        for router, prefix in prefixes(routers)
        if is_global(prefix.prefix)
        and not any(IPv6Network(prefix.prefix, strict=False).subnet_of(block) for block in ours)
    ]
    if foreign:
        first = foreign[0]
        text = f"{first['router']} advertises {first['prefix']}, which is none of ours"
        return CHECK.failed(network, text, foreign=foreign[:16])
    return CHECK.passed(network, "every global prefix is one of ours")
