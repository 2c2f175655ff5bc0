"""What DHCPv6 clients and servers say on the link.

Messages that relays pass on are about other links: they tell of a client, not of the sender.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    Dhcpv6ClientSeen,
    Dhcpv6Relayed,
    Dhcpv6ServerSeen,
    How,
    NameSeen,
)
from collectors.wire import dhcpv6, dhcpv6_duid, frame
from collectors.wire.address import ip_text, ipv6_text, is_group_mac, mac_text
from collectors.wire.errors import DecodeError
from collectors.wire.text import clean_text

SOURCE: Final = "tap"
MAX_ITEMS: Final = 16


class Seen(Protocol):
    """Makes an `AddressSeen` of what may be believed, and raises on the rest."""

    def __call__(self, at: float, mac: bytes, address: bytes, how: How) -> AddressSeen:
        """A station uses an address."""


class Dhcpv6Watch:
    """Handlers of DHCPv6."""

    def __init__(self, interface: str, seen: Seen) -> None:
        self._interface = interface
        self._seen = seen
        self.handlers: dict[type, Callable[..., Iterator[AnyObservation]]] = {
            dhcpv6.Message: self._message,
            dhcpv6.Relayed: self._relayed,
        }

    def _message(
        self, decoded: frame.Decoded, message: dhcpv6.Message, at: float
    ) -> Iterator[AnyObservation]:
        name = message.message_name
        if message.from_server:
            yield self._server(decoded, message, name, at)
        elif name in _CLIENT_MESSAGES:
            yield self._seen(at, decoded.source_mac, decoded.source, "datagram")
            yield from self._client(decoded, message, name, at)

    def _relayed(
        self, decoded: frame.Decoded, relayed: dhcpv6.Relayed, at: float
    ) -> Iterator[AnyObservation]:
        """What was said on another link. The relay next to the client is the innermost one."""
        del decoded  # whoever sent the frame, it is not the client
        message: dhcpv6.Message | dhcpv6.Relayed = relayed
        while isinstance(message, dhcpv6.Relayed):
            relayed, message = message, message.message
        name: Any = message.message_name
        mac = relayed.client_mac
        if not message.client_id or not (message.from_server or name in _CLIENT_MESSAGES):
            return
        if mac is not None and (is_group_mac(mac) or not any(mac)):
            mac = None
        vendor = message.vendor_class
        yield Dhcpv6Relayed(
            at=at,
            source=SOURCE,
            interface=self._interface,
            message=name,
            duid=message.client_id.hex(),
            mac="" if mac is None else mac_text(mac),
            peer=ipv6_text(relayed.peer),
            link=ipv6_text(relayed.link) if any(relayed.link) else "",
            hostname=clean_text(message.fqdn or b""),
            vendor_class="" if vendor is None else clean_text(b" ".join(vendor.classes)),
            enterprise=None if vendor is None else vendor.enterprise,
            addresses=_leases(message) if message.from_server else (),
        )

    def _client(
        self, decoded: frame.Decoded, message: dhcpv6.Message, name: Any, at: float
    ) -> Iterator[AnyObservation]:
        mac = mac_text(decoded.source_mac)
        duid = _duid(message.client_id)
        vendor = message.vendor_class
        requested = message.requested
        hostname = clean_text(message.fqdn or b"")
        yield Dhcpv6ClientSeen(
            at=at,
            source=SOURCE,
            interface=self._interface,
            mac=mac,
            address=ip_text(decoded.source),
            message=name,
            duid=(message.client_id or b"").hex(),
            duid_kind="" if duid is None else duid.kind,
            duid_mac="" if duid is None or duid.mac is None else mac_text(duid.mac),
            hostname=hostname,
            vendor_class="" if vendor is None else clean_text(b" ".join(vendor.classes)),
            enterprise=None if vendor is None else vendor.enterprise,
            requested=None if requested is None else requested[:64],
            wants_address=any(not each.delegates for each in message.associations),
            wants_prefix=any(each.delegates for each in message.associations),
        )
        if hostname:
            yield NameSeen(
                at=at, source="dhcpv6", interface=self._interface, name=hostname, mac=mac
            )

    def _server(
        self, decoded: frame.Decoded, message: dhcpv6.Message, name: Any, at: float
    ) -> Dhcpv6ServerSeen:
        to = decoded.destination_mac
        statuses = (message.status, *(each.status for each in message.associations))
        return Dhcpv6ServerSeen(
            at=at,
            source=SOURCE,
            interface=self._interface,
            mac=mac_text(decoded.source_mac),
            address=ip_text(decoded.source),
            message=name,
            duid=(message.server_id or b"").hex(),
            client_mac="" if is_group_mac(to) or not any(to) else mac_text(to),
            client_duid=(message.client_id or b"").hex(),
            addresses=_leases(message),
            prefixes=tuple(
                f"{ipv6_text(prefix.prefix)}/{prefix.length}"
                for each in message.associations
                for prefix in each.prefixes
                if prefix.valid_s
            )[:MAX_ITEMS],
            resolvers=tuple(map(ipv6_text, message.resolvers)),
            preference=message.preference or 0,
            status=next(filter(None, statuses), None),
        )


_CLIENT_MESSAGES: Final = frozenset(
    (
        "solicit", "request", "confirm", "renew", "rebind", "release", "decline",
        "information_request",
    )
)  # fmt: skip


def _leases(message: dhcpv6.Message) -> tuple[str, ...]:
    return tuple(
        ipv6_text(leased.address)
        for each in message.associations
        for leased in each.addresses
        if leased.valid_s
    )[:MAX_ITEMS]


def _duid(content: bytes | None) -> dhcpv6_duid.Duid | None:
    try:
        return None if content is None else dhcpv6_duid.parse(content)
    except DecodeError:
        return None  # opaque to everybody but its owner (RFC 8415 §11)
