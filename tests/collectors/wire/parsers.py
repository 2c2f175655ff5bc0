"""Every parser of the codecs, with the octets of a valid message."""

from collections.abc import Callable

from collectors.wire import (
    arp,
    carp,
    cdp,
    checksum,
    dhcpv4,
    dhcpv6,
    dhcpv6_duid,
    dns,
    dtp,
    ethernet,
    frame,
    hsrp,
    http,
    icmpv4,
    icmpv6,
    ipv4,
    ipv6,
    linux_cooked,
    llc,
    lldp,
    mld,
    nbns,
    nd,
    nd_options,
    snmpv3,
    ssdp,
    ssh,
    stp,
    tunnel,
    udp,
    upnp,
    vrrp,
    wsd,
)
from collectors.wire import name as names
from collectors.wire.address import solicited_node
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import FRAMES, GLOBAL, LINK_LOCAL, ROUTER
from tests.collectors.wire.samples_discovery import DISCOVERY_FRAMES as DISCOVERY
from tests.collectors.wire.samples_readiness import READINESS_FRAMES as READINESS

Parser = Callable[[bytes], object]


def sealed_icmpv6(data: bytes) -> object:
    """ICMPv6 with a checksum that holds, so that what is behind it is reached."""
    sealed = checksum.with_icmpv6(ROUTER, LINK_LOCAL, data[:2] + b"\0\0" + data[4:])
    return icmpv6.parse(sealed, ROUTER, LINK_LOCAL, data[0] if data else 255, 0)


def tunnelled(data: bytes) -> object:
    """A tunnel's packet behind its IPv4 header."""
    outer = ipv4.parse_quoted(data)
    return tunnel.parse(outer.protocol, outer.destination, outer.payload)


def teredo(data: bytes) -> object:
    """Teredo; what is none counts as refused."""
    return _required(tunnel.parse_teredo(data))


def tunnel_question(data: bytes) -> object:
    """A question that seeks a tunnel; others count as refused."""
    return _required(tunnel.parse_question(data))


def _required(found: object) -> object:
    if found is None:
        raise DecodeError("unsupported", 0)
    return found


def sealed_vrrp(data: bytes) -> object:
    """VRRP with a checksum that holds."""
    if len(data) < 8:
        return vrrp.parse(data, bytes(4), bytes(4), 255)
    unsealed = data[:6] + b"\0\0" + data[8:]
    sealed = data[:6] + checksum.internet(unsealed).to_bytes(2, "big") + data[8:]
    return vrrp.parse(sealed, bytes(4), bytes(4), 255)


def sealed_carp(data: bytes) -> object:
    """CARP with a checksum that holds."""
    if len(data) < 8:
        return carp.parse(data, 255)
    unsealed = data[:6] + b"\0\0" + data[8:]
    sealed = data[:6] + checksum.internet(unsealed).to_bytes(2, "big") + data[8:]
    return carp.parse(sealed, 255)


def cooked(data: bytes) -> object:
    return linux_cooked.parse(data).frame(), linux_cooked.parse2(data).frame()


def page_of(data: bytes) -> object:
    response = http.parse(data)
    return response and (http.title(response), http.has_title(response))


SSH_INIT = ssh.encode_kexinit(
    ssh.KexInit(bytes(16), ((b"curve25519-sha256",), (b"ssh-ed25519",), *((b"none",),) * 8))
)
SSH_REPLY = ssh.encode_kex_reply(ssh.KexReply(ssh.string(b"ssh-ed25519"), b"\x01" * 32, b"s"))
PAGE = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html; charset=gbk\r\n\r\n"
    b"1a\r\n<html><TITLE >a&amp;b</title>\r\n0\r\n\r\n"
)
UPNP = (
    b"<?xml version='1.0'?><root xmlns='urn:schemas-upnp-org:device-1-0'><device><modelName>M"
    b"</modelName><UDN>uuid:1</UDN></device></root>"
)
ENGINE = snmpv3.Engine(7, bytes.fromhex("80001f8803020000000009"), 1, 2)


