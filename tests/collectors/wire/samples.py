"""Whole frames, octet by octet, that several tests start from."""

from typing import Final

MAC: Final = bytes.fromhex("001ba9000009")
LINK_LOCAL: Final = bytes.fromhex("fe80000000000000021ba9fffe000009")
GLOBAL: Final = bytes.fromhex("20010db8006600000000000000000009")
IPV4: Final = bytes((10, 66, 0, 9))
ROUTER_MAC: Final = bytes.fromhex("001c73000701")
ROUTER_IPV4: Final = bytes((10, 66, 0, 1))
ROUTER: Final = bytes.fromhex("fe800000000000000000000000000001")


def octets(*parts: str) -> bytes:
    """The octets that hexadecimal strings stand for."""
    return bytes.fromhex("".join(parts))


ARP_REQUEST: Final = octets(
    "ffffffffffff 001ba9000009 0806",  # Ethernet: to all, ARP
    "0001 0800 06 04 0001",  # Ethernet, IPv4, lengths, request
    "001ba9000009 0a420009",  # sender 10.66.0.9
    "000000000000 0a420001",  # who has 10.66.0.1
    "00" * 18,  # padding to 60 octets
)

NEIGHBOUR_SOLICITATION: Final = octets(
    "3333ff000001 001ba9000009 86dd",  # Ethernet: group of ff02::1:ff00:1
    "60000000 0020 3a ff",  # IPv6: 32 octets of ICMPv6, hop limit 255
    "fe80000000000000021ba9fffe000009",  # from fe80::21b:a9ff:fe00:9
    "ff0200000000000000000001ff000001",  # to ff02::1:ff00:1
    "87 00 f9b3 00000000",  # neighbour solicitation, code 0, checksum, reserved
    "20010db8006600000000000000000001",  # target 2001:db8:66::1
    "01 01 001ba9000009",  # source link-layer address
)

NEIGHBOUR_ADVERTISEMENT: Final = octets(
    "001ba9000009 001c73000701 86dd",
    "60000000 0020 3a ff",
    "20010db8006600000000000000000001",  # from 2001:db8:66::1
    "fe80000000000000021ba9fffe000009",
    "88 00 16a0 e0000000",  # neighbour advertisement, router, solicited, override
    "20010db8006600000000000000000001",
    "02 01 001c73000701",  # target link-layer address
)

ROUTER_ADVERTISEMENT: Final = octets(
    "333300000001 001c73000701 86dd",
    "6e000000 00a8 3a ff",  # traffic class 0xe0, 168 octets
    "fe800000000000000000000000000001",
    "ff020000000000000000000000000001",
    "86 00 d882",  # router advertisement
    "40 c8 0708",  # hop limit 64; managed, other, preference high; lifetime 1800 s
    "00007530 000003e8",  # reachable 30 s, retransmit 1 s
    "01 01 001c73000701",  # source link-layer address
    "05 01 0000 000005dc",  # MTU 1500
    "03 04 40 c0 00001518 00000a8c 00000000",  # /64, on-link, autonomous, 5400 s, 2700 s
    "20010db8006600000000000000000000",
    "18 02 30 18 00000258 20010db800770000",  # route 2001:db8:77::/48, low, 600 s
    "19 03 0000 00000708 20010db8006600000000000000000035",  # resolver, 1800 s
    "1f 03 0000 00000708 03737463 076578616d706c65 00 000000",  # search stc.example
    "26 02 0708 20010db80064000000000000",  # PREF64 2001:db8:64::/96, 1800 s
    "25 03 68747470733a2f2f702e6578616d706c652f 00000000",  # https://p.example/
)

MLD_QUERY: Final = octets(
    "333300000001 001ba9000009 86dd",
    "60000000 0024 00 01",  # hop-by-hop options follow, hop limit 1
    "fe80000000000000fffffffffffffffe",  # fe80::ffff:ffff:ffff:fffe
    "ff020000000000000000000000000001",
    "3a 00 05 02 0000 01 00",  # ICMPv6 follows; router alert for MLD; PadN of 0
    "82 00 79c0 03e8 0000",  # query, 1000 ms
    "00000000000000000000000000000000",  # all groups
    "02 7d 0000",  # QRV 2, QQIC 125 s, no sources
)

MLD_REPORT: Final = octets(
    "333300000016 001ba9000009 86dd",
    "60000000 005c 00 01",
    "fe80000000000000021ba9fffe000009",
    "ff020000000000000000000000000016",
    "3a 00 05 02 0000 01 00",
    "8f 00 9842 0000 0003",  # report, 3 records
    "02 00 0000 ff0200000000000000000001ff000009",  # mode is exclude
    "02 00 0000 ff0200000000000000000000000000fb",  # multicast DNS
    "01 00 0001 ff3e0000000000000000000000000001",  # mode is include, one source
    "20010db8006600000000000000000001",
)

