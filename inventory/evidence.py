"""What tells one device from another and what it is, beyond its addresses: keys, pages, adverts.

All of it is bounded per device; at a bound the piece unseen for longest goes.
"""

from typing import TypeVar

import msgspec

from collectors.observation import (
    BridgeSeen,
    DescriptionSeen,
    DhcpClientSeen,
    Dhcpv6ClientSeen,
    EngineSeen,
    KeySeen,
    NeighbourAnnounced,
    PageSeen,
    ServiceAdvertised,
)
from inventory.ledger import Ledger
from inventory.record import (
    LAST_SEEN_STEP_S,
    MAX_ADVERTS,
    MAX_KEYS,
    MAX_MARKS,
    MAX_PAGES,
    Record,
)
from inventory.traits import (
    Advert,
    Description,
    Key,
    Mark,
    MarkKind,
    Page,
)

FLIPS_OF_KEYS_S = 7 * 86_400.0  # keys are looked at once a day

Dated = TypeVar("Dated", Mark, Key, Page, Advert)


class Evidence:
    """Handlers of observations that describe a device that is known; none of them makes one."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def key_seen(self, seen: KeySeen) -> None:
        """A service presented its public key."""
        kind: MarkKind = "ssh_key" if seen.protocol == "ssh" else "tls_key"
        record = self._holder(seen.address, seen.interface)
        if record is None:
            return
        where = f"{seen.address} port {seen.port} {seen.algorithm}"
        self._mark(record, kind, seen.fingerprint, where, seen.at)
        if kind == "ssh_key":  # behind one name of TLS there may be several servers
            self._ledger.alternates(
                record, f"SSH key at {where}", seen.fingerprint, seen.at, FLIPS_OF_KEYS_S
            )
        key = Key(
            seen.address, seen.port, seen.protocol, seen.fingerprint, seen.algorithm, seen.subject,
            seen.self_signed, seen.at,
        )  # fmt: skip
        self._keep(record, record.keys, f"{seen.address} {seen.port}", key, MAX_KEYS)

    def engine_seen(self, seen: EngineSeen) -> None:
        """An SNMP engine gave its identifier."""
        record = self._holder(seen.address, seen.interface)
        if record is not None:
            self._mark(record, "engine_id", seen.engine_id, seen.address, seen.at)
            self._ledger.alternates(
                record, f"SNMP engine at {seen.address}", seen.engine_id, seen.at, FLIPS_OF_KEYS_S
            )

    def dhcp_client(self, seen: DhcpClientSeen) -> None:
        """A DHCPv4 client named itself by an identifier."""
        record = self._ledger.book.by_mac.get(seen.mac)
        if record is not None and seen.client_id:
            self._mark(record, "dhcp_client_id", seen.client_id, seen.mac, seen.at)

    def dhcpv6_client(self, seen: Dhcpv6ClientSeen) -> None:
        """A DHCPv6 client named itself by its DUID."""
        record = self._ledger.book.by_mac.get(seen.mac)
        if record is not None and seen.duid:
            self._mark(record, "duid", seen.duid, seen.mac, seen.at)

    def neighbour_announced(self, seen: NeighbourAnnounced) -> None:
        """A system announced the chassis that one of its ports belongs to."""
        record = self._ledger.book.by_mac.get(seen.mac)
        if record is not None and seen.chassis_mac:
            self._mark(record, "chassis", seen.chassis_mac, seen.mac, seen.at)

    def page_seen(self, seen: PageSeen) -> None:
        """A web service showed its start page."""
        record = self._holder(seen.address, seen.interface)
        if record is None:
            return
        page = Page(
            seen.address, seen.port, seen.secure, seen.status, seen.title, seen.server, seen.at
        )
        self._keep(record, record.pages, f"{seen.address} {seen.port}", page, MAX_PAGES)

    def service_advertised(self, seen: ServiceAdvertised) -> None:
        """A station says that it offers a service, or takes that back."""
        record = self._ledger.book.by_mac.get(seen.mac) if seen.mac else None
        record = record or self._holder(seen.address, seen.interface)
        if record is None:
            return
        key = f"{seen.protocol} {seen.kind} {seen.name}"
        if seen.gone:
            if record.adverts.pop(key, None) is not None:
                self._ledger.book.reconsider(record)
            return
        advert = Advert(
            seen.protocol, seen.kind, seen.name, seen.port, seen.server, seen.details, seen.at
        )
        self._keep(record, record.adverts, key, advert, MAX_ADVERTS)

    def description_seen(self, seen: DescriptionSeen) -> None:
        """A device described its make."""
        record = self._holder(seen.address, seen.interface)
        if record is None:
            return
        said = Description(
            seen.protocol, seen.manufacturer, seen.model, seen.serial, seen.uuid, seen.name,
            seen.device_type, seen.firmware, seen.at,
        )  # fmt: skip
        was = record.descriptions.get(seen.protocol)
        if was is None or msgspec.structs.replace(said, at=was.at) != was:
            record.descriptions[seen.protocol] = said
            self._ledger.book.reconsider(record)
        for kind, value in (("serial", seen.serial), ("uuid", seen.uuid)):
            if value:
                self._mark(record, kind, value, seen.protocol, seen.at)  # type: ignore[arg-type]

    def bridge_seen(self, seen: BridgeSeen) -> None:
        """A bridge spoke at one of its ports; a port's MAC may be of a switch that has no other."""
        book = self._ledger.book
        record = book.by_mac.get(seen.mac) or book.by_mac.get(seen.bridge)
        if record is None:
            return self._ledger.skip("unknown_device")
        if not record.bridge:
            record.bridge = True
            book.reconsider(record)
        return self._ledger.heard(record, seen.at, None)

    def _holder(self, address: str, interface: str) -> Record | None:
        """Who uses the address; nobody while two stations do, as either may have spoken."""
        owners = self._ledger.book.owners(address, interface)
        if not owners:
            self._ledger.skip("unknown_device")
            return None
        if len(owners) == 1:
            return owners[0]
        if self._ledger.book.is_contested(address, interface):
            self._ledger.skip("contested_address")
            return None
        return max(owners, key=lambda record: (record.addresses[address].last_seen, record.id))

    def _mark(self, record: Record, kind: MarkKind, value: str, where: str, at: float) -> None:
        key = f"{kind} {value}"
        was = record.marks.get(key)
        first = was.first_seen if was is not None else at
        self._keep(record, record.marks, key, Mark(kind, value, where, first, at), MAX_MARKS)

    def _keep(
        self, record: Record, held: dict[str, Dated], key: str, new: Dated, most: int
    ) -> None:
        """Keep a piece of evidence; write it again only when it says something new or is old."""
        was = held.get(key)
        if was is None:
            if len(held) >= most:
                self._ledger.displaced["evidence"] += 1
                del held[min(held, key=lambda known: held[known].last_seen)]
            held[key] = new
            self._ledger.book.reconsider(record)
        elif msgspec.structs.replace(new, last_seen=was.last_seen) != was:
            held[key] = new
            self._ledger.book.reconsider(record)
        elif new.last_seen - was.last_seen >= LAST_SEEN_STEP_S:
            held[key] = new
            self._ledger.book.touch(record)
