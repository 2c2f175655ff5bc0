"""What the lab's servers put on the wire, byte by byte."""

import ipaddress
import socket
import struct
from pathlib import Path

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lab import netlink_codec, office
from agent.lab.daemon_files import dnsmasq_config, radvd_config
from agent.lab.namespaces import Namespace
from agent.lab.offers import (
    DhcpServer,
    DnsServer,
    Lldp,
    Mdns,
    Nbns,
    Prefix,
    RouterAdvertiser,
    Snmp,
)
from agent.lab.services import (
    advertiser,
    ber,
    dhcp,
    dns_server,
    lldp,
    multicast_names,
    nbns,
    records,
    snmp,
)
from agent.lab.services.stage import Place
from agent.lab.truth import AddressTruth, HostTruth, InterfaceTruth

MAC = "00:1c:73:00:07:01"


def test_a_router_advertisement_byte_by_byte() -> None:
    offer = RouterAdvertiser(
        prefixes=(Prefix(prefix="2001:db8:66:7::/64", valid_s=0x1518, preferred_s=0xA8C),),
        lifetime_s=0x708,
        preference="low",
        other=True,
        mtu=1500,
        rdnss=("2001:db8:66:7::1",),
        search=("stc.example",),
        pref64="2001:db8:64::/96",
    )
    expected = (
        # RFC 4861 §4.2: type 134, code, checksum (the kernel's), hop limit 64, O and low, lifetime
        "86 00 0000 40 58 0708 00000000 00000000"
        # source link-layer address
        " 01 01 001c73000701"
        # MTU 1500
        " 05 01 0000 000005dc"
        # prefix /64, L and A, valid, preferred
        " 03 04 40 c0 00001518 00000a8c 00000000 20010db8006600070000000000000000"
        # RFC 8106 §5.1: RDNSS
        " 19 03 0000 00000708 20010db8006600070000000000000001"
        # RFC 8106 §5.2: DNSSL, padded to eight octets
        " 1f 03 0000 00000708 03737463 076578616d706c65 00 000000"
        # RFC 8781 §4: lifetime 225 * 8 s, length code 0 for /96, the prefix's first 96 bits
        " 26 02 0708 20010db80064000000000000"
    )
    assert advertiser.encode(offer, MAC) == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("data", "hops", "wanted"),
    [
        pytest.param("85000000 00000000", 255, True, id="solicitation"),
        pytest.param("85000000 00000000", 64, False, id="from-afar"),
        pytest.param("85010000 00000000", 255, False, id="code"),
        pytest.param("86000000 00000000", 255, False, id="advertisement"),
        pytest.param("850000", 255, False, id="short"),
        pytest.param("85000000 00000000", None, False, id="no-hop-limit"),
    ],
)
def test_only_proper_solicitations_are_answered(data: str, hops: int | None, wanted: bool) -> None:
    assert advertiser.is_solicitation(bytes.fromhex(data), hops) == wanted


def test_radvd_gets_the_same_facts() -> None:
    text = radvd_config(office().host("gw").offers[0])  # type: ignore[arg-type]
    for line in (
        "AdvOtherConfigFlag on;",
        "AdvDefaultLifetime 1800;",
        "prefix 2001:db8:66:7::/64 { AdvOnLink on; AdvAutonomous on; AdvValidLifetime 5400;",
        "RDNSS 2001:db8:66:7::1 {",
        "AdvLinkMTU 1500;",
    ):
        assert line in text


def test_dnsmasq_reserves_each_address_once() -> None:
    text = dnsmasq_config(
        office(), DhcpServer(first="10.66.7.100", last="10.66.7.199"), DnsServer(), {}, Path("/t")
    )
    lines = text.splitlines()
    reserved = [line.rpartition(",")[2] for line in lines if line.startswith("dhcp-host=")]
    assert len(reserved) == len(set(reserved)) > 20
    assert "local=/7.66.10.in-addr.arpa/" in lines
    assert "local=/7.0.0.0.6.6.0.0.8.b.d.0.1.0.0.2.ip6.arpa/" in lines


