"""How many clients of a network declare that they can do without IPv4."""

from typing import Any

import pytest

from checks.ipv6 import option_108_clients
from inventory.snapshot import Device, DhcpClient, Policy
from tests.checks import lan


def clients(*capable: bool | None) -> tuple[Device, ...]:
    return tuple(
        lan.device(f"d-{n}", dhcp=DhcpClient(ipv6_only_capable=one) if n < 90 else None)
        for n, one in enumerate(capable)
    )


CASES: list[Any] = [
    pytest.param((), False, "unknown", id="nobody"),
    pytest.param((True, True, None, None), True, "unknown", id="too few said so"),
    pytest.param((False, False, False), False, "pass", id="dual stack"),
    pytest.param((True,) * 9 + (False,), True, "pass", id="enough"),
    pytest.param((True, False, False), True, "warn", id="too few"),
]


@pytest.mark.parametrize(("capable", "ipv6_only", "verdict"), CASES)
def test_verdict(capable: tuple[bool | None, ...], ipv6_only: bool, verdict: str) -> None:
    snapshot = lan.snapshot(*clients(*capable), policy=Policy(ipv6_only=ipv6_only))
    (finding,) = option_108_clients.judge(snapshot)
    assert finding.verdict == verdict


def test_only_clients_of_the_network_count() -> None:
    elsewhere = tuple(
        lan.device(f"d-{n}", network="n-2", dhcp=DhcpClient(ipv6_only_capable=True))
        for n in range(5)
    )
    (finding,) = option_108_clients.judge(lan.snapshot(*elsewhere))
    assert finding.reason == "observed_too_short"
