"""The device that somebody means: by id, MAC, address or name, with the nearest when none fits."""

import difflib
import ipaddress

from agent.errors import UsageRefusal
from agent.label import label, label_and_address
from inventory.snapshot import Device, Snapshot

MOST_NAMED = 4


def find(snapshot: Snapshot, text: str) -> Device:
    """Return the one device that is meant. Raises UsageRefusal when it is none or several."""
    wanted = text.strip()
    found = _exact(snapshot, wanted) or _by_start(snapshot, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        which = ", ".join(f"{device.id} ({label_and_address(device)})" for device in found)
        raise UsageRefusal(f'"{text}" may be {len(found)} devices: {which}; name one by its id')
    near = _nearest(snapshot, wanted)
    hint = f"did you mean {' or '.join(near)}?" if near else "see: lanwarden devices"
    raise UsageRefusal(f'there is no device "{text}"; {hint}')


def canonical_mac(text: str) -> str:
    """Return a MAC in the form of the inventory, from any of the usual ones; "" for no MAC."""
    digits = "".join(c for c in text.lower() if c not in ":-. ")
    if len(digits) != 12 or any(c not in "0123456789abcdef" for c in digits):
        return ""
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def _exact(snapshot: Snapshot, wanted: str) -> list[Device]:
    mac, address, name = canonical_mac(wanted), _address(wanted), wanted.rstrip(".").lower()
    for fits in (
        lambda device: device.id == name,
        lambda device: mac and mac in device.macs,
        lambda device: address and any(a.address == address for a in device.addresses),
        lambda device: name in _names(device),
        lambda device: name in {known.partition(".")[0] for known in _names(device)},
    ):
        if found := [device for device in snapshot.devices if fits(device)]:
            return found[: MOST_NAMED * 2]
    return []


def _by_start(snapshot: Snapshot, wanted: str) -> list[Device]:
    """By the first characters of an id, as many as tell it from the others."""
    if not wanted.startswith("d-") or len(wanted) < 5:
        return []
    return [device for device in snapshot.devices if device.id.startswith(wanted)]


def _nearest(snapshot: Snapshot, wanted: str) -> list[str]:
    words: dict[str, str] = {}
    for device in snapshot.devices:
        shown = f"{device.id} ({label(device)})"
        addresses = (known.address for known in device.addresses)
        for word in (device.id, *device.macs, *addresses, *_names(device)):
            words.setdefault(word, shown)
    close = difflib.get_close_matches(wanted.lower(), words, n=MOST_NAMED, cutoff=0.6)
    return list(dict.fromkeys(words[word] for word in close))[:MOST_NAMED]


def _names(device: Device) -> set[str]:
    return {known.name.lower() for known in device.names} | ({device.name.lower()} - {""})


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