def test_netlink_attributes_come_back() -> None:
    data = netlink_codec.attribute(3, b"eth0\0") + netlink_codec.nested(
        18, netlink_codec.attribute(1, b"veth")
    )
    found = netlink_codec.parse_attributes(data)
    assert found[3] == b"eth0\0"
    assert netlink_codec.parse_attributes(found[18]) == {1: b"veth"}


@given(st.binary(max_size=200))
def test_netlink_attributes_from_anything(data: bytes) -> None:
    netlink_codec.parse_attributes(data)


def test_flags_have_the_names_of_iproute2() -> None:
    assert netlink_codec.flag_names(0x301, socket.AF_INET6) == {
        "temporary",
        "mngtmpaddr",
        "noprefixroute",
    }
    assert netlink_codec.flag_names(0x81, socket.AF_INET) == {"secondary", "permanent"}


OFFER = Snmp(description="Brother HL", object_id="1.3.6.1.4.1.2435.2.3.9.1", location="2F")
SYS_DESCR = "06082b06010201010100"


def _snmp(version: int, operation: str, oid: str, community: str = "7075626c6963") -> bytes:
    """One request with id 5 for one object; `oid` with its tag and length."""
    varbind = bytes.fromhex(oid) + b"\x05\0"
    inner = ber.encode(ber.SEQUENCE, ber.encode(ber.SEQUENCE, varbind))
    middle = bytes.fromhex("020105 020100 02010a") + inner
    pdu = ber.encode(int(operation, 16), middle)
    head = ber.integer(version) + ber.encode(ber.OCTETS, bytes.fromhex(community))
    return ber.encode(ber.SEQUENCE, head + pdu)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(_snmp(1, "a0", SYS_DESCR), b"Brother HL", id="get"),
        pytest.param(_snmp(0, "a0", SYS_DESCR), b"Brother HL", id="get-v1"),
        pytest.param(_snmp(1, "a1", "06032b0601"), b"Brother HL", id="first-of-all"),
        pytest.param(
            _snmp(1, "a1", SYS_DESCR), ber.oid((1, 3, 6, 1, 4, 1, 2435, 2, 3, 9, 1)), id="next"
        ),
        pytest.param(_snmp(1, "a5", "06032b0601"), b"printer-2f", id="bulk"),
        pytest.param(_snmp(1, "a0", "06032b0601"), b"\x80\0", id="no-such-object"),
        pytest.param(_snmp(1, "a1", "06032b0602"), b"\x82\0", id="end-of-view"),
        pytest.param(_snmp(0, "a0", "06032b0601"), bytes.fromhex("020102 020101"), id="no-name-v1"),
        pytest.param(_snmp(1, "a0", SYS_DESCR, "736563726574"), None, id="other-community"),
        pytest.param(_snmp(3, "a0", SYS_DESCR), None, id="other-version"),
        pytest.param(_snmp(1, "a3", SYS_DESCR), None, id="set"),
        pytest.param(b"\x30\x80\x02", None, id="not-ber"),
    ],
)
def test_snmp(request_: bytes, expected: bytes | None) -> None:
    answer = snmp.respond(request_, OFFER, "printer-2f", 4711)
    if expected is None:
        assert answer is None
    else:
        assert answer is not None
        assert expected in answer


@given(st.binary(max_size=120))
def test_snmp_survives_anything(data: bytes) -> None:
    snmp.respond(data, OFFER, "x", 0)
    prefix = _snmp(1, "a5", SYS_DESCR)
    snmp.respond(prefix[: len(data)] + data, OFFER, "x", 0)


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, 2**31 - 1, -1, -129])
def test_integers_come_back(value: int) -> None:
    assert ber.read_integer(ber.integer(value), 0)[0] == value


@pytest.mark.parametrize("oid", [(1, 3, 6, 1, 4, 1, 2435, 2), (2, 5, 2**28), (0, 39)])
def test_object_identifiers_come_back(oid: tuple[int, ...]) -> None:
    assert ber.read_oid(ber.oid(oid), 0)[0] == oid