# Each parser with the octets of a valid message, which the tests then spoil.
PARSERS: dict[str, tuple[Parser, bytes]] = {
    "ssh-identification": (ssh.parse_identification, b"SSH-2.0-OpenSSH_9.2p1 Debian"),
    "ssh-packet": (ssh.parse_packet, ssh.packet(SSH_INIT)),
    "ssh-kexinit": (ssh.parse_kexinit, SSH_INIT),
    "ssh-kex-reply": (ssh.parse_kex_reply, SSH_REPLY),
    "ssh-kexdh-reply": (lambda data: ssh.parse_kex_reply(data, integer=True), SSH_REPLY),
    "ssh-fields": (ssh.parse_fields, ssh.string(b"ssh-rsa") + ssh.string(b"\x03") * 2),
    "http": (page_of, PAGE),
    "snmpv3-report": (snmpv3.parse_report, snmpv3.encode_report(ENGINE)),
    "snmpv3-discovery": (snmpv3.parse_discovery, snmpv3.build_discovery(7)),
    "upnp": (upnp.parse, UPNP),
    "ethernet": (ethernet.parse, FRAMES["arp"]),
    "arp": (arp.parse, FRAMES["arp"][14:]),
    "ipv4": (lambda data: ipv4.parse(data, verify_checksum=True), FRAMES["dhcp"][14:]),
    "ipv4-quoted": (ipv4.parse_quoted, FRAMES["dhcp"][14:]),
    "ipv6": (ipv6.parse, FRAMES["mld-report"][14:]),
    "icmpv4": (
        lambda data: icmpv4.parse(checksum.with_icmpv4(data[:2] + b"\0\0" + data[4:])),
        FRAMES["unreachable-4"][34:],
    ),
    "icmpv6": (sealed_icmpv6, FRAMES["parameter-problem"][54:]),
    "nd": (lambda data: nd.parse(data, ROUTER, LINK_LOCAL, 255), FRAMES["ra"][54:]),
    "nd-solicitation": (
        lambda data: nd.parse(data, bytes(16), solicited_node(GLOBAL), 255),
        FRAMES["ns"][54:78],
    ),
    "nd-options": (nd_options.parse, FRAMES["ra"][70:]),
    "mld-report": (lambda data: mld.parse(data, ROUTER, 1, 0), FRAMES["mld-report"][62:]),
    "mld-query": (lambda data: mld.parse(data, ROUTER, 1, 0), FRAMES["mld-query"][62:]),
    "udp": (udp.parse, FRAMES["dhcp"][34:]),
    "udp-verified": (
        lambda data: udp.parse(data, ROUTER, GLOBAL),
        udp.build(ROUTER, GLOBAL, 1, 2, b"abc"),
    ),
    "tunnel": (tunnelled, READINESS["6in4"][14:]),
    "tunnel-teredo": (teredo, READINESS["teredo"][42:]),
    "tunnel-question": (tunnel_question, READINESS["isatap-question"][42:]),
    "redirect": (lambda data: nd.parse(data, ROUTER, LINK_LOCAL, 255), READINESS["redirect"][54:]),
    "mld-query-v1": (lambda data: mld.parse(data, ROUTER, 1, 0), READINESS["mld-query-v1"][62:]),
    "dhcpv4": (dhcpv4.parse, FRAMES["dhcp"][42:]),
    "dns": (dns.parse, FRAMES["mdns"][42:]),
    "nbns": (nbns.parse, FRAMES["nbstat"][42:]),
    "nbns-request": (nbns.parse, FRAMES["nbstat-request"][42:]),
    "name": (lambda data: names.parse(data, 0), FRAMES["mdns"][54:71]),
    "name-skip": (lambda data: names.skip(data, 0), FRAMES["mdns"][54:71]),
    "dhcpv6": (dhcpv6.parse, DISCOVERY["dhcpv6-solicit"][62:]),
    "dhcpv6-reply": (dhcpv6.parse, DISCOVERY["dhcpv6-reply"][62:]),
    "dhcpv6-relay": (dhcpv6.parse, DISCOVERY["dhcpv6-relay"][62:]),
    "duid": (dhcpv6_duid.parse, DISCOVERY["dhcpv6-solicit"][70:84]),
    "llc": (lambda data: llc.parse(data, min(len(data), 46)), DISCOVERY["cdp"][14:]),
    "lldp": (lldp.parse, DISCOVERY["lldp"][14:]),
    "cdp": (cdp.parse, DISCOVERY["cdp"][22:]),
    "stp": (stp.parse, DISCOVERY["stp"][17:]),
    "vrrp": (sealed_vrrp, DISCOVERY["vrrp2"][34:54]),
    "hsrp": (hsrp.parse, DISCOVERY["hsrp"][42:]),
    "hsrp2": (hsrp.parse, DISCOVERY["hsrp2"][42:]),
    "carp": (sealed_carp, DISCOVERY["carp"][34:]),
    "dtp": (dtp.parse, DISCOVERY["dtp"][22:53]),
    "ssdp": (ssdp.parse, DISCOVERY["ssdp"][42:]),
    "wsd": (wsd.parse, DISCOVERY["wsd"][42:]),
    "cooked": (cooked, bytes((0, 0, 0, 1, 0, 6)) + bytes(40)),
    "frame": (frame.decode, FRAMES["ra"]),
    **{
        f"frame-{key}": (frame.decode, wire)
        for key, wire in (FRAMES | DISCOVERY | READINESS).items()
    },
}
