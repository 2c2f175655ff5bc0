"""Metric families of one device. All are from the last scheduled discovery or presence pass."""

from collections.abc import Sequence
from typing import get_args

from collectors.observation import Family as AddressFamily
from exporters.prometheus.family import Family, Judged, Row, Rows
from inventory.snapshot import Address, Device, State

# How long addresses of a kind last, the longest first.
_LASTING: dict[str, int] = {
    kind: rank for rank, kind in enumerate(("manual", "eui-64", "stable-privacy", "dhcpv6"))
}
_SCOPES = ("link-local", "unknown")

_STATES: tuple[State, ...] = get_args(State)
_STATE_ROWS: dict[State, Sequence[Row]] = {
    state: tuple(((other,), int(other == state)) for other in _STATES) for state in _STATES
}

_ANSWER_ROWS: dict[tuple[AddressFamily, bool], Row] = {
    (family, answers): ((family,), int(answers))
    for family in get_args(AddressFamily)
    for answers in (False, True)
}


def _info(device: Device, _judged: Judged) -> Rows:
    return (
        (
            (
                device.name,
                device.macs[0] if device.macs else "",
                main_address(device),
                device.vendor,
                device.kind,
                device.model or "",
                device.os or "",
                device.network,
                device.division,
            ),
            1,
        ),
    )


def _up(device: Device, _judged: Judged) -> int | None:
    if device.state == "up":
        return 1
    return 0 if device.state == "down" else None


def _state(device: Device, _judged: Judged) -> Rows:
    return _STATE_ROWS[device.state]


def _always_on(device: Device, _judged: Judged) -> int:
    return int(device.always_on)


def _reachable(device: Device, _judged: Judged) -> Rows:
    return tuple(map(_ANSWER_ROWS.__getitem__, device.reachable.items()))


def _first_seen(device: Device, _judged: Judged) -> float:
    return device.first_seen


def _last_seen(device: Device, _judged: Judged) -> float:
    return device.last_seen


def _missed(device: Device, _judged: Judged) -> int:
    return device.missed_total


def _addresses(device: Device, _judged: Judged) -> Rows:
    ipv4 = ipv6 = 0
    for address in device.addresses:
        if address.family == "ipv4":
            ipv4 += 1
        else:
            ipv6 += 1
    return ((("ipv4",), ipv4), (("ipv6",), ipv6))


def _addresses_unseen(device: Device, _judged: Judged) -> int | None:
    return device.groups_unseen if device.groups else None


def _open_ports(device: Device, _judged: Judged) -> int | None:
    if not device.services:
        return None
    return len({(one.port, one.transport) for one in device.services if one.state == "open"})


def _findings(_device: Device, judged: Judged) -> Rows:
    return tuple([((severity,), number) for severity, number in judged.open])


def _ipv6_level(_device: Device, judged: Judged) -> int | None:
    return judged.ipv6_level


def main_address(device: Device) -> str:
    """The address that a person would use: IPv4 first, then a lasting IPv6 one; else empty."""
    for address in device.addresses:
        if address.family == "ipv4":
            return address.address
    lasting = min(device.addresses, key=lambda one: (rank(one), one.first_seen), default=None)
    return lasting.address if lasting is not None else ""


def rank(address: Address) -> tuple[bool, bool, int, bool]:
    """The order in which IPv6 addresses are offered: those that last, and reach far, first.

    A temporary address comes after every other one, the link-local ones included: what stands in a
    label must not change with the day.
    """
    how = address.kind if address.assigned == "unknown" else address.assigned
    return (
        how == "temporary",
        address.kind in _SCOPES,
        _LASTING.get(how, len(_LASTING)),
        address.kind == "unique-local",
    )


_DISCOVERED = "As of the last scheduled discovery or presence pass, not measured at the scrape."

FAMILIES: tuple[Family, ...] = (
    Family(
        "lanwarden_device_info",
        "info",
        "What is known of the device; join it on the label device. Its labels may change.",
        (
            "device",
            "name",
            "mac",
            "address",
            "vendor",
            "kind",
            "model",
            "os",
            "network",
            "division",
        ),
        "device",
        _info,
    ),
    Family(
        "lanwarden_device_up",
        "gauge",
        "1 when the device is up, 0 when it is down; absent while unknown or asleep."
        f" {_DISCOVERED}",
        ("device",),
        "device",
        _up,
    ),
    Family(
        "lanwarden_device_state",
        "gauge",
        "The state of the device: 1 for exactly one of up, down, unknown and asleep, 0 for the"
        f" others. {_DISCOVERED}",
        ("device", "state"),
        "device",
        _state,
    ),
    Family(
        "lanwarden_device_always_on",
        "gauge",
        "1 when the device is expected to be up at all times, else 0.",
        ("device",),
        "device",
        _always_on,
    ),
    Family(
        "lanwarden_device_reachable",
        "gauge",
        "1 when the device answered the last probes of this address family, 0 when it was silent;"
        f" absent where it was not probed. {_DISCOVERED}",
        ("device", "family"),
        "device",
        _reachable,
    ),
    Family(
        "lanwarden_device_first_seen_timestamp_seconds",
        "gauge",
        "When the device was first seen.",
        ("device",),
        "device",
        _first_seen,
    ),
    Family(
        "lanwarden_device_last_seen_timestamp_seconds",
        "gauge",
        "When the device was last seen.",
        ("device",),
        "device",
        _last_seen,
    ),
    Family(
        "lanwarden_device_probes_missed_total",
        "counter",
        "Presence probes that the device did not answer since it was first seen.",
        ("device",),
        "device",
        _missed,
    ),
    Family(
        "lanwarden_device_addresses",
        "gauge",
        "Known addresses of the device per family, link-local ones included.",
        ("device", "family"),
        "device",
        _addresses,
    ),
    Family(
        "lanwarden_device_addresses_unseen",
        "gauge",
        "IPv6 addresses that the device must have, by its multicast groups, and that were not seen;"
        " absent where it reported no groups.",
        ("device",),
        "device",
        _addresses_unseen,
    ),
    Family(
        "lanwarden_device_open_ports",
        "gauge",
        "Ports found open among those that are probed; absent where none was probed."
        f" {_DISCOVERED}",
        ("device",),
        "device",
        _open_ports,
    ),
    Family(
        "lanwarden_device_findings",
        "gauge",
        "Open findings (verdict fail or warn) of the device; absent where it has none.",
        ("device", "severity"),
        "device",
        _findings,
    ),
    Family(
        "lanwarden_device_ipv6_level",
        "gauge",
        "How far the device is on the way to IPv6: 0 IPv4 only, 1 speaks IPv6, 2 uses it, 3 offers"
        " the same over both, 4 can live on an IPv6-mostly network, 5 without IPv4; absent while"
        " unknown.",
        ("device",),
        "device",
        _ipv6_level,
    ),
)
