"""After a prefix is gone, devices that still send from it get no answers."""

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network
from typing import Any

from checks.advertised import is_global, offering, prefixes
from checks.routers import in_force
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.stale_prefix",
    title="Devices leave a prefix that is gone",
    severity=Severity.MEDIUM,
    reference="RFC 4862 §5.5.3, RFC 9096 §3",
    remedy="Advertise the old prefix with a preferred lifetime of 0 for some hours, or"
    " restart the devices.",
)

USED_S = 3600.0
# Addresses that no advertisement made, and those that a host leaves already.
NOT_PREFERRED = frozenset({"permanent", "deprecated", "tentative", "dadfailed"})


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    routers = in_force(network.routers, snapshot.taken_at)
    if not routers:
        return CHECK.not_applicable(network, "no router advertises on this network")
    now = {prefix.prefix for _, prefix in prefixes(offering(network, snapshot.taken_at))}
    before = {
        prefix.prefix
        for router in network.routers
        for told in (router.advertisement, router.earlier)
        if told is not None
        for prefix in told.prefixes
        if is_global(prefix.prefix)
    }
    gone = [IPv6Network(text, strict=False) for text in sorted(before - now)]
    if not gone:
        return CHECK.passed(network, "no prefix was taken away in the last day")
    users = [
        {"device": device.id, "address": address.address}
        for device in snapshot.devices
        if device.network == network.id
        for address in device.addresses
        if address.family == "ipv6"
        and snapshot.taken_at - address.last_seen <= USED_S
        and any(IPv6Address(address.address) in block for block in gone)
    ]
    devices = {user["device"] for user in users}
    evidence: dict[str, Any] = {"gone": [str(block) for block in gone][:8], "users": users[:16]}
    if not users:
        return CHECK.passed(network, f"nobody uses {gone[0]} any more", **evidence)
    preferring = _preferring(snapshot, network, gone)
    if preferring:
        text = f"{preferring[0]} was never taken back, and hosts go on sending from it"
        return CHECK.failed(network, text, **evidence, preferred_here=preferring[:8])
    text = f"{len(devices)} devices still use {gone[0]}, which no router advertises any more"
    return CHECK.warned(network, text, **evidence)


def _preferring(snapshot: Snapshot, network: Network, gone: list[IPv6Network]) -> list[str]:
    """The prefixes gone from which the agent's own host goes on sending.

    It heard the same advertisements as the others: what it was not told, they were not told.
    """
    stack = snapshot.facts.stack
    if stack is None:
        return []
    found = []
    for told in (
        told
        for router in network.routers
        for told in (router.advertisement, router.earlier)
        if told is not None and told.at < stack.at
    ):
        for prefix in told.prefixes:
            block = IPv6Network(prefix.prefix, strict=False)
            if block not in gone or told.at + prefix.preferred_s <= snapshot.taken_at:
                continue
            if any(
                IPv6Address(one.address) in block
                for one in stack.addresses
                if one.interface == network.interface and not NOT_PREFERRED & {*one.flags}
            ):
                found.append(prefix.prefix)
    return found
