"""The links that the agent is on and the routed networks in scope, with their routers."""

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable

import msgspec

from collectors.observation import (
    InterfaceAddress,
    InterfaceSeen,
    RouterAdvertised,
    Solicited,
    VirtualRouterSeen,
)
from collectors.scope import Scope
from inventory import routers
from inventory.address_kinds import Surroundings, prefix_of
from inventory.duplicates import Contests
from inventory.routers import RouterTable
from inventory.saved import SavedNetwork
from inventory.snapshot import Network, Policy, VirtualRouter

MAX_LINKS = 64
MAX_GROUPS = 64  # of routers that share an address, per link
TIME_TO_ANSWER_S = 0.5  # MAX_RA_DELAY_TIME, RFC 4861 §10
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,32}\Z")

GroupKey = tuple[str, bool, int]  # protocol, whether it is IPv6, number


class Link(msgspec.Struct):
    """An own interface: its prefixes, its routers, and since when it is heard without a gap."""

    interface: str
    in_scope: bool = False
    heard_on: bool = False
    up: bool = True
    addresses: tuple[str, ...] = ()  # own ones, with prefix length
    routers: RouterTable = msgspec.field(default_factory=RouterTable)
    virtual: dict[GroupKey, VirtualRouter] = {}
    solicitations: int = 0
    listening_since: float | None = None
    card: str = ""  # its MAC


