"""Answers from behind routers: whose they are, and whether anybody is there at all.

No MAC belongs to such an answer, so the address alone is the device. A firewall, a NAT or a proxy
may answer for a whole subnet, used or not. Then nearly all of its addresses answer, with one hop
limit; whether that is so is known when a sweep is over. So only the first few new answers of a
subnet make devices at once, the rest wait for the end of the sweep.
"""

import ipaddress
from collections import Counter

import msgspec

from collectors.observation import EchoAnswered
from collectors.scope import Scope
from inventory import addresses, identity
from inventory.ledger import Ledger
from inventory.networks import overlap, routed_id
from inventory.record import LAST_SEEN_STEP_S, AddressRecord, Record

AT_ONCE = 4
MAX_WAITING = 65536
MAX_SUBNETS = 4096
IDLE_S = 60.0  # a sweep that nobody reported the end of
STALE_S = 86400.0
FEWEST = 100  # a smaller subnet may well be full
ANSWERED = 0.95  # of the addresses that were asked
LIFTED = 0.5  # when fewer answer, nobody answers for all any more
ALIKE = 0.7  # of them with one hop limit; real hosts behind a firewall answer with their own


class _Subnet(msgspec.Struct):
    """Up to 256 consecutive addresses: who answered, who of them waits, who became a device."""

    last: float = 0.0
    answers: dict[str, int | None] = {}
    waiting: dict[str, EchoAnswered] = {}
    made: list[str] = []


