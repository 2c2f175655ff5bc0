"""Groups of routers that share an address: who answers for it now, and when that changed.

The active router announces the group (VRRP, RFC 9568 §5.2; HSRP, RFC 2281; CARP). The group's
addresses belong to no device: they move between stations by design, so they neither make a device
nor a duplicate address.
"""

from collections.abc import Iterable

import msgspec

from collectors.observation import VirtualRouterSeen
from inventory import addresses, identity
from inventory.ledger import Ledger
from inventory.networks import link_id
from inventory.record import LAST_SEEN_STEP_S
from inventory.snapshot import VirtualRouter

_RESIGNS = 0  # the priority with which a router gives the role up (RFC 9568 §5.2.4)
MAX_SHARED = 16


class VirtualRouters:
    """The handler of announcements."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def announced(self, seen: VirtualRouterSeen) -> None:
        """The active router of a group spoke."""
        ledger = self._ledger
        if addresses.parse(seen.address) is None:
            return ledger.skip("unusable_address")
        known = ledger.networks.virtual_router(seen.interface, seen)
        if seen.priority == _RESIGNS:
            return None
        shared = _shared(seen.addresses)
        if known is None:
            group = VirtualRouter(
                seen.protocol, seen.router_id, seen.version, shared, seen.address, seen.mac,
                seen.priority, seen.at, seen.at, seen.at,
            )  # fmt: skip
            if not ledger.networks.keep_virtual_router(seen.interface, group):
                return ledger.skip("too_many_virtual_routers")
            first = ledger.first_pass_until == 0.0 or ledger.is_first_pass(seen.at)
            text = f"{self._name(group)} is announced for the first time, by {self._who(seen)}"
            self._tell(seen, group, text, first)
        else:
            group = self._again(seen, known, shared)
        self._claim(seen.interface, group)
        return self._hear(seen)

    def _again(
        self, seen: VirtualRouterSeen, known: VirtualRouter, shared: tuple[str, ...]
    ) -> VirtualRouter:
        taken = seen.address != known.active
        said = (seen.version, shared, seen.mac, seen.priority)
        same = said == (known.version, known.addresses, known.mac, known.priority)
        if not taken and same and seen.at - known.last_seen < LAST_SEEN_STEP_S:
            return known
        group = msgspec.structs.replace(
            known,
            version=seen.version, addresses=shared, active=seen.address, mac=seen.mac,
            priority=seen.priority, last_seen=max(seen.at, known.last_seen),
            since=seen.at if taken else known.since,
            earlier=known.active if taken else known.earlier,
            takeovers=known.takeovers + taken,
        )  # fmt: skip
        self._ledger.networks.keep_virtual_router(seen.interface, group)
        if taken:
            text = f"{self._name(group)}: {self._who(seen)} took over from {known.active}"
            self._tell(seen, group, text, False)
        return group

    def _claim(self, interface: str, group: VirtualRouter) -> None:
        """What was learnt of the group's addresses before the group was is corrected."""
        book = self._ledger.book
        for address in group.addresses:
            self._ledger.contests.forget((interface, address))
            for record in list(book.owners(address, interface)):
                if not record.macs:
                    book.remove(record)
                elif not record.addresses[address].virtual:
                    record.addresses[address].virtual = True
                    book.touch(record)

    def _hear(self, seen: VirtualRouterSeen) -> None:
        """The active router is alive; a MAC of the group says nothing of who it is."""
        if identity.is_mac(seen.mac) and not identity.shared_by(seen.mac):
            record = self._ledger.book.by_mac.get(seen.mac)
        else:
            record = self._ledger.book.owner(seen.address, seen.interface)
        if record is not None:
            self._ledger.heard(record, seen.at, "ipv6" if ":" in seen.address else "ipv4")

    def _tell(
        self, seen: VirtualRouterSeen, group: VirtualRouter, text: str, expected: bool
    ) -> None:
        network = link_id(seen.interface)
        active = self._ledger.book.owner(seen.address, seen.interface)
        self._ledger.log.log(
            seen.at, "router", text, device=active.id if active is not None else "",
            network=network, expected=expected, pace=f"{network} {self._name(group)}",
        )  # fmt: skip

    def _who(self, seen: VirtualRouterSeen) -> str:
        record = self._ledger.book.owner(seen.address, seen.interface)
        if record is None or not record.name:
            return seen.address
        return f"{record.name} ({seen.address})"

    @staticmethod
    def _name(group: VirtualRouter) -> str:
        return (
            f"{group.protocol.upper()} group {group.router_id} ({', '.join(group.addresses[:3])})"
        )


def _shared(texts: Iterable[str]) -> tuple[str, ...]:
    found = (addresses.parse(text) for text in texts)
    return tuple(dict.fromkeys(one.address for one in found if one is not None))[:MAX_SHARED]