class Networks:
    """All links and routed networks."""

    def __init__(self, saved: Iterable[SavedNetwork] = (), as_left: bool = False) -> None:
        """`as_left`: take the own links too as the agent left them, to read and not to watch."""
        self.changed: set[str] = set()
        self._gone: set[str] = set()
        self.routed_ids: frozenset[str] = frozenset()
        self._listening = False
        self._routed: tuple[str, ...] = ()
        self._scoped = False
        self._shown: dict[str, Network] = {}
        self._links: dict[str, Link] = {}
        self._virtual: frozenset[tuple[str, str]] = frozenset()
        self.responders: tuple[str, ...] = ()  # subnets for all of which one station answers
        for network in saved:
            link = Link(network.interface, heard_on=True)
            link.routers = RouterTable(network.routers)
            link.card = network.card
            link.virtual = {_key(group): group for group in network.virtual_routers}
            if as_left:
                link.addresses = network.addresses
                link.solicitations = network.solicitations
                link.listening_since = network.listening_since
            self._links[network.interface] = link
        self._index_virtual()

    def set_scope(self, scope: Scope) -> None:
        """Take the links and networks that may be probed."""
        self._scoped = bool(scope.links)
        for link in self._links.values():
            link.in_scope = False
        for own in scope.links:
            link = self.link(own.interface)
            link.in_scope = True
            if not link.addresses:
                link.addresses = (*own.ipv4, *own.ipv6)
        inside = [prefix for own in scope.links for prefix in (*own.ipv4, *own.ipv6)]
        self._routed = tuple(cidr for cidr in scope.networks if not _any_within(inside, cidr))
        self.routed_ids = frozenset(map(routed_id, self._routed))

    def link(self, interface: str, at: float | None = None) -> Link:
        """The link of an interface, made when it is new; `at` when something was heard there."""
        link = self._links.get(interface)
        if link is None:
            if len(self._links) >= MAX_LINKS:
                return Link(interface)
            link = self._links[interface] = Link(interface)
        if at is not None:
            if not link.heard_on:
                link.heard_on = True
                self.changed.add(interface)
            if self._listening and link.up and link.listening_since is None:
                link.listening_since = at
        return link

    def interface_seen(self, seen: InterfaceSeen) -> bool | None:
        """Note an own interface; True or False when it came up or went down just now."""
        known = self._links.get(seen.interface)
        if known is None and (not seen.mac or not any(map(_is_usable, seen.addresses))):
            return None
        link = self.link(seen.interface)
        addresses = tuple(
            f"{own.address}/{own.prefix_length}" for own in seen.addresses if _is_usable(own)
        )
        if addresses != link.addresses:
            link.addresses = addresses
            if link.heard_on:
                self.changed.add(seen.interface)
        up = seen.up and seen.carrier
        if up == link.up:
            if self._listening and up and link.listening_since is None:
                link.listening_since = seen.at
            return None
        link.up = up
        link.listening_since = seen.at if up and self._listening else None
        return up

    def set_carrier(self, interface: str, up: bool, at: float) -> bool | None:
        """Note whether frames can arrive on a known own interface; None: that is no news."""
        link = self._links.get(interface)
        if link is None or link.up == up:
            return None
        link.up = up
        link.listening_since = at if up and self._listening else None
        return up

    @property
    def links(self) -> tuple[Link, ...]:
        """All links, also those that are only heard of in another's tagged frames."""
        return tuple(self._links.values())

    def know_card(self, interface: str, mac: str) -> None:
        """Note the MAC of the card behind a link that is in use."""
        link = self._links.get(interface)
        if link is not None and link.card != mac:
            link.card = mac
            if link.heard_on:
                self.changed.add(interface)

    def rename(self, interface: str, to: str, at: float) -> None:
        """The interface of a link has another name; what was known of it stays known."""
        link = self._links.pop(interface)
        newer = self._links.pop(to, None)
        if newer is not None:
            link.in_scope, link.heard_on = newer.in_scope, link.heard_on or newer.heard_on
            link.addresses = newer.addresses or link.addresses
        link.interface = to
        link.listening_since = at if self._listening and link.up else None
        self._links[to] = link
        self._index_virtual()
        self._gone.add(interface)
        self._gone.discard(to)
        self.changed.discard(interface)
        self.changed.add(to)

    def take_gone(self) -> tuple[str, ...]:
        """Interfaces whose link has another name since the last call."""
        gone = tuple(sorted(self._gone))
        self._gone.clear()
        return gone

    def set_listening(self, listening: bool, at: float) -> None:
        """The watch began or ended; what was heard before a gap does not count any more."""
        self._listening = listening
        for link in self._links.values():
            link.listening_since = at if listening and link.up else None

    def solicited(self, sent: Solicited) -> None:
        """Router solicitations went out; they count when there was time to answer."""
        if sent.waited_s >= TIME_TO_ANSWER_S and sent.count > 0:
            self.link(sent.interface, sent.at).solicitations += sent.count
            self.changed.add(sent.interface)

    def advertised(self, seen: RouterAdvertised, first_pass: bool, policy: Policy) -> routers.Turn:
        """A router advertised itself; what that changed."""
        table = self.link(seen.interface, seen.at).routers
        turn = table.advertised(seen, first_pass, policy)
        if table.changed:
            table.changed = False
            self.changed.add(seen.interface)
        return turn

    def virtual_router(
        self, interface: str, said: VirtualRouterSeen | VirtualRouter
    ) -> VirtualRouter | None:
        """What is known of a group of routers on a link."""
        link = self._links.get(interface)
        return link.virtual.get(_key(said)) if link is not None else None

    def keep_virtual_router(self, interface: str, group: VirtualRouter) -> bool:
        """Note a group of routers; at the bound one unheard for a day makes room, or it is not."""
        link = self.link(interface, group.last_seen)
        key = _key(group)
        if key not in link.virtual and len(link.virtual) >= MAX_GROUPS:
            oldest = min(link.virtual, key=lambda one: link.virtual[one].last_seen)
            if group.last_seen - link.virtual[oldest].last_seen < routers.REMEMBERED_S:
                return False
            del link.virtual[oldest]
        link.virtual[key] = group
        self._index_virtual()
        self.changed.add(interface)
        return True

    def is_virtual(self, interface: str, address: str) -> bool:
        """Whether an address belongs to a group of routers on a link; on any, without a link."""
        if not self._virtual:
            return False
        if not interface:
            return any(shared == address for _, shared in self._virtual)
        return (interface, address) in self._virtual

    @property
    def refused(self) -> int:
        """How many advertisements came from routers beyond the bound of their link."""
        return sum(link.routers.refused for link in self._links.values())

    def are_routers_full(self, now: float) -> bool:
        """Whether the bound keeps new routers out on some link."""
        return any(link.routers.is_full(now) for link in self._links.values())

    def is_up(self, interface: str) -> bool:
        """Whether frames can arrive on an own interface; unknown ones are taken to be up."""
        link = self._links.get(interface)
        return link is None or link.up

    def shown_links(self) -> frozenset[str]:
        """The interfaces that are networks at present; devices elsewhere have no network."""
        return frozenset(name for name, link in self._links.items() if self._is_shown(link))

    def network_of(self, interface: str, addresses: Iterable[str]) -> str:
        """The id of the network that a device is on: its link, or the routed network it is in."""
        if interface and (link := self._links.get(interface)) and self._is_shown(link):
            return link_id(interface)
        for text in addresses:
            for cidr in self._routed:
                if _within(text, cidr):
                    return routed_id(cidr)
        return ""

    def advertises(self, mac: str, now: float) -> bool:
        """Whether a station is a live IPv6 router by its own advertisement."""
        return any(
            record.mac == mac and routers.is_live(record, now)
            for link in self._links.values()
            for record in link.routers
        )

    def surroundings(self, interface: str, now: float) -> Surroundings:
        """What the live routers of a link say of how addresses come about there."""
        link = self._links.get(interface)
        live = [r.advertisement for r in link.routers if routers.is_live(r, now)] if link else []
        autonomous: dict[int, bool] = {}
        for said in live:
            for option in said.prefixes:
                prefix = _first_64(option.prefix)
                usable = option.autonomous and option.valid_s > 0
                autonomous[prefix] = autonomous.get(prefix, False) or usable
        return Surroundings(autonomous, any(said.managed for said in live) if live else None)

    def render(
        self,
        now: float,
        policy: Policy,
        contests: Contests,
        device_of: Callable[[str], str],
        active_of: Callable[[VirtualRouter, str], str],
    ) -> tuple[Network, ...]:
        """All networks, those that did not change as the same objects as before."""
        shown = [
            self._render_link(link, now, policy, contests, device_of, active_of)
            for _, link in sorted(self._links.items())
            if self._is_shown(link)
        ]
        on_link = {prefix for network in shown for prefix in (*network.ipv4, *network.ipv6)}
        for cidr in self._routed:
            if cidr in on_link:
                continue
            version4 = ":" not in cidr
            ipv4, ipv6 = ((cidr,), ()) if version4 else ((), (cidr,))
            answered = tuple(one for one in self.responders if overlap(one, cidr))
            shown.append(
                Network(id=routed_id(cidr), interface="", ipv4=ipv4, ipv6=ipv6, responders=answered)
            )
        kept = tuple(self._reuse(network) for network in shown)
        self._shown = {network.id: network for network in kept}
        return kept

    def saved(self, interface: str, contests: Contests) -> SavedNetwork:
        """What the store keeps of a link."""
        link = self.link(interface)
        return SavedNetwork(
            link_id(interface),
            interface,
            tuple(link.routers),
            contests.confirmed(interface),
            tuple(link.virtual.values()),
            link.addresses,
            link.solicitations,
            link.listening_since,
            link.card,
        )

    def _render_link(
        self,
        link: Link,
        now: float,
        policy: Policy,
        contests: Contests,
        device_of: Callable[[str], str],
        active_of: Callable[[VirtualRouter, str], str],
    ) -> Network:
        remembered = link.routers.remembered(now)
        own = [ipaddress.ip_interface(text) for text in link.addresses]
        on_link = {
            prefix.prefix
            for record in remembered
            if routers.is_live(record, now)
            for prefix in record.advertisement.prefixes
            if (prefix.on_link or prefix.autonomous) and prefix.valid_s > 0
        }
        ipv6 = on_link | {str(i.network) for i in own if i.version == 6 and not i.ip.is_link_local}
        return Network(
            id=link_id(link.interface),
            interface=link.interface,
            ipv4=tuple(sorted({str(i.network) for i in own if i.version == 4})),
            ipv6=tuple(sorted(ipv6)),
            routers=tuple(routers.render(one, now, policy, device_of) for one in remembered),
            solicitations=link.solicitations,
            listened_s=_listened(link, now),
            duplicates=contests.confirmed(link.interface),
            agent_has_ipv6=any(i.version == 6 for i in own),
            virtual_routers=tuple(
                msgspec.structs.replace(group, device=active_of(group, link.interface))
                for _, group in sorted(link.virtual.items())
                if now - group.last_seen <= routers.REMEMBERED_S
            ),
        )

    def _index_virtual(self) -> None:
        self._virtual = frozenset(
            (name, address)
            for name, link in self._links.items()
            for group in link.virtual.values()
            for address in group.addresses
        )

    def _is_shown(self, link: Link) -> bool:
        """In scope, or heard on; while no link is in scope, every one with an address."""
        return link.in_scope or link.heard_on or (not self._scoped and bool(link.addresses))

    def _reuse(self, network: Network) -> Network:
        before = self._shown.get(network.id)
        return before if before == network and before is not None else network


