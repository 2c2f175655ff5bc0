"""Everything that makes the nodes of an IPv6 link speak without knowing them."""

from collections.abc import Iterator
from typing import Final

from collectors.observation import AddressSeen, AnyObservation, RouterAdvertised, Solicited
from collectors.tap.messages import LinkQuery
from collectors.tap.own import OwnLink
from collectors.tap.sweep import Clock, Outlet, Step
from collectors.tap.sweep_addresses import NoSource
from collectors.wire import checksum, ethernet, icmpv6, ipv6, mld, nd
from collectors.wire.address import ALL_NODES, ipv6_bytes, ipv6_text, mac_bytes, multicast_mac

# The lowest address becomes the link's querier (RFC 3810 §7.6.2); these lose to every other one.
QUERIERS: Final = tuple(ipv6_bytes(f"fe80::ffff:ffff:ffff:ff{low}") for low in ("fe", "fd", "fc"))
UNOWNED_WAIT_S: Final = 0.2
MAX_SOURCES: Final = 16
ROUTER_TRIES: Final = 3  # RFC 4861 §10: MAX_RTR_SOLICITATIONS
# RFC 4861 §6.2.6: an answer may wait 0.5 s, and 3 s after the router's last advertisement.
ROUTER_WAIT_S: Final = 3.6
EXPERIMENTAL: Final = 254  # an ICMPv6 type that nobody answers by itself (RFC 4443 §2.1)


MAX_STATIONS: Final = 65536
_QUERIER_TEXTS: Final = frozenset(map(ipv6_text, QUERIERS))


class LinkQuerier:
    """Router solicitation, MLDv2 general query, echo and unknown option to all nodes.

    The query leaves versions, timers and the querier of the link as they are: 28 octets, QRV 2,
    QQIC 125, from an address that loses every election and that nobody owns. Without an answer to
    the router solicitation it is repeated until a router had time to answer.
    """

    def __init__(
        self, command: LinkQuery, link: OwnLink, clock: Clock, outlet: Outlet, token: bytes
    ) -> None:
        self.interface = link.name
        self.protocol = "icmpv6"
        self.received = 0
        self._command = command
        self._mac = mac_bytes(link.mac)
        self._sources = [own.ip.packed for own in link.addresses if own.version == 6][:MAX_SOURCES]
        local = [
            own.ip.packed for own in link.addresses if own.version == 6 and own.ip.is_link_local
        ]
        if not local:
            raise NoSource(f"{link.name} has no IPv6 link-local address to ask from")
        self._local = local[0]
        self.total = 3 * len(self._sources) + 6
        self._clock = clock
        self._outlet = outlet
        self._token = token
        self._owned: set[str] = set()
        self._heard: set[str] = set()
        self._solicitations: list[float] = []
        self._advertised = False

    def steps(self) -> Iterator[Step]:
        """Yield the frames and pauses of the steps that the command names."""
        steps, now = self._command.steps, self._clock.monotonic
        end = now()
        if "router" in steps:
            yield self._router_solicitation()
            end = now() + self._command.wait_s
        if "echo" in steps:
            self.protocol = "icmpv6"
            for source in self._sources:
                yield self._echo(source)
            end = now() + self._command.wait_s
        if "mld" in steps:
            yield from self._query()
            spread = self._command.max_response_ms / 1000 + UNOWNED_WAIT_S
            end = max(end, now() + max(spread, self._command.wait_s))
        if "option" in steps:
            self.protocol = "icmpv6"
            for source in self._sources:
                yield self._unknown_option(source, icmpv6.ECHO_REQUEST)
                yield self._unknown_option(source, EXPERIMENTAL)
            end = max(end, now() + self._command.wait_s)
        yield end
        if "router" in steps:
            yield from self._wait_for_routers()

    def hear(self, observation: AnyObservation) -> None:
        """Note who speaks, who owns a querier's address, and whether a router answered."""
        if type(observation) is AddressSeen:
            if observation.address in _QUERIER_TEXTS:
                self._owned.add(observation.address)
            if observation.mac not in self._heard and len(self._heard) < MAX_STATIONS:
                self._heard.add(observation.mac)
                self.received += 1
        elif type(observation) is RouterAdvertised:
            self._advertised = True

    def hear_packet(self, packet: bytes) -> None:
        """Nothing of this sweep comes over the ICMP socket."""

    def _router_solicitation(self) -> bytes:
        self.protocol = "nd"
        self._solicitations.append(self._clock.monotonic())
        return nd.build_router_solicitation(self._mac, self._local)

    def _wait_for_routers(self) -> Iterator[Step]:
        first, now = self._solicitations[0], self._clock.monotonic
        while not self._advertised and now() < first + ROUTER_WAIT_S:
            if len(self._solicitations) < ROUTER_TRIES:
                yield self._router_solicitation()
            yield min(now() + 1.0, first + ROUTER_WAIT_S)
        self._outlet.emit(
            Solicited(
                at=self._clock.time(),
                source="link_query",
                interface=self.interface,
                count=len(self._solicitations),
                waited_s=round(now() - first, 3),
            )
        )

    def _query(self) -> Iterator[Step]:
        for querier in QUERIERS:
            self.protocol = "nd"
            yield nd.build_neighbour_solicitation(self._mac, self._local, querier)
            yield self._clock.monotonic() + UNOWNED_WAIT_S
            if ipv6_text(querier) not in self._owned:
                self.protocol = "mld"
                spread_ms = self._command.max_response_ms
                spread_ms = max(mld.MIN_MAX_RESPONSE_MS, min(spread_ms, mld.MAX_MAX_RESPONSE_MS))
                yield mld.build_general_query(self._mac, querier, spread_ms)
                return

    def _echo(self, source: bytes) -> bytes:
        identifier = int.from_bytes(self._token[:2], "big")
        sequence = self._command.id & 0xFFFF
        return icmpv6.build_echo_request(
            self._mac, source, ALL_NODES, identifier, sequence, self._token
        )

    def _unknown_option(self, source: bytes, kind: int) -> bytes:
        """An option that must be reported even when sent to a group (RFC 8200 §4.2).

        Some systems report it only for a message type that they do not answer by themselves.
        """
        identifier = int.from_bytes(self._token[:2], "big")
        sequence = self._command.id & 0xFFFF
        if kind == icmpv6.ECHO_REQUEST:
            return icmpv6.build_unknown_option(
                self._mac, source, ALL_NODES, identifier, sequence, self._token
            )
        message = bytes((kind, 0, 0, 0)) + bytes(4) + self._token
        body = checksum.with_icmpv6(source, ALL_NODES, message)
        payload = ipv6.unknown_option_header(ipv6.ICMPV6) + body
        packet = ipv6.build(source, ALL_NODES, ipv6.DESTINATION_OPTIONS, payload)
        return ethernet.build(multicast_mac(ALL_NODES), self._mac, ethernet.IPV6, packet)
