"""ICMPv6: checksum, echo, errors (RFC 4443), and the way to `nd` and `mld`."""

import struct
from typing import Final

import msgspec

from collectors.wire import checksum, ethernet, ipv6, mld, nd
from collectors.wire.address import is_multicast, multicast_mac
from collectors.wire.errors import Buffer, DecodeError

UNREACHABLE: Final = 1
PACKET_TOO_BIG: Final = 2
TIME_EXCEEDED: Final = 3
PARAMETER_PROBLEM: Final = 4
ECHO_REQUEST: Final = 128
ECHO_REPLY: Final = 129

HEADER_BYTES: Final = 8
UNRECOGNISED_OPTION: Final = 2  # code of a parameter problem


class EchoRequest(msgspec.Struct, frozen=True, gc=False):
    """A question whose data come back unchanged (RFC 4443 §4.1)."""

    identifier: int
    sequence: int
    data: bytes = b""


class EchoReply(msgspec.Struct, frozen=True, gc=False):
    """The answer to an `EchoRequest` (RFC 4443 §4.2)."""

    identifier: int
    sequence: int
    data: bytes = b""


class ParameterProblem(msgspec.Struct, frozen=True, gc=False):
    """A node could not process a packet; `pointer` is the octet in it (RFC 4443 §3.4).

    `invoking` is as much of that packet as fitted.
    """

    code: int
    pointer: int
    invoking: bytes = b""


class Error(msgspec.Struct, frozen=True, gc=False):
    """Another error message; `parameter` is the MTU of a packet that was too big (RFC 4443 §3)."""

    type: int
    code: int
    parameter: int
    invoking: bytes = b""


class Other(msgspec.Struct, frozen=True, gc=False):
    """A message of a type that is not decoded."""

    type: int
    code: int


Message = EchoRequest | EchoReply | ParameterProblem | Error | Other | nd.Message | mld.Message


def parse(
    buf: Buffer,
    source: bytes,
    destination: bytes,
    hop_limit: int,
    router_alert: int | None = None,
    fragmented: bool = False,
) -> Message:
    """Parse a message of an IPv6 packet from `source` to `destination`, its checksum verified.

    Raises `truncated`, `bad_checksum`, `bad_code`, and what `nd.parse` and `mld.parse` raise.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < 4:
        raise DecodeError("truncated", len(data))
    if not checksum.is_valid_icmpv6(source, destination, data):
        raise DecodeError("bad_checksum", 2)
    return parse_verified(data, source, destination, hop_limit, router_alert, fragmented)


def parse_verified(
    data: bytes,
    source: bytes,
    destination: bytes,
    hop_limit: int,
    router_alert: int | None = None,
    fragmented: bool = False,
) -> Message:
    """As `parse`, of at least four octets whose checksum holds."""
    kind = data[0]
    if nd.ROUTER_SOLICITATION <= kind <= nd.REDIRECT:
        return nd.parse(data, source, destination, hop_limit, fragmented)
    if kind in (mld.QUERY, mld.REPORT_V1, mld.DONE, mld.REPORT_V2):
        return mld.parse(data, source, hop_limit, router_alert, fragmented)
    if kind in (ECHO_REQUEST, ECHO_REPLY):
        return _parse_echo(data)
    if UNREACHABLE <= kind <= PARAMETER_PROBLEM:
        return _parse_error(data)
    return Other(kind, data[1])


def encode(message: EchoRequest | EchoReply | ParameterProblem | Error) -> bytes:
    """The message with a checksum field of zero; for the others see `nd` and `mld`."""
    if isinstance(message, EchoRequest | EchoReply):
        kind = ECHO_REQUEST if isinstance(message, EchoRequest) else ECHO_REPLY
        return _ECHO.pack(kind, 0, 0, message.identifier, message.sequence) + message.data
    if isinstance(message, ParameterProblem):
        head = _ERROR.pack(PARAMETER_PROBLEM, message.code, 0, message.pointer)
    else:
        head = _ERROR.pack(message.type, message.code, 0, message.parameter)
    return head + message.invoking


def build(
    source_mac: bytes,
    destination_mac: bytes,
    source: bytes,
    destination: bytes,
    message: EchoRequest | EchoReply | ParameterProblem | Error,
) -> bytes:
    """The frame of a message, with the default hop limit."""
    body = checksum.with_icmpv6(source, destination, encode(message))
    packet = ipv6.build(source, destination, ipv6.ICMPV6, body)
    return ethernet.build(destination_mac, source_mac, ethernet.IPV6, packet)


def build_echo_request(
    source_mac: bytes,
    source: bytes,
    destination: bytes,
    identifier: int,
    sequence: int,
    data: bytes = b"",
    destination_mac: bytes | None = None,
) -> bytes:
    """The frame of an echo request; the MAC may be left out for a group."""
    message = EchoRequest(identifier, sequence, data)
    mac = _destination_mac(destination, destination_mac)
    return build(source_mac, mac, source, destination, message)


def build_unknown_option(
    source_mac: bytes,
    source: bytes,
    destination: bytes,
    identifier: int,
    sequence: int,
    data: bytes = b"",
    destination_mac: bytes | None = None,
) -> bytes:
    """The frame of an echo request behind an unknown destination option (RFC 8200 §4.2).

    Nodes answer with a `ParameterProblem` of code 2, also those that ignore echo to groups.
    """
    echo = encode(EchoRequest(identifier, sequence, data))
    body = checksum.with_icmpv6(source, destination, echo)
    payload = ipv6.unknown_option_header(ipv6.ICMPV6) + body
    packet = ipv6.build(source, destination, ipv6.DESTINATION_OPTIONS, payload)
    mac = _destination_mac(destination, destination_mac)
    return ethernet.build(mac, source_mac, ethernet.IPV6, packet)


_ECHO: Final = struct.Struct("!BBHHH")
_ERROR: Final = struct.Struct("!BBHI")


def _parse_echo(data: bytes) -> EchoRequest | EchoReply:
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    kind, code, _, identifier, sequence = _ECHO.unpack_from(data)
    if code:
        raise DecodeError("bad_code", 1)
    cls = EchoRequest if kind == ECHO_REQUEST else EchoReply
    return cls(identifier, sequence, data[HEADER_BYTES:])


def _parse_error(data: bytes) -> ParameterProblem | Error:
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    kind, code, _, parameter = _ERROR.unpack_from(data)
    if kind == PARAMETER_PROBLEM:
        return ParameterProblem(code, parameter, data[HEADER_BYTES:])
    return Error(kind, code, parameter, data[HEADER_BYTES:])


def _destination_mac(destination: bytes, mac: bytes | None) -> bytes:
    if mac is not None:
        return mac
    if not is_multicast(destination):
        raise ValueError("a frame to one node needs its MAC")
    return multicast_mac(destination)
