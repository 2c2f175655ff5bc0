"""ICMP for IPv4: echo, unreachable, time exceeded, redirect (RFC 792)."""

import struct
from typing import Final

import msgspec

from collectors.wire import checksum, ethernet, ipv4
from collectors.wire.errors import Buffer, DecodeError

ECHO_REPLY: Final = 0
UNREACHABLE: Final = 3
REDIRECT: Final = 5
ECHO_REQUEST: Final = 8
TIME_EXCEEDED: Final = 11

PORT_UNREACHABLE: Final = 3
MAX_UNREACHABLE_CODE: Final = 15  # RFC 1812 §5.2.7.1
MAX_REDIRECT_CODE: Final = 3
HEADER_BYTES: Final = 8


class EchoRequest(msgspec.Struct, frozen=True, gc=False):
    """A question whose data come back unchanged."""

    identifier: int
    sequence: int
    data: bytes = b""


class EchoReply(msgspec.Struct, frozen=True, gc=False):
    """The answer to an `EchoRequest`."""

    identifier: int
    sequence: int
    data: bytes = b""


class Quoted(msgspec.Struct, frozen=True, gc=False):
    """The start of the packet that caused an error: header and at least 8 octets of its payload.

    Ports are 0 when the protocol has none or the quotation is too short.
    """

    source: bytes
    destination: bytes
    protocol: int
    source_port: int = 0
    destination_port: int = 0
    payload: bytes = b""


class Unreachable(msgspec.Struct, frozen=True, gc=False):
    """A packet could not be delivered; `mtu` is set for code 4 (RFC 1191 §4)."""

    code: int
    quoted: Quoted
    mtu: int = 0


class TimeExceeded(msgspec.Struct, frozen=True, gc=False):
    """A packet's time to live ended (code 0), or its reassembly time (code 1)."""

    code: int
    quoted: Quoted


class Redirect(msgspec.Struct, frozen=True, gc=False):
    """A router says that `gateway` is nearer to the quoted packet's destination."""

    code: int
    gateway: bytes
    quoted: Quoted


class Other(msgspec.Struct, frozen=True, gc=False):
    """A message of a type that is not decoded."""

    type: int
    code: int


Message = EchoRequest | EchoReply | Unreachable | TimeExceeded | Redirect | Other


def parse(buf: Buffer) -> Message:
    """Parse a message, its checksum verified.

    Raises `truncated`, `bad_checksum`, `bad_code`, and what `ipv4.parse_quoted` raises.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    if not checksum.is_valid(data):
        raise DecodeError("bad_checksum", 2)
    kind, code, first, second = _LAYOUT.unpack_from(data)
    if kind in (ECHO_REPLY, ECHO_REQUEST):
        if code:
            raise DecodeError("bad_code", 1)
        cls = EchoReply if kind == ECHO_REPLY else EchoRequest
        return cls(first, second, data[HEADER_BYTES:])
    if kind == UNREACHABLE:
        _check_code(code, MAX_UNREACHABLE_CODE)
        return Unreachable(code, _parse_quoted(data), second if code == 4 else 0)
    if kind == TIME_EXCEEDED:
        _check_code(code, 1)
        return TimeExceeded(code, _parse_quoted(data))
    if kind == REDIRECT:
        _check_code(code, MAX_REDIRECT_CODE)
        return Redirect(code, data[4:8], _parse_quoted(data))
    return Other(kind, code)


def encode(message: EchoRequest | EchoReply) -> bytes:
    """An echo message with its checksum."""
    kind = ECHO_REQUEST if isinstance(message, EchoRequest) else ECHO_REPLY
    header = _LAYOUT_BUILD.pack(kind, 0, 0, message.identifier, message.sequence)
    return checksum.with_icmpv4(header + message.data)


def encode_error(kind: int, code: int, invoking: bytes, rest: bytes = bytes(4)) -> bytes:
    """An error message that quotes the start of a packet: header and 8 octets, or what is given."""
    if len(rest) != 4:
        raise ValueError(f"the second word of a message has 4 octets, not {len(rest)}")
    return checksum.with_icmpv4(bytes((kind, code, 0, 0)) + rest + invoking)


def build_echo_request(
    source_mac: bytes,
    destination_mac: bytes,
    source: bytes,
    destination: bytes,
    identifier: int,
    sequence: int,
    data: bytes = b"",
) -> bytes:
    """The frame of an echo request; to a routed network, `destination_mac` is the router's."""
    message = encode(EchoRequest(identifier, sequence, data))
    packet = ipv4.build(source, destination, ipv4.ICMP, message)
    return ethernet.build(destination_mac, source_mac, ethernet.IPV4, packet)


_LAYOUT: Final = struct.Struct("!BB2xHH")
_LAYOUT_BUILD: Final = struct.Struct("!BBHHH")


def _check_code(code: int, highest: int) -> None:
    if code > highest:
        raise DecodeError("bad_code", 1)


def _parse_quoted(data: bytes) -> Quoted:
    try:
        packet = ipv4.parse_quoted(data[HEADER_BYTES:])
    except DecodeError as error:
        raise error.shifted(HEADER_BYTES) from None
    source_port = destination_port = 0
    has_ports = packet.protocol in (ipv4.TCP, ipv4.UDP) and packet.fragment_offset == 0
    if has_ports and len(packet.payload) >= 4:
        source_port, destination_port = struct.unpack_from("!HH", packet.payload)
    return Quoted(
        packet.source,
        packet.destination,
        packet.protocol,
        source_port,
        destination_port,
        packet.payload,
    )
