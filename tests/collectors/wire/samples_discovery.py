"""Whole frames of the protocols by which systems announce themselves, octet by octet."""

from typing import Final

from tests.collectors.wire.samples import octets

SOLICIT: Final = octets(
    "333300010002 001ba9000009 86dd",
    "60000000 0056 11 01",  # IPv6: 86 octets of UDP
    "fe80000000000000021ba9fffe000009",
    "ff020000000000000000000000010002",  # all DHCP relay agents and servers
    "0222 0223 0056 0000",  # from port 546 to 547
    "01 a1b2c3",  # solicit, transaction
    "0001 000e 0001 0001 2a2b2c2d 001ba9000009",  # client: DUID-LLT, Ethernet, time, MAC
    "0003 000c 00000007 00000000 00000000",  # an address, please: IAID 7
    "0006 0004 0017 0018",  # requested: resolvers, search list
    "0008 0002 0000",  # elapsed
    "0010 000e 00000137 0008 4d53465420352e30",  # vendor class: 311, MSFT 5.0
    "0027 0004 00 02 7063",  # FQDN: partial name pc
)

DHCPV6_REPLY: Final = octets(
    "001ba9000009 001c73000701 86dd",
    "60000000 006d 11 40",
    "fe800000000000000000000000000001",
    "fe80000000000000021ba9fffe000009",
    "0223 0222 006d 0000",  # from port 547 to 546
    "07 a1b2c3",  # reply
    "0001 000a 0003 0001 001ba9000009",  # client: DUID-LL
    "0002 000a 0003 0001 001c73000701",  # server: DUID-LL
    "0003 0028 00000007 00000384 000005a0",  # IA_NA: T1 900 s, T2 1440 s
    "0005 0018 20010db8006600000000000000001001 00000708 00000e10",  # preferred 1800 s, valid 3600
    "0007 0001 ff",  # preference
    "0017 0010 20010db8006600000000000000000035",  # resolver
)

RELAY_FORWARD: Final = octets(
    "001c73000701 001c73000801 86dd",
    "60000000 0058 11 40",
    "20010db8006600000000000000000002",
    "20010db8006600000000000000000001",
    "0223 0223 0058 0000",
    "0c 01",  # relay-forward, one relay before
    "20010db8007700000000000000000001",  # the client's link
    "fe80000000000000021ba9fffe000009",  # the client
    "0012 0004 65746830",  # interface eth0
    "004f 0008 0001 001ba9000009",  # the client's MAC (RFC 6939)
    "0009 0016 0b 112233",  # relayed: an information request
    "0001 000a 0003 0001 001ba9000009",
    "0008 0000",  # elapsed time without its two octets
)

LLDP: Final = octets(
    "0180c200000e 001c73000c01 88cc",
    "02 07 04 001c73000c00",  # chassis: a MAC
    "04 06 05 4769302f31",  # port: interface Gi0/1
    "06 02 0078",  # 120 s
    "08 08 4769302f31206132",  # port description
    "0a 04 73772d32",  # system sw-2
    "0c 0c 4172697374612045 4f532034",  # description Arista EOS 4
    "0e 04 0014 0014",  # bridge and router, both in use
    "10 0c 05 01 0a420002 02 00000001 00",  # managed at 10.66.0.2, interface 1
    "fe 06 0080c2 01 0042",  # untagged frames are of VLAN 66
    "fe 08 0012bb 08 53303031",  # serial number S001
    "00 00",
)

CDP: Final = octets(
    "01000ccccccc 001c73000c01 0049",  # 73 octets
    "aa aa 03 00000c 2000",  # SNAP: Cisco, CDP
    "02 b4 0000",  # version 2, 180 s, no checksum
    "0001 0008 73772d33",  # device sw-3
    "0002 0011 00000001 01 01 cc 0004 0a420003",  # address 10.66.0.3
    "0003 0009 4769302f32",  # port Gi0/2
    "0004 0008 00000028",  # switch, IGMP
    "0006 000d 57532d433239363058",  # platform WS-C2960X
    "000a 0006 0042",  # native VLAN 66
)

BPDU: Final = octets(
    "0180c2000000 001c73000c01 0026",  # 38 octets
    "42 42 03",  # LLC: spanning tree
    "0000 00 00 01",  # protocol, version 0, configuration, topology change
    "8042 001c73000a00",  # root: priority 32768, VLAN 66
    "00000004",  # cost
    "9001 001c73000c00",  # bridge: priority 36864
    "8001",  # port
    "0100 1400 0200 0f00",  # age 1 s, most 20 s, hello 2 s, delay 15 s
    "00" * 8,
)

RSTP: Final = octets(
    "0180c2000000 001c73000c01 0027",
    "42 42 03",
    "0000 02 02 3c",
    "1000 001c73000a00 00000000 1000 001c73000a00 8002",
    "0000 1400 0200 0f00 00",
    "00" * 7,
)

TOPOLOGY_CHANGE: Final = octets(
    "0180c2000000 001c73000c01 0007",
    "42 42 03 0000 00 80",
    "00" * 39,
)

VRRP2: Final = octets(
    "01005e000012 00005e000105 0800",
    "45 c0 0028 0000 0000 ff 70 0000 0a420002 e0000012",
    "21 05 64 01 00 01 70b5",  # version 2, router 5, priority 100, one address, 1 s
    "0a420001",
    "0000000000000000",
    "00" * 6,
)

