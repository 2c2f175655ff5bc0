"""A capture instead of a live LAN: the same watch, told what a live one knows of itself.

A live watch believes addresses of the subnets that its interface is in. A capture has no interface,
so it is read twice: first to learn its links and what is on them, then to hear it.

* Subnets are shown where a router or a DHCP server named them.
* ARP between two addresses shows that both are on the link; so does a neighbour solicitation of its
  target, and a packet to a group that no router forwards of its source. Such addresses are
  believed, but a span of them is not called a subnet.
"""

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO, Final

import msgspec

from collectors.observation import AddressSeen, AnyObservation
from collectors.scope import Link
from collectors.tap.askings import ASKING, Askings, target_in
from collectors.tap.belief import Belief
from collectors.tap.coalesce import Coalescer
from collectors.tap.own import OwnLink
from collectors.tap.watch import Watcher
from collectors.wire import arp, capture, dhcpv4, ethernet, frame, ipv4, ipv6, nd
from collectors.wire.address import BROADCAST_IPV4, UNSPECIFIED_IPV4, is_link_local, is_multicast
from collectors.wire.errors import DecodeError
from collectors.wire.pcap import Packet

MAX_LINKS: Final = 64
MAX_SPANS: Final = 192  # of IPv4, per link; with the prefixes not more than a belief holds
MAX_PREFIXES: Final = 64
MAX_SUBNETS: Final = 8
SHORTEST_SPAN: Final = 16  # two addresses that share less are no evidence of one network
LATEST_S: Final = 253402300799.0  # the end of the year 9999
REPORT_EVERY: Final = 2048  # packets
ASKINGS_INTERVAL_S: Final = 1.0

Key = tuple[int, int, tuple[int, ...]]  # interface of the capture, of the kernel, VLANs
Network4 = ipaddress.IPv4Network
Progress = Callable[[int], None]


class Span(msgspec.Struct, frozen=True, gc=False):
    """Consecutive addresses: the first as a number, and the bits that all of them share."""

    first: int
    length: int


class CapturedLink(msgspec.Struct):
    """One link of a capture; `subnets` is what DHCP servers said, the rest what is believed."""

    name: str
    subnets: list[Network4] = []
    spans: dict[Span, None] = {}
    prefixes: list[bytes] = []  # the first 8 octets of IPv6 addresses

    def scope_link(self) -> Link:
        """The link for the inventory: nothing on it is ours to probe."""
        return Link(self.name, 0, "", tuple(map(str, self.subnets)))


class Survey(msgspec.Struct):
    """What the first reading found.

    `problem` is where the capture could not be read any further, None when it ended well. `cut`
    counts packets of which the capture kept a part, `foreign` those that came over something else
    than Ethernet, by link type. Times are Unix seconds, 0 when no packet had one.
    """

    packets: int = 0
    began: float = 0.0
    ended: float = 0.0
    cut: int = 0
    foreign: Counter[int] = msgspec.field(default_factory=Counter)
    links: dict[Key, CapturedLink] = {}
    problem: DecodeError | None = None

    @property
    def readable(self) -> int:
        """How many packets came over Ethernet."""
        return self.packets - self.foreign.total()


def survey(stream: BinaryIO, progress: Progress) -> Survey:
    """Read a capture from its start for its links; `progress` gets octets read.

    Raises `DecodeError` when it is none.
    """
    found = Survey()
    clock = _Clock()
    try:
        for packet in _read(stream, progress):
            found.packets += 1
            found.cut += packet.cut
            at = clock.time(packet)
            if at:
                found.began = min(found.began or at, at)
                found.ended = max(found.ended, at)
            _look(found, packet)
    except DecodeError as error:
        if error.offset == 0:
            raise
        found.problem = error
    return found


