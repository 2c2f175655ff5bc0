"""The Internet checksum (RFC 1071) and its pseudo-headers."""

ICMPV6 = 58
UDP = 17


def ones_complement(data: bytes) -> int:
    """The 16-bit ones' complement sum of the data, zero-padded to an even length; 0 to 0xffff.

    A sum of 16-bit words with end-around carry is the number modulo 0xffff, where both 0 and
    0xffff stand for zero: 0xffff unless every octet is zero.
    """
    if len(data) & 1:
        data += b"\0"
    value = int.from_bytes(data, "big")
    return value % 0xFFFF or (0xFFFF if value else 0)


def internet(data: bytes) -> int:
    """The checksum to write into a header whose checksum field is zero (RFC 1071 §1)."""
    return ~ones_complement(data) & 0xFFFF


def is_valid(data: bytes) -> bool:
    """Whether data that contains its checksum sums to zero."""
    return ones_complement(data) == 0xFFFF


def ipv6_pseudo_header(source: bytes, destination: bytes, next_header: int, length: int) -> bytes:
    """What upper-layer checksums cover besides the message (RFC 8200 §8.1)."""
    return source + destination + length.to_bytes(4, "big") + next_header.to_bytes(4, "big")


def ipv4_pseudo_header(source: bytes, destination: bytes, protocol: int, length: int) -> bytes:
    """The IPv4 pseudo-header (RFC 768)."""
    return source + destination + b"\0" + protocol.to_bytes(1, "big") + length.to_bytes(2, "big")


def with_icmpv6(source: bytes, destination: bytes, message: bytes) -> bytes:
    """An ICMPv6 message, whose checksum field is zero, with the field filled (RFC 4443 §2.3)."""
    pseudo = ipv6_pseudo_header(source, destination, ICMPV6, len(message))
    return message[:2] + internet(pseudo + message).to_bytes(2, "big") + message[4:]


def is_valid_icmpv6(source: bytes, destination: bytes, message: bytes) -> bool:
    """Whether an ICMPv6 message's checksum holds for these addresses.

    The words of the pseudo-header's length and protocol are added to the number as such.
    """
    length = len(message)
    data = source + destination + message
    if length & 1:
        data += b"\0"
    return (int.from_bytes(data, "big") + length + ICMPV6) % 0xFFFF == 0


def with_icmpv4(message: bytes) -> bytes:
    """An ICMPv4 message, whose checksum field is zero, with the field filled (RFC 792)."""
    return message[:2] + internet(message).to_bytes(2, "big") + message[4:]
