"""Real snmpd, asked with the office's credentials: what it serves, and what it refuses."""

import ipaddress
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE

import pytest

from agent.lab import Lan, LanPlan
from agent.lab.daemons import start_snmpd
from checks.ipv6 import (
    router_nd_table,
    snmp_addresses,
    snmp_ipv6_enabled,
    snmp_listeners,
    snmp_over_ipv6,
)
from checks.verdict import Finding
from collectors import snmp_ipv6
from collectors.contract import Target
from collectors.observation import NeighbourTold, SnmpSeen
from collectors.snmp_login import Auth, Community, Login, Logins, Privacy, Rule, Secret, User
from collectors.snmp_memory import SnmpMemory
from inventory.snapshot import Policy
from tests.checks.verdicts import Judge
from tests.e2e.running import run_inside
from tests.lan import readiness
from tests.lan.observing import observed
from tests.lan.test_fingerprints import requires

pytestmark = requires("snmpd")

RIGHT = Community("right", Secret(b"c0mmunity"))
WRONG = Community("wrong", Secret(b"not this one"))
POLICY = Policy(snmp=("10.66.7.0/24",))
PHRASE, PRIVATE = "a passphrase", "another passphrase"


def user(
    name: str = "reader", auth: Auth = "sha256", privacy: Privacy = "aes", phrase: str = PHRASE
) -> User:
    secret = Secret(PRIVATE.encode()) if privacy else Secret(b"")
    return User("v3", name, auth, Secret(phrase.encode()), privacy, secret)


def created(auth: str = "SHA-256", privacy: str = "AES") -> str:
    private = f'{privacy} "{PRIVATE}"' if privacy else ""
    level = "priv" if privacy else "auth"
    return f'createUser reader {auth} "{PHRASE}" {private}\nrouser reader {level}\n'


def logins(*given: Login, network: str = "10.66.7.0/24") -> Logins:
    return Logins((Rule(network, given),))


@pytest.fixture(name="lan")
def small_lan(make_lan: Callable[..., Lan]) -> Lan:
    switch = readiness.server("switch", 20)
    return make_lan(LanPlan(agent=readiness.AGENT, hosts=(readiness.gateway(), switch)))


def switch_of(lan: Lan) -> Target:
    truth = lan.hosts["switch"].truth()
    link_local = [f"{one}%eth0" if one.startswith("fe80") else one for one in truth.ipv6]
    return Target("d-switch", (*truth.ipv4, *link_local), truth.mac, "eth0")


def asked(lan: Lan, *given: Login, memory: SnmpMemory | None = None) -> list[SnmpSeen]:
    found = observed(
        lan,
        snmp_ipv6.collect,
        known=(switch_of(lan),),
        snmp_logins=logins(*given),
        snmp_memory=memory,
    )
    return [one for one in found if isinstance(one, SnmpSeen)]


