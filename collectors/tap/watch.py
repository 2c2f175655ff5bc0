"""From a frame to observations, inside a guard: a bad frame is counted, never fatal."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    DhcpClientSeen,
    DhcpServerSeen,
    GroupsReported,
    Hold,
    How,
    NameSeen,
)
from collectors.tap.advertisement import router_advertised
from collectors.tap.belief import Belief
from collectors.tap.watch_dhcpv6 import Dhcpv6Watch
from collectors.tap.watch_names import NameWatch
from collectors.tap.watch_neighbours import NeighbourWatch
from collectors.tap.watch_readiness import ReadinessWatch
from collectors.wire import arp, dhcpv4, frame, icmpv4, icmpv6, mld, nd
from collectors.wire.address import (
    UNSPECIFIED_IPV4,
    UNSPECIFIED_IPV6,
    ZERO_MAC,
    ip_text,
    ipv4_text,
    mac_text,
)
from collectors.wire.errors import DecodeError
from collectors.wire.ethernet import Ethernet
from collectors.wire.text import clean_text

SOURCE: Final = "tap"
MAX_GROUPS: Final = 256
# A report that fits well below the smallest IPv6 MTU was not split (RFC 3810 §5.2.15).
UNSPLIT_RECORDS: Final = 50


class Watcher:
    """What one interface hears, as observations; `malformed` counts the rest by reason.

    `token` marks our own probes: only echoes of it are ours; an empty one takes all. `decode` takes
    what `observe` is given: octets, or a frame that is parsed as far as its own header.
    """

    def __init__(
        self,
        interface: str,
        belief: Belief,
        malformed: Counter[str],
        token: bytes,
        decode: Callable[[Any], frame.Decoded] = frame.decode,
    ) -> None:
        self.interface = interface
        self._decode = decode
        self.belief = belief
        self._malformed = malformed
        self._token = token
        self._readiness = ReadinessWatch(interface, belief)
        self._handlers: dict[type, Callable[..., Iterator[AnyObservation]]] = {
            arp.Arp: self._arp,
            nd.NeighbourSolicitation: self._neighbour_solicitation,
            nd.NeighbourAdvertisement: self._neighbour_advertisement,
            nd.RouterSolicitation: self._router_solicitation,
            nd.RouterAdvertisement: self._router_advertisement,
            mld.ReportV2: self._report_v2,
            mld.ReportV1: self._report_v1,
            mld.Done: self._done,
            icmpv4.EchoReply: self._echo_reply,
            icmpv6.EchoReply: self._echo_reply,
            icmpv6.ParameterProblem: self._parameter_problem,
            dhcpv4.Dhcpv4: self._dhcp,
            **NameWatch(interface, self._seen, self._readiness.tunnel).handlers,
            **Dhcpv6Watch(interface, self._seen).handlers,
            **NeighbourWatch(interface).handlers,
            **self._readiness.handlers,
        }

    def observe(self, data: bytes | Ethernet, at: float) -> tuple[AnyObservation, ...]:
        """Everything that one frame says and that may be believed; never raises."""
        found, reason = self.judge(data, at)
        if reason:
            self._malformed[reason] += 1
        return found

    def judge(self, data: bytes | Ethernet, at: float) -> tuple[tuple[AnyObservation, ...], str]:
        """As `observe`, with the reason to count instead of counting it; empty: none."""
        found: list[AnyObservation] = []
        reason = ""
        try:
            decoded = self._decode(data)
            handler = self._handlers.get(type(decoded.payload))
            if handler is None:
                return (), ""
            if decoded.source_mac == self.belief.mac:
                raise Disbelief("own_frame")
            self._require_station(decoded.source_mac)
            # Item by item: what was said before a disbelief stays said.
            for observation in handler(decoded, decoded.payload, at):
                found.append(observation)  # noqa: PERF402
        except DecodeError as error:
            reason = error.reason
            found += self._readiness.refused(data, error, at)
        except Disbelief as error:
            reason = error.args[0]
        except Exception:  # noqa: BLE001 - whatever a frame does to a decoder, the watch goes on
            reason = "internal_error"
        return tuple(found), reason

    def _seen(
        self,
        at: float,
        mac: bytes,
        address: bytes,
        how: How,
        router: bool = False,
        hold: Hold = "",
    ) -> AddressSeen:
        self._require_station(mac)
        reason = self.belief.doubt_address(address)
        if reason:
            raise Disbelief(reason)
        return AddressSeen(
            at=at,
            source=SOURCE,
            interface=self.interface,
            mac=mac_text(mac),
            address=ip_text(address),
            how=how,
            router=router,
            hold=hold,
        )

    def _require_station(self, mac: bytes) -> None:
        reason = self.belief.doubt_station(mac)
        if reason:
            raise Disbelief(reason)

    def _arp(self, decoded: frame.Decoded, packet: arp.Arp, at: float) -> Iterator[AnyObservation]:
        if packet.sender_mac != decoded.source_mac:
            raise Disbelief("source_mismatch")
        if packet.is_probe:
            yield self._seen(at, packet.sender_mac, packet.target_ip, "dad")
            return
        how: How = "arp_request" if packet.is_request else "arp_reply"
        if packet.is_gratuitous:
            how = "arp_announcement"
        yield self._seen(at, packet.sender_mac, packet.sender_ip, how)

    def _neighbour_solicitation(
        self, decoded: frame.Decoded, message: nd.NeighbourSolicitation, at: float
    ) -> Iterator[AnyObservation]:
        if decoded.source == UNSPECIFIED_IPV6:
            yield self._seen(at, decoded.source_mac, message.target, "dad")
            return
        _require_same(decoded, message.options.source_mac)
        yield self._seen(at, decoded.source_mac, decoded.source, "neighbour_solicitation")

    def _neighbour_advertisement(
        self, decoded: frame.Decoded, message: nd.NeighbourAdvertisement, at: float
    ) -> Iterator[AnyObservation]:
        _require_same(decoded, message.options.target_mac)
        hold: Hold = ""
        if message.options.target_mac is not None:
            hold = "sole" if message.override else "shared"
        yield self._seen(
            at, decoded.source_mac, message.target, "neighbour_advertisement", message.router, hold
        )

    def _router_solicitation(
        self, decoded: frame.Decoded, message: nd.RouterSolicitation, at: float
    ) -> Iterator[AnyObservation]:
        if decoded.source == UNSPECIFIED_IPV6:
            return
        _require_same(decoded, message.options.source_mac)
        yield self._seen(at, decoded.source_mac, decoded.source, "router_solicitation")

    def _router_advertisement(
        self, decoded: frame.Decoded, message: nd.RouterAdvertisement, at: float
    ) -> Iterator[AnyObservation]:
        for prefix in message.options.prefixes:
            if (prefix.on_link or prefix.autonomous) and prefix.valid_s:
                self.belief.advertised(prefix.prefix, prefix.length)
        yield router_advertised(decoded, message, at, self.interface)
        # A false link address makes the sender doubtful, not the advertisement unsaid.
        _require_same(decoded, message.options.source_mac)
        yield self._seen(at, decoded.source_mac, decoded.source, "router_advertisement", True)

    def _report_v2(
        self, decoded: frame.Decoded, message: mld.ReportV2, at: float
    ) -> Iterator[AnyObservation]:
        complete = message.is_current_state and len(message.records) < UNSPLIT_RECORDS
        yield from self._groups(decoded, message.groups, message.left, 2, complete, at)

    def _report_v1(
        self, decoded: frame.Decoded, message: mld.ReportV1, at: float
    ) -> Iterator[AnyObservation]:
        yield from self._groups(decoded, (message.group,), (), 1, False, at)

    def _done(
        self, decoded: frame.Decoded, message: mld.Done, at: float
    ) -> Iterator[AnyObservation]:
        yield from self._groups(decoded, (), (message.group,), 1, False, at)

    def _groups(
        self,
        decoded: frame.Decoded,
        groups: tuple[bytes, ...],
        left: tuple[bytes, ...],
        version: Any,
        complete: bool,
        at: float,
    ) -> Iterator[AnyObservation]:
        if groups or left:
            has_address = decoded.source != UNSPECIFIED_IPV6
            yield GroupsReported(
                at=at,
                source=SOURCE,
                interface=self.interface,
                mac=mac_text(decoded.source_mac),
                address=ip_text(decoded.source) if has_address else "",
                groups=tuple(map(ip_text, groups[:MAX_GROUPS])),
                left=tuple(map(ip_text, left[:MAX_GROUPS])),
                version=version,
                complete=complete,
            )
            if has_address:
                yield self._seen(at, decoded.source_mac, decoded.source, "mld_report")

    def _echo_reply(
        self, decoded: frame.Decoded, message: icmpv4.EchoReply | icmpv6.EchoReply, at: float
    ) -> Iterator[AnyObservation]:
        if message.data.startswith(self._token):
            yield self._seen(at, decoded.source_mac, decoded.source, "echo_reply")

    def _parameter_problem(
        self, decoded: frame.Decoded, message: icmpv6.ParameterProblem, at: float
    ) -> Iterator[AnyObservation]:
        if self._token in message.invoking:
            yield self._seen(at, decoded.source_mac, decoded.source, "parameter_problem")

    def _dhcp(
        self, decoded: frame.Decoded, message: dhcpv4.Dhcpv4, at: float
    ) -> Iterator[AnyObservation]:
        name = message.message_name
        if message.from_server and name in ("offer", "ack", "nak"):
            yield from self._dhcp_server(decoded, message, name, at)
        elif not message.from_server and name in _CLIENT_MESSAGES:
            yield from self._dhcp_client(message, name, at)

    def _dhcp_client(
        self, message: dhcpv4.Dhcpv4, name: Any, at: float
    ) -> Iterator[AnyObservation]:
        if message.client_mac == self.belief.mac:
            raise Disbelief("own_frame")  # a relay's copy of an own question
        self._require_station(message.client_mac)
        mac = mac_text(message.client_mac)
        hostname = clean_text(message.hostname or message.fqdn or b"")
        yield DhcpClientSeen(
            at=at,
            source=SOURCE,
            interface=self.interface,
            mac=mac,
            message=name,
            hostname=hostname,
            vendor_class=clean_text(message.vendor_class or b""),
            client_id=(message.client_id or b"")[:64].hex(),
            requested_address=_optional_ipv4(message.requested_address),
            parameters=tuple(message.parameters or b""),
            ipv6_only_capable=message.ipv6_only_capable,
        )
        if hostname:
            yield NameSeen(
                at=at,
                source="dhcp",
                interface=self.interface,
                name=hostname,
                address=_optional_ipv4(message.client_address),
                mac=mac,
            )

    def _dhcp_server(
        self, decoded: frame.Decoded, message: dhcpv4.Dhcpv4, name: Any, at: float
    ) -> Iterator[AnyObservation]:
        client = message.client_mac
        yield DhcpServerSeen(
            at=at,
            source=SOURCE,
            interface=self.interface,
            mac=mac_text(decoded.source_mac),
            address=ipv4_text(message.server_id or decoded.source),
            message=name,
            client_mac="" if client == ZERO_MAC else mac_text(client),
            offered_address=_optional_ipv4(message.your_address),
            routers=tuple(map(ipv4_text, message.routers)),
            resolvers=tuple(map(ipv4_text, message.resolvers)),
            lease_s=message.lease_s,
            ipv6_only_wait_s=message.ipv6_only_wait_s,
        )
        if name == "ack" and message.your_address != UNSPECIFIED_IPV4:
            yield self._seen(at, client, message.your_address, "dhcp")


class Disbelief(Exception):
    """A well-formed frame says what cannot be; the argument is the reason to count it under."""


_CLIENT_MESSAGES: Final = ("discover", "request", "decline", "release", "inform")


def _require_same(decoded: frame.Decoded, claimed: bytes | None) -> None:
    if claimed is not None and claimed != decoded.source_mac:
        raise Disbelief("source_mismatch")


def _optional_ipv4(address: bytes | None) -> str:
    return "" if address is None or address == UNSPECIFIED_IPV4 else ipv4_text(address)
