"""Keys, pages, engines and descriptions: of real daemons, compared with other programs' truth."""

import base64
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.lab import Host, Lan, LanPlan, daemons
from agent.lab.topology import Nic
from collectors import (
    http_page,
    mdns,
    snmp_engine,
    ssdp,
    ssh_key,
    tcp,
    tls_key,
    wsd,
)
from collectors.contract import NoData, OpenPort, Target
from collectors.memory import Until
from collectors.observation import (
    AnyObservation,
    DescriptionSeen,
    EngineSeen,
    KeySeen,
    PageSeen,
    ServiceAdvertised,
    ServiceSeen,
)
from tests.lan.observing import Collect, observed, targets

needs_root = pytest.mark.skipif(
    Path("/proc/self/uid_map").read_text().split()[2] == "1" or os.geteuid() != 0,
    reason="the daemon changes users: needs the machine's root",
)


def requires(program: str) -> pytest.MarkDecorator:
    missing = daemons.available(program) is None
    return pytest.mark.skipif(missing, reason=f"{program} is not installed")


PLAN = LanPlan(
    agent=Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2"),
    hosts=(
        Host(name="srv-a", kind="server", mac="0c:c4:7a:00:07:10", ipv4="10.66.7.10"),
        Host(
            name="srv-two",
            kind="server",
            mac="a0:36:9f:00:07:0d",
            ipv4="10.66.7.13",
            more_nics=(Nic(mac="a0:36:9f:00:07:0e", ipv4="10.66.7.14"),),
        ),
    ),
)


@pytest.fixture(scope="module", name="lan")
def lan_of_daemons(requires_namespaces: None) -> Iterator[Lan]:
    from agent.lab import build

    with build(PLAN, real_daemons=False) as lan:
        yield lan


def opened(*ports: int, name: str = "srv-a", address: str = "10.66.7.10") -> Target:
    services = tuple(OpenPort(address, port) for port in ports)
    return Target(f"d-{name}", (address,), kind="server", open_ports=services)


def keys(found: list[AnyObservation]) -> dict[int, KeySeen]:
    return {item.port: item for item in found if isinstance(item, KeySeen)}


def fingerprint_by_ssh_keygen(folder: Path) -> str:
    program = daemons.available("ssh-keygen")
    assert program is not None
    said = subprocess.run(
        [program, "-lf", str(folder / "host_key.pub")], capture_output=True, check=True, text=True
    )
    return said.stdout.split()[1]


GROUP_14_SHA1 = "KexAlgorithms diffie-hellman-group14-sha1\n"
SERVERS = [
    pytest.param("ed25519", "", "ssh-ed25519", id="ed25519"),
    pytest.param("ecdsa", "", "ecdsa-sha2-nistp256", id="ecdsa"),
    pytest.param("rsa", "", "ssh-rsa", id="rsa"),
    pytest.param(
        "rsa", f"HostKeyAlgorithms ssh-rsa\n{GROUP_14_SHA1}", "ssh-rsa", id="an old switch"
    ),
    pytest.param("ed25519", "KexAlgorithms ecdh-sha2-nistp256\n", "ssh-ed25519", id="nistp256"),
    pytest.param("ed25519", GROUP_14_SHA1, "ssh-ed25519", id="group 14"),
]


@requires("sshd")
@needs_root
@pytest.mark.parametrize(("kind", "more", "algorithm"), SERVERS)
def test_the_key_of_sshd_is_what_ssh_keygen_says(
    lan: Lan, kind: str, more: str, algorithm: str
) -> None:
    host = lan.hosts["srv-a"]
    folder = lan.folder("sshd")
    daemon = daemons.start_sshd(host, folder, kind=kind, more=more)
    try:
        found = observed(lan, ssh_key.collect, known=(opened(22),))
    finally:
        daemon.stop()
    (seen,) = found
    assert isinstance(seen, KeySeen)
    assert (seen.algorithm, seen.fingerprint) == (algorithm, fingerprint_by_ssh_keygen(folder))
    assert (seen.protocol, seen.address, seen.port) == ("ssh", "10.66.7.10", 22)
    assert "no login wanted [preauth]" in daemon.log
    assert "Failed" not in daemon.log
    assert "Invalid user" not in daemon.log


