"""What several checks ask about the way out: which anchors answered by which family."""

from collections.abc import Sequence

from checks.verdict import Check, Finding
from collectors.observation import Family, PathProbed, ReachTried, ResolverTried
from inventory.snapshot import Snapshot

WINDOW_S = 2 * 86400.0
THROUGH_NAT64 = "nat64"  # the name under which an anchor is tried through NAT64


def tried(snapshot: Snapshot, family: Family) -> list[ReachTried]:
    """The latest attempts at anchors by one family."""
    return [
        one
        for one in snapshot.facts.reached
        if one.name and one.family == family and one.at + WINDOW_S >= snapshot.taken_at
    ]


def questions(snapshot: Snapshot) -> list[ResolverTried]:
    """The latest questions to resolvers; those to resolvers that nobody names any more run out."""
    return [one for one in snapshot.facts.resolvers if one.at + WINDOW_S >= snapshot.taken_at]


def outcomes(snapshot: Snapshot, family: Family) -> dict[str, set[str]]:
    """By anchor: how the attempts at its addresses ended."""
    found: dict[str, set[str]] = {}
    for one in tried(snapshot, family):
        if one.name == THROUGH_NAT64:
            continue
        found.setdefault(one.name, set()).add(one.outcome)
    return found


def by_family(snapshot: Snapshot, family: Family) -> dict[str, bool]:
    """By anchor: whether an address of it answered. A refusal is an answer of the far side."""
    return {
        name: bool(ended & {"answered", "refused"})
        for name, ended in outcomes(snapshot, family).items()
    }


def no_anchors(check: Check, snapshot: Snapshot) -> Finding:
    """The finding that nobody said what on the Internet may be tried."""
    return check.unknown(
        snapshot,
        "not_configured",
        "no host on the Internet is named that may be tried",
        remedy="Name two in `anchors` of the section `[ipv6]` of the config, or set"
        " `internet = false` there when the network is cut off on purpose.",
    )


def no_echoes(check: Check, snapshot: Snapshot, paths: Sequence[PathProbed]) -> Finding | None:
    """The finding that the agent may not send echo requests; None where it sent some."""
    if not paths or any(one.sizes for one in paths):
        return None
    return check.unknown(
        snapshot,
        "no_rights",
        "the agent's user may not send echo requests",
        remedy="Give the agent's group a place in `net.ipv4.ping_group_range`: `lanwarden doctor`"
        " prints the command.",
    )


def untried(check: Check, snapshot: Snapshot) -> Finding | None:
    """The finding that the way out was not tried, or could not be; None when it was."""
    if not snapshot.policy.internet:
        return check.not_applicable(snapshot, "the networks are not meant to reach the Internet")
    if not snapshot.policy.anchors:
        return no_anchors(check, snapshot)
    if not (tried(snapshot, "ipv6") or tried(snapshot, "ipv4")):
        return check.unknown(snapshot, "not_probed", "the anchors were not tried yet")
    if not any(network.agent_has_ipv6 for network in snapshot.networks):
        return check.unknown(snapshot, "agent_has_no_ipv6", "the agent has no IPv6")
    return None