@pytest.mark.parametrize(
    ("login", "more"),
    [
        pytest.param(RIGHT, "", id="v2c"),
        pytest.param(user(), created(), id="v3 SHA-256 AES"),
        pytest.param(user(auth="sha"), created("SHA"), id="v3 SHA AES"),
        pytest.param(user(auth="sha224"), created("SHA-224"), id="v3 SHA-224 AES"),
        pytest.param(user(auth="sha384"), created("SHA-384"), id="v3 SHA-384 AES"),
        pytest.param(
            user(auth="sha512", privacy="aes256"), created("SHA-512", "AES-256"),
            id="v3 SHA-512 AES-256",
        ),
        pytest.param(
            user(auth="sha", privacy="aes192"), created("SHA", "AES-192"), id="v3 SHA AES-192"
        ),
        pytest.param(user(privacy=""), created(privacy=""), id="v3 without privacy"),
    ],
)  # fmt: skip
def test_what_net_snmp_serves(lan: Lan, login: Login, more: str) -> None:
    host = lan.hosts["switch"]
    host.run(["ip", "-6", "neigh", "add", f"{readiness.IPV6}::77", "lladdr", "02:00:00:00:00:77",
              "dev", "eth0", "nud", "permanent"], check=True)  # fmt: skip
    start_snmpd(host, lan.folder("snmpd"), "c0mmunity", more)
    (seen,) = asked(lan, login)
    assert (seen.outcome, seen.credential, seen.mac) == ("answered", login.name, host.truth().mac)
    assert seen.version == ("v2c" if login is RIGHT else "v3")
    assert seen.tables == {
        "interfaces": "absent", "addresses": "read", "tcp": "read", "udp": "read",
        "neighbours": "read",
    }  # fmt: skip
    assert seen.forwarding is False
    known = {one.address: one for one in seen.addresses}
    assert set(host.truth().ipv6) | set(host.truth().ipv4) < set(known)
    assert {known[one].status for one in host.truth().ipv6} == {"preferred"}
    assert {known[one].source for one in host.truth().ipv6} == {"linklayer"}
    udp = {(one.port, one.ipv4, one.ipv6) for one in seen.listeners if one.transport == "udp"}
    assert {(161, True, False), (161, False, True)} <= udp
    assert seen.neighbours["ipv6"] >= 1
    assert set(seen.over_ipv6.values()) == {"answered"}
    assert not any(one.startswith("fe80") for one in seen.over_ipv6)


LISTEN = """
import socket, sys
held = [
    socket.create_server(("::", 8081), family=socket.AF_INET6, dualstack_ipv6=True),
    socket.create_server(("::", 8082), family=socket.AF_INET6),
    socket.create_server(("0.0.0.0", 8083)),
]
print("ready", flush=True)
sys.stdin.read()
"""


