"""After each round of presence: is the scanner ill, is the way there, who comes and goes too often.

The agent tells what happened to itself (tap, carriers, clock); the rest is judged from the records.
While a network is ill its silence proves nothing: misses do not count there (`Ledger.deaf`).
"""

import ipaddress
from collections.abc import Iterable

from collectors.observation import RouteSeen
from inventory.guard import SUSPICIOUS, Bounds, Member, count, is_mass_silence, is_path_proven
from inventory.ledger import Ledger
from inventory.liveness import Liveness
from inventory.networks import link_id
from inventory.record import Record
from inventory.snapshot import Illness, IllReason

PROVEN_ROUNDS = 2  # in a row, before a network is well again
ROUTED_WINDOW_S = 900.0  # behind a router the rounds are discovery's
MAX_ROUTES = 256
MAX_NAMED = 5

_Key = tuple[IllReason, str]


class Rounds:
    """The judge of rounds, with the illnesses that are open."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._ill: dict[_Key, Illness] = {}
        self._held: dict[str, set[str]] = {}  # network → the devices whose silence is held back
        self._members: dict[str, set[str]] = {}  # network → who was up when it fell ill
        self._proven: dict[str, int] = {}
        self._routes: dict[str, tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str]] = {}
        ledger.is_deaf = self.is_deaf

    @property
    def illnesses(self) -> tuple[Illness, ...]:
        """What keeps the agent from knowing, in a fixed order."""
        return tuple(self._ill[key] for key in sorted(self._ill))

    # What the agent tells of itself.

    def fall_ill(self, reason: IllReason, at: float, detail: str, link: str | None = None) -> bool:
        """Everything (of a link) is unknown from now on; one event. Whether that is news."""
        for record in self._ledger.book.records.values():
            if record.own or (link is not None and record.interface != link):
                continue
            if reason == "tap_lost" and not record.macs:
                continue
            if record.life.go_blind(at, reason):
                self._ledger.book.touch(record)
        network = link_id(link) if link is not None else ""
        if (reason, network) in self._ill:
            return False
        self._ill[reason, network] = Illness(reason, network, at, detail)
        self._ledger.log.log(
            at, "tap_gap" if reason == "tap_lost" else "scanner_ill",
            f"{detail}: states are unknown until fresh evidence comes",
            network=network, pace=f"{reason} {network}",
        )  # fmt: skip
        return True

    def get_well(self, reason: IllReason, at: float, detail: str, link: str | None = None) -> None:
        """The cause is gone; states still need fresh evidence."""
        network = link_id(link) if link is not None else ""
        self._over(reason, network, at, detail)

    def carrier(self, interface: str, up: bool, at: float) -> None:
        """An own interface that was watched lost its carrier, or has it again."""
        if up:
            self.get_well("no_carrier", at, f"{interface} has a carrier again", interface)
        else:
            self.fall_ill("no_carrier", at, f"{interface} has no carrier", interface)

    def renamed(self, interface: str, to: str, at: float) -> None:
        """A link has another name: what was wrong with it under the old one is over."""
        self.get_well("no_carrier", at, f"{interface} is back as {to}", interface)
        self._forget(link_id(interface), at)

    def route_seen(self, seen: RouteSeen) -> None:
        """A route of the own host: who is on the way to a network."""
        text = {"default": "0.0.0.0/0" if seen.family == "ipv4" else "::/0"}.get(
            seen.destination, seen.destination
        )
        if not seen.gateway or (text not in self._routes and len(self._routes) >= MAX_ROUTES):
            return
        try:
            self._routes[text] = (ipaddress.ip_network(text, strict=False), seen.gateway)
        except ValueError:
            self._ledger.skip("unusable_route")

    # After each round.

    def end_round(self, began_at: float, at: float) -> None:
        """All questions of a round were asked and their answers and silences told."""
        for reason in ("clock_stepped", "suspended", "stalled"):
            self._over(reason, "", at, "A whole round of probes has been made since")
        routers_down = self._silent_routers()
        networks: dict[str, list[Record]] = {}
        for record in self._ledger.book.records.values():
            if record.own:
                continue
            if routers_down and not record.interface and self._next_hop(record) in routers_down:
                if record.life.blind != "router_down" and not record.life.gone:
                    record.life.go_blind(at, "router_down")
                    self._ledger.book.touch(record)
                continue
            self._note_flapping(record, at)
            networks.setdefault(self._network(record), []).append(record)
        self._ledger.lost_ways = frozenset(routers_down)
        for network, records in networks.items():
            self._judge(network, records, began_at, at)
        for network in self._held.keys() - networks.keys():
            self._forget(network, at)
        self.tell_fallen(at)

    def tell_fallen(self, at: float) -> None:
        """One event per network for those that fell silent together and are confirmed gone."""
        fallen, self._ledger.fallen = self._ledger.fallen, {}
        for (network, kind), records in fallen.items():
            labels = [self._ledger.label(one) for one in records[:MAX_NAMED]]
            more = len(records) - len(labels)
            named = ", ".join(labels) + (f" and {more} more" if more else "")
            if len(records) == 1:
                text = f"{named} fell silent together with others and is gone"
            else:
                text = f"{len(records)} devices fell silent together and are gone: {named}"
            device = records[0].id if len(records) == 1 else ""
            self._ledger.log.log(
                at, kind, text, device=device, network=network,
                expected=kind == "silent", pace=f"together {network}",
            )  # fmt: skip

    def is_deaf(self, record: Record) -> bool:
        """Whether this device's silence proves nothing at present."""
        if not record.interface and self._ledger.lost_ways:
            return self._next_hop(record) in self._ledger.lost_ways
        return self._network(record) in self._ledger.deaf

    # Judging one network.

    def _judge(self, network: str, records: list[Record], began_at: float, at: float) -> None:
        key: _Key = ("mass_silence", network)
        if key not in self._ill:
            members = self._census(records, network, at)
            census = count(members)
            if not is_mass_silence(census, self._bounds(network)):
                return
            self._members[network] = {one.device for one in members}
            self._hold(network, [one.device for one in members if one.silent], at)
            gateway = ", the gateway among them" if census.gateways_silent else ""
            detail = f"{census.silent} of {census.up} devices of {network or 'no network'}"
            detail += f" fell silent together{gateway}"
            self._ill[key] = Illness("mass_silence", network, at, detail)
            self._ledger.log.log(
                at, "scanner_ill",
                f"{detail}: their states are unknown until they are heard or others prove the way",
                network=network, pace=f"mass_silence {network}",
            )  # fmt: skip
            self._proven[network] = 0
            self._ledger.deaf.add(network)
            return
        before = self._members.get(network, set())
        present = [self._member(r, at, True) for r in records if r.id in before]
        if not is_path_proven(present, began_at):
            self._proven[network] = 0
            self._ledger.deaf.add(network)
            return
        self._ledger.deaf.discard(network)
        self._proven[network] += 1
        if self._proven[network] >= PROVEN_ROUNDS:
            self._forget(network, at)

    def _hold(self, network: str, names: Iterable[str], at: float) -> None:
        held = self._held.setdefault(network, set())
        for name in names:
            record = self._ledger.book.records[name]
            record.life.go_blind(at, "mass_silence")
            self._ledger.book.touch(record)
            held.add(name)

    def _forget(self, network: str, at: float) -> None:
        held = self._held.pop(network, set())
        self._members.pop(network, None)
        self._proven.pop(network, None)
        self._ledger.deaf.discard(network)
        found = [r for name in held if (r := self._ledger.book.records.get(name)) is not None]
        back = sum(not record.life.blind and not record.life.gone for record in found)
        detail = f"{network or 'The network'} is heard again, {back} of the {len(held)} silent too"
        self._over("mass_silence", network, at, detail)

    def _census(self, records: list[Record], network: str, at: float) -> list[Member]:
        since = at - self._bounds(network).window_s
        found = []
        for record in records:
            life = record.life
            if life.gone or life.blind or not life.heard_at:
                continue
            silent = life.missed >= SUSPICIOUS
            if silent and life.heard_at < since:
                continue  # silent for long, and not suspect yet: patience, not an illness
            found.append(self._member(record, at, silent))
        return found

    def _member(self, record: Record, at: float, silent: bool) -> Member:
        return Member(
            device=record.id,
            heard_at=record.life.heard_at,
            silent=silent,
            steady=not self._ledger.expected(record).may_sleep,
            gateway=not self._ledger.gateways.isdisjoint(record.addresses),
        )

    def _bounds(self, network: str) -> Bounds:
        settings = self._ledger.settings
        routed = network in self._ledger.networks.routed_ids
        window_s = ROUTED_WINDOW_S if routed else (SUSPICIOUS + 4) * settings.presence_s
        return Bounds(settings.mass_share, settings.mass_devices, window_s)

    def _network(self, record: Record) -> str:
        return self._ledger.networks.network_of(record.interface, record.addresses)

    # Ways and comings.

    def _silent_routers(self) -> set[str]:
        """Next hops that miss rounds or are gone, by address."""
        found = set()
        for _, gateway in self._routes.values():
            owners = self._ledger.book.owners(gateway, "")
            if owners and all(_is_silent(one.life) for one in owners):
                found.add(gateway)
        return found

    def _next_hop(self, record: Record) -> str:
        """The router on the way to a device: of the most specific route that holds an address."""
        best, hop = -1, ""
        for text in record.addresses:
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                continue
            for network, gateway in self._routes.values():
                if (
                    network.version == address.version
                    and network.prefixlen > best
                    and address in network
                ):
                    best, hop = network.prefixlen, gateway
        return hop

    def _note_flapping(self, record: Record, at: float) -> None:
        life = record.life
        if not life.turns or not life.note_flapping(at, self._ledger.settings.turns_per_hour):
            return
        label = self._ledger.label(record)
        if life.flapping:
            text = f"{label} comes and goes: no more is said of it until it is steady"
        else:
            text = f"{label} is steady again"
        may_sleep = self._ledger.expected(record).may_sleep
        self._ledger.event(record, at, "flapping", text, expected=may_sleep or not life.flapping)
        self._ledger.book.touch(record)

    def _over(self, reason: IllReason, network: str, at: float, detail: str) -> None:
        ill = self._ill.pop((reason, network), None)
        if ill is None:
            return
        lasted_s = max(0.0, at - ill.since)
        self._ledger.log.log(
            at, "scanner_well", f"{detail}; this lasted {lasted_s:.0f} s",
            network=network, pace=f"{reason} {network}",
        )  # fmt: skip


def _is_silent(life: Liveness) -> bool:
    return life.gone or life.missed >= SUSPICIOUS or life.blind == "mass_silence"