HSRP1: Final = octets(
    "01005e000002 00000c07ac07 0800",  # from the group's own MAC, group 7
    "45 c0 0030 0000 0000 01 11 0000 0a420002 e0000002",
    "07c1 07c1 001c 0000",  # UDP 1985
    "00 00 10 03 0a 6e 07 00",  # version 1, hello, active, 3 s, 10 s, priority 110, group 7
    "636973636f000000",  # the default password
    "0a420001",
)

HSRP2: Final = octets(
    "01005e000066 00000c9ff00a 0800",  # group 10 of version 2
    "45 c0 0046 0000 0000 01 11 0000 0a420002 e0000066",
    "07c1 07c1 0032 0000",
    "01 28",  # group state, 40 octets
    "02 00 06 04 000a",  # version 2, hello, active, IPv4, group 10
    "001c73000702",  # identifier
    "00000078 00000bb8 00002710",  # priority 120, hello 3,000 ms, hold 10,000 ms
    "0a420001" + "00" * 12,
)

CARP: Final = octets(
    "01005e000012 00005e000105 0800",
    "45 10 0038 0000 4000 ff 70 0000 0a420002 e0000012",
    "21 05 0a 07 00 01 685a",  # version 2, group 5, skew 10, 7 words, no demotion, 1 s
    "0000000000001234",  # counter
    "000102030405060708090a0b0c0d0e0f10111213",  # digest
)

DTP: Final = octets(
    "01000ccccccc 001c73000c01 0027",
    "aa aa 03 00000c 2004",
    "01",  # version
    "0001 000a 6f6666696365",  # domain, "office"
    "0002 0005 83",  # status: trunking, desirable
    "0003 0005 a5",  # 802.1Q
    "0004 000a 001c73000c01",  # neighbour
    "00" * 8,
)

SSDP_NOTIFY: Final = (
    octets(
        "01005e7ffffa 001ba9000009 0800",
        "45 00 00f9 0000 0000 04 11 0000 0a420009 effffffa",
        "c000 076c 00e5 0000",  # to port 1900
    )
    + b"NOTIFY * HTTP/1.1\r\n"
    b"HOST: 239.255.255.250:1900\r\n"
    b"CACHE-CONTROL: max-age=1800\r\n"
    b"LOCATION: http://10.66.0.9:8080/desc.xml\r\n"
    b"NT: upnp:rootdevice\r\n"
    b"NTS: ssdp:alive\r\n"
    b"SERVER: Linux/4 UPnP/1.0 X/1\r\n"
    b"USN: uuid:0009::upnp:rootdevice\r\n"
    b"\r\n"
)

_HELLO: Final = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    b' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    b' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
    b"<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello</a:Action>"
    b"<a:MessageID>urn:uuid:1</a:MessageID></s:Header><s:Body><d:Hello>"
    b"<a:EndpointReference><a:Address>urn:uuid:9</a:Address></a:EndpointReference>"
    b"<d:Types>wsdp:Device pub:Computer</d:Types>"
    b"<d:XAddrs>http://10.66.0.9:5357/9</d:XAddrs>"
    b"</d:Hello></s:Body></s:Envelope>"
)
WSD_HELLO: Final = (
    octets("01005e7ffffa 001ba9000009 0800", "45 00")
    + (28 + len(_HELLO)).to_bytes(2, "big")
    + octets("0000 0000 01 11 0000 0a420009 effffffa", "c001 0e76")
    + (8 + len(_HELLO)).to_bytes(2, "big")
    + b"\0\0"
    + _HELLO
)

LLMNR_ANSWER: Final = octets(
    "001c73000701 001ba9000009 0800",
    "45 00 0048 0000 0000 01 11 0000 0a420009 0a420001",
    "14eb c350 0034 0000",  # from port 5355
    "1234 8000 0001 0001 0000 0000",
    "05 70632d3031 00 0001 0001",  # asked: A of pc-01
    "05 70632d3031 00 0001 0001 0000001e 0004 0a420009",
)

NBNS_REGISTRATION: Final = octets(
    "ffffffffffff 001ba9000009 0800",
    "45 00 0060 0000 0000 80 11 0000 0a420009 0a42ffff",
    "0089 0089 004c 0000",
    "1234 2910 0001 0000 0000 0001",  # registration, broadcast
    "20 46414544434e44414442" + "4341" * 10 + "4141 00 0020 0001",  # PC-01, workstation
    "c00c 0020 0001 000493e0 0006 0000 0a420009",
)

DISCOVERY_FRAMES: Final = {
    "dhcpv6-solicit": SOLICIT,
    "dhcpv6-reply": DHCPV6_REPLY,
    "dhcpv6-relay": RELAY_FORWARD,
    "lldp": LLDP,
    "cdp": CDP,
    "stp": BPDU,
    "rstp": RSTP,
    "stp-change": TOPOLOGY_CHANGE,
    "vrrp2": VRRP2,
    "hsrp": HSRP1,
    "hsrp2": HSRP2,
    "carp": CARP,
    "dtp": DTP,
    "ssdp": SSDP_NOTIFY,
    "wsd": WSD_HELLO,
    "llmnr": LLMNR_ANSWER,
    "nbns-registration": NBNS_REGISTRATION,
}
