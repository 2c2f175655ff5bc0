"""Names of devices in the DNS, and what the resolvers answered for them."""

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network

from checks.nat64 import dns64_prefixes, lying
from checks.upstream import questions
from inventory.snapshot import Device, Snapshot

FROM_DNS = ("reverse_dns", "rdns", "dns")


def dns_names(device: Device) -> list[str]:
    """The names that the DNS gives a device, lower-case and without a trailing dot."""
    found = (one.name.rstrip(".").lower() for one in device.names if one.source in FROM_DNS)
    return list(dict.fromkeys(found))


def answers_for(snapshot: Snapshot) -> dict[str, set[str]]:
    """What the resolvers answered, all together, by question (`NAME TYPE`, lower-case name).

    Addresses that a DNS64 made up are left out: the name does not have them (RFC 6147 §5.1). So is
    all that resolvers say that answer for names that cannot exist.
    """
    liars = {one for one in _resolvers(snapshot) if lying(snapshot, one)}
    made_up = [IPv6Network(prefix) for prefix in dns64_prefixes(snapshot)]
    found: dict[str, set[str]] = {}
    for tried in questions(snapshot):
        if tried.resolver in liars or tried.outcome != "answered":
            continue
        if tried.rcode in ("NOERROR", "NXDOMAIN"):
            name, _, kind = tried.question.rpartition(" ")
            found.setdefault(f"{name.rstrip('.').lower()} {kind}", set()).update(
                text for text in tried.answers if not _is_within(text, made_up)
            )
    return found


def _resolvers(snapshot: Snapshot) -> set[str]:
    return {one.resolver for one in questions(snapshot)}


def _is_within(text: str, networks: Sequence[IPv6Network]) -> bool:
    return bool(networks) and ":" in text and any(IPv6Address(text) in one for one in networks)
