"""Every collector by name: where it lives, what it needs, whether it sends."""

from importlib import import_module
from typing import cast

import msgspec

from collectors.contract import Collector


class Entry(msgspec.Struct, frozen=True):
    """One collector; `active` ones send packets to others, `needs_tap` ones through the tap."""

    name: str
    module: str
    needs_tap: bool
    active: bool
    description: str

    def load(self) -> Collector:
        """Import the collector's module and return its `collect`."""
        return cast("Collector", import_module(self.module).collect)


CATALOGUE: tuple[Entry, ...] = (
    Entry(
        "anchors", "collectors.anchors", False, True, "The way out, by the anchors of the config"
    ),
    Entry("arp", "collectors.arp", True, True, "Asks every IPv4 address of the links (ARP)"),
    Entry("device_names", "collectors.device_names", False, True, "Names of devices in DNS"),
    Entry("dhcp_census", "collectors.dhcp_census", True, True, "Which DHCP servers a link has"),
    Entry("domains", "collectors.domains", False, True, "Own domains: web, name servers, mail"),
    Entry("echo", "collectors.echo", True, True, "Pings routed IPv4 networks"),
    Entry("host", "collectors.host", False, False, "The own host: load, memory, disks, system"),
    Entry("http_page", "collectors.http_page", False, True, "Start pages of web services"),
    Entry("link_query", "collectors.link_query", True, True, "Makes the nodes of IPv6 links speak"),
    Entry("mdns", "collectors.mdns", False, True, "Names and services over multicast DNS"),
    Entry("nbns", "collectors.nbns", False, True, "Names that Windows hosts give over NetBIOS"),
    Entry("nd_compare", "collectors.nd_compare", True, True, "Neighbours by multicast and unicast"),
    Entry("neighbours", "collectors.neighbours", False, False, "The kernel's neighbour tables"),
    Entry("netlink", "collectors.netlink", False, False, "Own interfaces, addresses and routes"),
    Entry("parity", "collectors.parity", False, True, "Open ports, tried over the other family"),
    Entry("resolver_log", "collectors.resolver_log", False, False, "Query logs of own resolvers"),
    Entry("resolvers", "collectors.resolvers", False, True, "What the DNS resolvers answer"),
    Entry("reverse_dns", "collectors.reverse_dns", False, True, "Names from the DNS resolvers"),
    Entry(
        "snmp_community",
        "collectors.snmp_community",
        False,
        True,
        "SNMP with default communities (opt-in)",
    ),
    Entry("snmp_engine", "collectors.snmp_engine", False, True, "Identifiers of SNMPv3 engines"),
    Entry("snmp_ipv6", "collectors.snmp_ipv6", False, True, "IPv6 of managed devices, over SNMP"),
    Entry("solicit", "collectors.solicit", True, True, "Asks for single addresses (ND, ARP)"),
    Entry("ssdp", "collectors.ssdp", False, True, "UPnP devices and their descriptions"),
    Entry("ssh_key", "collectors.ssh_key", False, True, "Host keys that SSH servers prove"),
    Entry("stack", "collectors.stack", False, False, "How the own host's IPv6 is set up"),
    Entry("tcp", "collectors.tcp", False, True, "Which services devices offer over TCP"),
    Entry("tls_key", "collectors.tls_key", False, True, "Public keys of TLS services"),
    Entry("wsd", "collectors.wsd", False, True, "Devices that answer WS-Discovery"),
)


def by_name(name: str) -> Entry:
    """The entry of a collector; KeyError names those there are."""
    for entry in CATALOGUE:
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in CATALOGUE)
    raise KeyError(f"there is no collector {name!r}; there are: {known}")
