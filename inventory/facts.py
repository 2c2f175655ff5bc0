"""The last word on each thing that readiness is judged by, bounded, kept over restarts."""

from collections.abc import Callable
from typing import Any

import msgspec

from collectors.observation import (
    AdvertisementRefused,
    DhcpAsked,
    DhcpServerSeen,
    Dhcpv6ServerSeen,
    DomainSeen,
    LookedUp,
    NeighbourCompared,
    PathProbed,
    QuerierSeen,
    ReachTried,
    RedirectSeen,
    ResolverTried,
    SnmpSeen,
    StackSeen,
    TargetAsked,
    TrunkOffered,
    TunnelSeen,
    TwinTried,
)
from inventory.edges import EdgeRecord, Edges
from inventory.edges import Key as EdgeKey
from inventory.lookups import Lookups
from inventory.readiness import Asked, Edge, Facts

MAX_PER_KIND = 2048
EDGES_EVERY_S = 60.0
_KEYS: dict[type, tuple[str, Callable[[Any], tuple[object, ...]]]] = {
    # What it says to clients that ask for option 108, and to the others (RFC 8925 §3.3).
    DhcpServerSeen: (
        "dhcp",
        lambda seen: (seen.interface, seen.mac, seen.message, seen.ipv6_only_wait_s is not None),
    ),
    Dhcpv6ServerSeen: ("dhcpv6", lambda seen: (seen.interface, seen.mac, seen.message)),
    QuerierSeen: ("queriers", lambda seen: (seen.interface, seen.mac, seen.address, seen.version)),
    NeighbourCompared: ("compared", lambda seen: (seen.interface, seen.address)),
    TunnelSeen: ("tunnels", lambda seen: (seen.interface, seen.mac, seen.kind)),
    RedirectSeen: ("redirects", lambda seen: (seen.interface, seen.mac, seen.destination)),
    TrunkOffered: ("trunks", lambda seen: (seen.interface, seen.mac)),
    AdvertisementRefused: ("refused", lambda seen: (seen.interface, seen.mac, seen.reason)),
    ResolverTried: ("resolvers", lambda seen: (seen.resolver, seen.transport, seen.question)),
    ReachTried: ("reached", lambda seen: (seen.name, seen.address, seen.port)),
    PathProbed: ("paths", lambda seen: (seen.address,)),
    DomainSeen: ("domains", lambda seen: (seen.domain, seen.aspect)),
    TwinTried: ("twin", lambda seen: (seen.service,)),
    # Those without a MAC are behind routers.
    SnmpSeen: ("snmp", lambda seen: (seen.mac or seen.address,)),
}


class FactBook:
    """Keeps facts; `changed` says that the store has something to write, `refused` counts losses.

    At the bound of a kind the entry unseen for longest goes.
    """

    def __init__(self, saved: Facts, edges: Edges) -> None:
        self.changed = False
        self.edges = edges
        self._refused = 0
        self._lookups = Lookups(saved.lookups)
        self._stack = saved.stack
        self._asked = {(one.interface, one.message): one for one in saved.asked}
        self._held: dict[str, dict[tuple[object, ...], Any]] = {
            field: {key(one): one for one in getattr(saved, field)} for field, key in _KEYS.values()
        }
        self._shown: Facts | None = None
        self._edges_shown: tuple[Edge, ...] = ()
        self._edges_at = float("-inf")

    @property
    def refused(self) -> int:
        """How many facts went to make room for others."""
        return self._refused + self._lookups.refused

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """The observations that are facts alone; DHCP servers are told to it as well."""
        plain = {
            kind: self.note for kind in _KEYS if kind not in (DhcpServerSeen, Dhcpv6ServerSeen)
        }
        return {
            **plain, DhcpAsked: self._servers_asked, StackSeen: self._stack_seen,
            TargetAsked: self._target_asked, LookedUp: self._looked_up,
        }  # fmt: skip

    def note(self, seen: Any) -> None:
        """Keep an observation as the last word on its thing."""
        field, key_of = _KEYS[type(seen)]
        held = self._held[field]
        key = key_of(seen)
        if key not in held and len(held) >= MAX_PER_KIND:
            del held[min(held, key=lambda known: held[known].at)]
            self._refused += 1
        held[key] = seen
        self._touch()

    def note_dhcp(self, seen: DhcpServerSeen) -> None:
        """Keep what a DHCP server said; without option 108 it takes back what that client got."""
        held, given = self._held["dhcp"], (seen.interface, seen.mac, seen.message, True)
        before = held.get(given)
        if before is not None and before.client_mac == seen.client_mac:
            del held[given]
        self.note(seen)

    def facts(self, now: float) -> Facts:
        """All facts; the same object while nothing changed. Edges may be `EDGES_EVERY_S` old."""
        if self.edges.changed and not 0 <= now - self._edges_at < EDGES_EVERY_S:
            self.edges.changed = False
            self._edges_at = now
            self._edges_shown = self.edges.shown()
            self._shown = None
        if self._shown is None:
            self._shown = Facts(
                asked=tuple(self._asked[key] for key in sorted(self._asked)),
                stack=self._stack,
                edges=self._edges_shown,
                lookups=self._lookups.shown(),
                **{
                    field: tuple(held[key] for key in sorted(held, key=repr))
                    for field, held in self._held.items()
                },
            )
        return self._shown

    def take_changed(self) -> Facts | None:
        """The facts without edges, for the store, when they changed since the last call."""
        if not self.changed:
            return None
        self.changed = False
        return msgspec.structs.replace(self.facts(self._edges_at), edges=())

    def restore(
        self, changed: bool, edges: tuple[EdgeRecord, ...], gone: tuple[EdgeKey, ...]
    ) -> None:
        """A commit failed: what it held is taken again next time."""
        self.changed = self.changed or changed
        self.edges.unsaved.update((e.interface, e.mac, e.target, e.family) for e in edges)
        self.edges.dropped.update(gone)

    def _servers_asked(self, seen: DhcpAsked) -> None:
        key = (seen.interface, seen.message)
        before = self._asked.get(key)
        count = seen.count + (before.count if before is not None else 0)
        self._asked[key] = Asked(seen.interface, seen.message, count, seen.at)
        self._touch()

    def _stack_seen(self, seen: StackSeen) -> None:
        if self._stack is None or msgspec.structs.replace(seen, at=self._stack.at) != self._stack:
            self._stack = seen
            self._touch()

    def _target_asked(self, seen: TargetAsked) -> None:
        self.edges.asked(seen)

    def _looked_up(self, seen: LookedUp) -> None:
        self._lookups.looked_up(seen)
        self._touch()

    def _touch(self) -> None:
        self.changed = True
        self._shown = None
