"""What several checks ask about a network's routers: who advertises now, and could one be heard."""

from collections.abc import Sequence
from ipaddress import IPv6Network

import msgspec

from checks.verdict import Reason
from inventory.snapshot import Network, Policy, Router, Snapshot

# One lost packet must not look like a network without a router (RFC 4861 §6.3.7 lets a host ask
# three times before it concludes that there is none).
FEWEST_SOLICITATIONS = 2

# What was heard longer ago is history, whatever lifetime it gave itself.
REMEMBERED_S = 86400

MOST_ROUTERS = 16

UNIQUE_LOCAL = IPv6Network("fc00::/7")


class Silence(msgspec.Struct, frozen=True):
    """Why nothing can be concluded from not hearing a router."""

    reason: Reason
    summary: str


def default_routers(network: Network, now: float) -> tuple[Router, ...]:
    """Routers that offer themselves as default router and whose lifetime has not run out."""
    return tuple(
        router
        for router in network.routers
        if router.advertisement.lifetime_s > 0 and router.in_force(now)
    )


def in_force(routers: Sequence[Router], now: float) -> tuple[Router, ...]:
    """Those that hosts still follow: not withdrawn, and their lifetime has not run out."""
    return tuple(router for router in routers if router.in_force(now))


def at_its_strongest(router: Router) -> Router:
    """The router with what drew most to it in the last day: a goodbye does not undo that."""
    if router.earlier is None:
        return router
    return msgspec.structs.replace(router, advertisement=router.earlier)


def is_listed(router: Router, policy: Policy) -> bool:
    """Whether the officer's list allows this router, by its MAC or its link-local address."""
    listed = {entry.lower().partition("%")[0] for entry in policy.routers}
    return router.mac.lower() in listed or router.address.lower() in listed


def unlisted_routers(network: Network, policy: Policy, now: float) -> tuple[Router, ...]:
    """Routers that advertised within `REMEMBERED_S` and that a configured list does not allow."""
    return tuple(
        router
        for router in network.routers
        if router.last_seen + REMEMBERED_S >= now and not is_listed(router, policy)
    )


def silence(
    snapshot: Snapshot, network: Network, fewest: int = FEWEST_SOLICITATIONS
) -> Silence | None:
    """Why silence proves nothing on this network, or None when routers were asked and had time."""
    if not network.interface:
        return Silence("not_listened", "the agent is not on this network: it is behind a router")
    if not snapshot.tap.available:
        why = f" ({snapshot.tap.reason})" if snapshot.tap.reason else ""
        return Silence("no_tap", f"raw packets cannot be sent or heard{why}")
    if not network.agent_has_ipv6:
        return Silence("agent_has_no_ipv6", "the agent has no IPv6 address on this network")
    if network.solicitations < fewest:
        return Silence(
            "not_solicited",
            f"routers were asked {network.solicitations} of {fewest} times",
        )
    return None


def offers_addresses(router: Router) -> bool:
    """Whether hosts can get an address: an autonomous prefix (RFC 4862 §5.5.3) or DHCPv6."""
    advertisement = router.advertisement
    return advertisement.managed or any(
        prefix.autonomous and prefix.valid_s > 0 for prefix in advertisement.prefixes
    )


def describe(router: Router) -> dict[str, object]:
    """A router as evidence: JSON-ready."""
    advertisement = router.advertisement
    return {
        "address": router.address,
        "mac": router.mac,
        "lifetime_s": advertisement.lifetime_s,
        "preference": advertisement.preference,
        "managed": advertisement.managed,
        "other": advertisement.other,
        "prefixes": [prefix.prefix for prefix in advertisement.prefixes],
        "rdnss": resolvers(router),
        "last_seen": router.last_seen,
        "withdrawn": router.withdrawn,
    }


def describe_all(routers: Sequence[Router]) -> list[dict[str, object]]:
    """Routers as evidence, at most `MOST_ROUTERS` of them: a flood must not fill the findings."""
    return [describe(router) for router in routers[:MOST_ROUTERS]]


def resolvers(router: Router) -> list[str]:
    """The resolvers that a router tells hosts to use, in force (RFC 8106 §5.1)."""
    return [
        address
        for option in router.advertisement.resolvers
        if option.lifetime_s > 0
        for address in option.addresses
    ]


def advertise(routers: Sequence[Router]) -> str:
    """The verb for one router or for several."""
    return "advertises" if len(routers) == 1 else "advertise"
