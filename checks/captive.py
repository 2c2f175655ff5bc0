"""Whether the network looks like one that lets nobody out before a log-in."""

from typing import Any

from checks.nat64 import all_lie
from checks.routers import in_force
from checks.verdict import Check, Finding
from inventory.snapshot import Snapshot

NO_PORTAL = "urn:ietf:params:capport:unrestricted"  # RFC 8910 §2


def behind_portal(check: Check, snapshot: Snapshot, **evidence: Any) -> Finding | None:
    """The finding that a log-in may be what stands in the way; None when nothing speaks for one.

    A portal answers connections over IPv4 itself, so they are no control for IPv6.
    """
    sign = portal(snapshot)
    if not sign:
        return None
    text = f"no verdict before the log-in: {sign}"
    return check.unknown(snapshot, "captive_portal", text, **evidence)


def portal(snapshot: Snapshot) -> str:
    """What speaks for a captive portal; empty when nothing does."""
    for network in snapshot.networks:
        for router in in_force(network.routers, snapshot.taken_at):
            told = router.advertisement.captive_portal
            if told and told != NO_PORTAL:
                return f"{router.address} announces the captive portal {told}"
    if all_lie(snapshot):
        return "every resolver answers for names that do not exist, as a captive portal's does"
    return ""
