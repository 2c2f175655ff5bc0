"""Who asks resolvers for which names, over IPv4 and IPv6: what their logs tell, bounded."""

from collections.abc import Iterable

import msgspec

from collectors.observation import Family, LookedUp
from inventory.readiness import Lookup

MAX_LOOKUPS = 8192
MAX_PER_CLIENT = 128
MAX_ANSWERS = 8
_DAY_S = 86400.0


class Lookups:
    """Lookups by client and name; at a bound, the one unseen for longest makes room."""

    def __init__(self, saved: Iterable[Lookup]) -> None:
        self.refused = 0
        self._count = 0
        self._by_client: dict[str, dict[str, Lookup]] = {}
        self._shown: tuple[Lookup, ...] | None = None
        for one in saved:
            self._put(one)

    def looked_up(self, seen: LookedUp) -> None:
        """A client asked for a name."""
        before = self._by_client.get(seen.client, {}).get(seen.name)
        if before is None:
            self._make_room(seen.client)
            before = Lookup(seen.client, seen.name, 0, 0, seen.at, seen.at)
        answers = dict.fromkeys((*seen.answers, *before.answers))
        # What is answered now ends what was lacking, and the other way round.
        lacks = set(seen.lacks) | {f for f in before.lacks if not _has(f, seen.answers)}
        kept = [one for one in answers if one in seen.answers or _family(one) not in seen.lacks]
        another_day = seen.at // _DAY_S > before.last_seen // _DAY_S
        self._put(
            msgspec.structs.replace(
                before,
                a=before.a + seen.a,
                aaaa=before.aaaa + seen.aaaa,
                first_seen=min(before.first_seen, seen.at),
                last_seen=max(before.last_seen, seen.at),
                days=before.days + another_day,
                answers=tuple(kept[:MAX_ANSWERS]),
                lacks=tuple(sorted(lacks)),
                with_answers=before.with_answers or seen.with_answers,
            )
        )

    def shown(self) -> tuple[Lookup, ...]:
        """All of them in a stable order; the same object while nothing changed."""
        if self._shown is None:
            self._shown = tuple(
                names[name]
                for _, names in sorted(self._by_client.items())
                for name in sorted(names)
            )
        return self._shown

    def _put(self, one: Lookup) -> None:
        names = self._by_client.setdefault(one.client, {})
        self._count += one.name not in names
        names[one.name] = one
        self._shown = None

    def _make_room(self, client: str) -> None:
        names = self._by_client.get(client, {})
        if len(names) >= MAX_PER_CLIENT:
            self._drop(client, min(names, key=lambda name: names[name].last_seen))
        if self._count < MAX_LOOKUPS:
            return
        every = sorted((one.last_seen, one.client, one.name) for one in self.shown())
        for _, owner, name in every[: MAX_LOOKUPS // 50]:
            self._drop(owner, name)

    def _drop(self, client: str, name: str) -> None:
        del self._by_client[client][name]
        if not self._by_client[client]:
            del self._by_client[client]
        self._count -= 1
        self._shown = None
        self.refused += 1


def _family(address: str) -> Family:
    return "ipv6" if ":" in address else "ipv4"


def _has(family: Family, answers: Iterable[str]) -> bool:
    return any(_family(address) == family for address in answers)
