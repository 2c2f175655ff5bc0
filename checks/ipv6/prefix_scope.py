"""Hosts need a prefix that the Internet can answer to."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, is_global, judge_routers, prefixes, scope_of
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.prefix_scope",
    title="Routers advertise a global prefix",
    severity=Severity.HIGH,
    reference="RFC 4193, RFC 6724 §2.1, RFC 9099 §2.7.2",
    remedy="Get a prefix from the provider or VNNIC and advertise a /64 of it on the network.",
)

BAD = ("6to4", "Teredo", "site-local")


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    offered = list(prefixes(routers))
    troubles = [
        Trouble(router.address, f"advertises {prefix.prefix}, which is {scope_of(prefix.prefix)}")
        for router, prefix in offered
        if scope_of(prefix.prefix) in BAD
    ]
    if any(is_global(prefix.prefix) for _, prefix in offered):
        return "a global prefix is advertised", troubles
    if not troubles and any(router.advertisement.managed for router in routers):
        return "addresses come from DHCPv6", ()
    local = [router for router, prefix in offered if scope_of(prefix.prefix) == "unique local"]
    if local:
        text = "advertises unique local prefixes only: hosts prefer IPv4 to them"
        troubles.append(Trouble(local[0].address, text, grave=False))
    elif not troubles:
        troubles.append(Trouble(routers[0].address, "advertises no global prefix"))
    return "", troubles
