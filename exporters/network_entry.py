"""Networks as they stand in the JSON document; see `exporters.document` for the contract."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from collectors.observation import RouterAdvertised
from inventory.snapshot import Network, Router, VirtualRouter

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class PrefixEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A prefix that a router advertises (RFC 4861 §4.6.2); lifetimes in seconds."""

    prefix: str
    on_link: bool
    autonomous: bool
    valid_s: int
    preferred_s: int


class RouteEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A more specific route that a router advertises (RFC 4191 §2.3)."""

    prefix: str
    preference: Literal["low", "medium", "high"]
    lifetime_s: int


class ResolverEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A resolver that a router advertises (RFC 8106 §5.1)."""

    address: str
    lifetime_s: int


class SearchEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A search domain that a router advertises (RFC 8106 §5.2)."""

    domain: str
    lifetime_s: int


class Pref64Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A NAT64 prefix that a router advertises (RFC 8781 §4)."""

    prefix: str
    lifetime_s: int


class RouterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A router as it last advertised itself, in the last 24 hours.

    `in_force`: it has not withdrawn itself and its lifetime has not run out. `allowed` is null
    while there is no list.
    """

    address: str
    mac: str
    lifetime_s: int
    managed: bool
    other: bool
    preference: Literal["low", "medium", "high"]
    mtu: int | None
    prefixes: list[PrefixEntry]
    rdnss: list[ResolverEntry]
    pref64: list[Pref64Entry]
    dnssl: list[SearchEntry]
    routes: list[RouteEntry]
    in_force: bool
    allowed: bool | None
    first_seen: Time
    last_seen: Time


class DuplicateEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An address that several stations answer for."""

    address: str
    macs: list[str]
    first_seen: Time
    last_seen: Time


class VirtualRouterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A group of routers that share addresses: `active` answers for them since `since`."""

    protocol: Literal["vrrp", "hsrp", "carp"]
    router_id: int
    version: int
    addresses: list[str]
    active: str
    device: str
    mac: str
    priority: int
    earlier: str
    takeovers: int
    first_seen: Time
    since: Time
    last_seen: Time


class NetworkEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A network; `interface` is empty for one behind a router.

    `responders`: prefixes in which one station answers for every address. `ipv6_level`: null while
    unknown.
    """

    id: str
    interface: str
    ipv4: list[str]
    ipv6: list[str]
    routers: list[RouterEntry]
    duplicates: list[DuplicateEntry]
    virtual_routers: list[VirtualRouterEntry]
    responders: list[str]
    ipv6_level: str | None


def to_time(at: float) -> datetime:
    """Unix seconds as the document tells them: UTC, to the second."""
    return datetime.fromtimestamp(int(at), UTC)


def level_text(letter: str, level: int | None) -> str | None:
    """An IPv6 level as people write it (`L3`); null while it is unknown."""
    return None if level is None else f"{letter}{level}"


def network_entry(network: Network, now: float, level: int | None) -> NetworkEntry:
    """One network as it stands in the document at a moment, with its IPv6 level."""
    return NetworkEntry(
        id=network.id,
        interface=network.interface,
        ipv4=list(network.ipv4),
        ipv6=list(network.ipv6),
        routers=[_router(router, now) for router in network.routers],
        duplicates=[
            DuplicateEntry(
                address=one.address,
                macs=list(one.macs),
                first_seen=to_time(one.first_seen),
                last_seen=to_time(one.last_seen),
            )
            for one in network.duplicates
        ],
        responders=list(network.responders),
        virtual_routers=[_virtual_router(one) for one in network.virtual_routers],
        ipv6_level=level_text("N", level),
    )


def _virtual_router(group: VirtualRouter) -> VirtualRouterEntry:
    return VirtualRouterEntry(
        protocol=group.protocol,
        router_id=group.router_id,
        version=group.version,
        addresses=list(group.addresses),
        active=group.active,
        device=group.device,
        mac=group.mac,
        priority=group.priority,
        earlier=group.earlier,
        takeovers=group.takeovers,
        first_seen=to_time(group.first_seen),
        since=to_time(group.since),
        last_seen=to_time(group.last_seen),
    )


def _router(router: Router, now: float) -> RouterEntry:
    said: RouterAdvertised = router.advertisement
    return RouterEntry(
        address=router.address,
        mac=router.mac,
        lifetime_s=said.lifetime_s,
        managed=said.managed,
        other=said.other,
        preference=said.preference,
        mtu=said.mtu,
        prefixes=[
            PrefixEntry(
                prefix=one.prefix,
                on_link=one.on_link,
                autonomous=one.autonomous,
                valid_s=one.valid_s,
                preferred_s=one.preferred_s,
            )
            for one in said.prefixes
        ],
        rdnss=[
            ResolverEntry(address=address, lifetime_s=one.lifetime_s)
            for one in said.resolvers
            for address in one.addresses
        ],
        pref64=[Pref64Entry(prefix=one.prefix, lifetime_s=one.lifetime_s) for one in said.pref64],
        dnssl=[
            SearchEntry(domain=domain, lifetime_s=one.lifetime_s)
            for one in said.search
            for domain in one.domains
        ],
        routes=[
            RouteEntry(prefix=one.prefix, preference=one.preference, lifetime_s=one.lifetime_s)
            for one in said.routes
        ],
        in_force=router.in_force(now),
        allowed=router.allowed,
        first_seen=to_time(router.first_seen),
        last_seen=to_time(router.last_seen),
    )
