"""Addresses: who uses which, who lost one to another, and who stayed silent."""

from collectors.observation import AddressSeen, Family, How, Unanswered
from inventory import addresses, identity
from inventory.address_review import AddressReview
from inventory.duplicates import CLAIMS
from inventory.ledger import SETTLE_S, Ledger
from inventory.record import LAST_SEEN_STEP_S, AddressRecord, Record

PROXY_ADDRESSES = 32
PROXY_WINDOW_S = 300.0
CONFIRMED_S = 60.0
REMEMBERED_S = 3600.0
MOVED_S = 300.0  # silent on a link for longer while heard on another: it is there now
MAX_ALSO = 16
_REPLIES: frozenset[How] = frozenset(
    {"arp_reply", "neighbour_advertisement", "echo_reply", "parameter_problem"}
)


class Sightings:
    """Handlers of the observations that tie an address to a device."""

    def __init__(self, ledger: Ledger, review: AddressReview) -> None:
        self._ledger = ledger
        self._review = review

    def address_seen(self, seen: AddressSeen) -> None:
        """A MAC uses an address. The first lines are the path of what is known already."""
        record = self._ledger.book.by_mac.get(seen.mac)
        if record is not None:
            known = record.addresses.get(seen.address)
            if (
                known is not None
                and seen.at - known.last_seen < LAST_SEEN_STEP_S
                and known.interface == seen.interface
                and (known.answers or seen.how not in _REPLIES)
                and seen.how != "dad"
                and (seen.router == record.router or seen.how != "neighbour_advertisement")
                and not (
                    self._ledger.contests
                    and (seen.interface, seen.address) in self._ledger.contests
                )
            ):
                turn = record.life.heard(seen.at, known.family)
                if turn:
                    self._ledger.turned(record, turn, seen.at)
                return
        self._claim(seen, record)

    def _claim(self, seen: AddressSeen, record: Record | None) -> None:
        if not identity.is_mac(seen.mac):
            return self._ledger.skip("bad_mac")
        if identity.shared_by(seen.mac):
            return self._ledger.skip("shared_mac")
        macs = record.macs if record is not None else (seen.mac,)
        parsed = addresses.parse(seen.address, macs)
        if parsed is None or parsed.kind == "loopback":
            if record is not None:
                self._ledger.heard(record, seen.at, None)
            return self._ledger.skip("unusable_address")
        if record is None and self._is_hearsay(seen):
            return self._ledger.skip("hearsay")
        if record is None:
            label = f"{seen.mac} with {parsed.address}"
            record = self._ledger.mint(seen.mac, seen.at, seen.interface, seen.how, label)
            if record is None:
                return None
        if seen.interface != record.interface and seen.how not in ("own", "neighbour_table"):
            self._ledger.networks.link(seen.interface, seen.at)
        if self._is_contested(seen, record, parsed.address):
            self._ledger.heard(record, seen.at, parsed.family)
            return None
        self._note_address(seen, record, parsed)
        if seen.how == "neighbour_advertisement" and seen.router != record.router:
            record.router = seen.router or self._ledger.networks.advertises(seen.mac, seen.at)
            self._ledger.book.reconsider(record)
        self._ledger.heard(record, seen.at, parsed.family)
        return None

    def _is_hearsay(self, seen: AddressSeen) -> bool:
        """Whether a kernel's memory is too old to make a device of.

        With a tap, only what the kernel has just had confirmed (RFC 4861 §6.3.2, REACHABLE_TIME):
        who is there answers the tap itself. Without, its memory is all there is, and an old entry
        makes a device whose state is unknown.
        """
        if seen.how != "neighbour_table":
            self._ledger.latest = max(self._ledger.latest, seen.at)
            return False
        bound = CONFIRMED_S if self._ledger.tap_works else REMEMBERED_S
        return seen.at < self._ledger.latest - bound

    def _note_address(self, seen: AddressSeen, record: Record, parsed: addresses.Parsed) -> None:
        known = record.addresses.get(parsed.address)
        if known is None:
            if self._is_beyond_proxy(record, parsed.family, seen.at):
                return self._ledger.skip("proxied_address")
            known = AddressRecord(
                parsed.address, parsed.family, parsed.kind, seen.how, seen.at, seen.at,
                seen.interface,
                virtual=self._ledger.networks.is_virtual(seen.interface, parsed.address),
            )  # fmt: skip
            self.announce(record, known)
            self._ledger.book.add_address(record, known)
            self._place(record, seen)
        elif seen.interface not in (known.interface, ""):
            self._heard_elsewhere(seen, record, known)
        elif seen.at - known.last_seen >= LAST_SEEN_STEP_S:
            known.last_seen = seen.at
            self._ledger.book.touch(record)
        if seen.how == "dad" and parsed.family == "ipv6":
            self._review.asked(record, known, seen.at)
        if seen.how in _REPLIES and not known.answers:
            known.answers = True
            self._ledger.book.touch(record)
        return None

    def _heard_elsewhere(self, seen: AddressSeen, record: Record, known: AddressRecord) -> None:
        """An address of a device is heard on another link than before.

        A router is on many links at once, with one link-local address: it stays where it is shown.
        A device that fell silent there, or forms the address anew, has moved.
        """
        was, also = known.interface, dict(known.also or {})
        left = seen.at - known.last_seen >= MOVED_S or not self._ledger.networks.is_up(was)
        if not was or left or seen.how == "dad":
            also.pop(seen.interface, None)
            if was and not left:
                also[was] = known.last_seen
            known.also = also or None
            known.interface = seen.interface
            known.last_seen = max(seen.at, known.last_seen)
            self._ledger.book.unjudged.add(record.id)
        elif seen.at - also.get(seen.interface, float("-inf")) < LAST_SEEN_STEP_S:
            return
        else:
            fresh = {link: at for link, at in also.items() if seen.at - at < MOVED_S}
            fresh[seen.interface] = seen.at
            while len(fresh) > MAX_ALSO:
                del fresh[min(fresh, key=lambda link: fresh[link])]
            known.also = fresh
        self._place(record, seen)
        self._ledger.book.touch(record)

    def _place(self, record: Record, seen: AddressSeen) -> None:
        """Show the device on another link once it is not heard any more where it is shown."""
        where = record.interface
        if not seen.interface or seen.interface == where or record.own:
            return
        there = (a for a in record.addresses.values() if a.interface == where)
        latest = max((a.last_seen for a in there), default=float("-inf"))
        gone = seen.at - latest >= MOVED_S or not self._ledger.networks.is_up(where)
        if not where or gone or seen.how == "dad":
            record.interface = seen.interface
            self._ledger.book.touch(record)

    def _is_contested(self, seen: AddressSeen, record: Record, address: str) -> bool:
        """Whether another device has the address and this sighting is no claim to use it."""
        rivals = [r for r in self._ledger.book.owners(address, seen.interface) if r is not record]
        routed = [rival for rival in rivals if not rival.macs]
        if routed and (record.proxy or record.router):
            return True  # it may answer in the name of a host behind it
        for rival in routed:
            self._ledger.absorb(record, rival, seen.at, f"{seen.mac} uses {address} on a link")
            rivals.remove(rival)
        if self._ledger.networks.is_virtual(seen.interface, address):
            if seen.how in CLAIMS and seen.how != "dad":
                for rival in rivals:
                    self._ledger.book.drop_address(rival, address)
            return bool(rivals) and seen.how not in CLAIMS
        key = (seen.interface, address)
        if seen.how not in CLAIMS:
            return bool(rivals) and address not in record.addresses
        if record.proxy or any(rival.proxy for rival in rivals):
            return False
        mac, contests = record.macs[0], self._ledger.contests
        if seen.hold == "shared" and (rivals or key in contests):
            return bool(rivals)  # one of several by design, or a proxy (RFC 4861 §7.2.7, §7.2.8)
        if rivals and self._are_one_host(seen, mac, rivals):
            return False
        if rivals:
            held = rivals[0].addresses[address]
            wanted = held.origin == "dad" and held.first_seen == held.last_seen
            contests.open(key, rivals[0].macs[0], held.last_seen, wanted)
        elif key not in contests:
            return False
        if contests.claim(key, mac, seen.how, seen.at, seen.hold):
            names = " and ".join(sorted({self._ledger.label(r) for r in (record, *rivals)}))
            text = f"{address} is used by {names}" if rivals else f"{address} is in use twice"
            self._ledger.event(record, seen.at, "duplicate_address", text)
        return bool(rivals) and seen.how == "dad"

    def _are_one_host(self, seen: AddressSeen, mac: str, rivals: list[Record]) -> bool:
        contests = self._ledger.contests
        return all(contests.are_one_host(seen.interface, mac, r.macs[0], seen.at) for r in rivals)

    def _is_beyond_proxy(self, record: Record, family: Family, at: float) -> bool:
        fresh = [
            known
            for known in record.addresses.values()
            if known.family == family and known.answers and at - known.last_seen < PROXY_WINDOW_S
        ]
        if len(fresh) < PROXY_ADDRESSES:
            return False
        if not record.proxy:
            record.proxy = True
            self._ledger.book.touch(record)
        return True

    def announce(self, record: Record, new: AddressRecord) -> None:
        """An event for a new IPv4 address; those of IPv6 wait for a judgement."""
        if record.own or record.proxy or new.virtual:
            return
        if new.first_seen - record.first_seen <= SETTLE_S:
            return
        if new.kind in ("private", "public"):
            text = f"{self._ledger.label(record)} uses {new.address}"
            self._ledger.event(record, new.first_seen, "address", text)

    def unanswered(self, seen: Unanswered) -> None:
        """A known address stayed silent."""
        record = self._ledger.book.by_mac.get(seen.mac) if seen.mac else None
        record = record or self._ledger.book.owner(seen.address, seen.interface)
        known = record.addresses.get(seen.address) if record is not None else None
        if record is None or known is None:
            return self._ledger.skip("unknown_device")
        if known.answers is not False and seen.at - known.last_seen > 1.0:
            known.answers = False
            self._ledger.book.touch(record)
        if record.own or self._ledger.tap_lost or not self._ledger.networks.is_up(known.interface):
            return None
        if self._ledger.is_deaf(record):
            return self._ledger.skip("deaf")
        if record.best_address(known.family) is known:
            round_s = self._ledger.settings.same_round_s
            turn = record.life.miss(seen.at, seen.kind, known.family, round_s)
            self._ledger.turned(record, turn, seen.at)
        return None

    def settle_contests(self, now: float) -> None:
        """Take addresses from devices that lost them to another."""
        for (_, address), mac in self._ledger.contests.settle(now):
            record = self._ledger.book.by_mac.get(mac)
            if record is not None and len(self._ledger.book.owners(address, "")) > 1:
                self._ledger.book.drop_address(record, address)
