"""Only the routers that the officer allows may advertise themselves."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv6Network

from checks.routers import (
    FEWEST_SOLICITATIONS,
    REMEMBERED_S,
    UNIQUE_LOCAL,
    advertise,
    at_its_strongest,
    describe_all,
    in_force,
    is_listed,
    resolvers,
    silence,
    unlisted_routers,
)
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import LONGEST_SILENCE_S, Network, Router, Snapshot

CHECK = Check(
    name="ipv6.rogue_ra",
    title="Only allowed routers advertise IPv6 on the network",
    severity=Severity.HIGH,
    reference="RFC 6104, RFC 9099 §2.3.2.1",
    remedy="Find the device by its MAC and stop its advertisements; switch RA-Guard on (RFC 6105)."
    " If the router is yours, add its MAC to `routers` in the section `ipv6` of the config.",
)

# The MAC of a virtual router: VRRP for IPv6 (RFC 9568 §7.3).
VIRTUAL_ROUTER_MAC = "00:00:5e:00:02:"

_PREFERENCES = ("low", "medium", "high")


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        if snapshot.policy.routers:
            yield _judge_by_list(snapshot, network)
        else:
            yield _judge_without_list(snapshot, network)


def _judge_by_list(snapshot: Snapshot, network: Network) -> Finding:
    strangers = unlisted_routers(network, snapshot.policy, snapshot.taken_at)
    listed = [router for router in network.routers if is_listed(router, snapshot.policy)]
    harmful = [router for router in strangers if not _is_mild(router, listed)]
    if harmful:
        return CHECK.failed(
            network,
            f"{_who_did(harmful, snapshot.taken_at)}, not in the list of allowed routers",
            severity=Severity.CRITICAL if any(map(_takes_over, harmful)) else None,
            routers=_classified(harmful, listed),
            allowed=list(snapshot.policy.routers),
        )
    if strangers:
        return CHECK.warned(
            network,
            f"{_who_did(strangers, snapshot.taken_at)}, not in the list of allowed routers,"
            " but takes no traffic over",
            severity=Severity.LOW,
            routers=_classified(strangers, listed),
            allowed=list(snapshot.policy.routers),
        )
    return _nobody_else(snapshot, network, listed)


def _judge_without_list(snapshot: Snapshot, network: Network) -> Finding:
    recent = [
        router for router in network.routers if router.last_seen + REMEMBERED_S >= snapshot.taken_at
    ]
    if not recent:
        return _nobody_else(snapshot, network, [])
    evidence = _classified(recent, [])
    full = [router for router in recent if not _is_stub(router)]
    if len({_offer(router) for router in full}) > 1:
        return CHECK.warned(
            network,
            f"{len(full)} routers advertise different things, and no list says which are allowed",
            routers=evidence,
        )
    return CHECK.unknown(
        network,
        "no_allow_list",
        f"{_who_did(recent, snapshot.taken_at)}; no list says whether that is allowed",
        routers=evidence,
    )


def _nobody_else(snapshot: Snapshot, network: Network, listed: Sequence[Router]) -> Finding:
    """Silence of strangers counts when they were asked, or had time enough to speak unasked.

    One question is enough where an allowed router is heard: questions and answers get through.
    """
    listed = in_force(listed, snapshot.taken_at)
    control = silence(snapshot, network, fewest=1 if listed else FEWEST_SOLICITATIONS)
    long_heard = snapshot.tap.available and network.listened_s >= LONGEST_SILENCE_S
    if control is not None and not (network.interface and long_heard):
        return CHECK.unknown(network, control.reason, control.summary)
    summary = f"only {_who(listed)} {advertise(listed)}" if listed else "no router advertises"
    return CHECK.passed(
        network,
        summary,
        routers=describe_all(listed),
        solicitations=network.solicitations,
        listened_s=round(network.listened_s),
    )


def _is_mild(router: Router, listed: Sequence[Router]) -> bool:
    if any(router.address == other.address for other in listed):
        return False  # it speaks in an allowed router's name, perhaps to withdraw it
    return _is_stub(router) or _is_twin(router, listed)


def _is_stub(router: Router) -> bool:
    """Whether it offered no default route, no resolver and no global prefix all day.

    So do the border routers of Thread networks, which are found in loudspeakers and hubs.
    """
    router = at_its_strongest(router)
    advertisement = router.advertisement
    return (
        advertisement.lifetime_s == 0
        and not resolvers(router)
        and not advertisement.pref64
        and all(_is_local(prefix.prefix) for prefix in advertisement.prefixes)
    )


def _is_local(prefix: str) -> bool:
    network = IPv6Network(prefix, strict=False)
    return network.subnet_of(UNIQUE_LOCAL)


def _is_twin(router: Router, listed: Sequence[Router]) -> bool:
    """Whether it is a VRRP router that offers nothing beyond what an allowed router offers."""
    if not router.mac.startswith(VIRTUAL_ROUTER_MAC):
        return False
    mine = at_its_strongest(router)
    prefixes, servers = set(_prefixes(mine)), set(resolvers(mine))
    return any(
        prefixes <= set(_prefixes(other))
        and servers <= set(resolvers(other))
        and _preference(mine) <= _preference(other)
        for other in map(at_its_strongest, listed)
    )


def _takes_over(router: Router) -> bool:
    """Whether hosts follow it before the rightful router: resolvers, NAT64, high preference."""
    router = at_its_strongest(router)
    advertisement = router.advertisement
    preferred = advertisement.preference == "high" and advertisement.lifetime_s > 0
    return bool(resolvers(router) or advertisement.pref64 or preferred)


def _offer(router: Router) -> tuple[object, ...]:
    """What a host would configure from it; two routers of one network should agree on this."""
    shown = at_its_strongest(router) if router.withdrawn else router
    return (
        tuple(sorted(_prefixes(shown))),
        tuple(sorted(resolvers(shown))),
        tuple(sorted(pref64.prefix for pref64 in shown.advertisement.pref64)),
    )


def _prefixes(router: Router) -> list[str]:
    return [prefix.prefix for prefix in router.advertisement.prefixes]


def _preference(router: Router) -> int:
    return _PREFERENCES.index(router.advertisement.preference)


def _who(routers: Sequence[Router]) -> str:
    named = " and ".join(f"{router.address} ({router.mac})" for router in routers[:2])
    return named if len(routers) <= 2 else f"{named} and {len(routers) - 2} more"


def _who_did(routers: Sequence[Router], now: float) -> str:
    """Who advertises; or who did, when none of them is in force any more."""
    present = in_force(routers, now)
    return f"{_who(present)} {advertise(present)}" if present else f"{_who(routers)} advertised"


def _classified(routers: Sequence[Router], listed: Sequence[Router]) -> list[dict[str, object]]:
    return [
        described
        | {"class": _class(router, listed), "first_seen": router.first_seen}
        | _before(router)
        for router, described in zip(routers, describe_all(routers), strict=False)
    ]


def _before(router: Router) -> dict[str, object]:
    """What it drew to itself earlier in the day, where that was more."""
    if router.earlier is None:
        return {}
    (described,) = describe_all([at_its_strongest(router)])
    kept = ("lifetime_s", "preference", "prefixes", "rdnss")
    return {"earlier": {key: described[key] for key in kept} | {"at": router.earlier.at}}


def _class(router: Router, listed: Sequence[Router]) -> str:
    if any(router.address == other.address for other in listed if other is not router):
        return "same-address-other-mac"
    if _is_stub(router):
        return "stub-router"
    if router.mac.startswith(VIRTUAL_ROUTER_MAC):
        return "virtual-router"
    return "router"
