"""From a plan to namespaces, links and addresses: the hardware of the lab."""

import array
import fcntl
import ipaddress
import shutil
import socket
import struct
from collections.abc import Iterable

from agent.lab import settings
from agent.lab.host import LabHost
from agent.lab.namespaces import LabError, Namespace
from agent.lab.processes import PROGRAM_PATH, Keeper
from agent.lab.topology import Host, LanPlan, Nic

BRIDGE = "lan0"
# Announcements to 01:80:c2:00:00:0e (LLDP) pass, as through a cable; see group_fwd_mask.
FORWARD_LLDP = 0x4000
SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17


def make_switch() -> Namespace:
    """A namespace with nothing but a bridge that has no address of its own."""
    switch = Namespace("switch", [("net/ipv6/conf/default/disable_ipv6", "1")])
    try:
        switch.netlink.add_bridge(BRIDGE, forward_groups=FORWARD_LLDP)
        switch.netlink.set_up(BRIDGE)
    except OSError as error:
        switch.close()
        raise LabError(f"cannot make a bridge: {error.strerror}; is the module loaded?") from error
    return switch


def make_host(
    plan: LanPlan, host: Host, switch: Namespace, first_port: int, keeper: Keeper
) -> LabHost:
    """The host's namespace with its cards in the bridge, still down; LabError names the host."""
    namespace = Namespace(host.name, settings.before_links(host))
    ports = [f"p{first_port + number}" for number in range(len(host.nics))]
    cards = list(zip(ports, settings.interfaces(host), host.nics, strict=True))
    try:
        for port, interface, nic in cards:
            switch.netlink.add_port(port, interface, namespace.fd, nic.mac, BRIDGE)
            if plan.isolated and host != plan.agent and "router" not in host.behaviours:
                switch.netlink.isolate_port(port)
        namespace.sysctl(
            *(
                setting
                for _port, interface, nic in cards
                for setting in settings.for_card(host, nic, interface)
            )
        )
        namespace.enter(lambda: _plain_frames(settings.interfaces(host)))
        for _port, interface, nic in cards:
            _give_addresses(plan, host, nic, namespace, interface)
        for network in host.any_ip:
            namespace.netlink.add_local(ipaddress.IPv4Network(network))
    except OSError as error:
        namespace.close()
        raise LabError(f"cannot build {host.name}: {error.strerror or error}") from error
    except LabError:
        namespace.close()
        raise
    return LabHost(host, namespace, switch, ports, keeper)


def start_host(plan: LanPlan, host: LabHost) -> str | None:
    """Shut its firewall if it has one, bring its cards up; returns a remark or None."""
    drops = "drop_all" in host.plan.behaviours
    filtered = drops and _filter(host)
    for interface in host.interfaces:
        host.namespace.netlink.set_up(interface)
    if host.plan.any_ip and host.plan.ipv4 is None:
        host.namespace.netlink.add_route("eth0", ipaddress.IPv4Network(plan.ipv4), None)
    if plan.gateway is not None and plan.gateway != host.plan.ipv4 and host.plan.ipv4 is not None:
        gateway = ipaddress.IPv4Address(plan.gateway).packed
        host.namespace.netlink.add_route("eth0", ipaddress.IPv4Network("0.0.0.0/0"), gateway)
    return _silence(host) if drops and not filtered else None


def _give_addresses(
    plan: LanPlan, host: Host, nic: Nic, namespace: Namespace, interface: str
) -> None:
    if nic.ipv4 is not None:
        length = ipaddress.IPv4Network(plan.ipv4).prefixlen
        namespace.netlink.add_address(interface, ipaddress.IPv4Interface(f"{nic.ipv4}/{length}"))
    for address in nic.ipv6_static:
        text = address if "/" in address else f"{address}/64"
        namespace.netlink.add_address(
            interface, ipaddress.IPv6Interface(text), nodad="router" in host.behaviours
        )


def _plain_frames(interfaces: Iterable[str]) -> None:
    """Put whole checksums on the wire, as a network card does.

    A veth leaves them to the receiver otherwise, and a strict decoder would refuse every frame.
    """
    value = array.array("B", struct.pack("=II", ETHTOOL_STXCSUM, 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for interface in interfaces:
            request = struct.pack("16sP16x", interface.encode(), value.buffer_info()[0])
            fcntl.ioctl(sock, SIOCETHTOOL, request)


_DROP_ALL = b"""
table inet lab {
  chain input {
    type filter hook input priority 0; policy drop;
    iif "lo" accept
    ct state established,related accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
    icmpv6 type mld-listener-query accept
  }
}
"""


def _filter(host: LabHost) -> bool:
    """Load the packet filter; False where nft is absent or the kernel cannot do it."""
    program = shutil.which("nft", path=PROGRAM_PATH)
    if program is None:
        return False
    return host.run([program, "-f", "-"], input_bytes=_DROP_ALL).returncode == 0


def _silence(host: LabHost) -> str:
    """The next best thing to a packet filter, and a remark that says so."""
    host.namespace.netlink.mute(socket.AF_INET)
    if host.plan.ipv6 != "none":
        host.namespace.netlink.mute(socket.AF_INET6)
    return (
        f"{host.name}: no packet filter (nft) here; "
        "it answers nothing because a routing rule discards its answers"
    )
