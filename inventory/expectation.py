"""What is expected of a device: how long it may be silent, and what its silence then means."""

import math
from collections.abc import Mapping

import msgspec

from inventory.gaps import Gaps
from inventory.snapshot import DeviceKind, Registered

# Missed rounds before a silent device that may be off becomes suspect, where the officer says
# nothing else; `OTHERS` for the kinds that are not named.
PATIENCE_BY_KIND: Mapping[DeviceKind, int] = {
    "workstation": 12,
    "laptop": 20,
    "phone": 60,
    "tablet": 60,
    "printer": 40,
    "scanner": 40,
    "tv": 40,
}
OTHERS = 8

# These leave with their owners: a week without a gap does not make them infrastructure.
PORTABLE: frozenset[DeviceKind] = frozenset({"phone", "tablet", "laptop"})
STEADY_S = 8 * 86400.0  # a whole week with both its weekend days

LONGEST_ALWAYS_ON_S = 120.0  # learnt patience never puts off the news of a failure for longer
LONGEST_OTHER_S = 3600.0
FLAPPING_FACTOR = 2


class Expectation(msgspec.Struct, frozen=True):
    """`patience` is in missed rounds; `may_sleep`: confirmed silence is `asleep`, not `down`."""

    patience: int
    may_sleep: bool
    evidence_s: float = 900.0


class Habits(msgspec.Struct, frozen=True):
    """The part of the configuration that expectations are made of.

    `patience` is for what should always be on, `patience_by_kind` what the officer named; `round_s`
    is how far apart rounds of presence begin.
    """

    patience: int = 4
    patience_by_kind: Mapping[DeviceKind, int] = {}
    always_on_kinds: tuple[DeviceKind, ...] = ()
    round_s: float = 15.0
    evidence_s: float = 900.0


def is_always_on(
    kind: DeviceKind, registered: Registered | None, always_on_kinds: tuple[DeviceKind, ...]
) -> bool:
    """Whether a device should be up at all times: the register says so, else its kind does."""
    if registered is not None and registered.always_on is not None:
        return registered.always_on
    return kind in always_on_kinds


def expectation(
    kind: DeviceKind,
    registered: Registered | None,
    habits: Habits,
    gaps: Gaps,
    *,
    steady_s: float = 0.0,
    flapping: bool = False,
    behind_router: bool = False,
) -> Expectation:
    """What is expected of a device.

    Silence that was confirmed is *down* for what should always be on, and for what was heard for
    `STEADY_S` without an absence: its own past says so. It is *asleep* for what carries its owner
    about, for what the register allows to be off, and for everything else. The rounds of devices
    `behind_router` are discovery's, too far apart to learn from.
    """
    always_on = is_always_on(kind, registered, habits.always_on_kinds)
    allowed_off = registered is not None and registered.always_on is False
    steady = steady_s >= STEADY_S and kind not in PORTABLE and not allowed_off
    base = habits.patience_by_kind.get(kind, 0)
    if not base:
        base = habits.patience if always_on else PATIENCE_BY_KIND.get(kind, OTHERS)
    longest_s = LONGEST_ALWAYS_ON_S if always_on else LONGEST_OTHER_S
    patience = habits.patience if behind_router else _learnt(base, gaps, habits.round_s, longest_s)
    if flapping:
        patience *= FLAPPING_FACTOR
    return Expectation(patience, not (always_on or steady), habits.evidence_s)


def _learnt(base: int, gaps: Gaps, round_s: float, longest_s: float) -> int:
    horizon_s = min(gaps.horizon_s(), longest_s)
    return max(base, math.ceil(horizon_s / round_s) + 1 if horizon_s else 0)
