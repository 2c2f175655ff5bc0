"""The sections on IPv6: what is right on the networks, and what must work."""

from typing import Annotated

from agent.config import values
from agent.config.section import Section, key


class Ipv6Section(Section, frozen=True, kw_only=True):
    """What is right on this network."""

    routers: Annotated[
        tuple[str, ...],
        key(
            "Routers that may advertise here. Empty: those seen first are learnt, and said so.",
            'a list of MACs or link-local addresses such as "00:1c:73:00:07:01"',
            values.listed(values.router, 64),
        ),
    ] = ()
    dhcp_servers: Annotated[
        tuple[str, ...],
        key(
            "DHCP servers that may answer here.",
            "a list of MACs or addresses",
            values.listed(values.server, 64),
        ),
    ] = ()
    allocations: Annotated[
        tuple[str, ...],
        key(
            "IPv6 prefixes that are the office's own.",
            'a list of IPv6 networks such as "2001:db8:66::/48"',
            values.listed(values.prefix6, 64),
        ),
    ] = ()
    resolvers: Annotated[
        tuple[str, ...],
        key(
            "DNS servers that devices should use; they are asked, beside those of this host and "
            "those that routers and DHCP servers name.",
            "a list of addresses",
            values.listed(values.address, 16),
        ),
    ] = ()
    anchors: Annotated[
        tuple[str, ...],
        key(
            "Far hosts by which the way out is judged, best three or more of different owners, by "
            "names that have both IPv4 and IPv6 addresses; "
            "to each goes a TCP connection per address, a few echo requests and 12 kB of data. "
            "Empty: nothing is sent beyond the networks in scope.",
            'a list of "host:port", such as "www.example.vn:443" or "[2001:db8::1]:443"',
            values.listed(values.host_port, 16),
        ),
    ] = ()
    must_work: Annotated[
        tuple[str, ...],
        key(
            "Services that the office cannot do without.",
            'a list of "name = host:port", such as "e-office = eoffice.example.vn:443" or '
            '"time = 10.66.7.1:123/udp"',
            values.listed(values.service, 64),
        ),
    ] = ()
    critical: Annotated[
        tuple[str, ...],
        key(
            "Devices without which the office is not ready: they cap the score.",
            "a list of MACs, addresses or names",
            values.listed(values.line, 256),
        ),
    ] = ()
    ipv6_only: Annotated[
        bool,
        key(
            "Whether the goal is IPv6 alone, not both side by side.", "true or false", values.truth
        ),
    ] = False
    internet: Annotated[
        bool,
        key(
            "Whether the networks are meant to reach the Internet; anchors are tried only then.",
            "true or false",
            values.truth,
        ),
    ] = True
    resolver_logs: Annotated[
        tuple[str, ...],
        key(
            "Query logs of the office's resolvers (dnsmasq, unbound): who asks for which names. "
            "A relative path starts at the config file.",
            "a list of at most 16 paths",
            values.listed(values.path, 16),
        ),
    ] = ()
    twin: Annotated[
        bool,
        key(
            "Whether `lanwarden ipv6 rehearse --twin` may put a second, IPv6-only station on a "
            "network of the scope and try there what must work.",
            "true or false",
            values.boolean,
        ),
    ] = False


class DomainsSection(Section, frozen=True, kw_only=True):
    """The organisation's own domains."""

    names: Annotated[
        tuple[str, ...],
        key(
            "Domains whose web sites, name servers and mail are looked at over both families.",
            'a list of at most 32 domains such as "stc.example.vn"',
            values.listed(values.domain, 32),
        ),
    ] = ()
