"""Floods of router advertisements."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import ra_flood
from inventory.readiness import Facts
from inventory.snapshot import Router, TapState
from tests.checks import lan, verdicts


def flood(count: int, ago_s: float = 20.0) -> tuple[Router, ...]:
    return tuple(
        msgspec.structs.replace(lan.router(address=f"fe80::{n:x}"), first_seen=lan.NOW - ago_s)
        for n in range(1, count + 1)
    )


DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(), {"routers": (lan.router(),)}, "pass", None, id="one"),
    pytest.param(Facts(), {"routers": flood(10)}, "pass", None, id="many, and not too many"),
    pytest.param(Facts(), {"routers": flood(11)}, "fail", None, id="too many"),
    pytest.param(
        Facts(),
        {"routers": flood(32), "frozen": {"routers": True}},
        "fail",
        None,
        id="more than are kept",
    ),
    pytest.param(
        Facts(), {"routers": flood(32, 600.0), "frozen": {"routers": True}}, "pass", None, id="over"
    ),
    pytest.param(Facts(), {"tap": DOWN}, "unknown", "no_tap", id="no tap"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(ra_flood.judge, known, fields), verdict, reason)
