"""What is made of announcements: names, services, DHCPv6, switches, bridges, virtual routers."""

from collections import Counter
from typing import Any

import pytest

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    BridgeSeen,
    Dhcpv6ClientSeen,
    Dhcpv6Relayed,
    Dhcpv6ServerSeen,
    NameSeen,
    NeighbourAnnounced,
    ServiceAdvertised,
    TrunkOffered,
    VirtualRouterSeen,
)
from collectors.tap.belief import Belief
from collectors.tap.own import OwnLink
from collectors.tap.watch import Watcher
from collectors.wire import dns, llc, nbns, ssdp, udp, wsd
from collectors.wire.address import ip_bytes, mac_bytes
from tests.collectors.tap.fakes import LINK
from tests.collectors.wire.samples import FRAMES
from tests.collectors.wire.samples_discovery import DISCOVERY_FRAMES

AT = 1_700_000_000.0
MAC_TEXT = "00:1b:a9:00:00:09"
MAC = mac_bytes(MAC_TEXT)
IP_9, IP_7 = ip_bytes("10.66.0.9"), ip_bytes("10.66.0.7")
ALL = mac_bytes("01:00:5e:00:00:fb")


def watcher() -> tuple[Watcher, Counter[str]]:
    from ipaddress import ip_interface

    malformed: Counter[str] = Counter()
    link = OwnLink("eth0", 2, LINK.mac, True, (ip_interface("10.66.0.2/16"),))
    return Watcher("eth0", Belief(link), malformed, b"token"), malformed


def observe(wire: bytes) -> list[AnyObservation]:
    watch, malformed = watcher()
    found = list(watch.observe(wire, AT))
    assert not malformed
    return found


def made(what: Any, /, **fields: Any) -> Any:
    return what(at=AT, interface="eth0", **{"source": "tap", "mac": MAC_TEXT} | fields)


def seen(address: str, mac: str = MAC_TEXT) -> AddressSeen:
    found = made(AddressSeen, address=address, how="datagram", mac=mac)
    assert isinstance(found, AddressSeen)
    return found


LOCAL = "fe80::21b:a9ff:fe00:9"
SWITCH = "00:1c:73:00:0c:01"

