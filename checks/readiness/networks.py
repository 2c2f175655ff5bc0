"""The level of each network: N0 no IPv6, to N5 IPv6 only.

N1: tunnels or unique local addresses only. N2: hosts get addresses and resolvers, and IPv6 leads
out. N3: safe, and on a par with IPv4. N4: IPv6-mostly, with NAT64. N5: ready to drop IPv4.
"""

from collections.abc import Mapping

import msgspec

from checks.advertised import is_global
from checks.nat64 import advertised_prefixes
from checks.readiness.levels import AGENT_FIRST, DeviceReadiness
from checks.readiness.verdicts import Verdicts
from checks.routers import in_force
from inventory.snapshot import Network, Snapshot

# Per level, the checks that must hold; `ORG` ones speak of the whole organisation.
ENABLED = (
    "ra_present", "ra_valid", "router_lifetime", "managed_flag", "other_flag", "prefix_flags",
    "prefix_length", "prefix_lifetimes", "prefix_scope", "rdnss", "internet_reachable",
)  # fmt: skip
SAFE = (
    "prefix_is_ours", "rogue_ra", "rogue_dhcpv6", "multicast_nd", "pmtu_black_hole",
    "resolver_over_ipv6",
)  # fmt: skip
MOSTLY = ("pref64", "nat64_works", "nat64_prefix_reaches_private", "option_108")
ORG = "organisation"
READY_SHARE = 0.95


class NetworkReadiness(msgspec.Struct, frozen=True):
    """How far a network is; `missing` are the checks between it and the next level."""

    network: str
    level: int | None
    missing: tuple[str, ...] = ()
    next_step: str = ""


def network_levels(
    snapshot: Snapshot, verdicts: Verdicts, devices: Mapping[str, DeviceReadiness]
) -> dict[str, NetworkReadiness]:
    """The readiness of every network, by id."""
    return {
        network.id: _assess(snapshot, network, verdicts, devices) for network in snapshot.networks
    }


def _assess(
    snapshot: Snapshot,
    network: Network,
    verdicts: Verdicts,
    devices: Mapping[str, DeviceReadiness],
) -> NetworkReadiness:
    subject = f"network:{network.id}"
    present = verdicts.verdict("ra_present", subject)
    if present == "unknown" or present is None:
        return _stay(network, None, ("ra_present",), verdicts)
    if present == "fail":
        return _stay(network, 0, ("ra_present",), verdicts)
    if not _has_global(network, snapshot.taken_at):
        return _stay(network, 1, ("prefix_scope",), verdicts)
    for level, checks in ((1, ENABLED), (2, SAFE)):
        missing = tuple(check for check in checks if not verdicts.holds(check, subject, ORG))
        if missing:
            return _stay(network, level, missing, verdicts)
    missing = tuple(check for check in MOSTLY if not verdicts.passes(check, subject, ORG))
    if "option_108" in missing and not _has_clients_by_dhcp(snapshot, network):
        missing = tuple(check for check in missing if check != "option_108")
    if "pref64" not in missing and not advertised_prefixes(network, snapshot.taken_at):
        missing = ("pref64", *missing)  # the check passes where none is advertised
    if missing:
        return _stay(network, 3, missing, verdicts)
    return _only(snapshot, network, devices)


def _only(
    snapshot: Snapshot, network: Network, devices: Mapping[str, DeviceReadiness]
) -> NetworkReadiness:
    resolvers = [
        address
        for router in in_force(network.routers, snapshot.taken_at)
        for option in router.advertisement.resolvers
        for address in option.addresses
    ]
    here = [devices[one.id] for one in snapshot.devices if one.network == network.id]
    ready = sum((one.level or 0) >= 4 for one in here)
    late = [one.device for one in here if one.critical and (one.level or 0) < 5]
    if not resolvers:
        return NetworkReadiness(network.id, 4, ("rdnss",), "advertise resolvers with RDNSS")
    if late:
        text = f"{len(late)} critical devices are below L5, the first is {late[0]}"
        return NetworkReadiness(network.id, 4, (), text)
    if not here or ready < READY_SHARE * len(here):
        text = f"{ready} of {len(here)} devices are at L4 or above; 95 % are needed"
        return NetworkReadiness(network.id, 4, (), text)
    return NetworkReadiness(network.id, 5)


def _stay(
    network: Network, level: int | None, missing: tuple[str, ...], verdicts: Verdicts
) -> NetworkReadiness:
    findings = [
        verdicts.of(check, f"network:{network.id}") or verdicts.of(check, ORG) for check in missing
    ]
    worst = next(
        (one for wanted in ("fail", "warn") for one in findings if one and one.verdict == wanted),
        next((one for one in findings if one), None),
    )
    step = ""
    if worst is not None:
        step = worst.remedy or f"find out more: {worst.summary}"
        if worst.verdict in ("fail", "warn"):
            step = f"{worst.summary}. {worst.remedy}"
        if worst.reason == "agent_has_no_ipv6":
            step = AGENT_FIRST
    return NetworkReadiness(network.id, level, tuple(f"ipv6.{check}" for check in missing), step)


def _has_global(network: Network, now: float) -> bool:
    routers = in_force(network.routers, now)
    return any(
        is_global(prefix.prefix)
        for router in routers
        for prefix in router.advertisement.prefixes
        if prefix.valid_s > 0
    ) or any(router.advertisement.managed for router in routers)


def _has_clients_by_dhcp(snapshot: Snapshot, network: Network) -> bool:
    return any(
        device.dhcp is not None for device in snapshot.devices if device.network == network.id
    )
