"""The ARP sweep: every address of on-link IPv4 networks, quickly and honestly."""

import ipaddress
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from collectors.observation import AddressSeen, AnyObservation, Unanswered
from collectors.tap.messages import ArpSweep
from collectors.tap.own import OwnLink
from collectors.tap.passes import CHUNK
from collectors.tap.spans import number_of, spans, text_of
from collectors.tap.sweep import Clock, Outlet, Step
from collectors.wire import arp
from collectors.wire.address import UNSPECIFIED_IPV4, mac_bytes

TRIES: Final = 2
KNOWN_TRIES: Final = 3


class ArpSweeper:
    """Ask all once, the silent again after the wait, silent known ones a third time.

    The wait runs from the moment at which an address was asked, so a long second pass starts while
    the first one's last answers are still due. The third pass shares the second one's wait: the
    whole takes at most two waits beside the sending. An address that two stations answered for is
    asked again with the third pass.
    """

    def __init__(
        self, command: ArpSweep, link: OwnLink, exclude: Iterable[str], clock: Clock, outlet: Outlet
    ) -> None:
        self.interface = link.name
        self.protocol = "arp"
        self.received = 0
        self._spans = spans(command.networks, (*command.exclude, *exclude, *_nobodys(link)))
        self.total = TRIES * sum(last - first + 1 for first, last in self._spans)
        self._known = {number_of(address) for address in command.known}
        self._wait_s = command.wait_s
        self._clock = clock
        self._outlet = outlet
        self._macs: dict[int, str] = {}
        self._contested: set[int] = set()
        self._source = _source(link, command.networks)
        prefix = arp.request_prefix(mac_bytes(link.mac), self._source)
        self._frame = bytearray(prefix + bytes(4))
        self._target_offset = len(prefix)

    def steps(self) -> Iterator[Step]:
        """Yield the requests and pauses; one frame buffer is used for all."""
        asked_at: list[float] = []
        yield from self._first_pass(asked_at)
        yield from self._second_pass(asked_at)
        end = self._clock.monotonic() + self._wait_s
        again = self._known_silent() + sorted(self._contested)
        if again:
            yield end - self._wait_s / 2
            yield from self._ask_again()
            end = max(end, self._clock.monotonic() + self._wait_s / 2)
        yield end
        self._report_silence()

    def hear(self, observation: AnyObservation) -> None:
        """Note who answered for which address."""
        if type(observation) is not AddressSeen or not observation.how.startswith("arp_"):
            return
        number = number_of(observation.address)
        if not self._contains(number):
            return
        if number not in self._macs:
            self._macs[number] = observation.mac
            self.received += 1
        elif self._macs[number] != observation.mac:
            self._contested.add(number)

    def hear_packet(self, packet: bytes) -> None:
        """Nothing of this sweep comes over the ICMP socket."""

    def _first_pass(self, asked_at: list[float]) -> Iterator[Step]:
        frame, offset, pack = self._frame, self._target_offset, _PUT_ADDRESS
        now = self._clock.monotonic
        for chunk in self._chunks():
            for number in chunk:
                pack(frame, offset, number)
                yield frame
            asked_at.append(now())

    def _second_pass(self, asked_at: list[float]) -> Iterator[Step]:
        frame, offset, pack = self._frame, self._target_offset, _PUT_ADDRESS
        answered, now, wait_s = self._macs, self._clock.monotonic, self._wait_s
        for chunk, asked in zip(self._chunks(), asked_at, strict=True):
            if now() < asked + wait_s:
                yield asked + wait_s
            for number in chunk:
                if number not in answered:
                    pack(frame, offset, number)
                    yield frame

    def _ask_again(self) -> Iterator[Step]:
        for number in sorted(self._contested):
            self._outlet.release(text_of(number))
        for number in (*sorted(self._contested), *self._known_silent()):
            _PUT_ADDRESS(self._frame, self._target_offset, number)
            yield self._frame

    def _known_silent(self) -> list[int]:
        return sorted(
            number for number in self._known if number not in self._macs and self._contains(number)
        )

    def _contains(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self._spans)

    def _chunks(self) -> Iterator[range]:
        for first, last in self._spans:
            for start in range(first, last + 1, CHUNK):
                yield range(start, min(start + CHUNK, last + 1))

    def _report_silence(self) -> None:
        for number in self._known_silent():
            self._outlet.emit(
                Unanswered(
                    at=self._clock.time(),
                    source="arp",
                    interface=self.interface,
                    address=text_of(number),
                    kind="arp",
                    probes=KNOWN_TRIES,
                )
            )


_PUT_ADDRESS: Final = struct.Struct("!I").pack_into


def _nobodys(link: OwnLink) -> Iterator[str]:
    """Own addresses, and those that no station of the own subnets can have."""
    for own in link.addresses:
        yield str(own.ip)
        if own.version == 4 and own.network.prefixlen <= 30:
            yield str(own.network.network_address)
            yield str(own.network.broadcast_address)


def _source(link: OwnLink, networks: Iterable[str]) -> bytes:
    """An own address inside the networks, else any; without one it is a probe (RFC 5227 §2.1.1)."""
    wanted = [ipaddress.ip_network(network) for network in networks]
    own = [address.ip for address in link.addresses if address.version == 4]
    inside = [ip for ip in own if any(ip in network for network in wanted)]
    return next((ip.packed for ip in (*inside, *own)), UNSPECIFIED_IPV4)
