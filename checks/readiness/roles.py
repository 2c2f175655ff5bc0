"""Which part a device plays in the office, and what to do with one that cannot convert."""

from typing import Literal

from inventory.snapshot import Device, DeviceKind

Role = Literal["server", "network", "client", "appliance", "management"]
Disposition = Literal["", "replace", "proxy", "keep_ipv4_island", "retire"]

RETIRE_AFTER_S = 60 * 86400.0

_ROLES: dict[DeviceKind, Role] = {
    "server": "server", "nas": "server", "hypervisor": "server", "virtual_machine": "server",
    "router": "network", "switch": "network", "access_point": "network", "firewall": "network",
    "management_controller": "management", "ups": "management",
    "printer": "appliance", "scanner": "appliance", "camera": "appliance", "voip": "appliance",
    "tv": "appliance", "iot": "appliance",
}  # fmt: skip
_DISPOSITIONS: dict[Role, Disposition] = {
    "server": "proxy", "network": "replace", "client": "replace", "management": "keep_ipv4_island",
    "appliance": "keep_ipv4_island",
}  # fmt: skip


def role_of(device: Device) -> Role:
    """The role of a device by its kind; what is not known counts as a client."""
    return _ROLES.get(device.kind, "client")


def disposition_of(device: Device, now: float) -> Disposition:
    """What to do with a device that does not convert, as a first proposal for the officer."""
    if now - device.last_seen > RETIRE_AFTER_S:
        return "retire"
    return _DISPOSITIONS[role_of(device)]
