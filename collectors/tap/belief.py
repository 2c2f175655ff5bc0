"""What may be believed of a frame on a link, and the word for why not.

Anybody on a LAN can send anything. A claim is taken up only for an address that can be on the link
and a MAC that a station can have; everything else is counted under its reason.
"""

import ipaddress
from collections import deque
from typing import Final

from collectors.tap.own import OwnLink
from collectors.wire.address import ZERO_MAC, is_group_mac, is_link_local, is_multicast, mac_bytes

MAX_ADVERTISED: Final = 32
MIN_ADVERTISED_LENGTH: Final = 32  # a shorter on-link prefix would make everything believable
MAX_ALLOWED: Final = 256
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Rule = tuple[int, int, int]  # octets of an address, prefix, mask


class Belief:
    """The subnets of one link: own ones, those of commands, and the latest advertised ones.

    `version` grows whenever what is believed may differ from before.
    """

    def __init__(self, link: OwnLink) -> None:
        self.version = 0
        self.mac = b""
        self._own: set[_Rule] = set()
        self._allowed: deque[_Rule] = deque(maxlen=MAX_ALLOWED)
        self._advertised: deque[_Rule] = deque(maxlen=MAX_ADVERTISED)
        self._rules: tuple[_Rule, ...] = ()
        self._nobodys: frozenset[bytes] = frozenset()
        self.update(link)

    def update(self, link: OwnLink) -> None:
        """Take over the interface's present MAC and subnets."""
        self.mac = mac_bytes(link.mac) if link.mac else b""  # a capture has no own station
        subnets = [own.network for own in link.addresses if own.network.prefixlen > 0]
        self._own = {_rule(network) for network in subnets}
        self._nobodys = frozenset(
            address.packed
            for network in subnets
            if network.version == 4 and network.prefixlen <= 30
            for address in (network.network_address, network.broadcast_address)
        )
        self._rebuild()

    def allow(self, network: Network) -> None:
        """A command says that this network is on the link."""
        self._remember(self._allowed, _rule(network))

    def advertised(self, prefix: bytes, length: int) -> None:
        """A router says that this IPv6 prefix is on the link."""
        if MIN_ADVERTISED_LENGTH <= length <= 128:
            network = ipaddress.IPv6Network((prefix, length), strict=False)
            self._remember(self._advertised, _rule(network))

    def doubt_station(self, mac: bytes) -> str:
        """Why no station can have this MAC; empty when one can."""
        return "bad_mac" if is_group_mac(mac) or mac == ZERO_MAC else ""

    def doubt_address(self, address: bytes) -> str:
        """Why no station on this link can use this address; empty when one can."""
        if is_multicast(address) or not any(address) or address in self._nobodys:
            return "bad_address"
        if is_link_local(address) if len(address) == 16 else address[:2] == _LINK_LOCAL_IPV4:
            return ""
        size, number = len(address), int.from_bytes(address, "big")
        for width, prefix, mask in self._rules:
            if width == size and number & mask == prefix:
                return ""
        return "off_link"

    def _remember(self, rules: deque[_Rule], rule: _Rule) -> None:
        if rule not in rules:
            rules.append(rule)
            self._rebuild()

    def _rebuild(self) -> None:
        self.version += 1
        self._rules = (*self._own, *self._allowed, *self._advertised)


_LINK_LOCAL_IPV4: Final = b"\xa9\xfe"  # 169.254/16: how a host without DHCP looks (RFC 3927)


def _rule(network: Network) -> _Rule:
    return (
        network.max_prefixlen // 8,
        int(network.network_address),
        int(network.netmask),
    )