@requires("sshd")
@needs_root
def test_no_common_algorithm_gives_no_key_and_no_error(lan: Lan) -> None:
    daemon = daemons.start_sshd(
        lan.hosts["srv-a"], lan.folder("sshd"), more="KexAlgorithms sntrup761x25519-sha512\n"
    )
    try:
        assert observed(lan, ssh_key.collect, known=(opened(22),)) == []
    finally:
        daemon.stop()


@requires("sshd")
@needs_root
def test_two_cards_of_one_host_show_one_key_once_a_day(lan: Lan) -> None:
    folder = lan.folder("sshd")
    daemon = daemons.start_sshd(lan.hosts["srv-two"], folder)
    known = (
        opened(22, name="one", address="10.66.7.13"),
        opened(22, name="two", address="10.66.7.14"),
    )
    asked = Until()
    try:
        found = observed(lan, ssh_key.collect, known=known, ssh_key_asked=asked)
        with pytest.raises(NoData, match="no service of a known device in scope is due"):
            observed(lan, ssh_key.collect, known=known, ssh_key_asked=asked)
    finally:
        daemon.stop()
    seen = {(item.address, item.fingerprint) for item in found if isinstance(item, KeySeen)}
    truth = fingerprint_by_ssh_keygen(folder)
    assert seen == {("10.66.7.13", truth), ("10.66.7.14", truth)}


@requires("nginx")
def test_the_key_and_pages_of_nginx(lan: Lan) -> None:
    folder = lan.folder("nginx")
    daemon = daemons.start_nginx(
        lan.hosts["srv-a"], folder, "Sở Tài chính &amp; Kho bạc", secure_port=443
    )
    try:
        found = observed(lan, tls_key.collect, known=(opened(80, 443),))
        pages = observed(lan, http_page.collect, known=(opened(80, 443),))
    finally:
        daemon.stop()
    (key,) = found
    assert isinstance(key, KeySeen)
    spki = subprocess.run(
        f"openssl x509 -in {folder / 'server.pem'} -noout -pubkey"
        " | openssl pkey -pubin -outform DER",
        shell=True, check=True, capture_output=True,
    ).stdout  # fmt: skip
    digest = base64.b64encode(hashlib.sha256(spki).digest()).decode().rstrip("=")
    assert key.fingerprint == f"SHA256:{digest}"
    assert (key.protocol, key.port, key.algorithm) == ("tls", 443, "ec-secp256r1")
    assert (key.subject, key.self_signed) == ("srv-a", True)
    seen = {item.port: item for item in pages if isinstance(item, PageSeen)}
    assert {port: (page.secure, page.status, page.title) for port, page in seen.items()} == {
        80: (False, 200, "Sở Tài chính & Kho bạc"),
        443: (True, 200, "Sở Tài chính & Kho bạc"),
    }
    assert all(page.server.startswith("nginx/") for page in seen.values())
    log = (folder / "access.log").read_text()
    assert log.count('"GET / HTTP/1.1" 200') == 2
    assert log.count('"lanwarden"') == 2


def test_old_tls_is_spoken(lan: Lan, tmp_path: Path) -> None:
    from agent.lab.services.certificate import self_signed

    pem = tmp_path / "server.pem"
    pem.write_bytes(self_signed("old"))
    host = lan.hosts["srv-a"]
    argv = ["openssl", "s_server", "-accept", "8443", "-cert", str(pem), "-key", str(pem)]
    argv += ["-tls1", "-cipher", "ALL:@SECLEVEL=0", "-www", "-quiet"]
    process = host.popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_open(lan, 8443)
        found = observed(lan, tls_key.collect, known=(opened(8443),))
    finally:
        process.kill()
        process.wait()
    assert [key.subject for key in keys(found).values()] == ["old"]


