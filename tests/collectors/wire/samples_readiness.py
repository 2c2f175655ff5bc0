"""Whole frames of what IPv6 depends on, or is led astray by, octet by octet."""

from typing import Final

from tests.collectors.wire.samples import octets

REDIRECT: Final = octets(
    "001ba9000009 001c73000701 86dd",  # to the victim, from a router
    "60000000 0028 3a ff",  # 40 octets of ICMPv6, hop limit 255
    "fe800000000000000000000000000001",
    "20010db8006600000000000000000009",
    "89 00 1cb9 00000000",  # redirect, code 0, checksum, reserved
    "fe800000000000000000000000000066",  # go to fe80::66
    "20010db8009900000000000000000001",  # for 2001:db8:99::1
)

MLD_QUERY_V1: Final = octets(
    "333300000001 001c73000701 86dd",
    "60000000 0020 00 01",  # hop-by-hop follows, hop limit 1
    "fe800000000000000000000000000001",
    "ff020000000000000000000000000001",
    "3a 00 0502 0000 0100",  # ICMPv6 follows; router alert for MLD; padding
    "82 00 5917 2710 0000",  # query, answers within 10 s
    "00000000000000000000000000000000",  # of all groups; with 24 octets it is version 1
)

MLD_QUERY_V2: Final = octets(
    "333300000001 001c73000701 86dd",
    "60000000 0024 00 01",
    "fe800000000000000000000000000001",
    "ff020000000000000000000000000001",
    "3a 00 0502 0000 0100",
    "82 00 5696 2710 0000",
    "00000000000000000000000000000000",
    "02 7d 0000",  # robustness 2, every 125 s, no sources
)

_INNER: Final = "60000000 0014 06 40"  # IPv6 with 20 octets of TCP

SIX_IN_FOUR: Final = octets(
    "001c73000701 001ba9000009 0800",
    "4500 0050 0001 4000 40 29 0605",  # protocol 41
    "0a420009 c6336401",  # from 10.66.0.9 to 198.51.100.1
    _INNER,
    "20010db8005500000000000000000001",
    "20010db8005600000000000000000001",
    "00" * 20,
)

SIX_TO_FOUR: Final = octets(
    "001c73000701 001ba9000009 0800",
    "4500 0050 0001 4000 40 29 0ce0",
    "0a420009 c0586301",  # to 192.88.99.1, the relays' address
    _INNER,
    "20010db8005500000000000000000001",
    "20010db8005600000000000000000001",
    "00" * 20,
)

SIX_TO_FOUR_PREFIX: Final = octets(
    "001c73000701 001ba9000009 0800",
    "4500 0050 0001 4000 40 29 0605",
    "0a420009 c6336401",
    _INNER,
    "20020a42000900000000000000000001",  # 2002:a42:9::1, made of 10.66.0.9
    "2002c633640100000000000000000001",
    "00" * 20,
)

ISATAP: Final = octets(
    "001c73000701 001ba9000009 0800",
    "4500 0050 0001 4000 40 29 0605",
    "0a420009 c6336401",
    _INNER,
    "fe8000000000000000005efe0a420009",  # fe80::5efe:10.66.0.9
    "fe8000000000000000005efec6336401",
    "00" * 20,
)

GRE: Final = octets(
    "001c73000701 001ba9000009 0800",
    "4500 002c 0001 4000 40 2f 0623",  # protocol 47
    "0a420009 c6336401",
    "0000 0800",  # GRE without options, IPv4 inside
    "00" * 20,
)

TEREDO: Final = octets(
    "001c73000701 001ba9000009 0800",
    "4500 0044 0001 4000 40 11 0629",
    "0a420009 c6336401",
    "d431 0dd8 0030 0000",  # from port 54321 to 3544
    "60000000 0000 3b 15",  # a bubble: IPv6 without payload
    "20010000c6336401000000000000f5bd",
    "20010000c6336401000000000000f5be",
)

ISATAP_QUESTION: Final = octets(
    "001c73000701 001ba9000009 0800",
    "4500 0038 0001 4000 40 11 0635",
    "0a420009 c6336401",
    "c001 0035 0024 0000",  # to port 53
    "1234 0100 0001 0000 0000 0000",  # a standard query with one question
    "06 497361746170 03 6c616e 00",  # Isatap.lan
    "0001 0001",
)

READINESS_FRAMES: Final = {
    "redirect": REDIRECT,
    "mld-query-v1": MLD_QUERY_V1,
    "mld-query-v2": MLD_QUERY_V2,
    "6in4": SIX_IN_FOUR,
    "6to4": SIX_TO_FOUR,
    "6to4-prefix": SIX_TO_FOUR_PREFIX,
    "isatap": ISATAP,
    "gre": GRE,
    "teredo": TEREDO,
    "isatap-question": ISATAP_QUESTION,
}
