"""Configuration files of the real daemons: pure text, from offers and plans."""

import ipaddress
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.lab.offers import DhcpServer, DnsServer, RouterAdvertiser
from agent.lab.topology import LanPlan


def radvd_config(offer: RouterAdvertiser, more: str = "") -> str:
    """radvd.conf(5), with `more` lines for eth0; ValueError for PREF64, new in radvd 2.20."""
    if offer.pref64 is not None:
        raise ValueError("radvd before 2.20 cannot send PREF64: use the lab's own advertiser")
    # radvd wants a maximum of at least 4 s and a minimum between 3 s and 0.75 of it.
    longest = max(4, round(offer.interval_s))
    lines = [
        "AdvSendAdvert on;",
        "MinRtrAdvInterval 3;",
        f"MaxRtrAdvInterval {longest};",
        f"AdvDefaultLifetime {offer.lifetime_s};",
        f"AdvDefaultPreference {offer.preference};",
        f"AdvManagedFlag {_switch(offer.managed)};",
        f"AdvOtherConfigFlag {_switch(offer.other)};",
    ]
    if offer.mtu is not None:
        lines.append(f"AdvLinkMTU {offer.mtu};")
    lines += [
        f"prefix {prefix.prefix} {{ AdvOnLink {_switch(prefix.on_link)};"
        f" AdvAutonomous {_switch(prefix.autonomous)};"
        f" AdvValidLifetime {prefix.valid_s}; AdvPreferredLifetime {prefix.preferred_s}; }};"
        for prefix in offer.prefixes
    ]
    if offer.rdnss:
        lines.append(f"RDNSS {' '.join(offer.rdnss)} {{ AdvRDNSSLifetime 1800; }};")
    if more:
        lines.append(more)
    if offer.search:
        lines.append(f"DNSSL {' '.join(offer.search)} {{ AdvDNSSLLifetime 1800; }};")
    body = "\n  ".join(lines)
    return f"interface eth0 {{\n  {body}\n}};\n"


def dnsmasq_config(
    plan: LanPlan,
    dhcp: DhcpServer | None,
    dns: DnsServer | None,
    names: Mapping[str, Sequence[str]],
    folder: Path,
) -> str:
    """dnsmasq.conf, see dnsmasq(8)."""
    lines = [
        f"port={53 if dns else 0}",
        "interface=eth0",
        "bind-interfaces",
        "no-resolv",
        "no-hosts",
        "no-poll",
        f"pid-file={folder / 'dnsmasq.pid'}",
    ]
    if dns is not None:
        lines += [f"local=/{dns.zone}/", f"domain={dns.zone}"]
        # Without these it would refuse what it does not know instead of denying it.
        lines += [f"local=/{_reverse_zone(network)}/" for network in (plan.ipv4, plan.ipv6)]
        lines += [f"host-record={name},{','.join(found)}" for name, found in names.items()]
    if dhcp is not None:
        lines += [
            f"dhcp-range={dhcp.first},{dhcp.last},{dhcp.lease_s}",
            f"dhcp-leasefile={folder / 'leases'}",
            "dhcp-authoritative",
            "no-ping",
            "quiet-dhcp",
        ]
        if dhcp.ipv6_only_s is not None:
            lines.append(f"dhcp-option=108,{_four_octets(dhcp.ipv6_only_s)}")
        reserved: set[str] = set()
        for host in plan.hosts:
            for nic in host.nics:
                if nic.ipv4 is not None and nic.ipv4 not in reserved:
                    reserved.add(nic.ipv4)
                    lines.append(f"dhcp-host={nic.mac},{nic.ipv4}")
    return "\n".join(lines) + "\n"


def sshd_config(key: Path, port: int, folder: Path, more: str = "") -> str:
    """sshd_config(5): nobody may log in; `more` are further lines."""
    return (
        f"{more}Port {port}\nHostKey {key}\nPidFile {folder / 'sshd.pid'}\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin no\nAllowUsers nobody-at-all\n"
        "LogLevel VERBOSE\n"
    )


def nginx_config(
    pages: Path, folder: Path, port: int, secure_port: int | None = None, pem: str = ""
) -> str:
    """nginx.conf: one process, all files under `folder`; `pem` holds key and certificate."""
    secured = ""
    if secure_port is not None:
        secured = (
            f"    listen {secure_port} ssl;\n    listen [::]:{secure_port} ssl;\n"
            f"    ssl_certificate {pem};\n    ssl_certificate_key {pem};\n"
        )
    places = "".join(
        f"  {name}_temp_path {folder / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        "daemon off;\nmaster_process off;\nuser root;\n"
        f"pid {folder / 'nginx.pid'};\nerror_log stderr;\n"
        "events { worker_connections 64; }\n"
        f"http {{\n  access_log {folder / 'access.log'};\n{places}"
        f"  server {{\n    listen {port};\n    listen [::]:{port};\n{secured}    root {pages};\n"
        "    types { text/html html; }\n  }\n}\n"
    )


def snmpd_config(name: str, community: str) -> str:
    """snmpd.conf(5)."""
    return (
        f"rocommunity {community} default .1.3.6.1.2.1\nrocommunity6 {community} default "
        f".1.3.6.1.2.1\nsysname {name}\nsysdescr Linux {name}\nsyslocation lab\n"
    )


def avahi_service(name: str, kind: str, port: int) -> str:
    """avahi.service(5)."""
    return (
        '<?xml version="1.0"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">\n'
        f"<service-group><name>{name}</name><service><type>{kind}</type>"
        f"<port>{port}</port></service></service-group>\n"
    )


def _reverse_zone(network: str) -> str:
    parsed = ipaddress.ip_network(network)
    parts = parsed.network_address.reverse_pointer.split(".")
    step = 8 if parsed.version == 4 else 4
    return ".".join(parts[(parsed.max_prefixlen - parsed.prefixlen) // step :])


def _switch(value: bool) -> str:
    return "on" if value else "off"


def _four_octets(number: int) -> str:
    # dnsmasq takes octets joined by colons for an option that it knows by number only.
    return number.to_bytes(4, "big").hex(":")