@requires("snmpd")
def test_the_engine_of_snmpd(lan: Lan) -> None:
    host = lan.hosts["srv-a"]
    folder = lan.folder("snmpd")
    daemon = daemons.start_snmpd(host, folder)
    known = tuple(target for target in targets(lan))
    try:
        found = observed(lan, snmp_engine.collect, known=known)
    finally:
        daemon.stop()
    (seen,) = found
    assert isinstance(seen, EngineSeen)
    assert (seen.address, seen.enterprise) == ("10.66.7.10", 8072)
    stored = (folder / "snmpd.conf").read_text() + _persistent(folder)
    assert f"0x{seen.engine_id}" in stored


@requires("minidlnad")
def test_a_media_server_is_found_and_describes_itself(lan: Lan) -> None:
    daemon = daemons.start_minidlna(lan.hosts["srv-a"], lan.folder("minidlna"), "Phim tap huan")
    known = (Target("d-a", ("10.66.7.10",)),)
    try:
        found = _until_seen(lan, ssdp.collect, known, DescriptionSeen)
    finally:
        daemon.stop()
    adverts = [item for item in found if isinstance(item, ServiceAdvertised)]
    assert {item.address for item in adverts} == {"10.66.7.10"}
    kinds = {item.kind for item in adverts}
    assert "urn:schemas-upnp-org:device:MediaServer:1" in kinds
    assert "upnp:rootdevice" in kinds
    (description,) = (item for item in found if isinstance(item, DescriptionSeen))
    assert description.protocol == "upnp"
    assert (description.name, description.serial) == ("Phim tap huan", "SN-4711-LAB")
    assert description.manufacturer == "Justin Maggard"
    assert description.device_type == "urn:schemas-upnp-org:device:MediaServer:1"
    assert {f"uuid:{description.uuid}"} == {item.name for item in adverts if item.name}


@requires("wsdd")
def test_a_host_that_answers_ws_discovery(lan: Lan) -> None:
    daemon = daemons.start_wsdd(lan.hosts["srv-a"], lan.folder("wsdd"))
    known = (Target("d-a", ("10.66.7.10",)),)
    try:
        found = _until_seen(lan, wsd.collect, known, ServiceAdvertised)
    finally:
        daemon.stop()
    adverts = [item for item in found if isinstance(item, ServiceAdvertised)]
    assert {(item.protocol, item.kind) for item in adverts} == {("wsd", "Device Computer")}
    truth = lan.hosts["srv-a"].truth()
    assert {item.address for item in adverts} <= {*truth.ipv4, *truth.ipv6}
    uuids = {item.uuid for item in found if isinstance(item, DescriptionSeen)}
    assert {item.name for item in adverts} == {f"urn:uuid:{one}" for one in uuids}


@requires("avahi-daemon")
@needs_root
def test_services_of_avahi_with_what_they_say(lan: Lan) -> None:
    folder = lan.folder("avahi")
    daemon = daemons.start_avahi(lan.hosts["srv-a"], folder, {"Reports": ("_http._tcp", 80)})
    known = (Target("d-a", ("10.66.7.10",)),)
    try:
        found = _until_seen(lan, mdns.collect, known, ServiceAdvertised)
    finally:
        daemon.stop()
    adverts = {
        (item.kind, item.name, item.port) for item in found if isinstance(item, ServiceAdvertised)
    }
    assert ("_http._tcp", "Reports", 80) in adverts


