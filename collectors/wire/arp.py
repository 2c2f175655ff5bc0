"""ARP for IPv4 over Ethernet (RFC 826, RFC 5227 for probes and announcements)."""

import struct
from typing import Final

import msgspec

from collectors.wire import ethernet
from collectors.wire.address import (
    BROADCAST_MAC,
    UNSPECIFIED_IPV4,
    ZERO_MAC,
    require_ipv4,
    require_mac,
)
from collectors.wire.errors import Buffer, DecodeError

REQUEST: Final = 1
REPLY: Final = 2
PACKET_BYTES: Final = 28


class Arp(msgspec.Struct, frozen=True, gc=False):
    """A request or reply. `sender_mac` may differ from the frame's source: compare the two."""

    operation: int
    sender_mac: bytes
    sender_ip: bytes
    target_mac: bytes
    target_ip: bytes

    @property
    def is_request(self) -> bool:
        """Whether the sender asks."""
        return self.operation == REQUEST

    @property
    def is_probe(self) -> bool:
        """Whether the sender asks if an address is free, without claiming it (RFC 5227 §2.1.1)."""
        return self.operation == REQUEST and self.sender_ip == UNSPECIFIED_IPV4

    @property
    def is_gratuitous(self) -> bool:
        """Whether the sender announces its own address (RFC 5227 §2.3, RFC 5944 §4.6)."""
        return self.sender_ip == self.target_ip and self.sender_ip != UNSPECIFIED_IPV4


def parse(buf: Buffer) -> Arp:
    """Parse a packet; octets after its end are padding.

    Raises `truncated`; `bad_type` for other hardware, protocols and operations than request and
    reply (RARP, InARP); `bad_length` for lying address lengths; `bad_address` for a sender MAC
    that is a group.
    """
    if len(buf) < PACKET_BYTES:
        raise DecodeError("truncated", len(buf))
    head, operation, sender_mac, sender_ip, target_mac, target_ip = _unpack(buf)
    if head != _ETHERNET_IPV4:
        raise DecodeError("bad_type" if head[:4] != _ETHERNET_IPV4[:4] else "bad_length", 0)
    if operation not in (REQUEST, REPLY):
        raise DecodeError("bad_type", 6)
    if sender_mac[0] & 1:
        raise DecodeError("bad_address", 8)
    return Arp(operation, sender_mac, sender_ip, target_mac, target_ip)


def build(packet: Arp) -> bytes:
    """The 28 octets of a packet, without an Ethernet header."""
    return _LAYOUT.pack(
        _ETHERNET_IPV4,
        packet.operation,
        require_mac(packet.sender_mac),
        require_ipv4(packet.sender_ip),
        require_mac(packet.target_mac),
        require_ipv4(packet.target_ip),
    )


def build_request(
    source_mac: bytes, source_ip: bytes, target_ip: bytes, target_mac: bytes | None = None
) -> bytes:
    """The frame that asks who has `target_ip`: to all, or to one station when its MAC is given."""
    return request_prefix(source_mac, source_ip, target_mac) + require_ipv4(target_ip)


def request_prefix(source_mac: bytes, source_ip: bytes, target_mac: bytes | None = None) -> bytes:
    """A request frame without its last four octets, the address asked for: for sweeps."""
    packet = Arp(REQUEST, source_mac, source_ip, ZERO_MAC, UNSPECIFIED_IPV4)
    destination = BROADCAST_MAC if target_mac is None else target_mac
    return ethernet.build(destination, source_mac, ethernet.ARP, build(packet))[:-4]


def build_probe(source_mac: bytes, target_ip: bytes) -> bytes:
    """The frame that asks for an address without claiming one (RFC 5227 §2.1.1)."""
    return build_request(source_mac, UNSPECIFIED_IPV4, target_ip)


def build_announcement(source_mac: bytes, source_ip: bytes) -> bytes:
    """The frame that claims an address before all stations (RFC 5227 §2.3)."""
    return build_request(source_mac, source_ip, source_ip)


def build_reply(source_mac: bytes, source_ip: bytes, target_mac: bytes, target_ip: bytes) -> bytes:
    """The frame that answers a request."""
    packet = Arp(REPLY, source_mac, source_ip, target_mac, target_ip)
    return ethernet.build(target_mac, source_mac, ethernet.ARP, build(packet))


_LAYOUT: Final = struct.Struct("!6sH6s4s6s4s")
_unpack: Final = _LAYOUT.unpack_from
_ETHERNET_IPV4: Final = bytes.fromhex("000108000604")
