"""Real daemons in the lab's hosts, and DHCP as the agent's watch hears it."""

import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import dns.message
import msgspec
import pytest

from agent.lab import Lan, LanPlan, daemons, office, sized
from agent.lab.namespaces import LabError
from agent.lab.offers import DhcpClient
from agent.lab.services import dhcp

needs_root = pytest.mark.skipif(
    Path("/proc/self/uid_map").read_text().split()[2] == "1" or os.geteuid() != 0,
    reason="the daemon changes users: needs the machine's root",
)


def _requires(program: str) -> pytest.MarkDecorator:
    missing = daemons.available(program) is None
    return pytest.mark.skipif(missing, reason=f"{program} is not installed")


@pytest.fixture
def lan(make_lan: Callable[..., Lan]) -> Lan:
    return make_lan(sized(1), real_daemons=False)


def _read(lan: Lan, address: str, port: int, send: bytes = b"") -> bytes:
    def talk() -> bytes:
        with socket.create_connection((address, port), timeout=5) as sock:
            sock.sendall(send)
            return b"".join(iter(lambda: sock.recv(4096), b"")) if send else sock.recv(200)

    return lan.agent.enter(talk)


@_requires("nginx")
def test_nginx_serves_both_families(lan: Lan) -> None:
    host = lan.hosts["eui64-000"]
    daemons.start_nginx(host, lan.folder("nginx"), "Kho bac")
    for address in (host.truth().ipv4[0], host.truth().global_ipv6[0]):
        page = _read(lan, address, 80, b"GET / HTTP/1.0\r\n\r\n")
        assert b"Server: nginx" in page
        assert b"<title>Kho bac</title>" in page


@_requires("sshd")
@needs_root
def test_sshd_speaks_first(lan: Lan) -> None:
    host = lan.hosts["eui64-000"]
    daemon = daemons.start_sshd(host, lan.folder("sshd"))
    assert _read(lan, host.truth().ipv4[0], 22).startswith(b"SSH-2.0-OpenSSH")
    daemon.stop()
    with pytest.raises(ConnectionRefusedError):
        _read(lan, host.truth().ipv4[0], 22)


@_requires("snmpd")
@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_snmpd_answers(lan: Lan, family: str) -> None:
    host = lan.hosts["eui64-000"]
    daemons.start_snmpd(host, lan.folder("snmpd"))
    truth = host.truth()
    target = truth.ipv4[0] if family == "ipv4" else truth.global_ipv6[0]
    # SEQUENCE { version 1, "public", GET { 1, 0, 0, { { sysName.0, NULL } } } }
    query = bytes.fromhex(
        "3026020101 04067075626c6963 a019020101020100020100 300e300c06082b060102010105000500"
    )
    kind = socket.AF_INET if family == "ipv4" else socket.AF_INET6
    with lan.agent.socket(kind, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(query, (target, 161))
        assert b"eui64-000" in sock.recv(2000)


@_requires("avahi-daemon")
@needs_root
def test_avahi_answers_for_its_host(lan: Lan) -> None:
    host = lan.hosts["eui64-000"]
    daemons.start_avahi(host, lan.folder("avahi"), {"Reports": ("_http._tcp", 80)})
    query = dns.message.make_query("eui64-000.local.", "A", flags=0).to_wire()
    with lan.agent.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.3)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.66.7.2"))
        answer = b""
        for _ in range(30):  # it probes for its name before it answers (RFC 6762 §8.1)
            sock.sendto(query, ("224.0.0.251", 5353))
            with contextlib.suppress(TimeoutError):
                answer = sock.recv(2000)
                break
    assert dns.message.from_wire(answer).answer[0][0].to_text() == host.truth().ipv4[0]


def test_a_daemon_that_does_not_start_says_why(lan: Lan) -> None:
    if daemons.available("nginx") is None:
        pytest.skip("nginx is not installed")
    with pytest.raises(
        LabError, match=r"nginx did not start in eui64-000; it said: .*invalid port"
    ):
        daemons.start_nginx(lan.hosts["eui64-000"], lan.folder("nginx"), "x", port=70000)


def _office_with_clients() -> LanPlan:
    plan = office(rogue_router=False)
    clients = {
        "pc-budget-1": DhcpClient(hostname="PC-BUDGET-1", interval_s=1),
        "phone-guest": DhcpClient(
            hostname="Galaxy", vendor_class="android-dhcp-14", ipv6_only=True, interval_s=1
        ),
    }
    hosts = [plan.host("gw")]
    hosts += [
        msgspec.structs.replace(plan.host(name), offers=(client,))
        for name, client in clients.items()
    ]
    return LanPlan(hosts=tuple(hosts), agent=plan.agent)


@pytest.mark.parametrize("real", [pytest.param(True, marks=_requires("dnsmasq")), False])
def test_clients_are_heard_and_get_their_reserved_address(
    make_lan: Callable[..., Lan], real: bool
) -> None:
    lan = make_lan(_office_with_clients(), real_daemons=real)
    heard: dict[tuple[str, int], dhcp.Message] = {}
    expected = {
        (lan.hosts[name].plan.mac, kind)
        for name in ("pc-budget-1", "phone-guest")
        for kind in (dhcp.DISCOVER, dhcp.OFFER, dhcp.REQUEST, dhcp.ACK)
    }
    with lan.agent.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)) as sock:
        sock.settimeout(10)
        while expected - heard.keys():
            packet = sock.recv(2048)
            message = dhcp.decode(packet[28:]) if packet[9] == socket.IPPROTO_UDP else None
            if message is not None:
                heard[message.mac.hex(":"), message.kind] = message
                if not message.reply:
                    assert packet[12:20] == bytes(4) + b"\xff" * 4
    pc, phone = lan.hosts["pc-budget-1"].plan, lan.hosts["phone-guest"].plan
    asked = heard[pc.mac, dhcp.DISCOVER].options
    assert asked[dhcp.HOSTNAME] == b"PC-BUDGET-1"
    assert asked[dhcp.VENDOR] == b"MSFT 5.0"
    assert dhcp.IPV6_ONLY not in asked[dhcp.WANTED]
    assert dhcp.IPV6_ONLY in heard[phone.mac, dhcp.DISCOVER].options[dhcp.WANTED]
    for host in (pc, phone):
        assert socket.inet_ntoa(heard[host.mac, dhcp.ACK].yours) == host.ipv4
        assert heard[host.mac, dhcp.ACK].options[dhcp.SERVER] == socket.inet_aton("10.66.7.1")
    assert dhcp.IPV6_ONLY not in heard[pc.mac, dhcp.ACK].options
    assert heard[phone.mac, dhcp.ACK].options[dhcp.IPV6_ONLY] == (1800).to_bytes(4, "big")
