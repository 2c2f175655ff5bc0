"""Real snmpd, asked with the office's credentials: what it serves, and what it refuses."""

import time
from collections.abc import Callable

import pytest

from agent.lab import Lan, LanPlan
from agent.lab.daemons import start_snmpd
from collectors import snmp_ipv6
from collectors.contract import CollectorError, Target
from collectors.observation import NeighbourTold, SnmpSeen
from collectors.snmp_login import Auth, Community, Login, Logins, Privacy, Rule, Secret, User
from collectors.snmp_memory import SnmpMemory
from tests.lan import readiness
from tests.lan.observing import observed
from tests.lan.test_fingerprints import requires

pytestmark = requires("snmpd")

RIGHT = Community("right", Secret(b"c0mmunity"))
WRONG = Community("wrong", Secret(b"not this one"))
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


def asked(lan: Lan, *given: Login, **options: object) -> list[SnmpSeen]:
    found = observed(
        lan, snmp_ipv6.collect, known=(switch_of(lan),), snmp_logins=logins(*given), **options
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
    print(seen)
    assert (seen.outcome, seen.credential, seen.mac) == ("answered", login.name, host.truth().mac)
    assert seen.version == ("v2c" if login is RIGHT else "v3")
