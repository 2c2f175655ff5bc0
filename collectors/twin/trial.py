"""What the twin does with each service: resolve, connect, and the first words of its protocol.

All calls block; they are made in the twin's own thread or in threads that it starts, which are in
its namespace too.
"""

import contextlib
import errno
import ipaddress
import os
import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal

import msgspec

from collectors.observation import TwinTried
from collectors.ports import NEVER, SECURE_WEB, TLS, WEB
from collectors.twin.station import Station, TwinRefused, become, has_ipv4
from collectors.wire.text import clean_text

NAME: Final = "twin"
MAX_SERVICES: Final = 64
MAX_ADDRESSES: Final = 4  # of one name
CONNECT_S: Final = 5.0
TALK_S: Final = 5.0
DNS_S: Final = 3.0
DNS_ROUNDS: Final = 3  # a path that has just come up may refuse or lose the first questions
DNS_REST_S: Final = 0.5
_AT_ONCE: Final = 8
_GREETERS: Final = frozenset({21, 22, 25, 110, 143, 587})
_DNS, _NTP = 53, 123
# RFC 7050 §8.2, and where RFC 6052 §2.2 puts the IPv4 address, by prefix length.
_KNOWN: Final = frozenset({bytes((192, 0, 0, 170)), bytes((192, 0, 0, 171))})
_PLACES: Final = (
    (96, (12, 13, 14, 15)), (64, (9, 10, 11, 12)), (56, (7, 9, 10, 11)),
    (48, (6, 7, 9, 10)), (40, (5, 6, 7, 9)), (32, (4, 5, 6, 7)),
)  # fmt: skip

Stage = Literal["resolve", "connect", "talk", "done"]


class Wanted(msgspec.Struct, frozen=True):
    """A service that must work: `host` is a name or an address."""

    name: str
    host: str
    port: int
    transport: Literal["tcp", "udp"] = "tcp"


class Report(msgspec.Struct, frozen=True):
    """What the network gave the twin, how each service went, and what was not tried and why."""

    station: Station
    tried: tuple[TwinTried, ...]
    untried: tuple[str, ...] = ()


class _End(Exception):
    """Where a trial ended, and why."""

    def __init__(self, stage: Stage, detail: str) -> None:
        super().__init__(detail)
        self.stage = stage
        self.detail = detail


def plan(interface: str, wanted: Sequence[Wanted]) -> tuple[str, ...]:
    """What the twin will do, in sentences, before it does anything."""
    names = ", ".join(f"{one.host}:{one.port}" for one in _usable(wanted)[0][:8])
    more = len(_usable(wanted)[0]) - 8
    return (
        f"stands on the network of {interface} as a second station with a random MAC, no IPv4",
        "takes an IPv6 address and resolvers from router advertisements, and asks for no lease",
        f"looks up, connects to and greets: {names}{f' and {more} more' if more > 0 else ''}",
        "logs in nowhere, changes nothing, and is gone when it ends",
    )


def run(interface: str, wanted: Sequence[Wanted], clock: Callable[[], float] = time.time) -> Report:
    """Be the twin and try every service; the calling thread must be one made for this.

    Raises TwinRefused when there can be no twin or when the network gives it no IPv6.
    """
    station = become(interface)
    if has_ipv4():
        raise TwinRefused("the twin has IPv4, so it proves nothing; please report this")
    usable, untried = _usable(wanted)
    resolver = Resolver(station.resolvers)
    prefixes = [*map(ipaddress.IPv6Network, station.nat64), *resolver.prefixes()]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="twin") as threads:
        tried = tuple(
            threads.map(lambda one: _try(one, interface, resolver, prefixes, clock), usable)
        )
    return Report(station, tried, untried)


class Resolver:
    """Asks the resolvers that routers advertised, one after the other, over IPv6."""

    def __init__(self, servers: Sequence[str]) -> None:
        self._servers = tuple(servers)

    def addresses(self, name: str) -> list[str]:
        """The AAAA records of a name; raises _End at the stage `resolve`."""
        import dns.exception
        import dns.message
        import dns.name
        import dns.query
        import dns.rcode
        import dns.rdatatype

        if not self._servers:
            raise _End("resolve", "routers advertise no resolver (RDNSS)")
        try:
            question = dns.message.make_query(name, dns.rdatatype.AAAA)
        except dns.exception.DNSException:
            raise _End("resolve", f"{name} is no name") from None
        failure = ""
        for turn, server in enumerate(self._servers * DNS_ROUNDS):
            if turn and turn % len(self._servers) == 0:
                time.sleep(DNS_REST_S)
            try:
                answer, _ = dns.query.udp_with_fallback(question, server, timeout=DNS_S)
            except (dns.exception.DNSException, OSError, EOFError) as error:
                why = getattr(error, "strerror", None) or type(error).__name__
                failure = f"{server}: {why}"
                continue
            if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                failure = f"{server}: {dns.rcode.to_text(answer.rcode())}"
                continue
            found = [
                record.address
                for section in answer.answer
                if section.rdtype == dns.rdatatype.AAAA
                for record in section
            ]
            if not found:
                raise _End("resolve", f"{name} has no IPv6 address")
            return found[:MAX_ADDRESSES]
        raise _End("resolve", f"no resolver answered ({failure})")

    def prefixes(self) -> list[ipaddress.IPv6Network]:
        """The prefixes into which a DNS64 puts IPv4 addresses (RFC 7050 §3)."""
        try:
            found = self.addresses("ipv4only.arpa")
        except _End:
            return []
        prefixes = []
        for address in found:
            packed = ipaddress.IPv6Address(address).packed
            for length, places in _PLACES:
                if bytes(packed[place] for place in places) in _KNOWN:
                    prefixes.append(ipaddress.IPv6Network((packed, length), strict=False))
                    break
        return prefixes


