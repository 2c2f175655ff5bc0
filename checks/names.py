"""Names of devices in the DNS, and what the resolvers answered for them."""

from inventory.snapshot import Device, Snapshot

FROM_DNS = ("reverse_dns", "rdns", "dns")


def dns_names(device: Device) -> list[str]:
    """The names that the DNS gives a device, lower-case and without a trailing dot."""
    found = (one.name.rstrip(".").lower() for one in device.names if one.source in FROM_DNS)
    return list(dict.fromkeys(found))


def answers_for(snapshot: Snapshot) -> dict[str, set[str]]:
    """What the resolvers answered, all together, by question (`NAME TYPE`, lower-case name)."""
    found: dict[str, set[str]] = {}
    for tried in snapshot.facts.resolvers:
        if tried.outcome == "answered" and tried.rcode in ("NOERROR", "NXDOMAIN"):
            name, _, kind = tried.question.rpartition(" ")
            found.setdefault(f"{name.rstrip('.').lower()} {kind}", set()).update(tried.answers)
    return found
