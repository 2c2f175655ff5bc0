"""Questions to single addresses: neighbour solicitations, ARP requests, unicast echo."""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Final

from collectors.observation import AddressSeen, AnyObservation, How, Unanswered
from collectors.tap.messages import Candidate, EchoProbe, Solicit
from collectors.tap.own import OwnLink
from collectors.tap.passes import passes
from collectors.tap.sweep import Clock, Outlet, Step
from collectors.wire import arp, icmpv4, icmpv6, nd
from collectors.wire.address import UNSPECIFIED_IPV4, ip_bytes, ip_text, mac_bytes

_ARP: tuple[How, ...] = ("arp_reply", "arp_announcement")
_ND: tuple[How, ...] = ("neighbour_advertisement",)
_ECHO: tuple[How, ...] = ("echo_reply",)
CONFIRMATIONS: Final = 2  # further questions for an address that two stations answered for
AGAIN_S: Final = 0.7  # between them: answers to different questions must not look like one


class NoSource(Exception):
    """The link has no own address to ask from; the text names the link."""


class Solicitor:
    """ARP requests for IPv4 candidates, neighbour solicitations for IPv6 ones.

    An address that all stations were asked for, and two answered, is asked for again.
    """

    def __init__(self, command: Solicit, link: OwnLink, clock: Clock, outlet: Outlet) -> None:
        self.interface = link.name
        self.protocol = "nd"
        self.received = 0
        self._rounds = _Rounds(command, link, clock)
        self.total = command.tries * len(command.candidates)
        self._command = command
        self._link = link
        self._clock = clock
        self._outlet = outlet
        self._holders: dict[str, set[str]] = {
            ip_text(ip_bytes(one.address)): set() for one in command.candidates if not one.mac
        }
        require_sources(link, command.candidates)

    def steps(self) -> Iterator[Step]:
        """Yield the questions and pauses; at the end, report silence where that was asked for."""
        yield from self._rounds.steps(self._question)
        yield from self._confirm()
        if self._command.report_silence:
            for candidate in self._rounds.silent():
                self._outlet.emit(
                    Unanswered(
                        at=self._clock.time(),
                        source="solicit",
                        interface=self.interface,
                        address=candidate.address,
                        kind="nd" if ":" in candidate.address else "arp",
                        probes=self._command.tries,
                        mac=candidate.mac,
                    )
                )

    def hear(self, observation: AnyObservation) -> None:
        """Note who answered."""
        if type(observation) is AddressSeen and observation.how in (_ARP + _ND):
            self.received += self._rounds.answered(observation.address, observation.mac)
            holders = self._holders.get(observation.address)
            if holders is not None and observation.hold != "shared":
                holders.add(observation.mac)

    def hear_packet(self, packet: bytes) -> None:
        """Nothing of this sweep comes over the ICMP socket."""

    def _confirm(self) -> Iterator[Step]:
        """Ask everybody again for what two stations answered for; the tap tells it all again."""
        for _ in range(CONFIRMATIONS):
            disputed = [key for key, holders in self._holders.items() if len(holders) > 1]
            if not disputed:
                return
            yield self._clock.monotonic() + AGAIN_S
            for key in disputed:
                self._outlet.release(key)
                yield self._question(Candidate(key), ip_bytes(key))
            yield self._clock.monotonic() + self._command.wait_s

    def _question(self, candidate: Candidate, target: bytes) -> bytes:
        mac = mac_bytes(self._link.mac)
        station = mac_bytes(candidate.mac) if candidate.mac else None
        source = source_for(self._link, target)
        if len(target) == 4:
            self.protocol = "arp"
            return arp.build_request(mac, source or UNSPECIFIED_IPV4, target, station)
        self.protocol = "nd"
        if source is None:
            raise NoSource(f"{self.interface} has no IPv6 address to ask from")
        return nd.build_neighbour_solicitation(mac, source, target, station, self._command.guessed)


