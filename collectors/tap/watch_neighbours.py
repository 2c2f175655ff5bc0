"""What switches, bridges and virtual routers announce: LLDP, CDP, STP, VRRP, HSRP, CARP, DTP."""

from collections.abc import Callable, Iterator
from typing import Final, Literal, cast

from collectors.observation import (
    AnyObservation,
    BridgeSeen,
    NeighbourAnnounced,
    TrunkOffered,
    VirtualRouterSeen,
)
from collectors.wire import carp, cdp, dtp, frame, hsrp, lldp, stp, vrrp
from collectors.wire.address import ip_text, ipv4_text, ipv6_text, mac_text
from collectors.wire.text import clean_text

SOURCE: Final = "tap"
MAX_DESCRIPTION: Final = 255
MAX_ADDRESSES: Final = 16


class NeighbourWatch:
    """Handlers of frames that stations send about themselves and their place in the network."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self.handlers: dict[type, Callable[..., Iterator[AnyObservation]]] = {
            lldp.Lldp: self._lldp,
            cdp.Cdp: self._cdp,
            stp.Bpdu: self._bridge,
            vrrp.Vrrp: self._virtual_router,
            hsrp.Hsrp: self._standby_router,
            carp.Carp: self._carp,
            dtp.Dtp: self._trunk,
        }

    def _lldp(
        self, decoded: frame.Decoded, message: lldp.Lldp, at: float
    ) -> Iterator[AnyObservation]:
        chassis_mac = message.chassis_mac
        yield NeighbourAnnounced(
            at=at,
            source=SOURCE,
            interface=self._interface,
            protocol="lldp",
            mac=mac_text(decoded.source_mac),
            chassis=_identifier(message.chassis, message.chassis_kind, _CHASSIS),
            port=_identifier(message.port, message.port_kind, _PORT),
            lifetime_s=message.ttl_s,
            chassis_mac="" if chassis_mac is None else mac_text(chassis_mac),
            name=clean_text(message.system_name or b""),
            description=clean_text(message.system_description or b"", MAX_DESCRIPTION),
            port_description=clean_text(message.port_description or b""),
            model=clean_text(b" ".join(filter(None, (message.manufacturer, message.model)))),
            serial=clean_text(message.serial or b""),
            capabilities=message.enabled_names,
            addresses=tuple(
                text for each in message.management if (text := _managed_at(each)) is not None
            ),
            vlan=message.port_vlan,
        )

    def _cdp(self, decoded: frame.Decoded, message: cdp.Cdp, at: float) -> Iterator[AnyObservation]:
        addresses = dict.fromkeys((*message.management, *message.addresses))
        yield NeighbourAnnounced(
            at=at,
            source=SOURCE,
            interface=self._interface,
            protocol="cdp",
            mac=mac_text(decoded.source_mac),
            chassis=clean_text(message.device or b""),
            port=clean_text(message.port or b""),
            lifetime_s=message.ttl_s,
            name=clean_text(message.system_name or message.device or b""),
            description=clean_text(message.software or b"", MAX_DESCRIPTION),
            model=clean_text(message.platform or b""),
            capabilities=message.capability_names,
            addresses=tuple(map(ip_text, addresses))[:MAX_ADDRESSES],
            vlan=message.native_vlan,
        )

    def _bridge(
        self, decoded: frame.Decoded, message: stp.Bpdu, at: float
    ) -> Iterator[AnyObservation]:
        root, bridge = message.root, message.bridge
        yield BridgeSeen(
            at=at,
            source=SOURCE,
            interface=self._interface,
            mac=mac_text(decoded.source_mac),
            message=message.kind,
            root="" if root is None else mac_text(root.mac),
            root_priority=0 if root is None else root.priority,
            bridge="" if bridge is None else mac_text(bridge.mac),
            bridge_priority=0 if bridge is None else bridge.priority,
            instance=0 if bridge is None else bridge.instance,
            cost=message.cost,
            changed=message.changed,
        )

    def _virtual_router(
        self, decoded: frame.Decoded, message: vrrp.Vrrp, at: float
    ) -> Iterator[AnyObservation]:
        yield VirtualRouterSeen(
            at=at,
            source=SOURCE,
            interface=self._interface,
            mac=mac_text(decoded.source_mac),
            address=ip_text(decoded.source),
            router_id=message.router_id,
            version=cast("Literal[2, 3]", message.version),
            priority=message.priority,
            interval_s=message.interval_cs / 100,
            addresses=tuple(map(ip_text, message.addresses[:MAX_ADDRESSES])),
        )

    def _standby_router(
        self, decoded: frame.Decoded, message: hsrp.Hsrp, at: float
    ) -> Iterator[AnyObservation]:
        if not message.is_active:
            return
        known = any(message.address)
        yield VirtualRouterSeen(
            at=at,
            source=SOURCE,
            interface=self._interface,
            mac=mac_text(decoded.source_mac),
            address=ip_text(decoded.source),
            router_id=message.group,
            version=cast("Literal[1, 2]", message.version),
            priority=message.priority,
            interval_s=message.hello_ms / 1000,
            addresses=(ip_text(message.address),) if known else (),
            protocol="hsrp",
        )

    def _carp(
        self, decoded: frame.Decoded, message: carp.Carp, at: float
    ) -> Iterator[AnyObservation]:
        yield VirtualRouterSeen(
            at=at,
            source=SOURCE,
            interface=self._interface,
            mac=mac_text(decoded.source_mac),
            address=ip_text(decoded.source),
            router_id=message.group,
            version=2,
            priority=255 - message.skew,
            interval_s=message.interval_s,
            protocol="carp",
        )

    def _trunk(
        self, decoded: frame.Decoded, message: dtp.Dtp, at: float
    ) -> Iterator[AnyObservation]:
        yield TrunkOffered(
            at=at,
            source=SOURCE,
            interface=self._interface,
            mac=mac_text(decoded.source_mac),
            mode=message.mode,
            trunking=message.trunking,
            domain=clean_text(message.domain),
        )


# Kinds of identifiers that are octets and not text: a MAC, a network address.
_CHASSIS: Final = {"mac": 4, "network": 5}
_PORT: Final = {"mac": 3, "network": 4}


def _identifier(content: bytes, kind: int, kinds: dict[str, int]) -> str:
    if kind == kinds["mac"] and len(content) == 6:
        return mac_text(content)
    if kind == kinds["network"]:
        return _managed_at(lldp.Management(content[0], content[1:])) or clean_text(content)
    return clean_text(content)


def _managed_at(management: lldp.Management) -> str | None:
    if management.family == lldp.FAMILY_IPV4 and len(management.address) == 4:
        return ipv4_text(management.address)
    if management.family == lldp.FAMILY_IPV6 and len(management.address) == 16:
        return ipv6_text(management.address)
    return None
