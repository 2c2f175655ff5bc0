"""The ICMP echo sweep of networks behind routers, by the kernel's own routes."""

import ipaddress
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from collectors.observation import AnyObservation, EchoAnswered, Unanswered
from collectors.tap.messages import EchoSweep
from collectors.tap.own import OwnLink
from collectors.tap.passes import passes
from collectors.tap.spans import number_of, spans, text_of
from collectors.tap.sweep import Clock, Outlet, Step
from collectors.wire import icmpv4, ipv4
from collectors.wire.errors import DecodeError

TRIES: Final = 2
KNOWN_TRIES: Final = 3


class EchoSweeper:
    """Ask all once, the silent again, silent known ones a third time.

    The first and last address of each network are left out: they may be broadcast addresses.
    Source address and routes are the kernel's. Answers count only with the sweep's own token.
    """

    interface = ""

    def __init__(
        self,
        command: EchoSweep,
        links: Iterable[OwnLink],
        exclude: Iterable[str],
        clock: Clock,
        outlet: Outlet,
        token: bytes,
    ) -> None:
        self.protocol = "icmp"
        self.received = 0
        own = [str(address.ip) for link in links for address in link.addresses]
        holes = (*command.exclude, *exclude, *own, *_edges(command.networks))
        self._targets = [
            number
            for first, last in spans(command.networks, holes)
            for number in range(first, last + 1)
        ]
        self.total = TRIES * len(self._targets)
        self._known = {number_of(address) for address in command.known}
        self._wait_s = command.wait_s
        self._clock = clock
        self._outlet = outlet
        self._token = token
        self._identifier = int.from_bytes(token[:2], "big")
        self._asked: dict[int, float] = {}
        self._answered: set[int] = set()
        message = icmpv4.EchoRequest(self._identifier, command.id & 0xFFFF, token)
        unspecified = bytes(4)  # the kernel fills the source in
        self._sequence = message.sequence
        self._packet = bytearray(
            ipv4.build(unspecified, unspecified, ipv4.ICMP, icmpv4.encode(message))
        )

    def steps(self) -> Iterator[Step]:
        """Yield whole IPv4 packets, one buffer for all, and pauses."""
        targets = self._targets
        yield from passes(
            lambda index: self._question(targets[index]),
            len(targets),
            lambda index: targets[index] not in self._answered,
            TRIES,
            self._wait_s,
            self._clock.monotonic,
        )
        silent = self._known_silent()
        for number in silent:
            yield self._question(number)
        if silent:
            yield self._clock.monotonic() + self._wait_s
        self._report_silence()

    def hear(self, observation: AnyObservation) -> None:
        """Nothing of this sweep is heard on a link."""

    def hear_packet(self, packet: bytes) -> None:
        """Take an answer to this sweep and report it once; anything else is left alone."""
        try:
            outer = ipv4.parse(packet)
            message = icmpv4.parse(outer.payload)
        except DecodeError:
            return
        if not isinstance(message, icmpv4.EchoReply) or message.data != self._token:
            return
        if (message.identifier, message.sequence) != (self._identifier, self._sequence):
            return
        number = int.from_bytes(outer.source, "big")
        asked = self._asked.get(number)
        if asked is None or number in self._answered:
            return
        self._answered.add(number)
        self.received += 1
        self._outlet.emit(
            EchoAnswered(
                at=self._clock.time(),
                source="echo",
                address=text_of(number),
                rtt_s=max(0.0, self._clock.monotonic() - asked),
                hop_limit=outer.ttl,
            )
        )

    def _question(self, number: int) -> bytearray:
        self._asked[number] = self._clock.monotonic()
        _PUT_DESTINATION(self._packet, 16, number)
        return self._packet

    def _known_silent(self) -> list[int]:
        return sorted(
            number
            for number in self._known
            if number in self._asked and number not in self._answered
        )

    def _report_silence(self) -> None:
        for number in self._known_silent():
            self._outlet.emit(
                Unanswered(
                    at=self._clock.time(),
                    source="echo",
                    address=text_of(number),
                    kind="echo",
                    probes=KNOWN_TRIES,
                )
            )


_PUT_DESTINATION: Final = struct.Struct("!I").pack_into


def _edges(networks: Iterable[str]) -> Iterator[str]:
    for text in networks:
        network = ipaddress.ip_network(text)
        if network.prefixlen <= 30:
            yield str(network.network_address)
            yield str(network.broadcast_address)
