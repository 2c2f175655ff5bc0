"""A DNS server that knows the LAN's hosts, forward and reverse (RFC 1035)."""

import asyncio
import contextlib
import functools
import ipaddress
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.lab.offers import DnsServer
from agent.lab.services.stage import Place, Stage
from agent.lab.truth import HostTruth

if TYPE_CHECKING:
    import dns.message

PORT = 53
TTL_S = 300
Names = Mapping[str, tuple[str, ...]]  # owner name in lower case → addresses or, reverse, names


async def start(offer: DnsServer, place: Place, stage: Stage) -> None:
    """Serve UDP and TCP on every family that the host has."""
    for family in place.families():
        sock = place.udp(family, PORT, device=None)
        stage.reads(sock, functools.partial(_answer_udp, sock, offer, place))
        listener = place.namespace.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(("", PORT))
        server = await asyncio.start_server(
            functools.partial(_accept, offer, place, stage), sock=listener
        )
        stage.on_close(server.close)


def forward_names(zone: str, truths: Mapping[str, HostTruth]) -> Names:
    """What an office's DNS holds: every IPv4 address, and lasting global IPv6 addresses."""
    found = {}
    for truth in truths.values():
        lasting = [one for one in truth.global_ipv6 if one not in truth.temporary_ipv6]
        if truth.ipv4 or lasting:
            found[f"{truth.name}.{zone}".lower()] = (*truth.ipv4, *lasting)
    return found


def names(zone: str, truths: Mapping[str, HostTruth]) -> Names:
    """`forward_names` with a final dot, and their reverse; an address belongs to its first name."""
    found: dict[str, tuple[str, ...]] = {}
    for name, addresses in forward_names(zone, truths).items():
        found[f"{name}."] = addresses
        for address in addresses:
            found.setdefault(ipaddress.ip_address(address).reverse_pointer + ".", (f"{name}.",))
    return found


def respond(data: bytes, zone: str, known: Names) -> bytes | None:
    """The answer to one query; None for what is no query."""
    import dns.exception
    import dns.flags
    import dns.message
    import dns.opcode
    import dns.rcode

    try:
        query = dns.message.from_wire(data, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return None
    if query.flags & dns.flags.QR:
        return None
    response = dns.message.make_response(query, recursion_available=True)
    if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
        response.set_rcode(dns.rcode.NOTIMP)
    else:
        _fill(response, zone, known)
    return bytes(response.to_wire())


def _fill(response: "dns.message.Message", zone: str, known: Names) -> None:
    import dns.flags
    import dns.rcode
    import dns.rdatatype
    import dns.rrset

    question = response.question[0]
    owner = question.name.to_text().lower()
    ours = owner.endswith((f".{zone}.", ".in-addr.arpa.", ".ip6.arpa.")) or owner == f"{zone}."
    if not ours:
        response.set_rcode(dns.rcode.SERVFAIL)  # there is no Internet behind this server
        return
    response.flags |= dns.flags.AA
    if owner not in known:
        response.set_rcode(dns.rcode.NXDOMAIN)
        return
    values = [
        one for one in known[owner] if _type_of(one) == dns.rdatatype.to_text(question.rdtype)
    ]
    if values:
        response.answer.append(
            dns.rrset.from_text(owner, TTL_S, "IN", dns.rdatatype.to_text(question.rdtype), *values)
        )


def _type_of(value: str) -> str:
    """The record type that holds a value: a name ends in a dot, an address does not."""
    if value.endswith("."):
        return "PTR"
    return "AAAA" if ":" in value else "A"


def _answer_udp(sock: socket.socket, offer: DnsServer, place: Place) -> None:
    data, peer = sock.recvfrom(4096)
    response = respond(data, offer.zone, names(offer.zone, place.neighbours()))
    if response is not None:
        sock.sendto(response, peer)


def _accept(
    offer: DnsServer,
    place: Place,
    stage: Stage,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    async def talk() -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            async with asyncio.timeout(10):
                length = int.from_bytes(await reader.readexactly(2), "big")
                data = await reader.readexactly(length)
                response = respond(data, offer.zone, names(offer.zone, place.neighbours()))
                if response is not None:
                    writer.write(len(response).to_bytes(2, "big") + response)
                    await writer.drain()
        writer.close()

    stage.spawn(talk())
