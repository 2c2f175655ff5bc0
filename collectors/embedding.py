"""IPv4 addresses inside IPv6 ones, as a NAT64 wants them (RFC 6052)."""

import ipaddress

# Where the four octets stand, by the length of the prefix (RFC 6052 §2.2).
PLACES = {
    96: (12, 13, 14, 15), 64: (9, 10, 11, 12), 56: (7, 9, 10, 11), 48: (6, 7, 9, 10),
    40: (5, 6, 7, 9), 32: (4, 5, 6, 7),
}  # fmt: skip
WELL_KNOWN = ipaddress.IPv6Network("64:ff9b::/96")


def embed(prefix: str, address: str) -> str | None:
    """The IPv6 address by which a NAT64 with this prefix (CIDR text) reaches an IPv4 address.

    None for a prefix of no allowed length, for text that is neither, and for an address that the
    well-known prefix must not stand for because it is not global (RFC 6052 §3.1).
    """
    try:
        network, inner = ipaddress.IPv6Network(prefix), ipaddress.IPv4Address(address)
    except ValueError:
        return None
    places = PLACES.get(network.prefixlen)
    if places is None or (network == WELL_KNOWN and not inner.is_global):
        return None
    octets = bytearray(network.network_address.packed)
    for place, octet in zip(places, inner.packed, strict=True):
        octets[place] = octet
    return str(ipaddress.IPv6Address(bytes(octets)))
