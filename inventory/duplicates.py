"""Two stations that answer for one address.

Every first-hand claim of an address that somebody else has is told to `Contests`. A claim within
`WINDOW_S` of another station's is a meeting; stations that met twice are a duplicate address
(RFC 5227), since a single meeting is also what an old lease after sleep looks like. In IPv6 only
advertisements that claim the address for one station alone meet, and both must have answered the
same question: within `ANSWER_S`, and twice. So an address that moves, an anycast address and one
for which a proxy answers are none. One defence against the detection of duplicates is enough
(RFC 4862 §5.4.4), and so it is for an ARP probe.
Stations that share a MAC or answer for a whole network (proxies) are left out by the caller.

A Linux host with two cards on one link answers ARP for either address on both (`arp_ignore` 0),
which looks the same. A crossed echo tells: a request to each card's MAC in turn, to the same
address. Two hosts answer each from its own MAC, or not at all; one host answers both from the card
that its route to us goes through. That proof makes the two MACs one host, for `ONE_HOST_S`, if the
cards answer for the same addresses as well: see `share_addresses`.
"""

from collections.abc import Callable, Collection

import msgspec

from collectors.observation import Hold, How
from inventory.record import Record
from inventory.snapshot import DuplicateAddress

WINDOW_S = 60.0
ANSWER_S = 2.0  # anycast addresses and proxies wait up to a second (RFC 4861 §7.2.7, §7.2.8)
DEFENCE_S = 3.0
GRACE_S = 5.0
AGAIN_S = 0.5
FORGET_S = 1800.0
KEEP_S = 900.0  # how long a duplicate is reported after the last meeting: three discovery passes
ONE_HOST_S = 86400.0
MAX_CONTESTS = 1024
MAX_RIVALS = 8
MAX_PAIRS = 1024
MAX_CROSSED = 3  # how often a contest is put to the proof

# What a station says of its own addresses on the link. A neighbour table is hearsay, a DHCP lease a
# promise, and the source of an IP packet may belong to another interface of the same host.
CLAIMS: frozenset[How] = frozenset(
    {
        "arp_reply", "arp_request", "arp_announcement", "neighbour_advertisement",
        "neighbour_solicitation", "dad", "own",
    }
)  # fmt: skip
_DEFENCES: frozenset[How] = frozenset({"neighbour_advertisement", "arp_reply", "arp_announcement"})

Key = tuple[str, str]  # link, address


class Crossing(msgspec.Struct, frozen=True):
    """An IPv4 address that exactly two MACs claim: who answers an echo to each of them?"""

    link: str
    address: str
    macs: tuple[str, str]


class _Claim(msgspec.Struct):
    last: float
    firm: float = float("-inf")  # when it last claimed the address in a way that can meet another
    window_s: float = WINDOW_S  # for how long after that it can
    counted_at: float = float("-inf")
    meetings: int = 0

    def met(self) -> None:
        if self.firm - self.counted_at >= AGAIN_S:
            self.meetings += 1
            self.counted_at = self.firm


class _Contest(msgspec.Struct):
    claims: dict[str, _Claim]
    wanted_by: str = ""  # who asks whether the address is free (DAD), and when
    wanted_at: float = float("-inf")
    confirmed: DuplicateAddress | None = None
    crossed: int = 0


def share_addresses(
    first: Record, second: Record, now: float, gateways: Collection[str]
) -> frozenset[str]:
    """The IPv4 addresses for which two cards answer; none unless all, two or more, are the same.

    None either when one of them is a router.

    Two hosts with one address in common have others, or none; who pretends to be the router does
    not answer for a second address of it.
    """
    if first.router or second.router:
        return frozenset()
    mine, others = (
        frozenset(
            a.address
            for a in one.addresses.values()
            if a.family == "ipv4" and now - a.last_seen <= KEEP_S
        )
        for one in (first, second)
    )
    alike = len(mine) > 1 and mine == others and mine.isdisjoint(gateways)
    return mine if alike else frozenset()


