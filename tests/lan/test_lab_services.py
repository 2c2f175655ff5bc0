"""The lab's small servers, spoken to from the agent's namespace as any client would."""

import http.client
import socket
import ssl
import struct
from collections.abc import Callable

import dns.message
import dns.query
import dns.rdatatype
import dns.reversename
import pytest

from agent.lab import Lan


def _read(lan: Lan, address: str, port: int, *, send: bytes = b"", size: int = 4096) -> bytes:
    def talk() -> bytes:
        with socket.create_connection((address, port), timeout=5) as sock:
            if send:
                sock.sendall(send)
            return sock.recv(size)

    return lan.agent.enter(talk)


@pytest.mark.parametrize(
    ("host", "port", "start"),
    [
        pytest.param("10.66.7.1", 22, b"SSH-2.0-OpenSSH_8.7\r\n", id="ssh-on-the-router"),
        pytest.param("2001:db8:66:7::10", 22, b"SSH-2.0-OpenSSH_9.2p1", id="ssh-over-ipv6"),
        pytest.param("10.66.7.4", 21, b"220 ap-lobby FTP server", id="ftp"),
        pytest.param("10.66.7.3", 23, b"\xff\xfb\x01\xff\xfb\x03", id="telnet-negotiates"),
    ],
)
def test_protocols_that_speak_first(office: Lan, host: str, port: int, start: bytes) -> None:
    assert _read(office, host, port).startswith(start)


@pytest.mark.parametrize("address", ["10.66.7.10", "2001:db8:66:7::10"])
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_web_pages_have_title_and_server(office: Lan, address: str, tls: bool) -> None:
    def fetch() -> tuple[str | None, bytes]:
        connection: http.client.HTTPConnection
        if tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection = http.client.HTTPSConnection(address, 443, timeout=5, context=context)
        else:
            connection = http.client.HTTPConnection(address, 80, timeout=5)
        connection.request("GET", "/")
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.getheader("Server"), body

    server, body = office.agent.enter(fetch)
    assert server == "nginx/1.22.1"
    assert b"<title>Cong thong tin noi bo</title>" in body


def test_a_print_port_records_what_it_is_sent(office: Lan) -> None:
    def send() -> None:
        with socket.create_connection(("10.66.7.22", 9100), timeout=5) as sock:
            sock.sendall(b"\x1b%-12345X")
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(10) == b""

    office.agent.enter(send)
    heard = [one for one in office.received if one.host == "printer-3f" and one.port == 9100]
    assert [(one.peer, one.data) for one in heard] == [("10.66.7.2", b"\x1b%-12345X")]
    office.received.clear()


def _exchange(
    lan: Lan, target: tuple[str, int], data: bytes, *, port: int = 0, wait: int = 3
) -> tuple[bytes, str]:
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    with lan.agent.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(wait)
        sock.bind(("", port))
        if family == socket.AF_INET6:
            index = lan.agent.namespace.netlink.index("eth0")
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            sock.sendto(data, (*target, 0, index))
        else:
            index = lan.agent.namespace.netlink.index("eth0")
            request = struct.pack("=4s4si", bytes(4), bytes(4), index)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
            sock.sendto(data, target)
        answer, peer = sock.recvfrom(9000)
        return answer, peer[0]


@pytest.mark.parametrize("group", ["224.0.0.251", "ff02::fb"])
def test_mdns_answers_with_both_families(office: Lan, group: str) -> None:
    query = dns.message.make_query("printer-2f.local.", "AAAA", flags=0)
    answer, peer = _exchange(office, (group, 5353), query.to_wire())
    truth = office.hosts["printer-2f"].truth()
    response = dns.message.from_wire(answer)
    assert response.id == query.id
    found = {item.to_text() for rrset in response.answer for item in rrset}
    assert found == set(truth.ipv6)
    assert peer.split("%")[0] in (*truth.ipv4, *truth.ipv6)


def test_mdns_lists_services(office: Lan) -> None:
    query = dns.message.make_query("_smb._tcp.local.", "PTR", flags=0)
    answer, peer = _exchange(office, ("224.0.0.251", 5353), query.to_wire())
    response = dns.message.from_wire(answer)
    assert peer == "10.66.7.32"
    assert response.answer[0][0].to_text() == "nas-archive._smb._tcp.local."


def test_llmnr_answers_for_its_name_alone(office: Lan) -> None:
    query = dns.message.make_query("pc-budget-1.", "A", flags=0)
    answer, peer = _exchange(office, ("224.0.0.252", 5355), query.to_wire())
    assert peer == "10.66.7.101"
    assert dns.message.from_wire(answer).answer[0][0].to_text() == "10.66.7.101"


def test_nbns_tells_names_and_mac(office: Lan) -> None:
    wildcard = b"\x20" + b"CK" + b"A" * 30 + b"\0"
    query = struct.pack("!HHHHHH", 7, 0, 1, 0, 0, 0) + wildcard + b"\0\x21\0\x01"
    answer, _peer = _exchange(office, ("10.66.7.101", 137), query)
    assert answer[:2] == b"\0\x07"
    assert answer[56] == 3
    assert answer[57:73] == b"PC-BUDGET-1    \0"
    assert bytes.fromhex("18:66:da:00:07:65".replace(":", "")) in answer


@pytest.mark.parametrize(
    ("community", "answers"), [pytest.param(b"public", True, id="public"), (b"secret", False)]
)
def test_snmp_answers_to_its_community(office: Lan, community: bytes, answers: bool) -> None:
    # SNMPv2c get sysDescr.0: 30 LEN 02 01 01 04 06 community a0 LEN id 0 0 { { oid null } }
    varbind = bytes.fromhex("300c06082b060102010101000500")
    pdu = bytes.fromhex("020101020100020100") + bytes((0x30, len(varbind))) + varbind
    body = b"\x02\x01\x01\x04\x06" + community + bytes((0xA0, len(pdu))) + pdu
    message = bytes((0x30, len(body))) + body
    if answers:
        answer, _peer = _exchange(office, ("10.66.7.21", 161), message)
        assert b"Brother HL-L5100DN series" in answer
    else:
        with pytest.raises(TimeoutError):
            _exchange(office, ("10.66.7.21", 161), message, wait=1)


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("10.66.7.12", "srv-db.stc.example."),
        ("2001:db8:66:7::10", "srv-web.stc.example."),
        ("10.66.7.99", None),
    ],
)
def test_dns_knows_the_hosts_in_reverse(
    office: Lan, address: str, name: str | None, tcp: bool
) -> None:
    query = dns.message.make_query(dns.reversename.from_address(address), "PTR")
    ask: Callable[..., dns.message.Message] = dns.query.tcp if tcp else dns.query.udp
    answer = office.agent.enter(lambda: ask(query, "10.66.7.1", timeout=5))
    if name is None:
        assert answer.rcode() == dns.rcode.NXDOMAIN
    else:
        assert [item.to_text() for item in answer.answer[0]] == [name]