def test_listeners_of_linux(lan: Lan) -> None:
    """A socket of both families shows as one of IPv6 only; one of IPv4 only as what it is."""
    host = lan.hosts["switch"]
    with host.popen([sys.executable, "-c", LISTEN], stdin=PIPE, stdout=PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            start_snmpd(host, lan.folder("snmpd"), "c0mmunity")
            (seen,) = asked(lan, RIGHT)
        finally:
            process.kill()
    families = {one.port: (one.ipv4, one.ipv6) for one in seen.listeners if one.port > 8000}
    assert families == {8081: (False, True), 8082: (False, True), 8083: (True, False)}
    finding = judged(lan, snmp_listeners.judge, seen)
    assert finding.verdict == "warn"
    assert "8083/tcp" in finding.evidence["ports"]
    assert "8081/tcp" not in finding.evidence["ports"]


@pytest.mark.parametrize(
    ("wrong", "outcome", "detail"),
    [
        pytest.param(WRONG, "silent", "", id="v2c: nobody tells"),
        pytest.param(user(phrase="not the passphrase"), "refused", "WrongDigest", id="passphrase"),
        pytest.param(user("nobody"), "refused", "UnknownUserName", id="user"),
        pytest.param(user(privacy=""), "refused", "authorizationError", id="without privacy"),
    ],
)
def test_a_wrong_credential(lan: Lan, wrong: Login, outcome: str, detail: str) -> None:
    start_snmpd(lan.hosts["switch"], lan.folder("snmpd"), "c0mmunity", created())
    (seen,) = asked(lan, wrong)
    assert (seen.outcome, seen.detail, seen.tables) == (outcome, detail, {})
    expected = "device_unreachable" if outcome == "silent" else "no_rights"
    assert judged(lan, snmp_addresses.judge, seen).reason == expected
    memory = SnmpMemory()
    (seen,) = asked(lan, wrong, RIGHT, memory=memory)
    assert (seen.outcome, seen.credential) == ("answered", "right")
    if outcome == "refused":
        assert memory.order("d-switch", (wrong, RIGHT), time.time()) == (RIGHT,)


def test_no_agent_is_silence_and_no_verdict(lan: Lan) -> None:
    began = time.monotonic()
    (seen,) = asked(lan, RIGHT, user())
    assert seen.outcome == "silent"
    assert time.monotonic() - began < 10
    for judge in (snmp_ipv6_enabled.judge, snmp_addresses.judge, snmp_listeners.judge):
        assert judged(lan, judge, seen).reason == "device_unreachable"


def test_an_access_list_of_ipv4_only(lan: Lan) -> None:
    host = lan.hosts["switch"]
    start_snmpd(host, lan.folder("snmpd"), "another", "rocommunity c0mmunity default\n")
    (seen,) = asked(lan, RIGHT)
    assert (seen.outcome, set(seen.over_ipv6.values())) == ("answered", {"silent"})
    assert judged(lan, snmp_over_ipv6.judge, seen).verdict == "warn"


def test_the_verdicts_on_a_device_that_is_well(lan: Lan) -> None:
    host = lan.hosts["switch"]
    start_snmpd(host, lan.folder("snmpd"), "c0mmunity", created())
    (seen,) = asked(lan, user())
    for judge in (snmp_ipv6_enabled.judge, snmp_addresses.judge, snmp_over_ipv6.judge):
        finding = judged(lan, judge, seen)
        assert finding.verdict == "pass", finding


def test_ipv6_switched_off_is_not_told_by_net_snmp(lan: Lan) -> None:
    host = lan.hosts["switch"]
    host.run(["sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1"], check=True)
    start_snmpd(host, lan.folder("snmpd"), "c0mmunity")
    (seen,) = asked(lan, RIGHT)
    assert judged(lan, snmp_ipv6_enabled.judge, seen).reason == "not_told"
    assert judged(lan, snmp_addresses.judge, seen).reason == "not_told"


def test_an_interface_that_says_that_ipv6_is_off(lan: Lan) -> None:
    """What net-snmp does not serve itself, its configuration can: all interfaces down."""
    host = lan.hosts["switch"]
    host.run(["sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1"], check=True)
    off = "".join(f"override .1.3.6.1.2.1.4.30.1.5.{index} integer 2\n" for index in (1, 2))
    start_snmpd(host, lan.folder("snmpd"), "c0mmunity", off)
    (seen,) = asked(lan, RIGHT)
    assert seen.tables["interfaces"] == "read"
    assert judged(lan, snmp_ipv6_enabled.judge, seen).verdict == "fail"


def test_a_duplicate_address(lan: Lan) -> None:
    host = lan.hosts["switch"]
    host.run(["ip", "-6", "addr", "add", f"{readiness.IPV6}::1/64", "dev", "eth0"], check=True)
    deadline = time.monotonic() + 10
    while b"dadfailed" not in host.run(["ip", "-6", "addr", "show", "eth0"]).stdout:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    snmpd = start_snmpd(host, lan.folder("snmpd"), "c0mmunity")
    (seen,) = asked(lan, RIGHT)
    status = {one.address: one.status for one in seen.addresses}
    assert status[f"{readiness.IPV6}::1"] == "preferred"  # net-snmp does not look at dadfailed
    snmpd.stop()
    octets = ".".join(map(str, ipaddress.ip_address(f"{readiness.IPV6}::1").packed))
    told = f"override .1.3.6.1.2.1.4.34.1.7.2.16.{octets} integer 7\n"
    start_snmpd(host, lan.folder("snmpd"), "c0mmunity", told)
    (seen,) = asked(lan, RIGHT)
    finding = judged(lan, snmp_addresses.judge, seen)
    assert finding.verdict == "fail"
    assert finding.evidence["duplicates"] == [f"{readiness.IPV6}::1"]


def test_a_routers_table_gives_addresses_to_devices_that_are_known(lan: Lan) -> None:
    gateway, switch = lan.hosts["gw"], lan.hosts["switch"].truth()
    entries = {f"{readiness.IPV6}::77": switch.mac, f"{readiness.IPV6}::78": "02:00:00:00:00:78"}
    for address, mac in entries.items():
        gateway.run(["ip", "-6", "neigh", "replace", address, "lladdr", mac, "dev", "eth0",
                     "nud", "permanent"], check=True)  # fmt: skip
    start_snmpd(gateway, lan.folder("snmpd"), "c0mmunity")
    truth = gateway.truth()
    router = Target("d-gw", truth.ipv4, truth.mac, "eth0")
    found = observed(lan, snmp_ipv6.collect, known=(router,), snmp_logins=logins(RIGHT))
    (seen,) = (one for one in found if isinstance(one, SnmpSeen))
    told = {one.address: one.mac for one in found if isinstance(one, NeighbourTold)}
    assert entries.items() <= told.items()
    inventory = readiness.known(lan, POLICY)
    before = len(inventory.snapshot(time.time()).devices)
    inventory.apply(found)
    snapshot = inventory.snapshot(time.time())
    assert len(snapshot.devices) == before
    device = next(one for one in snapshot.devices if switch.mac in one.macs)
    origins = {one.address: one.origin for one in device.addresses}
    assert origins[f"{readiness.IPV6}::77"] == "router_table"
    assert not any(f"{readiness.IPV6}::78" in str(one.addresses) for one in snapshot.devices)
    (finding,) = (one for one in router_nd_table.judge(snapshot) if one.subject != "organisation")
    assert (finding.verdict, finding.evidence["ipv6"]) == ("pass", seen.neighbours["ipv6"])


def judged(lan: Lan, judge: Judge, seen: SnmpSeen) -> Finding:
    """What a check says of the device that was asked, its addresses known to be alive."""
    inventory = readiness.known(lan, POLICY)
    inventory.apply((seen,))
    snapshot = inventory.snapshot(time.time())
    (finding,) = (
        one
        for one in judge(snapshot)
        if one.subject == f"device:{readiness.device_of(inventory, lan, 'switch')}"
    )
    return finding


def test_the_program_reads_keeps_and_tells_no_secret(lan: Lan, tmp_path: Path) -> None:
    """`lanwarden scan` with passphrases in files; they are in no file or stream of it after."""
    host = lan.hosts["switch"]
    start_snmpd(host, lan.folder("snmpd"), "c0mmunity", created())
    for name, text in (("auth", PHRASE), ("private", PRIVATE), ("community", "c0mmunity")):
        path = tmp_path / name
        path.write_text(f"{text}\n")
        path.chmod(0o640)
    config = tmp_path / "config.toml"
    config.write_text(
        f"""
[agent]
state_directory = "state"
[scope]
networks = ["10.66.7.0/24", "{readiness.IPV6}::/64"]
[snmp.credentials.switches]
user = "reader"
auth_file = "auth"
privacy_file = "private"
[snmp.credentials.old]
community_file = "community"
[snmp.networks]
"10.66.7.20/32" = ["switches", "old"]
"""
    )
    names = ("netlink", "arp", "link_query", "solicit", "neighbours", "snmp_ipv6")
    chosen = [part for name in names for part in ("--only", name)]
    code, document, said = run_inside(lan, "scan", "--config", str(config), "--json", *chosen)
    assert code == 0, said
    (run,) = (one for one in document["collectors"] if one["name"] == "snmp_ipv6")
    assert run["status"] == "ok"
    device = next(one for one in document["devices"] if host.truth().mac in one["macs"])
    verdicts = {
        one["check"]: one["verdict"]
        for one in document["findings"]
        if one["subject"] == f"device:{device['id']}" and "snmp_" in one["check"]
    }
    assert verdicts == {
        "ipv6.snmp_addresses": "pass", "ipv6.snmp_ipv6_enabled": "pass",
        "ipv6.snmp_listeners": "warn", "ipv6.snmp_over_ipv6": "pass",
    }  # fmt: skip
    kept = b"".join(one.read_bytes() for one in (tmp_path / "state").rglob("*") if one.is_file())
    assert b"switches" in kept
    for secret in (PHRASE, PRIVATE, "c0mmunity"):
        assert secret not in json.dumps(document) + said
        assert secret.encode() not in kept