RELAYED: list[AnyObservation] = [
    Dhcpv6Relayed(
        at=AT,
        source="tap",
        interface="eth0",
        message="information_request",
        duid="00030001001ba9000009",
        mac=MAC_TEXT,
        peer=LOCAL,
        link="2001:db8:77::1",
    )
]
EXPECTED: dict[str, list[AnyObservation]] = {
    "dhcpv6-solicit": [
        seen(LOCAL),
        made(
            Dhcpv6ClientSeen,
            address=LOCAL,
            message="solicit",
            duid="000100012a2b2c2d001ba9000009",
            duid_kind="llt",
            duid_mac=MAC_TEXT,
            hostname="pc",
            vendor_class="MSFT 5.0",
            enterprise=311,
            requested=(23, 24),
            wants_address=True,
        ),
        made(NameSeen, source="dhcpv6", name="pc"),
    ],
    "dhcpv6-reply": [
        made(
            Dhcpv6ServerSeen,
            mac="00:1c:73:00:07:01",
            address="fe80::1",
            message="reply",
            duid="00030001001c73000701",
            client_mac=MAC_TEXT,
            client_duid="00030001001ba9000009",
            addresses=("2001:db8:66::1001",),
            resolvers=("2001:db8:66::35",),
            preference=255,
        )
    ],
    "dhcpv6-relay": RELAYED,
    "lldp": [
        made(
            NeighbourAnnounced,
            protocol="lldp",
            mac=SWITCH,
            chassis="00:1c:73:00:0c:00",
            chassis_mac="00:1c:73:00:0c:00",
            port="Gi0/1",
            lifetime_s=120,
            name="sw-2",
            description="Arista EOS 4",
            port_description="Gi0/1 a2",
            serial="S001",
            capabilities=("bridge", "router"),
            addresses=("10.66.0.2",),
            vlan=66,
        )
    ],
    "cdp": [
        made(
            NeighbourAnnounced,
            protocol="cdp",
            mac=SWITCH,
            chassis="sw-3",
            port="Gi0/2",
            lifetime_s=180,
            name="sw-3",
            model="WS-C2960X",
            capabilities=("switch", "igmp"),
            addresses=("10.66.0.3",),
            vlan=66,
        )
    ],
    "stp": [
        made(
            BridgeSeen,
            mac=SWITCH,
            message="configuration",
            root="00:1c:73:00:0a:00",
            root_priority=32768,
            bridge="00:1c:73:00:0c:00",
            bridge_priority=36864,
            instance=1,
            cost=4,
            changed=True,
        )
    ],
    "stp-change": [made(BridgeSeen, mac=SWITCH, message="topology_change")],
    "vrrp2": [
        made(
            VirtualRouterSeen,
            mac="00:00:5e:00:01:05",
            address="10.66.0.2",
            router_id=5,
            version=2,
            priority=100,
            interval_s=1.0,
            addresses=("10.66.0.1",),
        )
    ],
    "hsrp": [
        made(
            VirtualRouterSeen,
            mac="00:00:0c:07:ac:07",
            address="10.66.0.2",
            router_id=7,
            version=1,
            priority=110,
            interval_s=3.0,
            addresses=("10.66.0.1",),
            protocol="hsrp",
        )
    ],
    "hsrp2": [
        made(
            VirtualRouterSeen,
            mac="00:00:0c:9f:f0:0a",
            address="10.66.0.2",
            router_id=10,
            version=2,
            priority=120,
            interval_s=3.0,
            addresses=("10.66.0.1",),
            protocol="hsrp",
        )
    ],
    "carp": [
        made(
            VirtualRouterSeen,
            mac="00:00:5e:00:01:05",
            address="10.66.0.2",
            router_id=5,
            version=2,
            priority=245,
            interval_s=1 + 10 / 256,
            protocol="carp",
        )
    ],
    "dtp": [
        made(TrunkOffered, mac=SWITCH, mode="desirable", trunking=True, domain="office"),
    ],
    "ssdp": [
        seen("10.66.0.9"),
        made(
            ServiceAdvertised,
            protocol="ssdp",
            address="10.66.0.9",
            kind="upnp:rootdevice",
            name="uuid:0009",
            location="http://10.66.0.9:8080/desc.xml",
            server="Linux/4 UPnP/1.0 X/1",
        ),
    ],
    "wsd": [
        seen("10.66.0.9"),
        made(
            ServiceAdvertised,
            protocol="wsd",
            address="10.66.0.9",
            kind="Device Computer",
            name="urn:uuid:9",
            location="http://10.66.0.9:5357/9",
        ),
    ],
    "llmnr": [
        seen("10.66.0.9"),
        made(NameSeen, source="llmnr", name="pc-01", address="10.66.0.9"),
    ],
    "nbns-registration": [
        seen("10.66.0.9"),
        made(NameSeen, source="nbns", name="PC-01", address="10.66.0.9"),
    ],
    "mdns": [
        seen("10.66.0.9"),
        made(NameSeen, source="mdns", name="q.local", address="10.66.0.9"),
        made(
            ServiceAdvertised,
            protocol="mdns",
            address="10.66.0.9",
            kind="_ipp._tcp",
            name="p",
            port=631,
        ),
    ],
    "nbstat": [
        seen("10.66.0.9"),
        made(NameSeen, source="nbns", name="PC-01", address="10.66.0.9"),
    ],
}


@pytest.mark.parametrize("case", EXPECTED)
def test_frames(case: str) -> None:
    assert observe((DISCOVERY_FRAMES | FRAMES)[case]) == EXPECTED[case]


def datagram(port: int, payload: bytes, source: bytes = IP_9) -> bytes:
    return udp.build_ipv4_frame(MAC, ALL, source, ip_bytes("224.0.0.251"), port, port, payload)


def a_record(name: str, address: bytes, ttl_s: int = 120) -> dns.Record:
    labels = tuple(label.encode() for label in name.split("."))
    return dns.Record(labels, dns.A, dns.Address(address), ttl_s)


def service(instance: str, host: str) -> tuple[dns.Record, dns.Record]:
    kind = (b"_ipp", b"_tcp", b"local")
    name = (instance.encode(), *kind)
    target = tuple(label.encode() for label in host.split("."))
    return (
        dns.Record(kind, dns.PTR, dns.Target(name), 120),
        dns.Record(name, dns.SRV, dns.Service(0, 0, 631, target), 120),
    )


def test_a_name_for_another_address_is_left_aside() -> None:
    answer = dns.build_response((a_record("victim.local", IP_7),))
    assert observe(datagram(5353, answer)) == [seen("10.66.0.9")]


