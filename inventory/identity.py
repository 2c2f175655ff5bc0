"""The one place that decides which observations belong to one device, and says why.

What holds without any comparison; `identity_evidence` judges whether two devices are one:

* a MAC of its own names a device; a locally administered one does too, marked random, because
  telephones and PCs change theirs (RFC 8981 and 802.11 privacy), and so with less confidence;
* a MAC that stations share or take over (VRRP, CARP, HSRP, GLBP, cluster and multicast addresses)
  names nobody: what it says of addresses is true of the group, not of a device;
* all interfaces of the host that the agent runs on are one device;
* an address that answers through a router has no MAC here: the address itself is the name, with
  low confidence, until a MAC claims it on a link.
"""

import hashlib
import re
from base64 import b32encode
from typing import Literal

import msgspec

Action = Literal[
    "created", "joined", "absorbed", "suggested", "merged_by_hand", "split_by_hand", "split",
    "kept_apart", "conflict",
]  # fmt: skip

UNIVERSAL_MAC = 1.0
RANDOM_MAC = 0.7
ADDRESS_ALONE = 0.3

_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}\Z")

# Prefixes of MACs that move between stations, with the protocol that moves them.
_SHARED_MACS = {
    "00:00:5e:00:01": "VRRP or CARP for IPv4 (RFC 9568 §7.3)",
    "00:00:5e:00:02": "VRRP for IPv6 (RFC 9568 §7.3)",
    "00:00:0c:07:ac": "HSRP version 1 (RFC 2281 §5.5)",
    "00:00:0c:9f:f": "HSRP version 2",
    "00:05:73:a0:0": "HSRP for IPv6",
    "00:07:b4:00": "GLBP",
    "02:bf": "a network load balancing cluster",
}
_SHARED_STARTS = frozenset(prefix[:2] for prefix in _SHARED_MACS)


class Decision(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Why two things were taken for one device, or a thing for a new one; `other` is its id."""

    at: float
    action: Action
    reasons: tuple[str, ...]
    other: str = ""


def is_mac(text: str) -> bool:
    """Whether it is a MAC in the one form that observations use."""
    return _MAC.match(text) is not None


def shared_by(mac: str) -> str:
    """What makes a MAC belong to no single device; empty for a MAC that does."""
    if mac == "00:00:00:00:00:00":
        return "no MAC at all"
    if int(mac[:2], 16) & 1:
        return "a group address (IEEE 802)"
    if mac[:2] not in _SHARED_STARTS:
        return ""
    for length in (14, 13, 11, 5):
        if found := _SHARED_MACS.get(mac[:length]):
            return found
    return ""


def is_random(mac: str) -> bool:
    """Whether a MAC is locally administered: chosen by software, and perhaps only for today."""
    return bool(int(mac[:2], 16) & 2)


def created_by_mac(at: float, mac: str, how: str, own: bool) -> Decision:
    """The decision that a MAC which nobody had is a new device."""
    if own:
        reason = f"{mac} is an interface of the agent's own host"
    elif is_random(mac):
        reason = f"{mac} was not known ({how}); it is locally administered, so it may change"
    else:
        reason = f"{mac} was not known ({how})"
    return Decision(at, "created", (reason,))


def created_by_address(at: float, address: str) -> Decision:
    """The decision that an address without a MAC is a new device."""
    return Decision(at, "created", (f"{address} answered through a router; no MAC belongs to it",))


def joined_own(at: float, mac: str, interface: str) -> Decision:
    """The decision that a further interface of the own host is the same device."""
    return Decision(at, "joined", (f"{mac} is the own interface {interface}",))


def absorbed(at: float, other: str, reason: str) -> Decision:
    """The decision that what was taken for another device is this one."""
    return Decision(at, "absorbed", (reason,), other)


def one_host(at: float, other: str, address: str, macs: tuple[str, str]) -> Decision:
    """Evidence that two devices are one; they stay apart, since cards can change hosts."""
    reason = f"echo to {address} at {macs[0]} and at {macs[1]} was answered by the same card"
    return Decision(at, "suggested", (reason,), other)


def confidence(macs: list[str], random: bool) -> float:
    """How sure it is that what is known of a device belongs to one device, 0 to 1."""
    if not macs:
        return ADDRESS_ALONE
    return RANDOM_MAC if random else UNIVERSAL_MAC


def device_id(key: str, attempt: int = 0) -> str:
    """`d-` and ten characters from a MAC or address: the same in every run, with or without store.

    `attempt` rises when the id is taken by another device (50 bits: practically never).
    """
    digest = hashlib.sha256(f"{key}#{attempt}".encode()).digest()
    return "d-" + b32encode(digest)[:10].decode().lower()
