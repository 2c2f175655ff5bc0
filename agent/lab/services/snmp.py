"""An SNMP v1 and v2c agent with the system group (RFC 3416, RFC 3418), read only.

Of SNMPv3 it knows the discovery of its engine.
"""

import functools
import socket
import time

from agent.lab.offers import Snmp
from agent.lab.services import ber
from agent.lab.services.ber import BerError
from agent.lab.services.stage import Place, Stage
from collectors.wire import snmpv3
from collectors.wire.address import mac_bytes
from collectors.wire.errors import DecodeError

PORT = 161
GET, GET_NEXT, RESPONSE, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5
NO_SUCH_OBJECT, END_OF_VIEW = b"\x80\x00", b"\x82\x00"
NO_SUCH_NAME = 2  # error status of version 1
MAX_REPEAT = 20

Oid = tuple[int, ...]
Table = list[tuple[Oid, bytes]]


async def start(offer: Snmp, place: Place, stage: Stage) -> None:
    """Answer on every family that the host has."""
    started = time.monotonic()

    def answer(sock: socket.socket) -> None:
        data, peer = sock.recvfrom(4096)
        ticks = int((time.monotonic() - started) * 100)
        response = introduce(data, offer, place.host.mac, ticks // 100)
        response = response or respond(data, offer, place.host.name, ticks)
        if response is not None:
            sock.sendto(response, peer)

    for family in place.families():
        sock = place.udp(family, PORT)
        stage.reads(sock, functools.partial(answer, sock))


def introduce(data: bytes, offer: Snmp, mac: str, seconds: int) -> bytes | None:
    """The report that answers the discovery of an SNMPv3 engine (RFC 3414 §4), else None.

    The engine's identifier is made of the enterprise and the MAC (RFC 3411 §5, format 3).
    """
    try:
        message_id = snmpv3.parse_discovery(data)
    except DecodeError:
        return None
    enterprise = int(offer.object_id.split(".")[6])
    engine_id = (enterprise | 1 << 31).to_bytes(4, "big") + b"\x03" + mac_bytes(mac)
    return snmpv3.encode_report(snmpv3.Engine(message_id, engine_id, 1, seconds))


def respond(data: bytes, offer: Snmp, name: str, ticks: int) -> bytes | None:
    """The answer to one datagram; silence for another community, version or operation."""
    try:
        message, _end = ber.expect(data, 0, ber.SEQUENCE)
        version, at = ber.read_integer(message, 0)
        community, at = ber.expect(message, at, ber.OCTETS)
        if version not in (0, 1) or community != offer.community.encode():
            return None
        operation, pdu, _end = ber.read(message, at)
        request, at = ber.read_integer(pdu, 0)
        first, at = ber.read_integer(pdu, at)
        second, at = ber.read_integer(pdu, at)
        asked = _asked(ber.expect(pdu, at, ber.SEQUENCE)[0])
    except BerError:
        return None
    table = _system(offer, name, ticks)
    status = index = 0
    if operation in (GET, GET_NEXT):
        find = _get if operation == GET else _next
        bound = [find(table, one) for one in asked]
        if version == 0 and any(value[1] in (NO_SUCH_OBJECT, END_OF_VIEW) for value in bound):
            status = NO_SUCH_NAME
            index = 1 + next(at for at, value in enumerate(bound) if value[1][1:] == b"\0")
            bound = [(one, ber.encode(ber.NULL, b"")) for one in asked]
    elif operation == GET_BULK and version == 1:
        bound = _bulk(table, asked, max(first, 0), min(max(second, 0), MAX_REPEAT))
    else:
        return None
    variables = b"".join(ber.encode(ber.SEQUENCE, ber.oid(one) + value) for one, value in bound)
    body = ber.integer(request) + ber.integer(status) + ber.integer(index)
    body += ber.encode(ber.SEQUENCE, variables)
    head = ber.integer(version) + ber.encode(ber.OCTETS, community)
    return ber.encode(ber.SEQUENCE, head + ber.encode(RESPONSE, body))


def _asked(data: bytes) -> list[Oid]:
    found = []
    at = 0
    while at < len(data):
        one, at = ber.expect(data, at, ber.SEQUENCE)
        found.append(ber.read_oid(one, 0)[0])
    return found


def _system(offer: Snmp, name: str, ticks: int) -> Table:
    base = (1, 3, 6, 1, 2, 1, 1)
    object_id = tuple(int(part) for part in offer.object_id.split("."))
    return [
        ((*base, 1, 0), ber.encode(ber.OCTETS, offer.description.encode())),
        ((*base, 2, 0), ber.oid(object_id)),
        ((*base, 3, 0), ber.integer(ticks, ber.TIME_TICKS)),
        ((*base, 4, 0), ber.encode(ber.OCTETS, b"")),
        ((*base, 5, 0), ber.encode(ber.OCTETS, name.encode())),
        ((*base, 6, 0), ber.encode(ber.OCTETS, offer.location.encode())),
        ((*base, 7, 0), ber.integer(72)),
    ]


def _get(table: Table, asked: Oid) -> tuple[Oid, bytes]:
    return asked, dict(table).get(asked, NO_SUCH_OBJECT)


def _next(table: Table, asked: Oid) -> tuple[Oid, bytes]:
    return next((row for row in table if row[0] > asked), (asked, END_OF_VIEW))


def _bulk(table: Table, asked: list[Oid], once: int, repeat: int) -> Table:
    bound = [_next(table, one) for one in asked[:once]]
    current = asked[once:]
    for _ in range(repeat):
        row = [_next(table, one) for one in current]
        bound += row
        current = [one for one, _value in row]
        if all(value == END_OF_VIEW for _one, value in row):
            break
    return bound
