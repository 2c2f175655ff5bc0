"""Prefixes that routers no longer advertise."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import stale_prefix
from collectors.observation import StackAddress
from inventory.readiness import Facts
from inventory.snapshot import Device
from tests.checks import facts, lan, verdicts

OLD = "2001:db8:77::/64"
CHANGED = (
    lan.router(),
    lan.router(address="fe80::7", prefixes=(OLD,), last_seen=lan.NOW - 5000),
)


def user(ago_s: float) -> Device:
    return lan.device("d-1", lan.address("2001:db8:77::9", last_seen=lan.NOW - ago_s))


def own(*flags: str, preferred_s: int = 14400, at: float = lan.NOW - 60) -> tuple[Facts, Any]:
    """The own host's address in the old prefix, and the routers; the old one spoke 5000 s ago."""
    address = StackAddress("2001:db8:77::2", "eth0", flags)
    stack = msgspec.structs.replace(facts.stack(addresses=(address,)), at=at)
    gone = lan.advertising(
        lan.prefix(OLD, preferred_s=preferred_s), address="fe80::7", last_seen=lan.NOW - 5000
    )
    return Facts(stack=stack), {"routers": (lan.router(), gone), "devices": (user(60),)}


CASES: list[Any] = [
    pytest.param(*own("mngtmpaddr"), "fail", None, id="the own host prefers it"),
    pytest.param(*own("deprecated"), "warn", None, id="it was taken back"),
    pytest.param(*own("permanent"), "warn", None, id="somebody typed the address in"),
    pytest.param(*own(preferred_s=4000), "warn", None, id="its time has run out since"),
    pytest.param(*own(at=lan.NOW - 5001), "warn", None, id="the own host was seen before"),
    pytest.param(Facts(), {"routers": ()}, "not_applicable", None, id="no router"),
    pytest.param(Facts(), {"routers": (lan.router(),)}, "pass", None, id="nothing gone"),
    pytest.param(Facts(), {"routers": CHANGED, "devices": ()}, "pass", None, id="nobody uses it"),
    pytest.param(Facts(), {"routers": CHANGED, "devices": (user(60),)}, "warn", None, id="in use"),
    pytest.param(
        Facts(),
        {"routers": CHANGED, "devices": (user(7200),)},
        "pass",
        None,
        id="not in use any more",
    ),
    pytest.param(
        Facts(),
        {"routers": (lan.router(),), "devices": (user(60),)},
        "pass",
        None,
        id="a prefix never advertised",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(stale_prefix.judge, known, fields), verdict, reason)
