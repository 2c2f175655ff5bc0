"""Whether neighbours that answer to unicast answer to multicast as well (RFC 4861 §7.2)."""

from collections.abc import Iterator

from collectors.observation import AddressSeen, AnyObservation, NeighbourCompared
from collectors.tap.messages import NeighbourCompare
from collectors.tap.own import OwnLink
from collectors.tap.passes import passes
from collectors.tap.sweep import Clock, Outlet, Step
from collectors.tap.sweep_addresses import NoSource, require_sources, source_for
from collectors.wire import nd
from collectors.wire.address import ip_bytes, ip_text, mac_bytes


class NeighbourComparer:
    """Neighbour solicitations to each station alone, then to the groups of their addresses.

    In this order, because an answer to unicast makes the own kernel's entry fresh: it then asks
    nobody by unicast itself, whose answers could not be told from those to the group.
    """

    def __init__(
        self, command: NeighbourCompare, link: OwnLink, clock: Clock, outlet: Outlet
    ) -> None:
        self.interface = link.name
        self.protocol = "nd"
        self.received = 0
        require_sources(link, command.candidates)
        self._command = command
        self._link = link
        self._mac = mac_bytes(link.mac)
        self._clock = clock
        self._outlet = outlet
        own = {str(address.ip) for address in link.addresses}
        macs = {
            ip_text(ip_bytes(one.address)): one.mac.lower()
            for one in command.candidates
            if one.address not in own
        }
        self._stations = tuple(macs.items())
        self._macs = macs
        self._answered: dict[bool, set[str]] = {True: set(), False: set()}
        self._to_group = False
        self._asked: set[str] = set()
        self.total = 2 * command.tries * len(self._stations)

    def steps(self) -> Iterator[Step]:
        """Yield the questions and pauses, then tell who answered to what."""
        for to_group in (False, True):
            self._to_group = to_group
            self._asked.clear()
            if self._stations:
                yield from self._ask_all(self._answered[to_group])
        for address, mac in self._stations:
            self._outlet.emit(
                NeighbourCompared(
                    at=self._clock.time(),
                    source="nd_compare",
                    interface=self.interface,
                    mac=mac,
                    address=address,
                    multicast=address in self._answered[True],
                    unicast=address in self._answered[False],
                    probes=self._command.tries,
                )
            )

    def hear(self, observation: AnyObservation) -> None:
        """Note an answer to what was just asked."""
        if (
            type(observation) is not AddressSeen
            or observation.how != "neighbour_advertisement"
            or observation.address not in self._asked
            or self._macs.get(observation.address) != observation.mac
        ):
            return
        answered = self._answered[self._to_group]
        if observation.address not in answered:
            answered.add(observation.address)
            self.received += 1

    def hear_packet(self, packet: bytes) -> None:
        """Nothing of this sweep comes over the ICMP socket."""

    def _ask_all(self, answered: set[str]) -> Iterator[Step]:
        return passes(
            self._question,
            len(self._stations),
            lambda index: self._stations[index][0] not in answered,
            self._command.tries,
            self._command.wait_s,
            self._clock.monotonic,
        )

    def _question(self, index: int) -> bytes:
        address, mac = self._stations[index]
        target = ip_bytes(address)
        source = source_for(self._link, target)
        if source is None:
            raise NoSource(f"{self.interface} has no IPv6 address to ask from")
        self._asked.add(address)
        station = None if self._to_group else mac_bytes(mac)
        return nd.build_neighbour_solicitation(self._mac, source, target, station)
