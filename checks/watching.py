"""What checks of things heard on a link share: how fresh they are, and whether one could hear."""

from collections.abc import Iterable
from typing import TypeVar

from checks.verdict import Check, Finding
from collectors.observation import Observation
from inventory.snapshot import Network, Snapshot

Heard = TypeVar("Heard", bound=Observation)


def fresh(
    seen: Iterable[Heard], snapshot: Snapshot, network: Network, window_s: float
) -> list[Heard]:
    """What was seen on a network within a window, in the order given."""
    return [
        one
        for one in seen
        if one.interface == network.interface and one.at + window_s >= snapshot.taken_at
    ]


def unheard(check: Check, snapshot: Snapshot, network: Network) -> Finding | None:
    """The finding that hearing nothing proves nothing; None when the network is heard."""
    if not network.interface:
        return check.unknown(network, "not_listened", "the agent is not on this network")
    if not snapshot.tap.available:
        return check.unknown(network, "no_tap", "raw packets cannot be sent or heard")
    if network.listened_s <= 0:
        return check.unknown(network, "observed_too_short", "the watch has only just begun")
    return None
