"""The routers of one link: who advertised, who left, and what they drew to themselves before.

A router stays for a day after its last advertisement, so that one that advertises for seconds does
not wipe out its own trace. At `MAX_ROUTERS` newcomers are refused, except in the place of one that
is gone, or when the officer's list names them: forged sources push out nobody else.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from collectors.observation import RouterAdvertised
from inventory.record import LAST_SEEN_STEP_S
from inventory.saved import RouterRecord
from inventory.snapshot import Policy, Router, is_lasting

MAX_ROUTERS = 32
REMEMBERED_S = 86400.0
GIVES_WAY_S = 600.0  # who is gone for longer makes room; less would let a flood churn

# "refused" is said once until there is room again.
Turn = Literal["", "new", "back", "withdrawn", "refused"]


class RouterTable:
    """The routers of a link by address and MAC; `refused` counts advertisements at the bound."""

    def __init__(self, records: Iterable[RouterRecord] = ()) -> None:
        self.refused = 0
        self.changed = False
        self._records = {(record.address, record.mac): record for record in records}
        self._said_full = False

    def __iter__(self) -> Iterator[RouterRecord]:
        return iter(self._records.values())

    def advertised(self, seen: RouterAdvertised, first_pass: bool, policy: Policy) -> Turn:
        """A router advertised itself; lifetime 0 from one that was a default router withdraws it.

        A router that always says lifetime 0 announces prefixes only, and stays (RFC 4861 §6.2.3).
        """
        key = (seen.address, seen.mac)
        known = self._records.get(key)
        if known is not None:
            return self._again(known, seen)
        if len(self._records) >= MAX_ROUTERS and not self._make_room(seen, policy):
            self.refused += 1
            said, self._said_full = self._said_full, True
            return "" if said else "refused"
        self._said_full = False
        expected = None if first_pass or not self._records else False
        self._put(RouterRecord(seen.address, seen.mac, seen, seen.at, seen.at, expected))
        return "new"

    def is_full(self, now: float) -> bool:
        """Whether a router that nobody listed would be refused."""
        return len(self._records) >= MAX_ROUTERS and not any(
            _gives_way(record, now) for record in self._records.values()
        )

    def remembered(self, now: float) -> list[RouterRecord]:
        """Those of the last day, those known longest first."""
        found = [r for r in self._records.values() if now - r.last_seen <= REMEMBERED_S]
        return sorted(found, key=lambda r: (r.first_seen, r.address, r.mac))

    def _again(self, known: RouterRecord, seen: RouterAdvertised) -> Turn:
        was = known.advertisement
        withdrawn = seen.lifetime_s == 0 and (known.withdrawn or was.lifetime_s > 0)
        same = was == msgspec.structs.replace(seen, at=was.at, source=was.source)
        if same and seen.at - known.last_seen < LAST_SEEN_STEP_S:
            return ""
        self._put(
            msgspec.structs.replace(
                known,
                advertisement=was if same else seen,
                last_seen=max(known.last_seen, seen.at),
                withdrawn=withdrawn,
                earlier=known.earlier if same else _stronger(known, seen),
            )
        )
        if withdrawn == known.withdrawn:
            return ""
        return "withdrawn" if withdrawn else "back"

    def _put(self, record: RouterRecord) -> None:
        self._records[record.address, record.mac] = record
        self.changed = True

    def _make_room(self, newcomer: RouterAdvertised, policy: Policy) -> bool:
        now, listed = newcomer.at, is_listed(newcomer.mac, newcomer.address, policy)
        may_go = [
            record
            for record in self._records.values()
            if _gives_way(record, now)
            or (listed and not is_listed(record.mac, record.address, policy))
        ]
        if not may_go:
            return False
        last = min(may_go, key=lambda r: (not _gives_way(r, now), r.last_seen))
        del self._records[last.address, last.mac]
        return True


def is_live(record: RouterRecord, now: float) -> bool:
    """Neither withdrawn nor silent for longer than it said that it lasts."""
    return not record.withdrawn and is_lasting(record.advertisement, record.last_seen, now)


def is_listed(mac: str, address: str, policy: Policy) -> bool:
    """Whether the officer's list names a router, by its MAC or its link-local address."""
    listed = {entry.lower().partition("%")[0] for entry in policy.routers}
    return mac in listed or address in listed


def render(
    record: RouterRecord, now: float, policy: Policy, device_of: Callable[[str], str]
) -> Router:
    """The router as everyone else sees it."""
    allowed = record.expected
    if policy.routers:
        allowed = is_listed(record.mac, record.address, policy)
    return Router(
        address=record.address,
        mac=record.mac,
        advertisement=record.advertisement,
        first_seen=record.first_seen,
        last_seen=record.last_seen,
        allowed=allowed,
        device=device_of(record.mac),
        withdrawn=record.withdrawn,
        earlier=_of_the_last_day(record.earlier, now),
    )


def _stronger(known: RouterRecord, seen: RouterAdvertised) -> RouterAdvertised | None:
    """What the router said before, if it draws more, or other things, to it than now."""
    was = msgspec.structs.replace(known.advertisement, at=known.last_seen)
    before = _of_the_last_day(known.earlier, seen.at)
    said = [one for one in (before, was) if one is not None]
    kept = [one for one in said if _pull(one) > _pull(seen) or _lost(one, seen)]
    return max(kept, key=_pull, default=None)


def _lost(before: RouterAdvertised, seen: RouterAdvertised) -> bool:
    """Whether a prefix that hosts used is not even mentioned any more."""
    mentioned = {prefix.prefix for prefix in seen.prefixes}
    return any(
        prefix.preferred_s > 0 and prefix.prefix not in mentioned for prefix in before.prefixes
    )


def _pull(said: RouterAdvertised) -> tuple[bool, bool, bool]:
    """How much hosts leave to the router: names or preference, their way out, addresses."""
    names = any(option.lifetime_s > 0 for option in said.resolvers)
    translates = any(option.lifetime_s > 0 for option in said.pref64)
    preferred = said.preference == "high" and said.lifetime_s > 0
    prefixes = any(option.valid_s > 0 for option in said.prefixes)
    return (names or translates or preferred, said.lifetime_s > 0, prefixes)


def _of_the_last_day(said: RouterAdvertised | None, now: float) -> RouterAdvertised | None:
    return said if said is not None and now - said.at <= REMEMBERED_S else None


def _gives_way(record: RouterRecord, now: float) -> bool:
    return not is_live(record, now) and now - record.last_seen > GIVES_WAY_S
