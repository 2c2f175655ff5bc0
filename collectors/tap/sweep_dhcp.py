"""Which DHCP servers a link has: questions that every server answers and that lease nothing."""

from collections.abc import Iterator
from typing import Final

from collectors.observation import AnyObservation, DhcpAsked, DhcpServerSeen, Dhcpv6ServerSeen
from collectors.tap.messages import DhcpCensus, DhcpQuestion
from collectors.tap.own import OwnLink
from collectors.tap.sweep import Clock, Outlet, Step
from collectors.tap.sweep_addresses import NoSource
from collectors.wire import dhcpv4, dhcpv6, dhcpv6_duid, dhcpv6_questions, udp
from collectors.wire.address import (
    ALL_DHCP_SERVERS,
    BROADCAST_IPV4,
    BROADCAST_MAC,
    UNSPECIFIED_IPV4,
    mac_bytes,
    multicast_mac,
)

MAX_ANSWERS: Final = 4096


class DhcpAsker:
    """DHCPv4 discover with option 108, DHCPv6 solicit and information-request; never a request.

    A server holds an address for the agent for a short time at most (RFC 2131 §3.1, RFC 8415
    §18.3.9). The questions of one kind share a transaction, as those of a client that asks again
    (RFC 2131 §4.1, RFC 8415 §15). Answers are heard by the watch.
    """

    def __init__(
        self, command: DhcpCensus, link: OwnLink, clock: Clock, outlet: Outlet, token: bytes
    ) -> None:
        self.interface = link.name
        self.protocol = "dhcp"
        self.received = 0
        self._command = command
        self._own_mac = link.mac
        self._mac = mac_bytes(link.mac)
        self._client_id = dhcpv6_duid.build_link_layer(self._mac)
        local = [own.ip.packed for own in link.addresses if own.ip.is_link_local]
        self._local = next((address for address in local if len(address) == 16), None)
        self._questions: tuple[DhcpQuestion, ...] = tuple(
            kind for kind in command.questions if kind == "discover" or self._local is not None
        )
        if not self._questions:
            raise NoSource(f"{link.name} has no IPv6 link-local address to ask from")
        self._transaction = int.from_bytes(token[:4], "big") ^ command.id
        self._clock = clock
        self._outlet = outlet
        self._answers: set[tuple[str, str]] = set()
        self.total = command.tries * len(self._questions)

    def steps(self) -> Iterator[Step]:
        """Yield the questions and pauses, then tell what was asked."""
        now, command = self._clock.monotonic, self._command
        began = now()
        for attempt in range(command.tries):
            if attempt:
                yield began + attempt * command.gap_s
            for kind in self._questions:
                yield self._question(kind, now() - began)
        asked_at = now()
        yield asked_at + command.wait_s
        for kind in self._questions:
            self._outlet.emit(
                DhcpAsked(
                    at=self._clock.time(),
                    source="dhcp_census",
                    interface=self.interface,
                    message=kind,
                    count=command.tries,
                    waited_s=round(now() - asked_at, 3),
                )
            )

    def hear(self, observation: AnyObservation) -> None:
        """Count the servers that answer this agent."""
        if isinstance(observation, DhcpServerSeen):
            is_ours = observation.client_mac == self._own_mac
        elif isinstance(observation, Dhcpv6ServerSeen):
            is_ours = observation.client_duid == self._client_id.hex()
        else:
            return
        answer = (observation.mac, observation.message)
        if is_ours and answer not in self._answers and len(self._answers) < MAX_ANSWERS:
            self._answers.add(answer)
            self.received += 1

    def hear_packet(self, packet: bytes) -> None:
        """Nothing of this sweep comes over the ICMP socket."""

    def _question(self, kind: DhcpQuestion, elapsed_s: float) -> bytes:
        if kind == "discover":
            self.protocol = "dhcp"
            return udp.build_ipv4_frame(
                self._mac,
                BROADCAST_MAC,
                UNSPECIFIED_IPV4,
                BROADCAST_IPV4,
                dhcpv4.CLIENT_PORT,
                dhcpv4.SERVER_PORT,
                dhcpv4.build_discover(self._mac, self._transaction, seconds=int(elapsed_s)),
            )
        self.protocol = "dhcpv6"
        elapsed_cs = min(0xFFFF, int(elapsed_s * 100))
        if kind == "solicit":
            iaid = int.from_bytes(self._mac[2:], "big")
            payload = dhcpv6_questions.build_solicit(
                self._client_id, self._transaction & 0xFFFFFF, iaid, elapsed_cs=elapsed_cs
            )
        else:
            payload = dhcpv6_questions.build_information_request(
                self._client_id, (self._transaction + 1) & 0xFFFFFF, elapsed_cs=elapsed_cs
            )
        assert self._local is not None
        return udp.build_ipv6_frame(
            self._mac,
            multicast_mac(ALL_DHCP_SERVERS),
            self._local,
            ALL_DHCP_SERVERS,
            dhcpv6.CLIENT_PORT,
            dhcpv6.SERVER_PORT,
            payload,
        )