def _nbns(name: bytes, kind: int) -> bytes:
    letters = b"".join(bytes((0x41 + (one >> 4), 0x41 + (one & 15))) for one in name)
    head = struct.pack("!HHHHHH", 9, 0x0110, 1, 0, 0, 0)
    return head + b"\x20" + letters + b"\0" + struct.pack("!HH", kind, 1)


def test_nbns_status_and_name() -> None:
    offer = Nbns(host="PC-BUDGET-1", group="STC")
    status = nbns.respond(_nbns(b"*" + bytes(15), 0x21), offer, "10.66.7.101", MAC)
    assert status is not None
    assert status[56] == 3
    assert b"STC            \0\x84\0" in status
    name = nbns.respond(_nbns(b"PC-BUDGET-1    \0", 0x20), offer, "10.66.7.101", MAC)
    assert name is not None
    assert name.endswith(b"\0\6\0\0" + bytes((10, 66, 7, 101)))
    assert nbns.respond(_nbns(b"OTHER          \0", 0x20), offer, "10.66.7.101", MAC) is None


@given(st.binary(max_size=80))
def test_nbns_survives_anything(data: bytes) -> None:
    nbns.respond(data, Nbns(host="X"), "10.66.7.9", MAC)


def test_mdns_answers_and_adds_what_comes_next() -> None:
    offer = Mdns(host="printer-2f", services=(("_ipp._tcp", 631, "ty=Brother;rp=ipp"),))
    known = multicast_names.zone(offer, ("10.66.7.21", "fe80::1"))
    query = records.read_query(dns.message.make_query("_ipp._tcp.local.", "PTR").to_wire())
    assert query is not None
    found, more = multicast_names.answers(query, known)
    message = dns.message.from_wire(records.write(0, found, more))
    assert message.answer[0][0].to_text() == "printer-2f._ipp._tcp.local."
    extra = {rrset.name.to_text() for rrset in message.additional}
    assert extra == {"printer-2f.local.", "printer-2f._ipp._tcp.local."}
    nothing = records.read_query(dns.message.make_query("other.local.", "A").to_wire())
    assert nothing is not None
    assert multicast_names.answers(nothing, known) == ([], [])


@given(st.binary(max_size=100))
def test_queries_from_anything(data: bytes) -> None:
    records.read_query(data)
    dns_server.respond(data, "stc.example", {})


def _truth(name: str, *addresses: tuple[str, str]) -> HostTruth:
    made = [AddressTruth(one, 64, "global", frozenset(flags.split())) for one, flags in addresses]
    card = InterfaceTruth(
        "eth0",
        MAC,
        True,
        tuple(one for one in made if "." in one.address),
        tuple(one for one in made if ":" in one.address),
    )
    return HostTruth(name, "server", (card,))


def test_dns_holds_lasting_addresses_and_their_reverse() -> None:
    truths = {
        "a": _truth("a", ("10.66.7.9", ""), ("2001:db8::a", ""), ("2001:db8::ffff", "temporary")),
        "b": _truth("b", ("10.66.7.9", "")),
    }
    known = dns_server.names("stc.example", truths)
    assert known["a.stc.example."] == ("10.66.7.9", "2001:db8::a")
    assert known["9.7.66.10.in-addr.arpa."] == ("a.stc.example.",)
    assert ipaddress.ip_address("2001:db8::ffff").reverse_pointer + "." not in known


@pytest.mark.parametrize(
    ("name", "kind", "code", "answers"),
    [
        ("a.stc.example.", "A", "NOERROR", ["10.66.7.9"]),
        ("A.STC.example.", "AAAA", "NOERROR", []),
        ("9.7.66.10.in-addr.arpa.", "PTR", "NOERROR", ["a.stc.example."]),
        ("9.7.66.10.in-addr.arpa.", "A", "NOERROR", []),
        ("z.stc.example.", "A", "NXDOMAIN", []),
        ("www.example.org.", "A", "SERVFAIL", []),
    ],
)
def test_dns_answers(name: str, kind: str, code: str, answers: list[str]) -> None:
    known = dns_server.names("stc.example", {"a": _truth("a", ("10.66.7.9", ""))})
    data = dns_server.respond(dns.message.make_query(name, kind).to_wire(), "stc.example", known)
    assert data is not None
    message = dns.message.from_wire(data)
    assert dns.rcode.to_text(message.rcode()) == code
    assert [item.to_text() for rrset in message.answer for item in rrset] == answers


