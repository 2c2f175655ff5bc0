"""Frames that say what was said before: known by their octets, so they are not decoded again.

Most of what a link carries is the same few sentences of the same stations. What a frame of ARP or
of a neighbour solicitation or advertisement said depends on its octets and on the belief about the
link alone, so it can be kept.
"""

from typing import Final

import msgspec

from collectors.observation import AddressSeen, AnyObservation
from collectors.tap.askings import ASKING
from collectors.wire import tunnel

SIZE: Final = 8192  # frames of one generation; two are kept
LONGEST_BYTES: Final = 128


class Said:
    """What a frame said, or the `reason` why it is not believed, and when it was last passed on.

    Until `quiet_until` (Unix time) it need not be passed on again, unless `epoch` is over. `asks`
    is where in the frame it asks for an address, None where it does not.
    """

    __slots__ = ("asks", "epoch", "observations", "quiet_from", "quiet_until", "reason")

    def __init__(self, observations: tuple[AnyObservation, ...], reason: str) -> None:
        self.observations = observations
        self.reason = reason
        self.asks: slice | None = None
        self.quiet_from = self.quiet_until = 0.0
        self.epoch = -1

    def heard_at(self, now: float) -> None:
        """Say the same at another time."""
        if self.observations[0].at != now:
            self.observations = tuple(
                [msgspec.structs.replace(each, at=now) for each in self.observations]
            )


class Repeats:
    """What the latest frames of one link said, for as long as the belief about it stays the same.

    Bounded without ageing single entries: when a generation is full, the one before it is
    forgotten, and what is heard again moves to the new one. A flood of frames that never repeat
    costs the flood's own entries and no more.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._young: dict[bytes, Said] = {}
        self._old: dict[bytes, Said] = {}
        self._version = -1

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, key: bytes, version: int) -> Said | None:
        """What the frame with this key said under this version of the belief; None: not known."""
        if version != self._version:
            self._young.clear()
            self._old.clear()
            self._version = version
            return None
        said = self._young.get(key)
        if said is None:
            said = self._old.pop(key, None)
            if said is not None:
                self._keep(key, said)
        return said

    def keep(self, key: bytes, said: Said) -> None:
        """Remember what a frame said; call it after `find` with the same key."""
        self._keep(key, said)

    def _keep(self, key: bytes, said: Said) -> None:
        if len(self._young) >= self._size:
            self._old = self._young
            self._young = {}
        self._young[key] = said


def key_of(frame: bytes) -> bytes:
    """The octets on which depends what an ARP, NS, NA or tunnel frame says; empty for all others.

    Whom an ARP packet asks for or answers does not matter, unless it is a probe or an announcement.
    """
    kind = frame[12:14]
    if kind == _ARP:
        sender = frame[28:32]
        if sender == frame[38:42] or sender == _NOBODY:
            return frame[6:42] if len(frame) >= _ARP_BYTES else b""
        return frame[6:32] if len(frame) >= _ARP_BYTES else b""
    if kind == _IPV6 and _ND_BYTES <= len(frame) <= LONGEST_BYTES and frame[20] == _ICMPV6:
        return frame if frame[54] in _NEIGHBOUR else b""
    if kind == _IPV4 and frame[23:24] in _TUNNELS and frame[14] == _NO_OPTIONS:
        # Station, protocol, addresses; of IPv6 inside its source less the end. No other key is of
        # this length.
        inner = frame[34:35] + frame[42:54] if frame[23] == tunnel.IPV6_IN_IPV4 else b""
        return frame[6:12] + frame[20:22] + frame[23:24] + frame[26:34] + inner
    return b""


def asks_at(key: bytes, said: Said) -> slice | None:
    """Where a frame with this key says whom it asks for; None where it asks for nobody."""
    first = said.observations[0] if said.observations else None
    if not key or type(first) is not AddressSeen or first.how not in ASKING:
        return None
    return _ASKED_BY_ARP if first.how == "arp_request" else _ASKED_BY_ND


_ARP: Final = b"\x08\x06"
_IPV6: Final = b"\x86\xdd"
_IPV4: Final = b"\x08\x00"
_NO_OPTIONS: Final = 0x45
_TUNNELS: Final = frozenset(bytes((protocol,)) for protocol in tunnel.PROTOCOLS)
_NOBODY: Final = bytes(4)
_ICMPV6: Final = 58
_NEIGHBOUR: Final = (135, 136)
_ARP_BYTES: Final = 42
_ND_BYTES: Final = 78
_ASKED_BY_ARP: Final = slice(38, 42)
_ASKED_BY_ND: Final = slice(62, 78)
