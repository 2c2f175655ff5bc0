"""What a host of the lab offers on the network, declared as values.

Each has one implementation under `agent.lab.services`; addresses are those of the host.
"""

from typing import Literal

import msgspec

Families = tuple[Literal["ipv4", "ipv6"], ...]
BOTH: Families = ("ipv4", "ipv6")


class Http(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A web page with a title; `server` is the Server header, `tls` needs `cryptography`."""

    port: int = 80
    title: str = ""
    server: str = ""
    tls: bool = False
    families: Families = BOTH


class Greeting(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A TCP server that speaks first (ssh, ftp, smtp): sends `line` and CRLF, then listens."""

    port: int
    line: str
    families: Families = BOTH


class Ssh(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An SSH server that greets with `line`, proves a key of its own and lets nobody in."""

    port: int = 22
    line: str
    families: Families = BOTH


class Telnet(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A telnet server: option negotiation (RFC 854), banner, login prompt, nothing behind it."""

    port: int = 23
    banner: str = ""
    families: Families = BOTH


class Sink(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """TCP ports that accept, say nothing and record every byte that they are sent."""

    ports: tuple[int, ...]
    families: Families = BOTH


class Mdns(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A multicast DNS responder for `host`.local and its DNS-SD services (RFC 6762, 6763)."""

    host: str
    services: tuple[tuple[str, int, str], ...] = ()  # (type such as _ipp._tcp, port, TXT)


class Llmnr(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A link-local multicast name resolution responder (RFC 4795), as in Windows."""

    host: str


class Nbns(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A NetBIOS name service that answers node status and name queries (RFC 1002)."""

    host: str
    group: str = "WORKGROUP"


class Snmp(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An SNMP v1 and v2c agent with the system group (RFC 3418); silent to other communities.

    It also names its SNMPv3 engine to whoever asks (RFC 3414 §4), and lets nobody in.
    """

    community: str = "public"
    description: str
    object_id: str = "1.3.6.1.4.1.8072.3.2.10"
    location: str = ""


class DnsServer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A DNS server that knows the names of the LAN's hosts, forward and reverse."""

    zone: str = "stc.example"


class Prefix(msgspec.Struct, frozen=True, kw_only=True):
    """A prefix information option (RFC 4861 §4.6.2)."""

    prefix: str
    on_link: bool = True
    autonomous: bool = True
    valid_s: int = 5400
    preferred_s: int = 2700


class RouterAdvertiser(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Router advertisements (RFC 4861 §4.2, RFC 4191, RFC 8106, RFC 8781)."""

    prefixes: tuple[Prefix, ...] = ()
    lifetime_s: int = 1800
    preference: Literal["low", "medium", "high"] = "medium"
    managed: bool = False
    other: bool = False
    mtu: int | None = None
    rdnss: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    pref64: str | None = None
    interval_s: float = 10.0


class DhcpServer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A DHCPv4 server (RFC 2131); declared addresses are reserved by MAC."""

    first: str
    last: str
    lease_s: int = 3600
    ipv6_only_s: int | None = None  # option 108 (RFC 8925) to those who ask for it


class DhcpClient(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A DHCPv4 client that asks again and again, as an office PC does each morning."""

    hostname: str
    vendor_class: str = "MSFT 5.0"
    ipv6_only: bool = False  # lists option 108 in its parameter request list
    interval_s: float = 60.0


class Lldp(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """LLDP announcements of a switch or telephone (IEEE 802.1AB)."""

    system: str
    description: str
    port: str = "GigabitEthernet1/0/1"
    interval_s: float = 10.0


Offer = (
    Http
    | Greeting
    | Ssh
    | Telnet
    | Sink
    | Mdns
    | Llmnr
    | Nbns
    | Snmp
    | DnsServer
    | RouterAdvertiser
    | DhcpServer
    | DhcpClient
    | Lldp
)