def test_an_lldp_frame_says_who_and_what() -> None:
    frame = lldp.encode(Lldp(system="sw", description="IOS", port="Gi1/0/1"), MAC, "switch", None)
    expected = (
        "0180c200000e 001c73000701 88cc"
        " 0207 04 001c73000701"  # chassis: the MAC
        " 0408 05 4769312f302f31"  # port: its interface name
        " 0602 0028"  # valid for 40 s
        " 0807 4769312f302f31"
        " 0a02 7377"
        " 0c03 494f53"
        " 0e04 0004 0004"  # a bridge
        " 0000"
    )
    assert frame.startswith(bytes.fromhex(expected))


def _leases(ipv6_only_s: int | None = 1800) -> dhcp.Leases:
    offer = DhcpServer(first="10.66.7.100", last="10.66.7.110", ipv6_only_s=ipv6_only_s)
    plan = office()
    namespace = object.__new__(Namespace)  # leases know no sockets
    place = Place(plan.host("gw"), namespace, plan, lambda _received: None, dict)
    return dhcp.Leases(offer, place)


KNOWN = bytes.fromhex("18:66:da:00:07:65".replace(":", ""))
STRANGER = bytes.fromhex("020000000001")


def _ask(kind: int, mac: bytes = KNOWN, **options: bytes) -> dhcp.Message:
    numbered = {int(name.removeprefix("o")): value for name, value in options.items()}
    return dhcp.Message(False, 1, mac, options={dhcp.KIND: bytes((kind,)), **numbered})


@pytest.mark.parametrize(
    ("message", "kind", "address"),
    [
        pytest.param(_ask(dhcp.DISCOVER), dhcp.OFFER, "10.66.7.101", id="reserved"),
        pytest.param(_ask(dhcp.DISCOVER, STRANGER), dhcp.OFFER, "10.66.7.100", id="from-the-pool"),
        pytest.param(
            _ask(dhcp.REQUEST, o50=bytes((10, 66, 7, 101))), dhcp.ACK, "10.66.7.101", id="granted"
        ),
        pytest.param(
            _ask(dhcp.REQUEST, o50=bytes((10, 66, 7, 9))), dhcp.NAK, "0.0.0.0", id="refused"
        ),
        pytest.param(_ask(dhcp.INFORM), dhcp.ACK, "0.0.0.0", id="inform"),
    ],
)
def test_dhcp_server(message: dhcp.Message, kind: int, address: str) -> None:
    answer = _leases().respond(message)
    assert answer is not None
    assert (answer.kind, socket.inet_ntoa(answer.yours)) == (kind, address)
    again = dhcp.decode(dhcp.encode(answer))
    assert again == answer


def test_dhcp_requests_to_another_server_are_not_ours() -> None:
    assert _leases().respond(_ask(dhcp.REQUEST, o54=bytes((10, 66, 7, 254)))) is None


@pytest.mark.parametrize(
    ("wanted", "offered", "sent"),
    [(b"\x01\x6c", 1800, True), (b"\x01", 1800, False), (b"\x01\x6c", None, False)],
)
def test_option_108_only_for_those_who_ask(wanted: bytes, offered: int | None, sent: bool) -> None:
    answer = _leases(offered).respond(_ask(dhcp.DISCOVER, o55=wanted))
    assert answer is not None
    assert (dhcp.IPV6_ONLY in answer.options) == sent


@given(st.binary(max_size=400))
def test_dhcp_survives_anything(data: bytes) -> None:
    dhcp.decode(data)
    dhcp.decode(bytes(236) + dhcp.COOKIE + data)
    crafted = b"\x01\x01\x06" + bytes(233) + dhcp.COOKIE + data
    assert dhcp.decode(crafted) is not None
