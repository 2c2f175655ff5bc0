"""What the officer's configuration says to the inventory."""

from collections.abc import Mapping

import msgspec

from inventory.expectation import Habits
from inventory.snapshot import DeviceKind, Policy

ALWAYS_ON: tuple[DeviceKind, ...] = (
    "router", "switch", "access_point", "firewall", "server", "nas", "ups", "camera",
    "hypervisor", "management_controller",
)  # fmt: skip


class Settings(msgspec.Struct, frozen=True):
    """`patience` is in missed rounds of probes; `evidence_s` how long a state holds without any.

    Printers are not among `always_on_kinds`: most sleep, and many are switched off at night.
    `presence_s` is how far apart rounds of presence begin. `mass_share` and `mass_devices`: as many
    devices of a network that fall silent together are the scanner's illness before they are theirs.
    A device that comes and goes more than `turns_per_hour` times is flapping.
    """

    site: str
    patience: int = 4
    always_on_kinds: tuple[DeviceKind, ...] = ALWAYS_ON
    policy: Policy = Policy()
    max_devices: int = 20_000
    new_devices_per_minute: int = 1_000
    evidence_s: float = 900.0
    patience_by_kind: Mapping[DeviceKind, int] = {}
    presence_s: float = 15.0
    mass_share: float = 0.3
    mass_devices: int = 4
    turns_per_hour: int = 6

    @property
    def habits(self) -> Habits:
        """What expectations are made of."""
        return Habits(
            patience=self.patience,
            patience_by_kind=self.patience_by_kind,
            always_on_kinds=self.always_on_kinds,
            round_s=self.presence_s,
            evidence_s=max(self.evidence_s, 3 * self.presence_s),
        )

    @property
    def same_round_s(self) -> float:
        """Misses and answers that are nearer to each other than this are of one round."""
        return max(1.0, 0.6 * self.presence_s)
