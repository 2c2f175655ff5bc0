"""What lies behind a router of the lab: a host on a link of its own, as the Internet would be."""

import ipaddress
from collections.abc import Sequence

from agent.lab import settings
from agent.lab.host import LabHost
from agent.lab.namespaces import LabError, Namespace
from agent.lab.processes import Keeper
from agent.lab.topology import Host

UPLINK = "up0"
FAR_BRIDGE = "wan0"
_FAR_MAC = "02:66:00:ff:00:02"
_UPLINK_MAC = "02:66:00:ff:00:01"


def attach(
    router: LabHost,
    switch: Namespace,
    keeper: Keeper,
    name: str,
    near: Sequence[str],
    far: Sequence[str],
) -> LabHost:
    """Give a router the card `up0` with the `near` addresses, and a host with the `far` ones there.

    Addresses come with their prefix length. The host's default routes lead to the first near
    address of each family; the router forwards. Raises LabError.
    """
    plan = Host(name=name, kind="other", mac=_FAR_MAC, ipv6="static")
    namespace = Namespace(name, settings.before_links(plan))
    try:
        switch.netlink.add_bridge(FAR_BRIDGE, forward_groups=0)
        switch.netlink.set_up(FAR_BRIDGE)
        switch.netlink.add_port("w0", UPLINK, router.namespace.fd, _UPLINK_MAC, FAR_BRIDGE)
        switch.netlink.add_port("w1", "eth0", namespace.fd, _FAR_MAC, FAR_BRIDGE)
        for place, interface, addresses in (
            (router.namespace, UPLINK, near),
            (namespace, "eth0", far),
        ):
            for address in addresses:
                place.netlink.add_address(
                    interface, ipaddress.ip_interface(address), nodad=":" in address
                )
            place.netlink.set_up(interface)
        for address in near:
            gateway = ipaddress.ip_interface(address)
            everywhere = ipaddress.ip_network("::/0" if gateway.version == 6 else "0.0.0.0/0")
            namespace.netlink.add_route("eth0", everywhere, gateway.ip.packed)
    except OSError as error:
        namespace.close()
        raise LabError(f"cannot put {name} behind {router.name}: {error.strerror}") from error
    except LabError:
        namespace.close()
        raise
    return LabHost(plan, namespace, switch, ("w1",), keeper)