def _usable(wanted: Sequence[Wanted]) -> tuple[tuple[Wanted, ...], tuple[str, ...]]:
    usable: list[Wanted] = []
    untried: list[str] = []
    for one in wanted:
        if one.port in NEVER:
            untried.append(f"{one.name}: port {one.port} is never touched")
        elif one.transport == "udp" and one.port not in (_DNS, _NTP):
            untried.append(f"{one.name}: of UDP services only DNS and NTP can be tried")
        elif len(usable) >= MAX_SERVICES:
            untried.append(f"{one.name}: {MAX_SERVICES} services are tried at most")
        else:
            usable.append(one)
    return tuple(usable), tuple(untried)


def _try(
    one: Wanted,
    interface: str,
    resolver: Resolver,
    prefixes: Sequence[ipaddress.IPv6Network],
    clock: Callable[[], float],
) -> TwinTried:
    stage: Stage = "resolve"
    detail, address = "", ""
    order = ("resolve", "connect", "talk", "done")
    try:
        for candidate in _candidates(one.host, resolver):
            try:
                said = _reach(one, candidate)
                stage, detail, address = "done", said, candidate
                break
            except _End as end:
                if order.index(end.stage) > order.index(stage):
                    stage, detail, address = end.stage, end.detail, candidate
    except _End as end:
        stage, detail = end.stage, end.detail
    via = bool(address) and any(ipaddress.IPv6Address(address) in net for net in prefixes)
    return TwinTried(
        at=clock(),
        source=NAME,
        interface=interface,
        service=one.name,
        stage=stage,
        works=stage == "done",
        address=address,
        via_nat64=via,
        detail=clean_text(detail.encode(), 200),
    )


def _candidates(host: str, resolver: Resolver) -> list[str]:
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return resolver.addresses(host)
    if parsed.version == 4:
        raise _End("resolve", f"{host} is an IPv4 address; give the service a name")
    return [str(parsed)]


def _reach(one: Wanted, address: str) -> str:
    kind = socket.SOCK_DGRAM if one.transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET6, kind) as sock:
        sock.settimeout(CONNECT_S)
        try:
            sock.connect((address, one.port))
        except TimeoutError:
            raise _End("connect", f"{address} does not answer on port {one.port}") from None
        except OSError as error:
            text = errno.errorcode.get(error.errno or 0, "")
            reason = error.strerror or text or os.strerror(errno.EIO)
            raise _End("connect", f"{address} port {one.port}: {reason}") from None
        sock.settimeout(TALK_S)
        try:
            return _talk(sock, one)
        except TimeoutError:
            raise _End("talk", "it takes the connection and says nothing") from None
        except (OSError, ssl.SSLError, ValueError) as error:
            why = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            raise _End("talk", str(why)) from None


def _talk(sock: socket.socket, one: Wanted) -> str:
    """The first words of the protocol that belongs to the port; ValueError for a bad answer."""
    if one.port == _DNS:
        return _ask_dns(sock, one.transport == "tcp")
    if one.port == _NTP and one.transport == "udp":
        sock.send(b"\x23" + bytes(47))  # RFC 5905 §7.3: version 4, client
        return "time came" if len(sock.recv(512)) >= 48 else _bad("no NTP answer")
    if one.port in TLS:
        with _lenient().wrap_socket(sock, server_hostname=one.host) as secured:
            version = secured.version() or "TLS"
            return f"{version}, {_get(secured, one)}" if one.port in SECURE_WEB else version
    if one.port in WEB:
        return _get(sock, one)
    if one.port in _GREETERS:
        return sock.recv(256).split(b"\r\n")[0].decode("ascii", "replace") or _bad("no greeting")
    return "connected"


def _get(sock: socket.socket, one: Wanted) -> str:
    host = f"[{one.host}]" if ":" in one.host else one.host
    request = (
        f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: lanwarden\r\nConnection: close\r\n\r\n"
    )
    sock.sendall(request.encode("ascii", "replace"))
    heard = b""
    until = time.monotonic() + TALK_S
    while b"\n" not in heard and len(heard) < 4096 and time.monotonic() < until:
        data = sock.recv(4096)
        if not data:
            break
        heard += data
    line = heard.split(b"\n")[0].decode("latin-1").strip()
    return line if line.startswith("HTTP/") else _bad("no HTTP answer")


def _ask_dns(sock: socket.socket, stream: bool) -> str:
    query = struct.pack("!HHHHHH", 0x6C77, 0x0100, 1, 0, 0, 0) + b"\0" + struct.pack("!HH", 2, 1)
    sock.send(struct.pack("!H", len(query)) + query if stream else query)
    heard = sock.recv(4096)
    if stream and len(heard) == 2:  # the length came by itself
        heard += sock.recv(4096)
    answer = heard[2:] if stream else heard
    good = len(answer) >= 12 and answer[:2] == query[:2] and answer[2] & 0x80
    return "it answers" if good else _bad("no DNS answer")


def _lenient() -> ssl.SSLContext:
    """Reachability is tried here, not trust: another check judges certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(ssl.SSLError):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _bad(text: str) -> str:
    raise ValueError(text)
