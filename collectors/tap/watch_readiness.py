"""What IPv6 depends on or is led astray by: queriers, tunnels, redirects, false advertisements."""

from collections.abc import Callable, Iterator
from typing import Final

from collectors.observation import (
    AdvertisementRefused,
    AnyObservation,
    QuerierSeen,
    RedirectSeen,
    TunnelSeen,
)
from collectors.tap.belief import Belief
from collectors.tap.sweep_link import QUERIERS
from collectors.wire import ethernet, frame, ipv6, mld, nd, tunnel
from collectors.wire.address import ip_text, mac_text
from collectors.wire.errors import DecodeError

SOURCE: Final = "tap"


class ReadinessWatch:
    """Handlers of what IPv6 depends on, or is led astray by."""

    def __init__(self, interface: str, belief: Belief) -> None:
        self._interface = interface
        self._belief = belief
        self.handlers: dict[type, Callable[..., Iterator[AnyObservation]]] = {
            mld.Query: self._query,
            nd.Redirect: self._redirect,
            tunnel.Tunnelled: self.tunnel,
        }

    def tunnel(
        self, decoded: frame.Decoded, message: tunnel.Tunnelled, at: float
    ) -> Iterator[AnyObservation]:
        """Yield who tunnels; a packet that a router brings in is not told of the router."""
        if not self._belief.doubt_address(decoded.source):
            yield TunnelSeen(
                at=at,
                source=SOURCE,
                interface=self._interface,
                mac=mac_text(decoded.source_mac),
                address=ip_text(decoded.source),
                kind=message.kind,
                peer="" if message.sought else ip_text(decoded.destination),
            )

    def refused(
        self, data: bytes | ethernet.Ethernet, error: DecodeError, at: float
    ) -> Iterator[AnyObservation]:
        """Yield that a frame which is in error is an advertisement that no host may heed."""
        try:
            outer = data if isinstance(data, ethernet.Ethernet) else ethernet.parse(data)
            if outer.ethertype != ethernet.IPV6 or outer.source == self._belief.mac:
                return
            packet = ipv6.parse(outer.payload)
        except DecodeError:
            return
        if packet.next_header != ipv6.ICMPV6 or packet.payload[:1] != _ADVERTISEMENT:
            return
        reason = _reason(packet, error)
        if reason and not self._belief.doubt_station(outer.source):
            yield AdvertisementRefused(
                at=at,
                source=SOURCE,
                interface=self._interface,
                mac=mac_text(outer.source),
                address=ip_text(packet.source),
                reason=reason,
            )

    def _query(
        self, decoded: frame.Decoded, message: mld.Query, at: float
    ) -> Iterator[AnyObservation]:
        if decoded.source in QUERIERS:
            return  # another agent's single question: it leaves the link's querier as it is
        yield QuerierSeen(
            at=at,
            source=SOURCE,
            interface=self._interface,
            mac=mac_text(decoded.source_mac),
            address=ip_text(decoded.source),
            version=message.version,
            interval_s=message.interval_s,
            robustness=message.robustness,
        )

    def _redirect(
        self, decoded: frame.Decoded, message: nd.Redirect, at: float
    ) -> Iterator[AnyObservation]:
        yield RedirectSeen(
            at=at,
            source=SOURCE,
            interface=self._interface,
            mac=mac_text(decoded.source_mac),
            address=ip_text(decoded.source),
            target=ip_text(message.target),
            destination=ip_text(message.destination),
        )


_ADVERTISEMENT: Final = bytes((nd.ROUTER_ADVERTISEMENT,))
_SHORTEST: Final = 16  # octets (RFC 4861 §6.1.2)


def _reason(packet: ipv6.Ipv6, error: DecodeError) -> str:
    """Which rule of RFC 4861 §6.1.2, or RFC 6980 §5, is broken; empty for limits of our own."""
    match error.reason:
        case "bad_hop_limit":
            return f"hop limit {packet.hop_limit}"
        case "bad_code":
            return f"code {packet.payload[1]}"
        case "truncated" if len(packet.payload) < _SHORTEST:
            return f"shorter than {_SHORTEST} octets"
    return _RULES.get(error.reason, "")


_RULES: Final[dict[str, str]] = {
    "bad_address": "the source is not link-local",
    "bad_checksum": "wrong checksum",
    "fragmented": "a fragment header",
    "bad_option": "an option of length 0",
    "truncated": "an option goes beyond the end",
}
