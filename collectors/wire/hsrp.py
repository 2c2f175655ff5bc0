"""Cisco's hot standby routers: version 1 (RFC 2281 §5.1), version 2 (TLVs, IPv4 and IPv6)."""

import struct
from typing import Final, Literal

import msgspec

from collectors.wire.errors import Buffer, DecodeError

PORT: Final = 1985
PORT_IPV6: Final = 2029
GROUP_V1: Final = bytes((224, 0, 0, 2))
GROUP_V2: Final = bytes((224, 0, 0, 102))
GROUP_IPV6: Final = bytes.fromhex("ff020000000000000000000000000066")

HELLO: Final = 0
COUP: Final = 1
RESIGN: Final = 2
ADVERTISE: Final = 3
V1_BYTES: Final = 20
GROUP_STATE: Final = 1  # the TLV of version 2 that says all but the password
GROUP_STATE_BYTES: Final = 40
MAX_TLVS: Final = 16

State = Literal["initial", "learn", "listen", "speak", "standby", "active"]


class Hsrp(msgspec.Struct, frozen=True, gc=False):
    """What one router says of one group; `address` is the group's, all zero when not learnt."""

    version: int
    operation: int
    state: State
    group: int
    priority: int
    hello_ms: int
    hold_ms: int
    address: bytes
    identifier: bytes = b""  # version 2: a MAC of the router

    @property
    def is_active(self) -> bool:
        """Whether the router says that it forwards for the group."""
        return self.operation == HELLO and self.state == "active"


def parse(buf: Buffer) -> Hsrp:
    """Parse the payload of a datagram.

    Raises `truncated`, `bad_type` (undefined operation, state or address family), `bad_length`,
    `too_many`, `unsupported` (advertisements of passive groups, version 2 without a group).
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if not data:
        raise DecodeError("truncated", 0)
    return _parse_v1(data) if data[0] == 0 else _parse_v2(data)


def encode(message: Hsrp) -> bytes:
    """The payload of a datagram, with the default password in version 1 and none in version 2."""
    if message.version == 1:
        head = (
            0, message.operation, _STATE_NUMBERS_V1[message.state], message.hello_ms // 1000,
            message.hold_ms // 1000, message.priority, message.group, 0,
        )  # fmt: skip
        return bytes(head) + b"cisco\0\0\0" + message.address
    return bytes((GROUP_STATE, GROUP_STATE_BYTES)) + _GROUP_STATE.pack(
        2,
        message.operation,
        _STATES_V2.index(message.state),
        6 if len(message.address) == 16 else 4,
        message.group,
        message.identifier.ljust(6, b"\0"),
        message.priority,
        message.hello_ms,
        message.hold_ms,
        message.address.ljust(16, b"\0"),
    )


_GROUP_STATE: Final = struct.Struct("!BBBBH6sIII16s")
_STATES_V1: Final[dict[int, State]] = {
    0: "initial", 1: "learn", 2: "listen", 4: "speak", 8: "standby", 16: "active",
}  # fmt: skip
_STATE_NUMBERS_V1: Final = {state: number for number, state in _STATES_V1.items()}
_STATES_V2: Final[tuple[State, ...]] = (
    "initial", "initial", "learn", "listen", "speak", "standby", "active",
)  # fmt: skip


def _parse_v1(data: bytes) -> Hsrp:
    if len(data) >= 2 and data[1] == ADVERTISE:
        raise DecodeError("unsupported", 1)
    if len(data) < V1_BYTES:
        raise DecodeError("truncated", len(data))
    _, operation, number, hello_s, hold_s, priority, group, _ = data[:8]
    state = _STATES_V1.get(number)
    if operation > RESIGN:
        raise DecodeError("bad_type", 1)
    if state is None:
        raise DecodeError("bad_type", 2)
    return Hsrp(1, operation, state, group, priority, hello_s * 1000, hold_s * 1000, data[16:20])


def _parse_v2(data: bytes) -> Hsrp:
    offset = 0
    for _ in range(MAX_TLVS):
        if offset + 2 > len(data):
            raise DecodeError("unsupported" if offset == len(data) else "truncated", len(data))
        kind, stop = data[offset], offset + 2 + data[offset + 1]
        if stop > len(data):
            raise DecodeError("truncated", len(data))
        if kind == GROUP_STATE:
            if stop - offset - 2 != GROUP_STATE_BYTES:
                raise DecodeError("bad_length", offset + 1)
            return _parse_group(data, offset + 2)
        offset = stop
    raise DecodeError("too_many", offset)


def _parse_group(data: bytes, at: int) -> Hsrp:
    (
        version, operation, number, family, group, identifier, priority, hello_ms, hold_ms, address,
    ) = _GROUP_STATE.unpack_from(data, at)  # fmt: skip
    if version != 2:
        raise DecodeError("bad_version", at)
    if operation > RESIGN:
        raise DecodeError("bad_type", at + 1)
    if number >= len(_STATES_V2):
        raise DecodeError("bad_type", at + 2)
    if family not in (4, 6):
        raise DecodeError("bad_type", at + 3)
    return Hsrp(
        2,
        operation,
        _STATES_V2[number],
        group,
        priority,
        hello_ms,
        hold_ms,
        address if family == 6 else address[:4],
        identifier,
    )