class Replay:
    """The second reading. `malformed` counts what could not be used, by reason."""

    def __init__(self, found: Survey) -> None:
        self.malformed: Counter[str] = Counter()
        self._packets = found.packets
        self._watchers = {key: self._watcher(link) for key, link in found.links.items()}
        self._askings = {key: _askings(watcher) for key, watcher in self._watchers.items()}
        self._coalescer = Coalescer()
        self._clock = _Clock()

    def observations(
        self, stream: BinaryIO, progress: Progress
    ) -> Iterator[tuple[float, tuple[AnyObservation, ...]]]:
        """Yield, for each packet, its time and what a live watch would have told of it.

        Questions that were not told by the end of the capture are told then.
        """
        at = last = 0.0
        for packet in islice(_read(stream, progress), self._packets):
            at = self._clock.time(packet)
            heard = tuple(self._coalescer.fresh(self._heard(packet, at)))
            if not 0 <= at - last < ASKINGS_INTERVAL_S:
                last = at
                heard += tuple(self._due(at))
            yield at, heard
        rest = tuple(asked for link in self._askings.values() for asked in link.rest())
        if rest:
            yield at, rest

    def _due(self, at: float) -> Iterator[AnyObservation]:
        for askings in self._askings.values():
            yield from askings.due(at)
            if askings.refused:
                self.malformed["too_many_asks"] += askings.refused
                askings.refused = 0

    def _heard(self, packet: Packet, at: float) -> tuple[AnyObservation, ...]:
        try:
            outer, interface = capture.parse(packet)
        except DecodeError as error:
            if packet.link_type in capture.LINK_TYPES:
                self.malformed[error.reason] += 1
            return ()
        if outer is None:
            return ()
        key = _key(packet, interface, outer)
        watcher = self._watchers.get(key)
        if watcher is None:
            self.malformed["too_many_links"] += 1
            return ()
        found = watcher.observe(outer, at)
        first = found[0] if found else None
        if type(first) is AddressSeen and first.how in ASKING:
            asked = self._askings[key].heard(outer.source, target_in(outer), first)
            return found if asked is None else (*found, asked)
        return found

    def _watcher(self, link: CapturedLink) -> Watcher:
        addresses = tuple(
            ipaddress.IPv4Interface((subnet.network_address, subnet.prefixlen))
            for subnet in link.subnets
        )
        belief = Belief(OwnLink(link.name, 0, "", True, addresses))
        for span in link.spans:
            belief.allow(Network4((span.first, span.length)))
        for prefix in link.prefixes:
            belief.allow(ipaddress.IPv6Network((prefix + bytes(8), 64)))
        return Watcher(link.name, belief, self.malformed, b"", frame.decode_ethernet)


def _askings(watcher: Watcher) -> Askings:
    return Askings(watcher.interface, watcher.belief, lambda address: False)


class _Clock:
    """Times of packets, in the order of the file; one that cannot be is that of its forerunner."""

    def __init__(self) -> None:
        self._last = 0.0

    def time(self, packet: Packet) -> float:
        at = packet.at
        if at is not None and 0.0 < at <= LATEST_S:
            self._last = at
        return self._last


def _read(stream: BinaryIO, progress: Progress) -> Iterator[Packet]:
    stream.seek(0)
    for count, packet in enumerate(capture.read(stream)):
        if count % REPORT_EVERY == 0:
            progress(stream.tell())
        yield packet
    progress(stream.tell())


def _key(packet: Packet, interface: int, outer: ethernet.Ethernet) -> Key:
    vlans = outer.vlans
    return packet.link, interface, tuple(filter(None, vlans)) if vlans else vlans


def _look(found: Survey, packet: Packet) -> None:
    """Learn from one packet; whatever is wrong with it is counted by the second reading."""
    if packet.link_type not in capture.LINK_TYPES:
        found.foreign[packet.link_type] += 1
        return
    try:
        outer, interface = capture.parse(packet)
        if outer is None:
            found.foreign[packet.link_type] += 1
            return
        key = _key(packet, interface, outer)
        link = found.links.get(key)
        if link is None:
            if len(found.links) == MAX_LINKS:
                return
            link = found.links[key] = CapturedLink(_name(key))
        if outer.ethertype == ethernet.ARP:
            _look_at_arp(link, arp.parse(outer.payload))
        elif outer.ethertype == ethernet.IPV4 and len(outer.payload) >= ipv4.MIN_HEADER_BYTES:
            _look_at_ipv4(link, outer)
        elif outer.ethertype == ethernet.IPV6 and outer.payload[40:41] in _SOLICITATIONS:
            _look_at_solicitation(link, outer)
    except DecodeError:
        return


