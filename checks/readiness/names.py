"""What is known of names: whether they have IPv6 addresses, and who asks for them how."""

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from checks.domains import WINDOW_S as DOMAINS_WINDOW_S
from checks.names import answers_for
from checks.nat64 import all_lie
from checks.upstream import by_family
from inventory.lookups import MAX_LOOKUPS, MAX_PER_CLIENT
from inventory.readiness import Lookup
from inventory.snapshot import Snapshot

RECENT_S = 30 * 86400.0
_NEARLY = 0.97  # of a bound: something had to make room


class Name(msgspec.Struct):
    """A name's addresses; `has_ipv6` None: nobody said."""

    ipv4: set[str] = msgspec.field(default_factory=set)
    ipv6: set[str] = msgspec.field(default_factory=set)
    lacks_ipv6: bool = False
    dead_ipv6: bool = False  # its IPv6 addresses were tried, and none answered

    @property
    def has_ipv6(self) -> bool | None:
        """Whether it has an IPv6 address of its own, not one that a DNS64 made."""
        return True if self.ipv6 else False if self.lacks_ipv6 else None

    @property
    def is_private(self) -> bool:
        """Whether all its IPv4 addresses are of the office's own networks."""
        return bool(self.ipv4) and all(map(is_private, self.ipv4))


class Names:
    """Names by what resolvers' logs, resolvers that were asked, and looks at domains say."""

    def __init__(self, snapshot: Snapshot, prefixes: Iterable[str]) -> None:
        self._synthesised = [ipaddress.IPv6Network(prefix) for prefix in prefixes]
        self._names: dict[str, Name] = {}
        self._of: dict[str, list[Lookup]] = {}
        self._read_logs(snapshot)
        self._read_answers(snapshot)
        self._read_domains(snapshot)

    def of(self, client: str) -> list[Lookup]:
        """What an address asked resolvers for in the last month."""
        return self._of.get(client, [])

    def name(self, name: str) -> Name:
        """What is known of a name; nothing, for one that nobody spoke of."""
        return self._names.get(name) or Name()

    def explained(self, one: Lookup) -> bool:
        """Whether it is known where a client's question for an IPv4 address led, if anywhere."""
        known = self._names.get(one.name)
        return not one.a or one.with_answers or "ipv4" in one.lacks or bool(known and known.ipv4)

    def remembered_since(self, lookups: Sequence[Lookup]) -> float:
        """Since when all that a client asked for is still known; from all that it asked for.

        Where names had to make room for others, it is since the oldest that was kept.
        """
        since = min(one.first_seen for one in lookups)
        if len(lookups) >= _NEARLY * MAX_PER_CLIENT:
            since = max(since, min(one.last_seen for one in lookups))
        return max(since, self._forgotten_until)

    def _learn(self, name: str, addresses: Iterable[str], lacks_ipv6: bool) -> None:
        known = self._names.get(name)
        if known is None:
            known = self._names[name] = Name()
        for address in addresses:
            if ":" not in address:
                known.ipv4.add(address)
            elif self._synthesised and self._is_synthesised(address):
                known.lacks_ipv6 = True
            else:
                known.ipv6.add(address)
        known.lacks_ipv6 = known.lacks_ipv6 or lacks_ipv6

    def _is_synthesised(self, address: str) -> bool:
        parsed = ipaddress.IPv6Address(address)
        return any(parsed in network for network in self._synthesised)

    def _read_logs(self, snapshot: Snapshot) -> None:
        lookups = snapshot.facts.lookups
        self._forgotten_until = 0.0
        if len(lookups) >= _NEARLY * MAX_LOOKUPS:
            self._forgotten_until = min(one.last_seen for one in lookups)
        for one in lookups:
            if snapshot.taken_at - one.last_seen <= RECENT_S:
                self._of.setdefault(one.client, []).append(one)
                self._learn(one.name, one.answers, "ipv6" in one.lacks and "ipv4" not in one.lacks)

    def _read_answers(self, snapshot: Snapshot) -> None:
        answers = answers_for(snapshot)
        for question, found in answers.items():
            name, _, kind = question.rpartition(" ")
            if kind in ("A", "AAAA"):
                # A name without any address is in no resolver's zone: it lacks nothing.
                is_known = bool(_addresses(answers.get(f"{name} A", ())))
                none = kind == "AAAA" and not _addresses(found) and is_known
                self._learn(name, _addresses(sorted(found)), none)

    def _read_domains(self, snapshot: Snapshot) -> None:
        if all_lie(snapshot):
            return
        anchors = by_family(snapshot, "ipv6")
        leads_out = any(network.agent_has_ipv6 for network in snapshot.networks) and (
            not anchors or any(anchors.values())
        )
        for domain in snapshot.facts.domains:
            if domain.error or domain.at + DOMAINS_WINDOW_S < snapshot.taken_at:
                continue
            for host in domain.hosts:
                name = host.name.lower().rstrip(".")
                self._learn(name, (*host.ipv4, *host.ipv6), not host.ipv6)
                tried = [text.split() for text in host.reached if ":" in text.split(" ")[0]]
                ended = {words[2] for words in tried if len(words) == 3}
                if leads_out and ended and not ended & {"answered", "refused"}:
                    self._names[name].dead_ipv6 = True


@lru_cache(maxsize=4096)
def is_private(address: str) -> bool:
    """Whether a NAT64 with the well-known prefix must not carry it (RFC 6052 §3.1)."""
    try:
        return not ipaddress.ip_address(address).is_global
    except ValueError:
        return True


def _addresses(answers: Iterable[str]) -> list[str]:
    found = []
    for text in answers:
        try:
            found.append(str(ipaddress.ip_address(text)))
        except ValueError:
            continue  # a name on the way (CNAME)
    return found
