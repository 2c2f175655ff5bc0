"""What devices say of themselves: groups, advertisements, DHCP, names, ports."""

import msgspec

from collectors.observation import (
    AddressSeen,
    CommunityTried,
    DhcpClientSeen,
    DhcpServerSeen,
    GroupsReported,
    NameSeen,
    RouterAdvertised,
    ServiceSeen,
)
from inventory import addresses
from inventory.ledger import Ledger
from inventory.networks import link_id
from inventory.record import (
    LAST_SEEN_STEP_S,
    MAX_COMMUNITIES,
    MAX_GROUPS,
    MAX_SERVICES,
    AddressRecord,
    Record,
)
from inventory.routers import MAX_ROUTERS, Turn
from inventory.sightings import Sightings
from inventory.snapshot import CommunityAnswer, DhcpClient, Service


class Statements:
    """Handlers of everything that is not an address itself."""

    def __init__(self, ledger: Ledger, sightings: Sightings) -> None:
        self._ledger = ledger
        self._sightings = sightings

    def groups_reported(self, seen: GroupsReported) -> None:
        """A node reported its multicast groups."""
        record = self._ledger.known_mac(seen.mac, seen.at, seen.interface, "mld_report")
        if record is None:
            return
        if addresses.parse(seen.address) is not None:
            self._sightings.address_seen(
                AddressSeen(
                    at=seen.at, source=seen.source, interface=seen.interface, mac=seen.mac,
                    address=seen.address, how="mld_report", router=record.router,
                )
            )  # fmt: skip
        else:
            self._ledger.heard(record, seen.at, "ipv6")
        joined = {group for group in seen.groups if group.startswith("ff") and len(group) < 40}
        groups = (joined if seen.complete else record.groups | joined) - set(seen.left)
        if len(groups) > MAX_GROUPS:
            self._ledger.displaced["groups"] += 1
            groups = set(sorted(groups)[:MAX_GROUPS])
        if groups != record.groups:
            record.groups = groups
            self._ledger.book.reconsider(record)

    def router_advertised(self, seen: RouterAdvertised) -> None:
        """A router advertised itself."""
        ledger = self._ledger
        first = ledger.first_pass_until == 0.0 or ledger.is_first_pass(seen.at)
        turn = ledger.networks.advertised(seen, first, ledger.settings.policy)
        record = ledger.known_mac(seen.mac, seen.at, seen.interface, "router_advertisement")
        if turn:
            self._tell(seen, turn, record, first)
        if record is None:
            return
        router = self._ledger.networks.advertises(seen.mac, seen.at)
        if router != record.router:
            record.router = router
            self._ledger.book.reconsider(record)
        self._sightings.address_seen(
            AddressSeen(
                at=seen.at, source=seen.source, interface=seen.interface, mac=seen.mac,
                address=seen.address, how="router_advertisement", router=router,
            )
        )  # fmt: skip

    def dhcp_client(self, seen: DhcpClientSeen) -> None:
        """A DHCP client spoke."""
        record = self._ledger.known_mac(seen.mac, seen.at, seen.interface, "dhcp")
        if record is None:
            return
        facts = DhcpClient(
            vendor_class=seen.vendor_class,
            client_id=seen.client_id,
            parameters=seen.parameters,
            ipv6_only_capable=seen.ipv6_only_capable,
            at=seen.at,
        )
        was = record.dhcp
        if seen.ipv6_only_capable is None and was is not None and was.parameters:
            facts = msgspec.structs.replace(
                facts, parameters=was.parameters, ipv6_only_capable=was.ipv6_only_capable
            )
        if was is None or msgspec.structs.replace(facts, at=was.at) != was:
            record.dhcp = facts
            self._ledger.book.reconsider(record)
        self._ledger.named(record, seen.hostname, "dhcp", "", seen.at)
        self._ledger.heard(record, seen.at, None)

    def dhcp_server(self, seen: DhcpServerSeen) -> None:
        """A DHCP server spoke. Its word may match a device, but never make one."""
        record = self._ledger.known_mac(seen.mac, seen.at, seen.interface, "dhcp")
        for gateway in seen.routers[:4]:
            self._ledger.gateway(gateway)
        if record is not None:
            self._ledger.heard(record, seen.at, None)
        client = self._ledger.book.by_mac.get(seen.client_mac)
        parsed = addresses.parse(seen.offered_address)
        if seen.message != "ack" or client is None or parsed is None:
            return
        # The server's word may match a device, but never make one, nor prove it alive.
        if parsed.address not in client.addresses:
            if self._ledger.book.owners(parsed.address, seen.interface):
                return
            new = AddressRecord(
                parsed.address, parsed.family, parsed.kind, "dhcp", seen.at, seen.at, seen.interface
            )
            self._sightings.announce(client, new)
            self._ledger.book.add_address(client, new)

    def name_seen(self, seen: NameSeen) -> None:
        """A protocol named an address or a MAC."""
        record = self._ledger.book.by_mac.get(seen.mac) if seen.mac else None
        record = record or self._ledger.book.owner(seen.address, seen.interface)
        if record is None:
            return self._ledger.skip("unknown_device")
        self._ledger.named(record, seen.name, seen.source, seen.address, seen.at)
        if seen.source in ("mdns", "nbns", "llmnr"):
            self._ledger.heard(record, seen.at, None)
        return None

    def service_seen(self, seen: ServiceSeen) -> None:
        """The state of one port."""
        record = self._ledger.book.owner(seen.address, seen.interface)
        if record is None:
            return self._ledger.skip("unknown_device")
        key = f"{seen.transport} {seen.address} {seen.port}"
        was = record.services.get(key)
        now = Service(
            seen.address, seen.transport, seen.port, seen.state, seen.name, seen.banner,
            seen.evidence, seen.at, seen.against,
        )  # fmt: skip
        # Who sees the same without a look at the other family does not take it back.
        if was is not None and was.state == now.state != "open" and not now.against:
            now = msgspec.structs.replace(now, against=was.against)
        if was is None and len(record.services) >= MAX_SERVICES:
            self._ledger.displaced["services"] += 1
            return self._ledger.skip("too_many_services")
        if was is None or msgspec.structs.replace(now, last_seen=was.last_seen) != was:
            record.services[key] = now
            self._ledger.book.reconsider(record)
        elif seen.at - was.last_seen >= LAST_SEEN_STEP_S:
            record.services[key] = now
            self._ledger.book.touch(record)
        # A firewall refuses in the name of dead hosts, so a refusal proves life on a link only.
        if seen.state == "open" or (seen.state == "closed" and record.macs):
            family = record.addresses[seen.address].family
            self._ledger.heard(record, seen.at, family)
        return None

    def community_tried(self, seen: CommunityTried) -> None:
        """The outcome of one SNMP request with a well-known community."""
        record = self._ledger.book.owner(seen.address, seen.interface)
        if record is None:
            return self._ledger.skip("unknown_device")
        key = f"{seen.address} {seen.community}"
        if key not in record.communities and len(record.communities) >= MAX_COMMUNITIES:
            return self._ledger.skip("too_many_communities")
        record.communities[key] = CommunityAnswer(
            seen.address, seen.community, seen.answered, seen.system_description, seen.at
        )
        self._ledger.book.reconsider(record)
        if seen.answered:
            self._ledger.heard(record, seen.at, record.addresses[seen.address].family)
        return None

    def _tell(
        self, seen: RouterAdvertised, turn: Turn, record: Record | None, first_pass: bool
    ) -> None:
        """An event for what an advertisement changed; those of the first pass are no news."""
        who, network = f"{seen.address} ({seen.mac})", link_id(seen.interface)
        if turn == "refused":
            text = (
                f"{MAX_ROUTERS} routers are known on {network}, the most allowed: {who} is not kept"
            )
            self._ledger.log.log(seen.at, "learning_frozen", text, network=network, pace=network)
            return
        text = {
            "new": f"{who}, a router not seen before, advertises {_offer(seen)}",
            "back": f"{who} advertises itself again with {_offer(seen)}",
            "withdrawn": f"{who} withdrew itself: it is no default router any more",
        }[turn]
        self._ledger.log.log(
            seen.at, "router", text, device=record.id if record is not None else "",
            network=network, expected=first_pass, pace=f"{network} {who}",
        )  # fmt: skip


def _offer(seen: RouterAdvertised) -> str:
    prefixes = [option.prefix for option in seen.prefixes[:3]]
    route = f"a default route for {seen.lifetime_s} s" if seen.lifetime_s else "no default route"
    return f"{route} and {', '.join(prefixes)}" if prefixes else route