def _name(key: Key) -> str:
    number, interface, vlans = key
    name = f"capture{number}" if number else "capture"
    if interface:
        name += f"-if{interface}"
    return ".".join((name, *map(str, vlans)))


def _look_at_arp(link: CapturedLink, packet: arp.Arp) -> None:
    """Who asks for an address, or tells its own, takes it to be on the link."""
    sender, target = packet.sender_ip, packet.target_ip
    if sender == UNSPECIFIED_IPV4:
        sender = target
    if UNSPECIFIED_IPV4 in (sender, target) or is_multicast(sender) or is_multicast(target):
        return
    low, high = sorted((int.from_bytes(sender, "big"), int.from_bytes(target, "big")))
    length = 32 - (low ^ high).bit_length()
    if length < SHORTEST_SPAN:
        return
    _add_span(link, Span(low >> 32 - length << 32 - length, length))


def _add_span(link: CapturedLink, span: Span) -> None:
    spans = link.spans
    for length in range(SHORTEST_SPAN, span.length + 1):
        if Span(span.first >> 32 - length << 32 - length, length) in spans:
            return
    if span.length < 32:
        for known in [known for known in spans if _holds(span, known)]:
            del spans[known]
    if len(spans) < MAX_SPANS:
        spans[span] = None


def _holds(outer: Span, inner: Span) -> bool:
    return outer.length <= inner.length and not (outer.first ^ inner.first) >> 32 - outer.length


def _look_at_ipv4(link: CapturedLink, outer: ethernet.Ethernet) -> None:
    """Groups of 224.0.0.0/24 and broadcasts are never forwarded (RFC 5771 §4, RFC 919 §7)."""
    source, destination = outer.payload[12:16], outer.payload[16:20]
    stays = destination[:3] == _NEVER_FORWARDED or destination == BROADCAST_IPV4
    if stays and any(source) and not is_multicast(source) and source != BROADCAST_IPV4:
        _add_span(link, Span(int.from_bytes(source, "big"), 32))
    if outer.payload[9] == ipv4.UDP:
        _look_at_dhcp(link, outer)


def _look_at_dhcp(link: CapturedLink, outer: ethernet.Ethernet) -> None:
    """The subnet that a server gives to a client."""
    ports = (outer.payload[0] & 0x0F) * 4
    if outer.payload[ports : ports + 2] != _SERVER_PORT:
        return
    message = frame.decode_ethernet(outer).payload
    if not isinstance(message, dhcpv4.Dhcpv4) or not message.from_server:
        return
    if message.subnet_mask is None or message.your_address == UNSPECIFIED_IPV4:
        return
    if message.relay != UNSPECIFIED_IPV4:
        return  # for a client on another link
    mask = int.from_bytes(message.subnet_mask, "big")
    length = mask.bit_count()
    if mask != (1 << 32) - (1 << 32 - length) or not 8 <= length <= 30:
        return
    subnet = Network4((message.your_address, length), strict=False)
    if subnet not in link.subnets and len(link.subnets) < MAX_SUBNETS:
        link.subnets.append(subnet)


def _look_at_solicitation(link: CapturedLink, outer: ethernet.Ethernet) -> None:
    """Who is asked for an address by its neighbours, or asks for its own, is on the link."""
    if outer.payload[6] != ipv6.ICMPV6:
        return
    message = frame.decode_ethernet(outer).payload
    if isinstance(message, nd.RouterAdvertisement):
        prefixes = [
            each.prefix[:8]
            for each in message.options.prefixes
            if each.length == 64 and (each.on_link or each.autonomous) and each.valid_s
        ]
    elif isinstance(message, nd.NeighbourSolicitation) and not is_link_local(message.target):
        prefixes = [message.target[:8]]
    else:
        return
    for prefix in prefixes:
        if prefix not in link.prefixes and len(link.prefixes) < MAX_PREFIXES:
            link.prefixes.append(prefix)


_SERVER_PORT: Final = dhcpv4.SERVER_PORT.to_bytes(2, "big")
_NEVER_FORWARDED: Final = b"\xe0\0\0"
_SOLICITATIONS: Final = (b"\x86", b"\x87")  # router advertisement, neighbour solicitation
