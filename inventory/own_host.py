"""The host that the agent runs on: one device with all its interfaces, known first-hand."""

from collectors.observation import HostSeen, InterfaceSeen, RouteSeen
from inventory import addresses, identity
from inventory.ledger import Ledger
from inventory.record import LAST_SEEN_STEP_S, AddressRecord, Record
from inventory.rounds import Rounds

_FIRST_HAND = "the own kernel says so"


class OwnHost:
    """Handlers of what the own kernel says; `facts` is the last word of psutil."""

    def __init__(self, ledger: Ledger, rounds: Rounds) -> None:
        self.facts: HostSeen | None = None
        self._rounds = rounds
        self._ledger = ledger
        self._own = next((r for r in ledger.book.records.values() if r.own), None)

    def interface_seen(self, seen: InterfaceSeen) -> None:
        """One of our interfaces, with the kernel's own flags for its addresses."""
        self._ledger.latest = max(self._ledger.latest, seen.at)
        turned = self._ledger.networks.interface_seen(seen)
        if turned is not None:
            self._rounds.carrier(seen.interface, turned, seen.at)
        if not identity.is_mac(seen.mac) or identity.shared_by(seen.mac):
            return
        own = self._device(seen)
        if own is None:
            return
        for address in seen.addresses:
            parsed = addresses.parse(address.address, own.macs, address.flags)
            if parsed is None or parsed.kind == "loopback" or address.scope == "host":
                continue
            assigned = addresses.own_assignment(
                parsed, own.macs, address.flags, address.prefix_length
            )
            kind = addresses.scoped(parsed.kind, assigned)
            known = own.addresses.get(parsed.address)
            if known is None:
                known = AddressRecord(
                    parsed.address, parsed.family, kind, "own", seen.at, seen.at, seen.interface,
                    assigned=assigned, why=_FIRST_HAND if assigned != "unknown" else "",
                )  # fmt: skip
                self._ledger.book.add_address(own, known)
            elif (known.kind, known.assigned, known.interface) != (
                kind,
                assigned,
                seen.interface,
            ) or seen.at - known.last_seen >= LAST_SEEN_STEP_S:
                known.kind, known.assigned, known.interface = kind, assigned, seen.interface
                known.why = _FIRST_HAND if assigned != "unknown" else ""
                known.last_seen = max(known.last_seen, seen.at)
                self._ledger.book.touch(own)
        self._ledger.heard(own, seen.at, None)

    def _device(self, seen: InterfaceSeen) -> Record | None:
        """The one device of the own host, with this interface among its own."""
        present = self._ledger.book.by_mac.get(seen.mac)
        if self._own is None:
            self._own = present or self._ledger.mint(
                seen.mac, seen.at, seen.interface, "own", "the agent's own host", own=True
            )
            if self._own is not None and not self._own.own:
                self._own.own = True
                self._own.decide(identity.joined_own(seen.at, seen.mac, seen.interface))
                self._ledger.book.reconsider(self._own)
        elif present is None:
            if self._ledger.book.add_mac(self._own, seen.mac):
                self._own.decide(identity.joined_own(seen.at, seen.mac, seen.interface))
        elif present is not self._own:
            reason = f"{seen.mac} is the own interface {seen.interface}"
            self._ledger.absorb(self._own, present, seen.at, reason)
        return self._own

    def route_seen(self, seen: RouteSeen) -> None:
        """One of our routes; default ones name a router."""
        self._rounds.route_seen(seen)
        if seen.gateway and seen.destination in ("default", "0.0.0.0/0", "::/0"):
            self._ledger.gateway(seen.gateway)

    def host_seen(self, seen: HostSeen) -> None:
        """What psutil says of the host."""
        self.facts = seen
        if self._own is not None:
            system = f"{seen.system} {seen.release}".strip()[:64]
            if self._own.os != system:
                self._own.os = system
                self._ledger.book.touch(self._own)
            self._ledger.named(self._own, seen.hostname, "host", "", seen.at)
