"""TCP presence: hosts with real stacks, real sshd and nginx, firewalls, a host that dies."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

import pytest

from agent.lab import Lan
from agent.lab.daemons import start_nginx, start_sshd
from agent.lab.host import LabHost
from agent.lab.offers import DnsServer, Greeting, Http, Sink, Ssh, Telnet
from collectors import tcp
from collectors.contract import Limits, Target
from collectors.memory import Until
from collectors.observation import AnyObservation, ServiceSeen, Unanswered
from collectors.ports import probed
from tests.lan.observing import DAEMONS, observed, targets


@pytest.fixture(name="daemons")
def lan_of_daemons(make_lan: Callable[..., Lan]) -> Lan:
    return make_lan(DAEMONS)


def offered(host: LabHost) -> dict[str, set[int]]:
    """Which probed ports a host serves, by family, according to its plan."""
    numbers = {port.number for port in probed()}
    found: dict[str, set[int]] = {"ipv4": set(), "ipv6": set()}
    for offer in host.plan.offers:
        ports: tuple[int, ...] = ()
        if isinstance(offer, Http | Greeting | Ssh | Telnet):
            ports = (offer.port,)
        elif isinstance(offer, Sink):
            ports = offer.ports
        elif isinstance(offer, DnsServer):
            ports = (53,)
        for family in getattr(offer, "families", ("ipv4", "ipv6")):
            found[family] |= numbers & set(ports)
    return found


def resets_sent(host: LabHost) -> int:
    text = host.run(["cat", "/proc/self/net/snmp"], check=True).stdout.decode()
    header, values = (line.split() for line in text.splitlines() if line.startswith("Tcp:"))
    return int(values[header.index("OutRsts")])


@pytest.fixture(scope="module", name="services")
def office_services(office: Lan) -> tuple[list[AnyObservation], int]:
    """What the tcp collector sees of the office, and how many resets it caused."""
    office.received.clear()
    before = resets_sent(office.agent)
    found = observed(office, tcp.collect)
    return found, resets_sent(office.agent) - before


def test_every_offered_service_is_found_and_no_other(
    office: Lan, services: tuple[list[AnyObservation], int]
) -> None:
    seen: dict[str, dict[int, str]] = {}
    for item in services[0]:
        if isinstance(item, ServiceSeen):
            seen.setdefault(item.address, {})[item.port] = item.state
    contested = "10.66.7.77"  # two hosts: whichever answers
    for host in office.hosts.values():
        if "drop_all" in host.plan.behaviours:
            continue
        truth = host.truth()
        for family, addresses in (("ipv4", truth.ipv4), ("ipv6", truth.ipv6)):
            visited = [address for address in addresses if address in seen]
            if not addresses or contested in visited:
                continue
            assert len(visited) == 1, host.name
            opened = {port for port, state in seen[visited[0]].items() if state == "open"}
            assert opened == offered(host)[family], (host.name, family)
            assert len(seen[visited[0]]) == len(probed())
            assert "filtered" not in seen[visited[0]].values()


def test_a_host_that_drops_all_is_silent_and_nothing_is_claimed(
    office: Lan, services: tuple[list[AnyObservation], int]
) -> None:
    truth = office.hosts["pc-audit"].truth()
    own = {*truth.ipv4, *truth.ipv6}
    about = [item for item in services[0] if getattr(item, "address", "") in own]
    assert {type(item) for item in about} == {Unanswered}
    assert len(about) == 2


def test_no_byte_is_sent_no_reset_and_no_print_port_is_touched(
    office: Lan, services: tuple[list[AnyObservation], int]
) -> None:
    assert services[1] == 0
    assert [(one.host, one.port, one.data) for one in office.received if one.data] == []
    assert not [one for one in office.received if one.port in {515, 9100}]


def test_banners_and_what_they_prove(
    office: Lan, services: tuple[list[AnyObservation], int]
) -> None:
    seen = {
        (item.address, item.port): item for item in services[0] if isinstance(item, ServiceSeen)
    }
    assert seen["10.66.7.1", 22].banner == "SSH-2.0-OpenSSH_8.7"
    assert seen["2001:db8:66:7::1", 22].banner == "SSH-2.0-OpenSSH_8.7"
    assert seen["10.66.7.4", 21].banner.startswith("220 ap-lobby FTP server")
    assert seen["10.66.7.3", 23].evidence == "iac"
    assert seen["10.66.7.3", 80].banner == ""


def test_real_sshd_and_nginx_see_an_orderly_visit(daemons: Lan) -> None:
    ssh = start_sshd(daemons.hosts["srv-ssh"], daemons.folder("sshd"))
    web = start_nginx(daemons.hosts["srv-web"], daemons.folder("nginx"), "Trang chu")
    before = resets_sent(daemons.agent)
    found = observed(daemons, tcp.collect)
    opened = {
        (item.address, item.port): item.banner
        for item in found
        if isinstance(item, ServiceSeen) and item.state == "open"
    }
    link_local = daemons.hosts["srv-ssh"].truth().ipv6[0]
    assert set(opened) >= {("10.66.7.10", 22), ("10.66.7.11", 80), (link_local, 22)}
    assert {address for address, port in opened if port == 22} == {"10.66.7.10", link_local}
    assert opened["10.66.7.10", 22].startswith("SSH-2.0-OpenSSH_")
    assert {item.interface for item in found if getattr(item, "address", "") == link_local} == {
        "eth0"
    }
    assert resets_sent(daemons.agent) == before
    assert ssh.process.poll() is None
    assert "reset by" not in ssh.log.lower()
    assert "error" not in web.log.lower()


def test_firewalls_are_told_from_refusals(daemons: Lan) -> None:
    rules = (
        "table inet f { chain i { type filter hook input priority 0;"
        " tcp dport 80 drop; tcp dport 443 reject with icmpx admin-prohibited;"
        " tcp dport 23 reject with tcp reset; }; }"
    )
    start_sshd(daemons.hosts["srv-ssh"], daemons.folder("sshd"))
    daemons.hosts["srv-ssh"].run(["nft", rules], check=True)
    known = tuple(item for item in targets(daemons) if item.device == "d-srv-ssh")
    # In the lab the ICMP error comes back while connect() holds the socket, and the kernel only
    # notes it; the repeated SYN after a second brings it again.
    limits = Limits(connect_timeout_s=2.0)
    found = observed(daemons, tcp.collect, known=known, limits=limits, ports=[22, 80, 443, 23])
    seen = [item for item in found if isinstance(item, ServiceSeen)]
    for family in ("10.66.7.10", known[0].addresses[1].partition("%")[0]):
        states = {item.port: (item.state, item.evidence) for item in seen if item.address == family}
        assert states == {
            22: ("open", ""),
            80: ("filtered", "timeout"),
            443: ("filtered", "unreachable"),
            23: ("closed", ""),
        }


def test_a_host_that_dies_under_the_visit_is_quarantined(daemons: Lan) -> None:
    start_sshd(daemons.hosts["srv-ssh"], daemons.folder("sshd"))
    # Everything but the first connection is dropped: as if that had killed the host.
    rules = (
        "table inet f { chain i { type filter hook input priority 0;"
        " tcp flags syn limit rate over 1/hour burst 1 packets drop; }; }"
    )
    daemons.hosts["srv-ssh"].run(["nft", rules], check=True)
    quarantine = Until()
    known = tuple(item for item in targets(daemons) if item.device == "d-srv-ssh")
    quick = Limits(device_gap_s=0.02, connect_timeout_s=0.3)
    found = observed(daemons, tcp.collect, known=known, limits=quick, quarantine=quarantine)
    opened = [item for item in found if isinstance(item, ServiceSeen) and item.state == "open"]
    assert [(item.address, item.port) for item in opened] == [("10.66.7.10", 22)]
    assert [device for device, _ in quarantine] == ["d-srv-ssh"]


def _drip(peer: socket.socket) -> None:
    while True:
        peer.sendall(b".")
        time.sleep(0.05)


def _flood(peer: socket.socket) -> None:
    while True:
        peer.sendall(b"\xff" * 65536)


def _reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def _wait(peer: socket.socket) -> None:
    peer.recv(1)


@pytest.mark.parametrize(
    ("behave", "longest_s", "evidence"),
    [
        pytest.param(_drip, 4.5, "", id="a byte now and then, for ever"),
        pytest.param(_flood, 2.0, "iac", id="all that fits, for ever"),
        pytest.param(_reset, 1.0, "", id="a reset"),
        pytest.param(_wait, 4.5, "", id="silence"),
    ],
)
def test_peers_that_misbehave(
    daemons: Lan, behave: Callable[[socket.socket], None], longest_s: float, evidence: str
) -> None:
    host = daemons.hosts["srv-ssh"]
    listener = host.socket(socket.AF_INET, socket.SOCK_STREAM)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer, contextlib.suppress(OSError):
                    behave(peer)

    with listener:
        listener.bind(("10.66.7.10", 23))
        listener.listen(8)
        server = threading.Thread(target=serve, daemon=True)
        server.start()
        known = (Target("d-1", ("10.66.7.10",)),)
        began = time.monotonic()
        found = observed(daemons, tcp.collect, known=known, ports=[23, 80])
        took_s = time.monotonic() - began
        listener.shutdown(socket.SHUT_RDWR)
    server.join(5)
    assert not server.is_alive()
    states = {item.port: item for item in found if isinstance(item, ServiceSeen)}
    assert (states[23].state, states[80].state) == ("open", "closed")
    assert states[23].evidence == evidence
    assert len(states[23].banner) <= 256
    assert took_s < longest_s