class Routed:
    """The handler of answers through routers. `responders` maps a subnet to its one hop limit."""

    def __init__(self, ledger: Ledger, responders: dict[str, int | None]) -> None:
        self.responders = dict(responders)
        self._ledger = ledger
        self._subnets: dict[str, _Subnet] = {}
        self._waiting = 0
        self._scope = Scope()
        self._share()

    def set_scope(self, scope: Scope) -> None:
        """Take what sweeps ask."""
        self._scope = scope

    def echo_answered(self, seen: EchoAnswered) -> None:
        """An address answered through a router, or one of our own links without a frame to see."""
        parsed = addresses.parse(seen.address)
        if parsed is None:
            return self._ledger.skip("unusable_address")
        if self._ledger.networks.is_virtual(seen.interface, parsed.address):
            return self._ledger.skip("virtual_address")
        name = _subnet_of(parsed.address)
        subnet = self._subnet(name, seen.at)
        subnet.answers[parsed.address] = seen.hop_limit
        if name in self.responders and self.responders[name] == seen.hop_limit:
            return self._ledger.skip("responder")
        record = self._owner(seen, parsed.address)
        if record is not None:
            return self._heard(record, seen, parsed)
        if len(subnet.made) >= AT_ONCE:
            if self._waiting >= MAX_WAITING:
                return self._ledger.skip("too_many_answers")
            self._waiting += parsed.address not in subnet.waiting
            subnet.waiting[parsed.address] = seen
            return None
        return self._make(subnet, seen, parsed)

    def sweep_ended(self, at: float) -> None:
        """A sweep is over: judge every subnet that answered."""
        for name in list(self._subnets):
            self._judge(name, at)

    def settle(self, now: float) -> None:
        """Judge subnets that have long been silent."""
        if self._waiting:
            for name, subnet in list(self._subnets.items()):
                if subnet.waiting and now - subnet.last >= IDLE_S:
                    self._judge(name, now)

    def _subnet(self, name: str, at: float) -> _Subnet:
        subnet = self._subnets.get(name)
        if subnet is None:
            if len(self._subnets) >= MAX_SUBNETS:
                self._judge(next(iter(self._subnets)), at)
            subnet = self._subnets[name] = _Subnet()
        subnet.last = max(subnet.last, at)
        return subnet

    def _owner(self, seen: EchoAnswered, address: str) -> Record | None:
        """The device that has the address; not one that was on a link with it the other day."""
        record = self._ledger.book.owner(address, seen.interface)
        if record is None or not record.macs:
            return record
        return record if seen.at - record.addresses[address].last_seen <= STALE_S else None

    def _heard(self, record: Record, seen: EchoAnswered, parsed: addresses.Parsed) -> None:
        known = record.addresses[parsed.address]
        if not known.answers or seen.at - known.last_seen >= LAST_SEEN_STEP_S:
            known.answers = True
            known.last_seen = max(known.last_seen, seen.at)
            self._ledger.book.touch(record)
        self._ledger.heard(record, seen.at, parsed.family)

    def _make(self, subnet: _Subnet, seen: EchoAnswered, parsed: addresses.Parsed) -> None:
        record = self._ledger.admitted(parsed.address, seen.at, "", answered=True)
        if record is None:
            return None
        record.decide(identity.created_by_address(seen.at, parsed.address))
        known = AddressRecord(
            parsed.address, parsed.family, parsed.kind, "echo_reply", seen.at, seen.at, answers=True
        )
        self._ledger.book.add_address(record, known)
        self._ledger.appeared(record, seen.at, parsed.address)
        subnet.made.append(record.id)
        return self._ledger.heard(record, seen.at, parsed.family)

    def _judge(self, name: str, at: float) -> None:
        subnet = self._subnets.pop(name)
        self._waiting -= len(subnet.waiting)
        one = self._one_for_all(name, subnet)
        if one is None:
            if name in self.responders and len(subnet.answers) < LIFTED * self._asked(name):
                self._lift(name, at)
            for seen in subnet.waiting.values():
                parsed = addresses.parse(seen.address)
                if parsed is not None and self._owner(seen, parsed.address) is None:
                    self._make(subnet, seen, parsed)
            return
        hop_limit, asked = one
        for seen in subnet.waiting.values():
            parsed = addresses.parse(seen.address)
            if seen.hop_limit == hop_limit:
                self._ledger.skip("responder")
            elif parsed is not None:
                self._make(subnet, seen, parsed)
        for device in subnet.made:
            self._unmake(device, hop_limit, subnet)
        if self.responders.get(name, -1) != hop_limit:
            self.responders[name] = hop_limit
            self._share()
            text = (
                f"{len(subnet.answers)} of {asked} addresses in {name} answer, nearly all alike: "
                "a firewall, NAT or proxy answers for them, so they make no devices"
            )
            self._ledger.log.log(at, "responder", text, network=self._network(name), pace=name)

    def _one_for_all(self, name: str, subnet: _Subnet) -> tuple[int | None, int] | None:
        """The one hop limit and how many were asked, when one station answers for a subnet."""
        if len(subnet.answers) < FEWEST:
            return None
        asked = self._asked(name)
        if asked < FEWEST or len(subnet.answers) < ANSWERED * asked:
            return None
        hop_limit, alike = Counter(subnet.answers.values()).most_common(1)[0]
        return (hop_limit, asked) if alike >= ALIKE * asked else None

    def _asked(self, name: str) -> int:
        """How many addresses of a subnet a sweep asks: its edges and what is excluded it leaves."""
        subnet = ipaddress.ip_network(name)
        if subnet.version != 4:
            return 0
        asked: set[int] = set()
        for inside in _numbers(self._scope.networks, subnet, edges=False):
            asked.update(inside)
        for outside in _numbers(self._scope.exclude, subnet, edges=True):
            asked.difference_update(outside)
        return len(asked)

    def _unmake(self, device: str, hop_limit: int | None, subnet: _Subnet) -> None:
        """Take back a device of which nothing but the answer is known."""
        book = self._ledger.book
        record = book.records.get(device)
        if record is None or record.macs or record.names or record.services:
            return
        if any(subnet.answers.get(address, -1) == hop_limit for address in record.addresses):
            self._ledger.skip("responder")
            book.remove(record)

    def _lift(self, name: str, at: float) -> None:
        del self.responders[name]
        self._share()
        text = f"nobody answers for all of {name} any more"
        self._ledger.log.log(at, "responder", text, network=self._network(name), pace=name)

    def _share(self) -> None:
        self._ledger.networks.responders = tuple(sorted(self.responders))

    def _network(self, name: str) -> str:
        for text in self._scope.networks:
            if overlap(text, name):
                return routed_id(text)
        return ""


def _subnet_of(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((parsed, parsed.max_prefixlen - 8), strict=False))


def _numbers(
    texts: tuple[str, ...], subnet: ipaddress.IPv4Network | ipaddress.IPv6Network, edges: bool
) -> list[range]:
    """The addresses of a subnet that lie in each of some networks."""
    found = []
    for text in texts:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue
        if network.version != subnet.version:
            continue
        spare = not edges and network.prefixlen <= 30
        first = int(network.network_address) + spare
        last = int(network.broadcast_address) - spare
        low, high = int(subnet.network_address), int(subnet.broadcast_address)
        found.append(range(max(first, low), min(last, high) + 1))
    return found
