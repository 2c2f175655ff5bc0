"""What a device is called where there is room for one word."""

from inventory.snapshot import Device


def label(device: Device) -> str:
    """Return its name, else an address, else its id."""
    if device.name:
        return device.name
    ranked = sorted(device.addresses, key=lambda a: (a.family == "ipv6", a.kind == "link-local"))
    return ranked[0].address if ranked else device.id
