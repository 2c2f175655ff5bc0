"""What a device is called where there is room for one word, and in which order devices stand."""

import ipaddress

from inventory.snapshot import Address, Device


def label(device: Device) -> str:
    """Return its name, else an address, else a MAC, else its id."""
    return device.name or first_address(device) or next(iter(device.macs), device.id)


def label_and_address(device: Device) -> str:
    """Return its label, with the address behind a name: `printer-2f (10.66.7.21)`."""
    address = first_address(device)
    return f"{device.name} ({address})" if device.name and address else label(device)


def first_address(device: Device) -> str:
    """Return the address to show where there is room for one: IPv4 first, link-local last."""
    ranked = sorted(device.addresses, key=_rank)
    return ranked[0].address if ranked else ""


def device_order(device: Device) -> tuple[bool, str, int, int, str, str]:
    """Order devices by network, then by address, IPv4 first; those without any come last."""
    address = first_address(device)
    known = ipaddress.ip_address(address) if address else None
    return (
        not device.network,
        device.network,
        known.version if known else 9,
        int(known) if known else 0,
        device.name,
        device.id,
    )


def _rank(address: Address) -> tuple[bool, bool, bool]:
    """A name of the day is worth less than one that only the link knows."""
    return (
        address.family == "ipv6",
        address.assigned == "temporary",
        address.kind == "link-local",
    )