class Contests:
    """Addresses with more than one claimant, at most `MAX_CONTESTS` of them.

    `changed` holds the links whose confirmed duplicates changed since somebody emptied it.
    """

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self._contests: dict[Key, _Contest] = {}
        self._one_host: dict[tuple[str, frozenset[str]], float] = {}

    def __len__(self) -> int:
        return len(self._contests)

    def __contains__(self, key: Key) -> bool:
        return key in self._contests

    def restore(self, link: str, duplicate: DuplicateAddress) -> None:
        """Take a duplicate back from the store."""
        last = duplicate.last_seen
        window_s = ANSWER_S if ":" in duplicate.address else WINDOW_S
        claims = {mac: _Claim(last, last, window_s, meetings=2) for mac in duplicate.macs}
        self._contests[link, duplicate.address] = _Contest(claims, confirmed=duplicate)

    def open(self, key: Key, owner: str, owned_at: float, wanted: bool) -> None:
        """Somebody claims an address of `owner`, who was last heard with it at `owned_at`.

        `wanted`: the owner itself only just asked whether the address is free.
        """
        if key in self._contests:
            return
        if len(self._contests) >= MAX_CONTESTS:
            del self._contests[next(iter(self._contests))]
        claim = _Claim(owned_at, owned_at)
        if ":" in key[1]:  # of a moment in the past nobody knows any more how it was claimed
            claim = _Claim(owned_at, window_s=ANSWER_S)
        contest = _Contest({owner: claim})
        if wanted:
            contest.wanted_by, contest.wanted_at = owner, owned_at
        self._contests[key] = contest

    def rename(self, link: str, to: str) -> None:
        """The interface of a link has another name."""
        for key in [key for key in self._contests if key[0] == link]:
            self._contests.setdefault((to, key[1]), self._contests.pop(key))
            self.changed.add(to)
        for where in [where for where in self._one_host if where[0] == link]:
            self._one_host[to, where[1]] = self._one_host.pop(where)

    def forget(self, key: Key) -> None:
        """An address turned out to be shared on purpose: whoever claims it, there is no contest."""
        if self._contests.pop(key, None) is not None:
            self.changed.add(key[0])

    def claim(self, key: Key, mac: str, how: How, at: float, hold: Hold = "") -> bool:
        """A station claims an address in contest; whether that makes it a duplicate just now."""
        contest = self._contests[key]
        firm = ":" not in key[1] or hold == "sole" or how == "own"
        if how == "dad":
            contest.wanted_by, contest.wanted_at = mac, at
            return False
        claim = contest.claims.get(mac)
        if claim is None:
            if len(contest.claims) >= MAX_RIVALS:
                return False
            window_s = ANSWER_S if ":" in key[1] else WINDOW_S
            claim = contest.claims[mac] = _Claim(at, window_s=window_s)
        claim.last = max(claim.last, at)
        if how == "own":
            claim.window_s = WINDOW_S
        if not firm:
            return False
        claim.firm = max(claim.firm, at)
        rivals = {other for other in contest.claims if other != mac}
        met = [one for o in rivals if at - (one := contest.claims[o]).firm <= one.window_s]
        for other in (claim, *met) if met else ():
            other.met()
        proven = tuple(sorted(m for m, c in contest.claims.items() if c.meetings > 1))
        wanted = contest.wanted_by
        if wanted not in ("", mac) and how in _DEFENCES and at - contest.wanted_at <= DEFENCE_S:
            proven = tuple(sorted({*proven, mac, wanted}))
        elif not met:
            return False
        return len(proven) > 1 and self._confirm(contest, key, proven, at)

    def crossings(self, shared: Callable[[Crossing], Collection[str]]) -> tuple[Crossing, ...]:
        """Likely contests to put to the proof that both MACs are one host; each a few times.

        `shared` gives the IPv4 addresses that two MACs have in common. The proof is made there for
        an IPv6 address as well: Linux answers an ICMPv6 echo from the card that it came to.
        """
        found: dict[Crossing, None] = {}
        for (link, address), contest in self._contests.items():
            macs = sorted(contest.claims)
            if len(macs) != 2 or contest.crossed >= MAX_CROSSED:
                continue
            crossing = Crossing(link, address, (macs[0], macs[1]))
            common = shared(crossing)
            if common:
                contest.crossed += 1
                at = min(common) if ":" in address else address
                found[Crossing(link, at, crossing.macs)] = None
        return tuple(found)

    def unite(self, link: str, macs: tuple[str, str], at: float) -> list[str]:
        """Two MACs were proven to be one host: end their contests; which duplicates were none."""
        pair = frozenset(macs)
        if len(self._one_host) >= MAX_PAIRS:
            del self._one_host[next(iter(self._one_host))]
        self._one_host[link, pair] = at
        ended = [k for k, c in self._contests.items() if k[0] == link and pair >= set(c.claims)]
        gone = [self._contests.pop(key) for key in ended]
        self.changed.add(link)
        return [contest.confirmed.address for contest in gone if contest.confirmed is not None]

    def are_one_host(self, link: str, mac: str, other: str, at: float) -> bool:
        """Whether two MACs of a link were proven to be one host, not too long ago."""
        proven = self._one_host.get((link, frozenset((mac, other)))) if self._one_host else None
        return proven is not None and at - proven <= ONE_HOST_S

    def settle(self, now: float) -> list[tuple[Key, str]]:
        """Drop what is old; say who lost which address because another alone uses it by now."""
        lost: list[tuple[Key, str]] = []
        for key, contest in list(self._contests.items()):
            winner = max(contest.claims, key=lambda mac: contest.claims[mac].last)
            latest = contest.claims[winner].last
            if contest.confirmed and now - contest.confirmed.last_seen <= KEEP_S:
                continue
            if contest.confirmed or now - latest > FORGET_S:
                self.changed.add(key[0])
                lost += [(key, mac) for mac in contest.claims if mac != winner]
                del self._contests[key]
                continue
            if now - latest >= GRACE_S:
                losers = [m for m, c in contest.claims.items() if latest - c.last > WINDOW_S]
                lost += [(key, mac) for mac in losers]
                for mac in losers:
                    del contest.claims[mac]
            if len(contest.claims) < 2 and now - contest.wanted_at > DEFENCE_S:
                del self._contests[key]
        return lost

    def confirmed(self, link: str) -> tuple[DuplicateAddress, ...]:
        """The duplicates of a link, in the order of their addresses."""
        return tuple(
            contest.confirmed
            for (where, _), contest in sorted(self._contests.items(), key=lambda item: item[0])
            if where == link and contest.confirmed is not None
        )

    def open_questions(self) -> list[Key]:
        """Addresses that were claimed twice and are not decided: worth asking for again."""
        return [
            key
            for key, contest in self._contests.items()
            if contest.confirmed is None and len(contest.claims) > 1
        ]

    def _confirm(self, contest: _Contest, key: Key, macs: tuple[str, ...], at: float) -> bool:
        known = contest.confirmed
        if known is None:
            contest.confirmed = DuplicateAddress(key[1], macs, at, at)
            self.changed.add(key[0])
            return True
        macs = tuple(sorted({*known.macs, *macs}))
        if macs != known.macs or at - known.last_seen >= GRACE_S:
            contest.confirmed = DuplicateAddress(key[1], macs, known.first_seen, at)
            self.changed.add(key[0])
        return False