def _key(said: VirtualRouterSeen | VirtualRouter) -> GroupKey:
    sender = said.active if isinstance(said, VirtualRouter) else said.address
    return said.protocol, ":" in sender, said.router_id


def link_id(interface: str) -> str:
    """The id of a link: stable as long as the interface keeps its name."""
    if _PLAIN.match(interface):
        return f"net-{interface}"
    if not interface:
        return "net-capture"
    return "net-" + hashlib.sha256(interface.encode(errors="replace")).hexdigest()[:10]


def routed_id(cidr: str) -> str:
    """The id of a network behind a router: stable as long as its prefix is."""
    return "net-" + cidr.replace("/", "-").replace(":", ".")


def _listened(link: Link, now: float) -> float:
    """In steps that grow with the time (1, 5, 60 s), so that pictures stay comparable."""
    if link.listening_since is None:
        return 0.0
    passed = max(0.0, now - link.listening_since)
    step = 1.0 if passed < 5.0 else 5.0 if passed < 60.0 else 60.0
    return passed // step * step


def _is_usable(own: InterfaceAddress) -> bool:
    return own.scope != "host" and _counts(f"{own.address}/{own.prefix_length}")


def _counts(text: str) -> bool:
    try:
        return not ipaddress.ip_interface(text).is_loopback
    except ValueError:
        return False


def _first_64(cidr: str) -> int:
    try:
        return prefix_of(cidr.partition("/")[0])
    except (OSError, ValueError):  # ValueError: a null character
        return -1


def _within(text: str, cidr: str) -> bool:
    try:
        return ipaddress.ip_address(text) in ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False


def overlap(one: str, other: str) -> bool:
    """Whether two networks, as text, have addresses in common."""
    try:
        first, second = (ipaddress.ip_network(text, strict=False) for text in (one, other))
    except ValueError:
        return False
    return first.version == second.version and first.overlaps(second)


def _any_within(prefixes: Iterable[str], cidr: str) -> bool:
    return any(_within(prefix.partition("/")[0], cidr) for prefix in prefixes)
