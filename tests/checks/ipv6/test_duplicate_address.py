"""Addresses that two stations answer for."""

from typing import Any

import pytest

from checks.ipv6 import duplicate_address
from inventory.readiness import Facts
from inventory.snapshot import DuplicateAddress, TapState
from tests.checks import lan, verdicts


def double(address: str) -> DuplicateAddress:
    return DuplicateAddress(address, (lan.ROUTER_MAC, lan.ROGUE_MAC), lan.NOW - 60, lan.NOW)


DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(), {}, "pass", None, id="none"),
    pytest.param(Facts(), {"duplicates": (double("2001:db8:66::9"),)}, "fail", None, id="one"),
    pytest.param(
        Facts(), {"duplicates": (double("10.66.0.9"),)}, "pass", None, id="IPv4 is another matter"
    ),
    pytest.param(Facts(), {"tap": DOWN}, "unknown", "no_tap", id="no tap"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(duplicate_address.judge, known, fields), verdict, reason)
