"""Advertisements that hosts must not heed."""

from typing import Any

import pytest

from checks.ipv6 import ra_valid
from collectors.observation import AdvertisementRefused
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import lan, verdicts


def refused(**fields: Any) -> AdvertisementRefused:
    values: dict[str, Any] = {"interface": "eth0", "at": lan.NOW - 60} | fields
    return AdvertisementRefused(
        source="tap", mac=lan.ROGUE_MAC, address="fe80::66", reason="hop limit 64", **values
    )


DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(), {}, "pass", None, id="none"),
    pytest.param(Facts(refused=(refused(),)), {}, "fail", None, id="one"),
    pytest.param(
        Facts(refused=(refused(at=lan.NOW - 2 * 86400),)), {}, "pass", None, id="long ago"
    ),
    pytest.param(Facts(refused=(refused(interface="eth9"),)), {}, "pass", None, id="elsewhere"),
    pytest.param(Facts(), {"tap": DOWN}, "unknown", "no_tap", id="no tap"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(ra_valid.judge, known, fields), verdict, reason)
