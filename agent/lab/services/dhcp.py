"""DHCPv4 of the lab: a small server, and clients as loud as those of an office (RFC 2131, 2132)."""

import asyncio
import contextlib
import ipaddress
import random
import socket
import struct
from collections.abc import Mapping

import msgspec

from agent.lab.offers import DhcpClient, DhcpServer
from agent.lab.services.stage import Place, Stage

SERVER_PORT, CLIENT_PORT = 67, 68
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
MASK, ROUTER, RESOLVER, HOSTNAME, REQUESTED, LEASE = 1, 3, 6, 12, 50, 51
KIND, SERVER, WANTED, MAX_SIZE, VENDOR, CLIENT = 53, 54, 55, 57, 60, 61
IPV6_ONLY = 108
COOKIE = b"\x63\x82\x53\x63"
BROADCAST_FLAG = 0x8000
# What Windows and Android list (RFC 8925 §3.1 adds 108 for those that can live without IPv4).
WINDOWS_WANTS = bytes((1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252))
ANDROID_WANTS = bytes((1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114))
ETH_P_IP = 0x0800


class Message(msgspec.Struct, frozen=True):
    """The parts of a DHCP message that the lab needs; addresses are packed."""

    reply: bool
    xid: int
    mac: bytes
    flags: int = 0
    client: bytes = bytes(4)
    yours: bytes = bytes(4)
    options: Mapping[int, bytes] = {}

    @property
    def kind(self) -> int:
        """The message type, 0 when it is missing."""
        value = self.options.get(KIND, b"")
        return value[0] if len(value) == 1 else 0


async def start_server(offer: DhcpServer, place: Place, stage: Stage) -> None:
    """Serve eth0; declared hosts get their declared address, others one of the range."""
    sock = place.udp(socket.AF_INET, SERVER_PORT)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    leases = Leases(offer, place)

    def answer() -> None:
        data, peer = sock.recvfrom(2048)
        message = decode(data)
        if message is None or message.reply:
            return
        response = leases.respond(message)
        if response is not None:
            # A client that has its address already can be spoken to (RFC 2131 §4.1).
            direct = message.client != bytes(4) and not message.flags & BROADCAST_FLAG
            target = peer[0] if direct else "255.255.255.255"
            sock.sendto(encode(response), (target, CLIENT_PORT))

    stage.reads(sock, answer)


class Leases:
    """Which MAC has which address, and what a server says to whom."""

    def __init__(self, offer: DhcpServer, place: Place) -> None:
        self._offer = offer
        self._network = ipaddress.IPv4Network(place.plan.ipv4)
        self._own = ipaddress.IPv4Address(place.host.ipv4 or "0.0.0.0").packed  # noqa: S104
        nics = [nic for host in place.plan.hosts for nic in host.nics if nic.ipv4 is not None]
        self._fixed = {
            bytes.fromhex(nic.mac.replace(":", "")): ipaddress.IPv4Address(nic.ipv4 or "").packed
            for nic in nics
        }
        self._dynamic: dict[bytes, bytes] = {}
        taken = set(self._fixed.values())
        first = int(ipaddress.IPv4Address(offer.first))
        last = int(ipaddress.IPv4Address(offer.last))
        self._free = [
            packed
            for number in range(first, last + 1)
            if (packed := number.to_bytes(4, "big")) not in taken
        ]

    def respond(self, message: Message) -> Message | None:
        """OFFER, ACK or NAK; None where a server keeps silent."""
        asked_server = message.options.get(SERVER)
        if asked_server is not None and asked_server != self._own:
            return None
        if message.kind == INFORM:
            return self._reply(message, ACK, bytes(4))
        address = self._address(message.mac)
        if message.kind == DISCOVER and address is not None:
            return self._reply(message, OFFER, address)
        if message.kind == REQUEST:
            wanted = message.options.get(REQUESTED, message.client)
            if wanted == address:
                return self._reply(message, ACK, address)
            return self._reply(message, NAK, bytes(4))
        return None

    def _address(self, mac: bytes) -> bytes | None:
        known = self._fixed.get(mac) or self._dynamic.get(mac)
        if known is None and self._free:
            known = self._dynamic[mac] = self._free.pop(0)
        return known

    def _reply(self, message: Message, kind: int, yours: bytes) -> Message:
        options = {KIND: bytes((kind,)), SERVER: self._own}
        if kind != NAK:
            options |= {MASK: self._network.netmask.packed, ROUTER: self._own, RESOLVER: self._own}
            if yours != bytes(4):
                options[LEASE] = struct.pack("!I", self._offer.lease_s)
            if self._offer.ipv6_only_s is not None and IPV6_ONLY in message.options.get(
                WANTED, b""
            ):
                options[IPV6_ONLY] = struct.pack("!I", self._offer.ipv6_only_s)
        return Message(
            True, message.xid, message.mac, message.flags, message.client, yours, options
        )


