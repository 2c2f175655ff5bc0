"""A LAN as a value: who is on it, with which addresses, habits and services."""

import ipaddress
from typing import Literal

import msgspec

from agent.lab.offers import Offer, RouterAdvertiser

Ipv6Mode = Literal["eui64", "stable", "temporary", "static", "none"]
Behaviour = Literal["ignore_multicast_echo", "ignore_echo", "drop_all", "router"]


class Nic(msgspec.Struct, frozen=True, kw_only=True):
    """A network card; `ipv6` says how its addresses come to be.

    `eui64`: from the MAC (RFC 4291 appendix A); `stable`: stable and opaque (RFC 7217);
    `temporary`: `stable` plus privacy addresses (RFC 8981); `static`: `ipv6_static` and nothing
    from router advertisements; `none`: IPv6 is off. `ipv6_static` addresses come on top.
    """

    mac: str
    ipv4: str | None = None
    ipv6: Ipv6Mode = "eui64"
    ipv6_static: tuple[str, ...] = ()


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """A host: its first card (eth0), further ones (eth1, …), habits and services.

    `any_ip` are IPv4 networks of which every address answers with the MAC of eth0: thousands of
    targets for the price of one namespace. `kind` is one of the agent's device kinds.
    """

    name: str
    kind: str
    mac: str
    ipv4: str | None = None
    ipv6: Ipv6Mode = "eui64"
    ipv6_static: tuple[str, ...] = ()
    more_nics: tuple[Nic, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    offers: tuple[Offer, ...] = ()
    any_ip: tuple[str, ...] = ()

    @property
    def nics(self) -> tuple[Nic, ...]:
        """All cards, eth0 first."""
        first = Nic(mac=self.mac, ipv4=self.ipv4, ipv6=self.ipv6, ipv6_static=self.ipv6_static)
        return (first, *self.more_nics)


class LanPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A LAN to build: its prefixes, the agent's own host, and the others.

    `isolated` keeps the hosts from hearing each other (routers and the agent hear all): needed
    from about 50 hosts on, where flooded multicast grows with the square of their number.
    """

    hosts: tuple[Host, ...]
    agent: Host
    ipv4: str = "10.66.7.0/24"
    ipv6: str = "2001:db8:66:7::/64"
    gateway: str | None = "10.66.7.1"
    isolated: bool = False

    def __post_init__(self) -> None:
        """Refuse names, addresses and MACs that cannot be built; raises ValueError."""
        names = [host.name for host in (self.agent, *self.hosts)]
        if len(set(names)) != len(names):
            raise ValueError("two hosts of the plan have the same name")
        macs = [nic.mac.lower() for host in (self.agent, *self.hosts) for nic in host.nics]
        if len(set(macs)) != len(macs):
            raise ValueError("two cards of the plan have the same MAC")
        if len(macs) > MAX_PORTS:
            raise ValueError(f"a bridge has at most {MAX_PORTS} ports, the plan has {len(macs)}")
        network = ipaddress.IPv4Network(self.ipv4)
        for host in (self.agent, *self.hosts):
            for nic in host.nics:
                if nic.ipv4 is not None and ipaddress.IPv4Address(nic.ipv4) not in network:
                    raise ValueError(f"{host.name}: {nic.ipv4} is not in {self.ipv4}")

    def host(self, name: str) -> Host:
        """The host of that name; KeyError when there is none."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise KeyError(name)

    @property
    def autoconfigured(self) -> tuple[ipaddress.IPv6Network, ...]:
        """Prefixes from which hosts make their own addresses, as routers will advertise them."""
        return tuple(
            ipaddress.IPv6Network(prefix.prefix)
            for host in self.hosts
            for offer in host.offers
            if isinstance(offer, RouterAdvertiser)
            for prefix in offer.prefixes
            if prefix.autonomous and prefix.preferred_s > 0
        )


MAX_PORTS = 1022
