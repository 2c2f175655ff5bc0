"""What the officer's configuration says to the inventory."""

import msgspec

from inventory.snapshot import DeviceKind, Policy

ALWAYS_ON: tuple[DeviceKind, ...] = (
    "router", "switch", "access_point", "firewall", "server", "nas", "ups", "camera",
    "hypervisor", "management_controller",
)  # fmt: skip


class Settings(msgspec.Struct, frozen=True):
    """`patience` is in missed rounds of probes; `evidence_s` how long a state holds without any.

    Printers are not among `always_on_kinds`: most sleep, and many are switched off at night.
    """

    site: str
    patience: int = 4
    always_on_kinds: tuple[DeviceKind, ...] = ALWAYS_ON
    policy: Policy = Policy()
    max_devices: int = 20_000
    new_devices_per_minute: int = 1_000
    evidence_s: float = 900.0
