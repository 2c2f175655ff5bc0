"""What stations announce on the link beyond addresses: DHCPv6, LLDP, CDP.

Only what has an obvious place is kept: names, the DHCPv6 client's facts, leased addresses. A switch
announces itself with the MAC of a port, so an LLDP or CDP announcement names a device that is known
and never makes one.
"""

import msgspec

from collectors.observation import (
    Dhcpv6ClientSeen,
    Dhcpv6Relayed,
    Dhcpv6ServerSeen,
    NeighbourAnnounced,
    NeighbourTold,
)
from inventory import addresses
from inventory.ledger import Ledger
from inventory.record import AddressRecord, Record
from inventory.snapshot import Dhcpv6Client
from inventory.traits import Announcement

MAX_DUIDS = 65536


class Announcements:
    """Handlers of announcements."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._by_duid: dict[str, set[str]] = {}
        for record in ledger.book.records.values():
            self._note_duid(record)

    def dhcpv6_client(self, seen: Dhcpv6ClientSeen) -> None:
        """A DHCPv6 client spoke."""
        record = self._ledger.known_mac(seen.mac, seen.at, seen.interface, "dhcp")
        if record is None:
            return
        self._client_said(record, seen, seen.requested)
        self._ledger.heard(record, seen.at, "ipv6")

    def dhcpv6_relayed(self, seen: Dhcpv6Relayed) -> None:
        """A relay passed on a message of a client on another link.

        Third-party word: it may match a device, by the MAC that the relay saw or by an identifier
        that one device alone has, but makes none and proves none alive.
        """
        record = self._ledger.book.by_mac.get(seen.mac) if seen.mac else self._of_duid(seen.duid)
        if record is None:
            return self._ledger.skip("unknown_device")
        if seen.message not in ("advertise", "reply", "reconfigure"):
            self._client_said(record, seen, None)
            self._ledger.named(record, seen.hostname, "dhcpv6", "", seen.at)
        elif seen.message == "reply":
            for address in seen.addresses:
                self._leased(record, address, seen, "")
        return None

    def dhcpv6_server(self, seen: Dhcpv6ServerSeen) -> None:
        """A DHCPv6 server spoke. Its word may match a device, but never make one of a client."""
        record = self._ledger.known_mac(seen.mac, seen.at, seen.interface, "dhcp")
        if record is not None:
            self._ledger.heard(record, seen.at, "ipv6")
        client = self._ledger.book.by_mac.get(seen.client_mac)
        if seen.message != "reply" or client is None:
            return
        for address in seen.addresses:
            self._leased(client, address, seen, seen.interface)

    def neighbour_announced(self, seen: NeighbourAnnounced) -> None:
        """A system announced itself at one of its ports."""
        record = self._announcer(seen)
        if record is None:
            return self._ledger.skip("unknown_device")
        self._ledger.named(record, seen.name, seen.protocol, "", seen.at)
        said = Announcement(
            seen.protocol, seen.name, seen.description, seen.model, seen.serial,
            seen.capabilities, seen.at,
        )  # fmt: skip
        was = record.announcement
        if was is None or msgspec.structs.replace(said, at=was.at) != was:
            record.announcement = said
            self._ledger.book.reconsider(record)
        return self._ledger.heard(record, seen.at, None)

    def _client_said(
        self,
        record: Record,
        seen: Dhcpv6ClientSeen | Dhcpv6Relayed,
        requested: tuple[int, ...] | None,
    ) -> None:
        was = record.dhcpv6
        if requested is None:
            requested = was.requested if was is not None else ()
        facts = Dhcpv6Client(
            duid=seen.duid or (was.duid if was is not None else ""),
            vendor_class=seen.vendor_class,
            enterprise=seen.enterprise,
            requested=requested,
            at=seen.at,
        )
        if was is None or msgspec.structs.replace(facts, at=was.at) != was:
            record.dhcpv6 = facts
            self._note_duid(record)
            self._ledger.book.unjudged.add(record.id)
            self._ledger.book.reconsider(record)

    def neighbour_told(self, seen: NeighbourTold) -> None:
        """A router's table ties an address to a MAC: it may match a device, but never make one.

        Nor does it take an address from a device that has it, or prove that anybody is alive.
        """
        record = self._ledger.book.by_mac.get(seen.mac)
        if record is None:
            return self._ledger.skip("unknown_device")
        parsed = addresses.parse(seen.address, record.macs)
        if parsed is None or parsed.family != "ipv6" or parsed.kind == "loopback":
            return self._ledger.skip("unusable_address")
        # Whose link a link-local address is on, the table does not say; a router's own addresses
        # and what a proxy answers for are no hosts' addresses.
        if parsed.kind == "link-local" or record.own or record.proxy or record.router:
            return None
        if self._ledger.book.owners(parsed.address, record.interface):
            return None
        new = AddressRecord(
            parsed.address, "ipv6", parsed.kind, "router_table", seen.at, seen.at, record.interface
        )
        self._ledger.book.add_address(record, new)
        return None

    def _note_duid(self, record: Record) -> None:
        if record.dhcpv6 is None or not record.dhcpv6.duid:
            return
        if len(self._by_duid) >= MAX_DUIDS:
            self._by_duid.clear()
        self._by_duid.setdefault(record.dhcpv6.duid, set()).add(record.id)

    def _of_duid(self, duid: str) -> Record | None:
        """The device with an identifier; None when cloned systems share it."""
        records = self._ledger.book.records
        found = [
            record
            for name in self._by_duid.get(duid, ())
            if (record := records.get(name)) is not None
            and record.dhcpv6 is not None
            and record.dhcpv6.duid == duid
        ]
        return found[0] if len(found) == 1 else None

    def _leased(
        self, client: Record, address: str, seen: Dhcpv6ServerSeen | Dhcpv6Relayed, interface: str
    ) -> None:
        parsed = addresses.parse(address)
        if parsed is None or parsed.family != "ipv6" or parsed.kind == "link-local":
            return
        known = client.addresses.get(parsed.address)
        if known is None:
            if self._ledger.book.owners(parsed.address, interface):
                return
            known = AddressRecord(
                parsed.address, "ipv6", parsed.kind, "dhcp", seen.at, seen.at, interface
            )
            self._ledger.book.add_address(client, known)
        if not known.leased:
            known.leased = True
            self._ledger.book.unjudged.add(client.id)

    def _announcer(self, seen: NeighbourAnnounced) -> Record | None:
        """By the port's MAC, the chassis', or an address at which it says that it is managed."""
        book = self._ledger.book
        record = book.by_mac.get(seen.mac) or book.by_mac.get(seen.chassis_mac)
        for address in seen.addresses:
            if record is not None:
                break
            record = book.owner(address, seen.interface)
        return record