def test_a_name_that_is_taken_back_names_nobody() -> None:
    answer = dns.build_response((a_record("q.local", IP_9, ttl_s=0),))
    assert observe(datagram(5353, answer)) == [seen("10.66.0.9")]


def test_a_reflector_has_not_the_services_that_it_passes_on() -> None:
    pointer, host = service("p", "victim.local")
    answer = dns.build_response((pointer, host), (a_record("victim.local", IP_7),))
    assert observe(datagram(5353, answer)) == [seen("10.66.0.9")]


def test_what_a_service_says_of_its_device_is_kept() -> None:
    pointer, host = service("p", "q.local")
    text = dns.Record(
        host.name,
        dns.TXT,
        dns.Text((b"ty=HL-L5100DN\x1b[2J", b"USB_MFG=Brother", b"Color=T", b"note", b"a=b")),
        120,
    )
    answer = dns.build_response((pointer, host, text), (a_record("q.local", IP_9),))
    *_, found = observe(datagram(5353, answer))
    assert isinstance(found, ServiceAdvertised)
    assert found.details == ("ty=HL-L5100DN[2J", "usb_mfg=Brother")


def test_a_query_names_nobody() -> None:
    query = dns.build_query((dns.Question((b"q", b"local"), dns.A),))
    for port in (5353, 5355):
        assert observe(datagram(port, query)) == [seen("10.66.0.9")]


def test_names_of_one_message_are_bounded() -> None:
    answers = [a_record(f"n{index}.local", IP_9) for index in range(50)]
    found = observe(datagram(5353, dns.build_response(answers)))
    assert len(found) == 1 + 8


NETBIOS = {
    "a user": nbns.NameRecord(1, 5, False, 0, b"ANNA", 0x03, False, (IP_9,)),
    "a group": nbns.NameRecord(1, 5, False, 0, b"STC", 0, True, (IP_9,)),
    "a release": nbns.NameRecord(1, 6, False, 0, b"PC-01", 0, False, (IP_9,)),
    "another's": nbns.NameRecord(1, 5, False, 0, b"PC-01", 0, False, (IP_7,)),
    "a server's word": nbns.NameRecord(1, 5, True, 0, b"PC-01", 0, False, (IP_9,)),
    "a refusal": nbns.NameRecord(1, 0, True, 3, b"PC-01", 0, False, (IP_9,)),
}


@pytest.mark.parametrize("case", NETBIOS)
def test_what_netbios_does_not_tell(case: str) -> None:
    assert observe(datagram(137, nbns.encode(NETBIOS[case]))) == [seen("10.66.0.9")]


def test_a_search_offers_nothing() -> None:
    search = ssdp.Ssdp("search", ((b"st", b"ssdp:all"),))
    assert observe(datagram(1900, ssdp.encode(search))) == [seen("10.66.0.9")]
    probe = wsd.Wsd("probe", "urn:uuid:1")
    assert observe(datagram(3702, wsd.encode(probe))) == [seen("10.66.0.9")]


def test_farewells() -> None:
    message = ssdp.Ssdp("notify", ((b"nt", b"x"), (b"nts", b"ssdp:byebye")))
    found = observe(datagram(1900, ssdp.encode(message)))[1]
    assert isinstance(found, ServiceAdvertised)
    assert found.gone


def test_a_sender_from_elsewhere_is_not_of_this_link() -> None:
    watch, malformed = watcher()
    query = dns.build_query((dns.Question((b"q", b"local"), dns.A),))
    assert watch.observe(datagram(5353, query, ip_bytes("203.0.113.9")), AT) == ()
    assert malformed == {"off_link": 1}


BROKEN = {
    "lldp": DISCOVERY_FRAMES["lldp"][:40],
    "cdp": DISCOVERY_FRAMES["cdp"][:40],
    "stp": DISCOVERY_FRAMES["stp"][:40],
    "vrrp": DISCOVERY_FRAMES["vrrp2"][:45],
    "wsd": datagram(3702, b"<!DOCTYPE a>"),
    "ssdp": datagram(1900, b"GET / HTTP/1.1\r\n\r\n"),
    "dhcpv6": DISCOVERY_FRAMES["dhcpv6-solicit"][:-1],
    "llc": MAC + MAC + b"\0\3" + llc.build(b"", 0x42)[:2],
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_ones_are_counted(case: str) -> None:
    watch, malformed = watcher()
    assert watch.observe(BROKEN[case], AT) == ()
    assert sum(malformed.values()) == 1
    assert "internal_error" not in malformed