def test_the_office_shows_its_keys_pages_and_engines(office: Lan) -> None:
    services: dict[str, list[OpenPort]] = {}
    for item in observed(office, tcp.collect):
        if isinstance(item, ServiceSeen) and item.state == "open":
            one = OpenPort(item.address, item.port, item.banner)
            services.setdefault(item.address, []).append(one)
    known = tuple(
        Target(
            target.device, target.addresses, target.mac, target.interface, target.kind,
            tuple(one for address in target.addresses for one in services.get(address, ())),
        )
        for target in targets(office)
    )  # fmt: skip
    ssh = {item.address for item in observed(office, ssh_key.collect, known=known)}  # type: ignore[union-attr]
    assert {"10.66.7.1", "10.66.7.10", "10.66.7.12", "10.66.7.13", "10.66.7.32"} <= ssh
    cards = tuple(
        opened(22, name=address, address=address) for address in ("10.66.7.13", "10.66.7.14")
    )
    both = observed(office, ssh_key.collect, known=cards)
    assert len({item.fingerprint for item in both if isinstance(item, KeySeen)}) == 1
    assert len(both) == 2
    assert set(keys(observed(office, tls_key.collect, known=known))) == {443}
    titles = {
        item.title
        for item in observed(office, http_page.collect, known=known)
        if isinstance(item, PageSeen)
    }
    assert {"Cisco Systems - Home", "HP LaserJet MFP M428fdw", "WEB SERVICE"} <= titles
    engines = {
        item.address: item.enterprise
        for item in observed(office, snmp_engine.collect, known=known)
        if isinstance(item, EngineSeen)
    }
    assert engines["10.66.7.3"] == 9
    assert engines["10.66.7.33"] == 318
    touched = {(item.host, item.port) for item in office.received}
    assert not {port for _, port in touched} & {515, 631, 9100, 502}


HOSTILE = """
import socket, struct, threading, time

def flood(sock):
    while True: sock.sendall(b"x" * 65536)

def drip(sock):
    while True: sock.sendall(b"H"); time.sleep(0.05)

def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()

def giant(sock):
    sock.sendall(b"SSH-2.0-x\\r\\n" + b"\\xff" * 100000); time.sleep(60)

def silent(sock): time.sleep(60)

def serve(port, talk):
    listener = socket.create_server(("", port))
    while True:
        sock, _ = listener.accept()
        def guarded():
            try: talk(sock)
            except OSError: pass
        threading.Thread(target=guarded, daemon=True).start()

ways = {22: flood, 2222: giant, 443: flood, 8443: reset, 80: drip, 8080: flood, 8000: reset,
        8888: silent}
for port, talk in ways.items():
    threading.Thread(target=serve, args=(port, talk), daemon=True).start()
time.sleep(120)
"""


def test_hostile_servers_hold_nobody_up_and_leave_nothing_open(lan: Lan) -> None:
    host = lan.hosts["srv-a"]
    process = host.popen([sys.executable, "-c", HOSTILE])
    known = (opened(22, 2222, 443, 8443, 80, 8080, 8000, 8888),)
    try:
        _until_open(lan, 8888)
        for collect, most_s in (
            (ssh_key.collect, 7),
            (tls_key.collect, 7),
            (http_page.collect, 16),
        ):
            began = time.monotonic()
            quarantine = Until()
            assert observed(lan, collect, known=known, quarantine=quarantine) == []
            assert time.monotonic() - began < most_s
            assert len(quarantine) == 0
    finally:
        process.kill()
        process.wait()


def _until_open(lan: Lan, port: int) -> None:
    for _ in range(50):
        try:
            lan.agent.enter(
                lambda: socket.create_connection(("10.66.7.10", port), timeout=1).close()
            )
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not begin to listen")


def _until_seen(
    lan: Lan, collect: Collect, known: tuple[Target, ...], kind: type[AnyObservation]
) -> list[AnyObservation]:
    """Daemons announce and probe first, and answer some seconds after they have their socket."""
    found: list[AnyObservation] = []
    for _ in range(8):
        found = observed(lan, collect, known=known)
        if any(isinstance(item, kind) for item in found):
            break
    return found


def _persistent(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in folder.glob("*.conf"))
