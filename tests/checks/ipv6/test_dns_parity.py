"""Names of devices over both families."""

from typing import Any

import pytest

from checks.ipv6 import dns_parity
from inventory.readiness import Facts
from inventory.snapshot import Address, Device, Name
from tests.checks import facts, lan, verdicts

NAME = Name("srv.stc.example", "reverse_dns", lan.NOW - 60)
A = facts.tried("srv.stc.example A", "10.66.0.9")

NO_A = facts.tried("srv.stc.example A", rcode="NXDOMAIN")


def host(six: Address | str = "2001:db8:66::9") -> Device:
    return lan.device("d-1", "10.66.0.9", six, names=(NAME,))


def known(*tried: Any) -> Facts:
    first, *addresses = tried
    return Facts(resolvers=(first, facts.tried("srv.stc.example AAAA", *addresses)))


CASES: list[Any] = [
    pytest.param(host(), {"facts": known(A, "2001:db8:66::9")}, "pass", None, id="both"),
    pytest.param(host(), {"facts": known(A)}, "warn", None, id="no AAAA"),
    pytest.param(
        host(), {"facts": known(A, "2001:db8:66::dead")}, "fail", None, id="leads elsewhere"
    ),
    pytest.param(
        host(lan.address("2001:db8:66::9", "temporary")),
        {"facts": known(A, "2001:db8:66::9")},
        "warn",
        None,
        id="a temporary address",
    ),
    pytest.param(
        lan.device("d-1", "10.66.0.9", names=(NAME,)),
        {"facts": known(A)},
        "not_applicable",
        None,
        id="no IPv6",
    ),
    pytest.param(
        lan.device("d-1", "10.66.0.9", names=(NAME,)),
        {"facts": known(A, "2001:db8:66::dead")},
        "unknown",
        "addresses_unseen",
        id="no IPv6 seen and an AAAA",
    ),
    pytest.param(
        lan.device("d-1", "10.66.0.9", names=(NAME,)),
        {
            "facts": known(A, "2001:db8:66::dead"),
            "networks": (lan.network(agent_has_ipv6=False),),
        },
        "unknown",
        "agent_has_no_ipv6",
        id="the agent sees no IPv6",
    ),
    pytest.param(
        host(),
        {
            "facts": Facts(
                resolvers=(
                    A,
                    facts.tried("srv.stc.example AAAA", "2001:db8:66::dead"),
                    facts.tried("lw-1.invalid AAAA", "2001:db8:66::dead"),
                )
            )
        },
        "unknown",
        "not_probed",
        id="a resolver that answers for everything",
    ),
    pytest.param(host(), {}, "unknown", "not_probed", id="not looked up"),
    pytest.param(host(), {"facts": known(NO_A)}, "unknown", "not_told", id="all is denied"),
    pytest.param(
        host(), {"facts": Facts(resolvers=(A,))}, "unknown", "not_probed", id="not asked for AAAA"
    ),
    pytest.param(
        lan.device("d-1", "10.66.0.9", "2001:db8:66::9"),
        {},
        "not_applicable",
        None,
        id="no name in the DNS",
    ),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(dns_parity.judge, device, fields), verdict, reason)


def test_an_address_of_another_is_elsewhere_whatever_was_seen() -> None:
    device = lan.device("d-1", "10.66.0.9", names=(NAME,))
    other = lan.device("d-2", "10.66.0.8", "2001:db8:66::dead", macs=("02::2",))
    found = dns_parity.judge(lan.snapshot(device, other, facts=known(A, "2001:db8:66::dead")))
    assert {one.subject: one.verdict for one in found}["device:d-1"] == "fail"


def test_an_address_whose_group_the_device_joined_is_not_elsewhere() -> None:
    device = lan.device(
        "d-1", "10.66.0.9", "2001:db8:66::9", names=(NAME,), groups=("ff02::1:ff00:dead",)
    )
    (found,) = dns_parity.judge(lan.snapshot(device, facts=known(A, "2001:db8:66::dead")))
    assert found.verdict == "pass"