UNKNOWN_OPTION_ECHO: Final = octets(
    "333300000001 001ba9000009 86dd",
    "60000000 0012 3c 40",  # destination options follow
    "fe80000000000000021ba9fffe000009",
    "ff020000000000000000000000000001",
    "3a 00 80 04 00000000",  # option 0x80: discard and tell, also for groups
    "80 00 647a 1234 0001 6162",  # echo request
)

PARAMETER_PROBLEM: Final = octets(
    "001ba9000009 001c73000701 86dd",
    "60000000 0010 3a 40",
    "fe800000000000000000000000000001",
    "fe80000000000000021ba9fffe000009",
    "04 02 b80f 0000002a",  # unrecognised option at octet 42
    "6000000000123c40",  # the start of the packet that had it
)

ICMPV4_ECHO_REPLY: Final = octets(
    "001ba9000009 001c73000701 0800",
    "45 00 001f 0000 4000 40 01 2651",  # IPv4: 31 octets, do not fragment, ICMP
    "0a420001 0a420009",
    "00 00 2968 1234 0001 616263",  # echo reply
    "00" * 15,  # padding to 60 octets
)

ICMPV4_UNREACHABLE: Final = octets(
    "001ba9000009 001c73000701 0800",
    "45 00 0038 0000 0000 40 01 6638",
    "0a420001 0a420009",
    "03 03 3c38 00000000",  # port unreachable
    "45 00 0030 0001 4000 40 11 2636 0a420009 0a420001",  # about this UDP packet,
    "c000 00a1 001c 0000",  # from port 49152 to 161
)

DHCP_DISCOVER: Final = octets(
    "ffffffffffff 001ba9000009 0800",
    "45 00 0138 0000 0000 80 11 39b6 00000000 ffffffff",
    "0044 0043 0124 0000",  # from port 68 to 67, no checksum
    "01 01 06 00 deadbeef 0003 8000",  # request, Ethernet, xid, 3 s, broadcast
    "00000000" * 4,
    "001ba9000009" + "00" * 10,  # client hardware address
    "00" * 192,  # sname, file
    "63825363",
    "35 01 01",  # discover
    "3d 07 01 001ba9000009",  # client identifier
    "32 04 0a420009",  # requested address
    "0c 02 7063",  # hostname pc
    "3c 08 4d53465420352e30",  # vendor class MSFT 5.0
    "37 06 01 03 06 0f 6c fc",  # parameters, 108 among them
    "ff 00 00 00",
)

MDNS_RESPONSE: Final = octets(
    "01005e0000fb 001ba9000009 0800",
    "45 00 0082 0000 4000 ff 11 9024 0a420009 e00000fb",
    "14e9 14e9 006e 0000",
    "0000 8400 0000 0003 0000 0001",  # response, authoritative, 3 answers, 1 additional
    "04 5f697070 04 5f746370 05 6c6f63616c 00",  # _ipp._tcp.local
    "000c 0001 00001194 0004 01 70 c00c",  # PTR p._ipp._tcp.local
    "c027 0021 8001 00000078 000a 0000 0000 0277 01 71 c016",  # SRV, flush: 631, q.local
    "c027 0010 8001 00001194 0009 03 613d31 04 42 3d78 79",  # TXT a=1, B=xy
    "c03d 0001 8001 00000078 0004 0a420009",  # A of q.local
)

NODE_STATUS_REQUEST: Final = octets(
    "001ba9000009 001c73000701 0800",
    "45 00 004e 0000 4000 40 11 2612 0a420001 0a420009",
    "c350 0089 003a 0000",
    "1234 0000 0001 0000 0000 0000",
    "20 434b" + "41" * 30 + "00 0021 0001",
)

NODE_STATUS: Final = octets(
    "001c73000701 001ba9000009 0800",
    "45 00 0089 0000 4000 40 11 25d7 0a420009 0a420001",
    "0089 c350 0075 0000",
    "1234 8400 0000 0001 0000 0000",
    "20 434b" + "41" * 30 + "00 0021 0001 00000000 0035",
    "02",  # two names
    "50432d30312020202020202020202000 0400",  # PC-01, workstation, active
    "53544320202020202020202020202000 8400",  # STC, workgroup
    "001ba9000009" + "00" * 10,  # unit identifier, start of the statistics
)

FRAMES: Final = {
    "arp": ARP_REQUEST,
    "ns": NEIGHBOUR_SOLICITATION,
    "na": NEIGHBOUR_ADVERTISEMENT,
    "ra": ROUTER_ADVERTISEMENT,
    "mld-query": MLD_QUERY,
    "mld-report": MLD_REPORT,
    "unknown-option": UNKNOWN_OPTION_ECHO,
    "parameter-problem": PARAMETER_PROBLEM,
    "echo-reply-4": ICMPV4_ECHO_REPLY,
    "unreachable-4": ICMPV4_UNREACHABLE,
    "dhcp": DHCP_DISCOVER,
    "mdns": MDNS_RESPONSE,
    "nbstat-request": NODE_STATUS_REQUEST,
    "nbstat": NODE_STATUS,
}
