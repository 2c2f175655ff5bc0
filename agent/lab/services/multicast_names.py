"""Responders for names on the link: mDNS with DNS-SD (RFC 6762, 6763) and LLMNR (RFC 4795)."""

import asyncio
import contextlib
import functools
import ipaddress
import socket
import struct

from agent.lab.offers import Llmnr, Mdns
from agent.lab.services import records
from agent.lab.services.records import Query, Question, Record
from agent.lab.services.stage import Place, Stage

MDNS_PORT = 5353
MDNS_GROUPS = {socket.AF_INET: "224.0.0.251", socket.AF_INET6: "ff02::fb"}
LLMNR_PORT = 5355
LLMNR_GROUPS = {socket.AF_INET: "224.0.0.252", socket.AF_INET6: "ff02::1:3"}
CATALOGUE = "_services._dns-sd._udp.local."
_WANTED_NEXT = (records.A, records.AAAA, records.SRV, records.TXT)


async def start_mdns(offer: Mdns, place: Place, stage: Stage) -> None:
    """Answer on every family that the host has, and announce twice (RFC 6762 §8.3)."""
    for family in place.families():
        sock = place.udp(family, MDNS_PORT)
        place.join(sock, MDNS_GROUPS[socket.AddressFamily(family)])
        group = (MDNS_GROUPS[socket.AddressFamily(family)], MDNS_PORT)
        stage.reads(sock, functools.partial(_answer_mdns, sock, group, offer, place))
        stage.spawn(_announce(sock, group, offer, place))


async def start_llmnr(offer: Llmnr, place: Place, stage: Stage) -> None:
    """Answer for the host's own name, and in reverse for its own addresses."""
    for family in place.families():
        sock = place.udp(family, LLMNR_PORT)
        place.join(sock, LLMNR_GROUPS[socket.AddressFamily(family)])
        stage.reads(sock, functools.partial(_answer_llmnr, sock, offer, place))


def zone(offer: Mdns, addresses: tuple[str, ...]) -> tuple[Record, ...]:
    """All records of a host."""
    host = f"{offer.host}.local."
    found = [records.address_record(host, address) for address in addresses]
    for address in addresses:
        reverse = ipaddress.ip_address(address).reverse_pointer + "."
        found.append(Record(reverse, records.PTR, records.name_wire(host)))
    for kind, port, text in offer.services:
        service = f"{kind}.local."
        instance = f"{offer.host.replace('.', chr(92) + '.')}.{service}"
        data = struct.pack("!HHH", 0, 0, port) + records.name_wire(host)
        found += [
            Record(CATALOGUE, records.PTR, records.name_wire(service), records.IN, 4500),
            Record(service, records.PTR, records.name_wire(instance), records.IN, 4500),
            Record(instance, records.SRV, data),
            records.text_record(instance, text),
        ]
    return tuple(found)


def answers(query: Query, known: tuple[Record, ...]) -> tuple[list[Record], list[Record]]:
    """The records that answer, and those that the asker will want next (RFC 6763 §12)."""
    found = [
        record
        for record in known
        if any(_matches(question, record) for question in query.questions)
    ]
    if not found:
        return [], []
    return found, [
        record for record in known if record not in found and record.type in _WANTED_NEXT
    ]


def _matches(question: Question, record: Record) -> bool:
    return question.name == record.name.lower() and question.type in (record.type, records.ANY)


def _addresses(place: Place) -> tuple[str, ...]:
    own = (place.host.ipv4,) if place.host.ipv4 is not None else ()
    return own + place.ipv6_addresses()


def _answer_mdns(sock: socket.socket, group: tuple[str, int], offer: Mdns, place: Place) -> None:
    data, peer = sock.recvfrom(9000)
    query = records.read_query(data)
    if query is None or not query.questions:
        return
    found, more = answers(query, zone(offer, _addresses(place)))
    if not found:
        return
    if peer[1] != MDNS_PORT:
        # A plain resolver asks (RFC 6762 §6.7): identity and question come back to it alone.
        plain = [_capped(record) for record in found]
        rest = [_capped(record) for record in more]
        sock.sendto(records.write(query.id, plain, rest, query.questions[0]), peer)
    elif all(question.class_ & records.UNICAST_WANTED for question in query.questions):
        sock.sendto(records.write(0, found, more), peer)
    else:
        sock.sendto(records.write(0, found, more), group)


def _capped(record: Record) -> Record:
    return Record(record.name, record.type, record.data, records.IN, min(record.ttl_s, 10))


async def _announce(sock: socket.socket, group: tuple[str, int], offer: Mdns, place: Place) -> None:
    for _ in range(2):
        with contextlib.suppress(OSError):
            sock.sendto(records.write(0, zone(offer, _addresses(place))), group)
        await asyncio.sleep(1.0)


def _answer_llmnr(sock: socket.socket, offer: Llmnr, place: Place) -> None:
    data, peer = sock.recvfrom(9000)
    query = records.read_query(data)
    if query is None or len(query.questions) != 1:
        return
    host = f"{offer.host}."
    known = [records.address_record(host, one, records.IN, 30) for one in _addresses(place)]
    for address in _addresses(place):
        reverse = ipaddress.ip_address(address).reverse_pointer + "."
        known.append(Record(reverse, records.PTR, records.name_wire(host), records.IN, 30))
    found, _more = answers(query, tuple(known))
    if found:
        # RFC 4795 §2.1.1: the C bit sits where DNS has AA, so the flags differ from mDNS.
        response = bytearray(records.write(query.id, found, (), query.questions[0]))
        response[2] = 0x80
        sock.sendto(bytes(response), peer)