class EchoProber:
    """Echo requests in frames to the candidates' own MACs; each silent one is reported."""

    def __init__(
        self, command: EchoProbe, link: OwnLink, clock: Clock, outlet: Outlet, token: bytes
    ) -> None:
        self.interface = link.name
        self.protocol = "icmpv6"
        self.received = 0
        self._rounds = _Rounds(command, link, clock)
        self.total = command.tries * len(command.candidates)
        self._command = command
        self._link = link
        self._clock = clock
        self._outlet = outlet
        self._token = token
        require_sources(link, command.candidates, True)

    def steps(self) -> Iterator[Step]:
        """Yield the requests and pauses, then report the silent."""
        yield from self._rounds.steps(self._question)
        for candidate in self._rounds.silent():
            self._outlet.emit(
                Unanswered(
                    at=self._clock.time(),
                    source="echo",
                    interface=self.interface,
                    address=candidate.address,
                    kind="echo",
                    probes=self._command.tries,
                    mac=candidate.mac,
                )
            )

    def hear(self, observation: AnyObservation) -> None:
        """Note who answered."""
        if type(observation) is AddressSeen and observation.how in _ECHO:
            self.received += self._rounds.answered(observation.address, observation.mac)

    def hear_packet(self, packet: bytes) -> None:
        """Nothing of this sweep comes over the ICMP socket."""

    def _question(self, candidate: Candidate, target: bytes) -> bytes:
        mac, station = mac_bytes(self._link.mac), mac_bytes(candidate.mac)
        identifier = int.from_bytes(self._token[:2], "big")
        sequence = self._command.id & 0xFFFF
        source = source_for(self._link, target)
        if source is None:
            raise NoSource(f"{self.interface} has no address to ask {candidate.address} from")
        if len(target) == 4:
            self.protocol = "icmp"
            return icmpv4.build_echo_request(
                mac, station, source, target, identifier, sequence, self._token
            )
        self.protocol = "icmpv6"
        return icmpv6.build_echo_request(
            mac, source, target, identifier, sequence, self._token, station
        )


def source_for(link: OwnLink, target: bytes) -> bytes | None:
    """The own address to ask a target from: of its subnet, else the link-local one, else any.

    None when the link has no address of the target's family.
    """
    wanted = ipaddress.ip_address(target)
    own = [address for address in link.addresses if address.version == wanted.version]
    inside = [address for address in own if wanted in address.network]
    local = [address for address in own if address.ip.is_link_local]
    chosen = next(iter((*inside, *local, *own)), None)
    return None if chosen is None else chosen.ip.packed


def require_sources(link: OwnLink, candidates: tuple[Candidate, ...], echo: bool = False) -> None:
    """Raise NoSource when the link lacks an address of a family; ARP alone can do without."""
    versions = {own.version for own in link.addresses}
    for candidate in candidates:
        version = 6 if ":" in candidate.address else 4
        if version not in versions and (version == 6 or echo):
            raise NoSource(f"{link.name} has no IPv{version} address to ask from")


_Question = Callable[[Candidate, bytes], bytes]


class _Rounds:
    """The candidates of one command, and which of them still owe an answer.

    Each station that is asked alone owes one of its own; an address is silent when nobody answers.
    """

    def __init__(self, command: Solicit | EchoProbe, link: OwnLink, clock: Clock) -> None:
        own = {str(address.ip) for address in link.addresses}
        self._candidates = [one for one in command.candidates if one.address not in own]
        self._targets = [ip_bytes(one.address) for one in self._candidates]
        self._keys = [ip_text(target) for target in self._targets]
        self._waiting = set(range(len(self._keys)))
        self._silent = set(self._keys)
        self._places: dict[str, list[int]] = {}
        for index, key in enumerate(self._keys):
            self._places.setdefault(key, []).append(index)
        self._tries = command.tries
        self._wait_s = command.wait_s
        self._clock = clock

    def steps(self, question: _Question) -> Iterator[Step]:
        """Yield the questions of all tries."""
        return passes(
            lambda index: question(self._candidates[index], self._targets[index]),
            len(self._candidates),
            lambda index: index in self._waiting,
            self._tries,
            self._wait_s,
            self._clock.monotonic,
        )

    def answered(self, address: str, mac: str) -> bool:
        """Take note of an answer; whether it is the first for the address."""
        for index in self._places.get(address, ()):
            if self._candidates[index].mac.lower() in ("", mac):
                self._waiting.discard(index)
        first = address in self._silent
        self._silent.discard(address)
        return first

    def silent(self) -> list[Candidate]:
        """Those for whose address there was no answer at all."""
        pairs = zip(self._candidates, self._keys, strict=True)
        return [candidate for candidate, key in pairs if key in self._silent]
