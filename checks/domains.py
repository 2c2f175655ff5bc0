"""What the checks of own domains share: what was looked up, and which address answered."""

from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from typing import Literal

from checks.nat64 import all_lie
from checks.upstream import by_family
from checks.verdict import Check, Finding, Named, domain
from collectors.observation import DomainHost, DomainSeen
from inventory.snapshot import Snapshot

WINDOW_S = 8 * 86400.0

# Addresses that no name of a public service may have (RFC 6890, RFC 6052).
_NOT_PUBLIC = tuple(
    IPv6Network(text)
    for text in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8")
)
_GLOBAL = IPv6Network("2000::/3")


def judge_domains(
    check: Check,
    snapshot: Snapshot,
    aspect: Literal["web", "ns", "mx"],
    judge: Callable[[Named, DomainSeen], Finding],
) -> Iterator[Finding]:
    """Yield one finding per configured domain; none when no domain is configured."""
    seen = {one.domain: one for one in snapshot.facts.domains if one.aspect == aspect}
    lies = all_lie(snapshot)
    for name in snapshot.policy.domains:
        subject, found = domain(name), seen.get(name)
        if found is None or found.at + WINDOW_S < snapshot.taken_at:
            yield check.unknown(subject, "not_probed", f"{name} was not looked at yet")
        elif lies:
            text = "every resolver answers for names that do not exist"
            yield check.unknown(subject, "no_control", text)
        elif found.error:
            yield check.unknown(subject, "resolver_unreachable", found.error)
        else:
            yield judge(subject, found)


def valid6(host: DomainHost) -> list[str]:
    """The IPv6 addresses of a host that the Internet, or the office, can use."""
    return [text for text in host.ipv6 if _is_valid(text)]


def outcomes(host: DomainHost) -> dict[tuple[str, int], str]:
    """How the connection to each address and port ended."""
    found = {}
    for line in host.reached:
        parts = line.split()
        if len(parts) == 3 and parts[1].isdigit():
            found[parts[0], int(parts[1])] = parts[2]
    return found


def open_ports(host: DomainHost, six: bool) -> set[int]:
    """The ports that answered over a family."""
    return {
        port
        for (address, port), outcome in outcomes(host).items()
        if outcome == "answered" and (":" in address) == six
    }


def excuse(check: Check, snapshot: Snapshot, subject: Named) -> Finding | None:
    """The finding that nothing can be reached over IPv6 from here; None when something can."""
    if not any(network.agent_has_ipv6 for network in snapshot.networks):
        return check.unknown(subject, "agent_has_no_ipv6", "the agent has no IPv6")
    anchors = by_family(snapshot, "ipv6")
    if anchors and not any(anchors.values()):
        return check.unknown(subject, "no_upstream", "IPv6 does not lead to the Internet from here")
    return None


def _is_valid(text: str) -> bool:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return False
    return address in _GLOBAL and not any(address in block for block in _NOT_PUBLIC)
