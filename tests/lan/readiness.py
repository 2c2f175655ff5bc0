"""LANs for judging readiness, and an inventory that knows them as perfect discovery would."""

import time

from agent.lab import Host, Lan
from agent.lab.offers import Offer, Prefix, RouterAdvertiser
from collectors import netlink
from collectors.observation import AddressSeen, AnyObservation
from collectors.scope import Scope
from inventory.inventory import Inventory
from inventory.settings import Settings
from inventory.snapshot import Policy
from tests.lan.observing import NETWORKS

IPV6 = "2001:db8:66:7"
AGENT = Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2")


def gateway(*offers: Offer) -> Host:
    """A router that advertises the prefix of the LAN, with more to offer."""
    return Host(
        name="gw",
        kind="router",
        mac="00:1c:73:00:07:01",
        ipv4="10.66.7.1",
        ipv6="static",
        ipv6_static=(f"{IPV6}::1",),
        behaviours=("router",),
        offers=(
            RouterAdvertiser(prefixes=(Prefix(prefix=f"{IPV6}::/64"),), rdnss=(f"{IPV6}::1",)),
            *offers,
        ),
    )


def server(name: str, number: int, *offers: Offer, **more: object) -> Host:
    """A host with a number in its MAC and IPv4 address."""
    values: dict[str, object] = {
        "kind": "server", "ipv6": "eui64", "ipv4": f"10.66.7.{number}",
        "mac": f"0c:c4:7a:00:07:{number:02x}", **more,
    }  # fmt: skip
    return Host(name=name, offers=offers, **values)  # type: ignore[arg-type]


def addresses(lan: Lan) -> list[AnyObservation]:
    """Every address of every host, as seen just now."""
    now = time.time()
    return [
        AddressSeen(
            at=now,
            source="test",
            interface="eth0",
            mac=truth.mac,
            address=address,
            how="neighbour_advertisement" if ":" in address else "arp_reply",
            router="router" in host.plan.behaviours and ":" in address,
        )
        for host, truth in ((host, host.truth()) for host in lan.hosts.values())
        for address in (*truth.ipv4, *truth.ipv6)
    ]


def known(lan: Lan, policy: Policy | None = None) -> Inventory:
    """An inventory that knows every host and no service."""
    inventory = Inventory(Settings("lab", policy=policy or Policy()), lambda mac: "")
    links = lan.agent.enter(lambda: netlink.read_links(NETWORKS))
    inventory.set_scope(Scope(networks=NETWORKS, links=links))
    inventory.apply(addresses(lan))
    return inventory


def device_of(inventory: Inventory, lan: Lan, name: str) -> str:
    """The id that a host of the lab got."""
    mac = lan.hosts[name].truth().mac
    return next(d.id for d in inventory.snapshot(time.time()).devices if mac in d.macs)