async def start_client(offer: DhcpClient, place: Place, stage: Stage) -> None:
    """Ask for a lease at once and then every `interval_s`, as after a boot each time."""
    sock = place.namespace.socket(
        socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, socket.htons(ETH_P_IP)
    )
    sock.setblocking(False)
    sock.bind(("eth0", ETH_P_IP))
    heard: asyncio.Queue[Message] = asyncio.Queue(16)

    def hear() -> None:
        message = decode(_payload(sock.recv(2048)))
        if message is not None and message.reply and not heard.full():
            heard.put_nowait(message)

    async def ask_again() -> None:
        while True:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(8):
                    await _lease(sock, heard, offer, place.host.mac)
            await asyncio.sleep(offer.interval_s * random.uniform(0.9, 1.1))

    stage.reads(sock, hear)
    stage.spawn(ask_again())


async def _lease(
    sock: socket.socket, heard: "asyncio.Queue[Message]", offer: DhcpClient, mac: str
) -> None:
    packed = bytes.fromhex(mac.replace(":", ""))
    xid = random.getrandbits(32)
    wants = WINDOWS_WANTS if offer.vendor_class.startswith("MSFT") else ANDROID_WANTS
    options = {
        KIND: bytes((DISCOVER,)),
        CLIENT: b"\x01" + packed,
        HOSTNAME: offer.hostname.encode(),
        VENDOR: offer.vendor_class.encode(),
        WANTED: wants + (bytes((IPV6_ONLY,)) if offer.ipv6_only else b""),
        MAX_SIZE: struct.pack("!H", 1500),
    }
    _broadcast(sock, Message(False, xid, packed, BROADCAST_FLAG, options=options))
    while (offered := await heard.get()).xid != xid or offered.kind != OFFER:
        pass
    options |= {
        KIND: bytes((REQUEST,)),
        REQUESTED: offered.yours,
        SERVER: offered.options.get(SERVER, bytes(4)),
    }
    _broadcast(sock, Message(False, xid, packed, BROADCAST_FLAG, options=options))
    while (answer := await heard.get()).xid != xid or answer.kind not in (ACK, NAK):
        pass


def encode(message: Message) -> bytes:
    """A message of at least 300 octets, as BOOTP wants it."""
    head = struct.pack(
        "!BBBBIHH", 2 if message.reply else 1, 1, 6, 0, message.xid, 0, message.flags
    )
    head += message.client + message.yours + bytes(8)
    head += message.mac.ljust(16, b"\0") + bytes(192) + COOKIE
    body = b"".join(bytes((code, len(value))) + value for code, value in message.options.items())
    return (head + body + b"\xff").ljust(300, b"\0")


def decode(data: bytes) -> Message | None:
    """A message; None for anything else."""
    if len(data) < 240 or data[236:240] != COOKIE or data[1:3] != b"\x01\x06":
        return None
    options: dict[int, bytes] = {}
    at = 240
    while at + 1 < len(data) and data[at] != 0xFF:
        if data[at] == 0:
            at += 1
            continue
        options[data[at]] = data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]
    xid, _seconds, flags = struct.unpack_from("!IHH", data, 4)
    return Message(data[0] == 2, xid, data[28:34], flags, data[12:16], data[16:20], options)


def _payload(packet: bytes) -> bytes:
    """What a UDP datagram to the client port carries; empty for every other packet."""
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_UDP:
        return b""
    start = (packet[0] & 0x0F) * 4
    if len(packet) < start + 8 or packet[start + 2 : start + 4] != CLIENT_PORT.to_bytes(2, "big"):
        return b""
    return packet[start + 8 :]


def _broadcast(sock: socket.socket, message: Message) -> None:
    payload = encode(message)
    udp = struct.pack("!HHHH", CLIENT_PORT, SERVER_PORT, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 128, socket.IPPROTO_UDP, 0)
    head += bytes(4) + b"\xff\xff\xff\xff"
    packet = head[:10] + _checksum(head).to_bytes(2, "big") + head[12:] + udp
    sock.sendto(packet, ("eth0", ETH_P_IP, 0, 0, b"\xff\xff\xff\xff\xff\xff"))


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
