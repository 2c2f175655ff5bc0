"""A device that takes part in the IPv6 Internet has a global address."""

from collections.abc import Iterator
from socket import AF_INET6, inet_pton
from typing import Any

from checks.routers import (
    Silence,
    default_routers,
    offers_addresses,
    silence,
)
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Address, Device, Network, Snapshot

CHECK = Check(
    name="ipv6.device_has_global_address",
    title="The device has a global IPv6 address",
    severity=Severity.MEDIUM,
    reference="RFC 4291 §2.5.4, RFC 6724 §2.1",
    remedy="Switch IPv6 on in the device's network settings, with automatic addresses or DHCPv6."
    " If it cannot do IPv6, plan its replacement.",
)

# Hosts drop temporary addresses after two days (RFC 8981 §3.8); what was not seen for a week before
# the device was last seen is history.
WINDOW_S = 7 * 86400

# Complete discovery passes before silence means anything: sleepers and losses need chances.
FEWEST_CYCLES = 3


ELSEWHERE = Silence("not_listened", "the agent is not on the device's network")
SWITCHED_OFF = Silence("agent_has_no_ipv6", "the agent has no IPv6 address on this network")


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    excuses = {network.id: _excuse(snapshot, network) for network in snapshot.networks}
    off = {network.id for network in snapshot.networks if not network.agent_has_ipv6}
    for device in snapshot.devices:
        if device.own and device.network in off:
            yield _judge(device, SWITCHED_OFF)
        else:
            yield _judge(device, excuses.get(device.network, ELSEWHERE))


def _judge(device: Device, excuse: Silence | None) -> Finding:
    found: dict[str, list[str]] = {}
    for address in device.addresses:
        if address.family == "ipv6" and address.last_seen + WINDOW_S >= device.last_seen:
            found.setdefault(_scope(address), []).append(address.address)
    evidence: dict[str, Any] = {
        "addresses": {scope: texts[:8] for scope, texts in found.items()},
        "discovery_cycles": device.discovery_cycles,
        "addresses_unseen": device.groups_unseen,
    }
    if "global" in found:
        return CHECK.passed(device, f"it has {found['global'][0]}", **evidence)
    if "tunnel" in found:
        return CHECK.warned(
            device, "its only global address belongs to a tunnel (6to4 or Teredo)", **evidence
        )
    if "unique-local" in found:
        return CHECK.warned(
            device, "it has a unique local address only, which loses to IPv4", **evidence
        )
    if not device.addresses:
        return CHECK.not_applicable(device, "no IP address of it was ever seen")
    doubt = _doubt(device, excuse)
    if doubt is not None:
        return CHECK.unknown(device, doubt.reason, doubt.summary, **evidence)
    lacks = (
        "it speaks IPv6, but has a link-local address only"
        if "link-local" in found
        else "no IPv6 address of it was seen"
    )
    return CHECK.failed(device, f"{lacks}, where a router offers addresses", **evidence)


def _doubt(device: Device, excuse: Silence | None) -> Silence | None:
    """Why the device cannot be blamed, or None."""
    if not device.macs:
        return Silence("not_listened", "the device is behind a router: its link is not heard")
    if excuse is not None:
        return excuse
    if device.own:
        return None  # its addresses come from its own kernel: nothing can be unseen
    if device.groups_unseen > 0:
        return Silence(
            "addresses_unseen",
            f"it uses {device.groups_unseen} more IPv6 addresses that were not seen in full yet",
        )
    if device.discovery_cycles < FEWEST_CYCLES:
        return Silence(
            "too_few_cycles",
            f"{device.discovery_cycles} of {FEWEST_CYCLES} complete discovery passes were made",
        )
    if device.state != "up":
        return Silence("device_unreachable", f"the device is {_words(device)}")
    return None


def _excuse(snapshot: Snapshot, network: Network) -> Silence | None:
    routers = default_routers(network, snapshot.taken_at)
    if any(offers_addresses(router) for router in routers):
        return None if snapshot.tap.available else silence(snapshot, network)
    if routers:
        return Silence("network_has_no_router", "the network's router offers no prefix for hosts")
    return silence(snapshot, network) or Silence(
        "network_has_no_router", "no router advertises IPv6 on the device's network"
    )


def _scope(address: Address) -> str:
    """The scope of an IPv6 address, by its first bits; thousands are looked at in each pass."""
    bits = int.from_bytes(inet_pton(AF_INET6, address.address), "big")
    if bits >> 96 == 0x20010000 or bits >> 112 == 0x2002:
        return "tunnel"  # Teredo 2001::/32 (RFC 4380), 6to4 2002::/16 (RFC 3056)
    if bits >> 125 == 0b001:
        return "global"  # 2000::/3
    if bits >> 121 == 0b1111110:
        return "unique-local"  # fc00::/7 (RFC 4193)
    return "link-local" if bits >> 118 == 0b1111111010 else "other"  # fe80::/10


def _words(device: Device) -> str:
    return "in an unknown state" if device.state == "unknown" else device.state
