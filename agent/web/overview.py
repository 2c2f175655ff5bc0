"""What the start page says of the whole: the tile on IPv6, and a line per network."""

from collections.abc import Iterable, Mapping

import msgspec

from agent.todo import Duplicate, duplicates
from checks.verdict import Finding
from inventory.snapshot import Device, Network, Router, Snapshot

GLOBAL_ADDRESS = "ipv6.device_has_global_address"


class Coverage(msgspec.Struct, frozen=True):
    """How many devices pass a check, of those that it could judge, and how many it could not."""

    passed: int
    judged: int
    unknown: int


class RouterLine(msgspec.Struct, frozen=True):
    """A router with what the officer's list says of it: "allowed", "unknown" or "not allowed"."""

    router: Router
    standing: str
    device: Device | None


class NetworkLine(msgspec.Struct, frozen=True):
    """A network as the start page shows it; `unseen` says what the agent cannot see there."""

    network: Network
    devices: int
    routers: tuple[RouterLine, ...]
    unseen: tuple[str, ...]
    duplicates: tuple[Duplicate, ...]


def coverage(findings: Iterable[Finding], check: str = GLOBAL_ADDRESS) -> Coverage:
    """Count a check's verdicts; what it does not apply to is left out."""
    verdicts = [finding.verdict for finding in findings if finding.check == check]
    return Coverage(
        passed=verdicts.count("pass"),
        judged=sum(verdict in ("pass", "warn", "fail") for verdict in verdicts),
        unknown=verdicts.count("unknown"),
    )


def network_lines(snapshot: Snapshot) -> tuple[NetworkLine, ...]:
    """Return a line per network, in the snapshot's order."""
    devices = {device.id: device for device in snapshot.devices}
    contested = duplicates(snapshot)
    members: dict[str, list[Device]] = {}
    for device in snapshot.devices:
        members.setdefault(device.network, []).append(device)
    return tuple(
        NetworkLine(
            network=network,
            devices=len(members.get(network.id, ())),
            routers=tuple(_router(router, devices) for router in network.routers),
            unseen=tuple(_unseen(snapshot, network, members.get(network.id, []))),
            duplicates=tuple(one for one in contested if one.network.id == network.id),
        )
        for network in snapshot.networks
    )


def _router(router: Router, devices: Mapping[str, Device]) -> RouterLine:
    standing = {True: "allowed", False: "not allowed", None: "unknown"}[router.allowed]
    return RouterLine(router, standing, devices.get(router.device))


def _unseen(snapshot: Snapshot, network: Network, members: Iterable[Device]) -> Iterable[str]:
    if not network.interface:
        yield "It lies behind a router: MACs and IPv6 neighbours are not seen."
        return
    if not snapshot.tap.available:
        yield f"Raw packets are not heard: {snapshot.tap.reason or 'no reason is known'}."
    if not network.agent_has_ipv6:
        yield "The agent has no IPv6 address here, so IPv6 devices may be missed."
    unseen = sum(device.groups_unseen for device in members)
    if unseen:
        noun = "IPv6 address is" if unseen == 1 else "IPv6 addresses are"
        yield f"At least {unseen} more {noun} in use, not seen in full yet."
