"""Names and services that stations announce: mDNS, LLMNR, NetBIOS, SSDP, WS-Discovery.

A station is believed about itself only: a name counts for the sender when it is stated for the very
address that the datagram came from. What one says of another is left aside.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from collectors.dnssd import is_service_type
from collectors.observation import AnyObservation, NameSeen, ServiceAdvertised
from collectors.service_text import details_of
from collectors.tap.watch_dhcpv6 import Seen
from collectors.wire import dns, frame, nbns, ssdp, tunnel, wsd
from collectors.wire.address import ip_text, mac_text
from collectors.wire.name import Name, folded, to_text
from collectors.wire.text import clean_text

SOURCE: Final = "tap"
MAX_NAMES: Final = 8  # of one message
MAX_SERVICES: Final = 32
MAX_NAME_CHARACTERS: Final = 255
MAX_LOCATION: Final = 255

Found = Iterator[AnyObservation]


class NameWatch:
    """Handlers of datagrams that stay on the link and tell names or services."""

    def __init__(
        self,
        interface: str,
        seen: Seen,
        tunnel_sought: Callable[[frame.Decoded, tunnel.Tunnelled, float], Found],
    ) -> None:
        self._interface = interface
        self._seen = seen
        self._tunnel_sought = tunnel_sought
        self.handlers: dict[type, Callable[..., Found]] = {
            dns.Message: self._dns,
            nbns.NameRecord: self._netbios_claim,
            nbns.NodeStatus: self._netbios_status,
            nbns.NameQuery: self._netbios_query,
            ssdp.Ssdp: self._ssdp,
            wsd.Wsd: self._wsd,
        }

    def _sender(self, decoded: frame.Decoded, _: object, at: float) -> Found:
        yield self._seen(at, decoded.source_mac, decoded.source, "datagram")

    def _dns(self, decoded: frame.Decoded, message: dns.Message, at: float) -> Found:
        yield from self._sender(decoded, message, at)
        port = decoded.source_port
        if not message.is_response:
            yield from self._sought(decoded, (one.name for one in message.questions), at)
        if not message.is_response or port not in (dns.MDNS_PORT, dns.LLMNR_PORT):
            return
        protocol = "mdns" if port == dns.MDNS_PORT else "llmnr"
        holders = _holders(message)
        own = [name for name, held in holders.items() if decoded.source in held]
        for name in own[:MAX_NAMES]:
            yield self._named(decoded, to_text(name), protocol, at)
        if protocol == "mdns":
            foreign = {folded(name) for name in holders} - {folded(name) for name in own}
            yield from self._dns_services(decoded, message, foreign, at)

    def _netbios_query(self, decoded: frame.Decoded, query: nbns.NameQuery, at: float) -> Found:
        yield from self._sender(decoded, query, at)
        yield from self._sought(decoded, ((query.name,),), at)

    def _sought(self, decoded: frame.Decoded, names: Iterable[Name], at: float) -> Found:
        kinds = {found for name in names if (found := tunnel.sought(name)) is not None}
        for found in sorted(kinds, key=lambda each: each.kind):
            yield from self._tunnel_sought(decoded, found, at)

    def _dns_services(
        self, decoded: frame.Decoded, message: dns.Message, foreign: set[Name], at: float
    ) -> Found:
        hosts: dict[Name, dns.Service] = {}
        texts: dict[Name, dns.Text] = {}
        for record in message.records:
            if isinstance(record.data, dns.Service):
                hosts[folded(record.name)] = record.data
            elif isinstance(record.data, dns.Text):
                texts.setdefault(folded(record.name), record.data)
        count = 0
        for record in message.answers:
            if not isinstance(record.data, dns.Target) or not is_service_type(record.name):
                continue
            instance = folded(record.data.name)
            host, text = hosts.get(instance), texts.get(instance)
            if count == MAX_SERVICES or (host is not None and folded(host.target) in foreign):
                continue
            count += 1
            yield ServiceAdvertised(
                at=at,
                source=SOURCE,
                interface=self._interface,
                protocol="mdns",
                mac=mac_text(decoded.source_mac),
                address=ip_text(decoded.source),
                kind=clean_text(to_text(record.name[:2])),
                name=clean_text(b"".join(record.data.name[:1])),
                port=0 if host is None else host.port,
                details=() if text is None else details_of(text),
                gone=record.ttl_s == 0,
            )

    def _netbios_claim(self, decoded: frame.Decoded, record: nbns.NameRecord, at: float) -> Found:
        yield from self._sender(decoded, record, at)
        if (
            not record.group
            and not record.rcode
            and record.opcode in _CLAIMS
            and record.suffix in (nbns.WORKSTATION, nbns.FILE_SERVER)
            and decoded.source in record.addresses
            # A registration's answer comes from a name server; a query's from the holder.
            and record.response == (record.opcode == nbns.OPCODE_QUERY)
        ):
            yield self._named(decoded, record.name, "nbns", at)

    def _netbios_status(self, decoded: frame.Decoded, status: nbns.NodeStatus, at: float) -> Found:
        yield from self._sender(decoded, status, at)
        if status.computer:
            yield self._named(decoded, status.computer, "nbns", at)

    def _ssdp(self, decoded: frame.Decoded, message: ssdp.Ssdp, at: float) -> Found:
        yield from self._sender(decoded, message, at)
        if message.kind == "search" or not message.target:
            return
        yield ServiceAdvertised(
            at=at,
            source=SOURCE,
            interface=self._interface,
            protocol="ssdp",
            mac=mac_text(decoded.source_mac),
            address=ip_text(decoded.source),
            kind=clean_text(message.target, MAX_NAME_CHARACTERS),
            name=clean_text(message.header(b"usn").partition(b"::")[0], MAX_NAME_CHARACTERS),
            location=clean_text(message.header(b"location"), MAX_LOCATION),
            server=clean_text(message.header(b"server"), MAX_NAME_CHARACTERS),
            gone=message.is_farewell,
        )

    def _wsd(self, decoded: frame.Decoded, message: wsd.Wsd, at: float) -> Found:
        yield from self._sender(decoded, message, at)
        if message.action in ("probe", "resolve"):
            return
        for endpoint in message.endpoints:
            yield ServiceAdvertised(
                at=at,
                source=SOURCE,
                interface=self._interface,
                protocol="wsd",
                mac=mac_text(decoded.source_mac),
                address=ip_text(decoded.source),
                kind=clean_text(" ".join(endpoint.types), MAX_NAME_CHARACTERS),
                name=clean_text(endpoint.address, MAX_NAME_CHARACTERS),
                location=clean_text(" ".join(endpoint.transports[:1]), MAX_LOCATION),
                gone=message.action == "bye",
            )

    def _named(
        self, decoded: frame.Decoded, name: bytes | str, protocol: str, at: float
    ) -> NameSeen:
        return NameSeen(
            at=at,
            source=protocol,
            interface=self._interface,
            name=clean_text(name, MAX_NAME_CHARACTERS),
            address=ip_text(decoded.source),
            mac=mac_text(decoded.source_mac),
        )


_CLAIMS: Final = frozenset(
    (
        nbns.OPCODE_QUERY,
        nbns.OPCODE_REGISTRATION,
        nbns.OPCODE_REFRESH,
        nbns.OPCODE_REFRESH_ALTERNATIVE,
        nbns.OPCODE_MULTIHOMED,
    )
)


def _holders(message: dns.Message) -> dict[Name, set[bytes]]:
    """The names that address records of a message state, with the addresses; none taken back."""
    found: dict[Name, set[bytes]] = {}
    for record in message.records:
        if isinstance(record.data, dns.Address) and record.class_ == dns.IN and record.name:
            held = found.setdefault(record.name, set())
            if record.ttl_s:
                held.add(record.data.address)
    return found
