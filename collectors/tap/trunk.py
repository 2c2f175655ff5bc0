"""Frames of other VLANs that arrive on a watched interface: each VLAN is a network of its own.

The kernel strips the outer tag and tells it beside the frame (packet(7), PACKET_AUXDATA). Such
frames have a socket of their own, so the untagged ones, which are most, cost nothing more. A VLAN
whose sub-interface is watched itself is left to it: nothing is heard twice.

A card that filters VLANs in hardware passes only those that have a sub-interface.
"""

import selectors
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Final, Protocol

from collectors.observation import AnyObservation
from collectors.tap.belief import Belief
from collectors.tap.own import OwnLink
from collectors.tap.tagged_port import PortLost, TaggedPort
from collectors.tap.watch import Watcher
from collectors.wire import arp, ethernet, frame, nd
from collectors.wire.address import UNSPECIFIED_IPV4, is_link_local, is_multicast
from collectors.wire.errors import DecodeError

MAX_VLANS: Final = 64
DRAIN_LIMIT: Final = 64
SHORTEST_SPAN: Final = 16  # two addresses that share less are no evidence of one network


class Selector(Protocol):
    """The part of `selectors.BaseSelector` that is used here."""

    def register(self, fileobj: int, events: int, data: Callable[[int], None]) -> object:
        """Begin to wait for a descriptor."""

    def unregister(self, fileobj: int) -> object:
        """Stop waiting for a descriptor."""


class Trunks:
    """Hears the tagged frames of the watched links; `hear` takes what they say.

    `refused` counts frames of VLANs beyond `MAX_VLANS`.
    """

    def __init__(
        self,
        open_tagged: Callable[[str], TaggedPort],
        selector: Selector,
        token: bytes,
        malformed: Counter[str],
        hear: Callable[[Sequence[AnyObservation]], None],
        now: Callable[[], float],
    ) -> None:
        self.received = 0
        self.refused = 0
        self._open_tagged = open_tagged
        self._selector = selector
        self._token = token
        self._malformed = malformed
        self._hear = hear
        self._now = now
        self._ports: dict[str, TaggedPort] = {}
        self._own: dict[str, OwnLink] = {}
        self._present: tuple[OwnLink, ...] = ()
        self._names: dict[tuple[str, int], str] = {}
        self._watchers: dict[str, Watcher] = {}

    def follow(self, watched: Iterable[str], present: tuple[OwnLink, ...]) -> None:
        """Listen on these interfaces, and no others, given all that are present now."""
        wanted = frozenset(watched)
        if present == self._present and wanted == self._ports.keys():
            return
        self._present = present
        self._own = {own.name: own for own in present if own.name in wanted and own.mac}
        self._names.clear()
        for name in [name for name in self._ports if name not in self._own]:
            self._close(name)
        for name in sorted(self._own.keys() - self._ports.keys()):
            self._open(name)

    def close(self) -> None:
        """Close every port."""
        for name in list(self._ports):
            self._close(name)

    def _open(self, name: str) -> None:
        try:
            port = self._open_tagged(name)
        except (PortLost, OSError):
            return
        self._ports[name] = port
        self._selector.register(
            port.fileno(), selectors.EVENT_READ, lambda _events: self._drain(name, port)
        )

    def _close(self, name: str) -> None:
        port = self._ports.pop(name)
        self._selector.unregister(port.fileno())
        port.close()

    def _drain(self, name: str, port: TaggedPort) -> None:
        for _ in range(DRAIN_LIMIT):
            try:
                vlan, data = port.receive()
            except BlockingIOError:
                return
            except PortLost:
                self._close(name)
                return
            self.received += 1
            self._observe(name, vlan, data)

    def _observe(self, name: str, vlan: int, data: bytes) -> None:
        link = self._names.get((name, vlan))
        if link is None:
            link = self._names[name, vlan] = self._name(name, vlan)
        if not link:
            return
        try:
            outer = ethernet.parse(data)
        except DecodeError as error:
            self._malformed[error.reason] += 1
            return
        link = ".".join((link, *(str(inner) for inner in outer.vlans if inner)))
        watcher = self._watchers.get(link)
        if watcher is None:
            if len(self._watchers) >= MAX_VLANS:
                self.refused += 1
                self._malformed["too_many_links"] += 1
                return
            belief = Belief(OwnLink(link, 0, self._own[name].mac, True))
            watcher = Watcher(link, belief, self._malformed, self._token, frame.decode_ethernet)
            self._watchers[link] = watcher
        learn(watcher.belief, outer)
        found = watcher.observe(outer, self._now())
        if found:
            self._hear(found)

    def _name(self, parent: str, vlan: int) -> str:
        """What to call a VLAN: as its sub-interface; empty when that is watched itself."""
        index = self._own[parent].index
        for own in self._present:
            if own.vlan == vlan and own.parent == index:
                return "" if own.name in self._own else own.name
        name = f"{parent}.{vlan}"
        return f"{parent}.vlan{vlan}" if any(own.name == name for own in self._present) else name


def learn(belief: Belief, outer: ethernet.Ethernet) -> None:
    """Learn which addresses are on a link where we have none, from who asks for whom."""
    try:
        if outer.ethertype == ethernet.ARP:
            _learn_from_arp(belief, arp.parse(outer.payload))
        elif outer.ethertype == ethernet.IPV6 and outer.payload[40:41] == _SOLICITATION:
            message = frame.decode_ethernet(outer).payload
            if isinstance(message, nd.NeighbourSolicitation) and not is_link_local(message.target):
                belief.allow(IPv6Network((message.target[:8] + bytes(8), 64)))
    except DecodeError:
        return  # counted by the watch


def _learn_from_arp(belief: Belief, packet: arp.Arp) -> None:
    sender, target = packet.sender_ip, packet.target_ip
    if sender == UNSPECIFIED_IPV4:
        sender = target
    if UNSPECIFIED_IPV4 in (sender, target) or is_multicast(sender) or is_multicast(target):
        return
    first, second = int.from_bytes(sender, "big"), int.from_bytes(target, "big")
    length = 32 - (first ^ second).bit_length()
    if length >= SHORTEST_SPAN:
        belief.allow(IPv4Network((first >> 32 - length << 32 - length, length)))


_SOLICITATION: Final = b"\x87"
