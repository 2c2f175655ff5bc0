"""What all checks of single fields of router advertisements have in common."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from checks.verdict import Finding
from inventory.snapshot import Snapshot
from tests.checks import lan

OLD = lan.NOW - 1861

NOBODY: list[Any] = [
    pytest.param({}, "not_applicable", None, id="asked and silent"),
    pytest.param({"routers": (lan.router(last_seen=OLD),)}, "not_applicable", None, id="ran out"),
    pytest.param({"solicitations": 0}, "unknown", "not_solicited", id="never asked"),
    pytest.param({"interface": ""}, "unknown", "not_listened", id="behind a router"),
    pytest.param({"agent_has_ipv6": False}, "unknown", "agent_has_no_ipv6", id="no own IPv6"),
]


def check_nobody(
    judge: Callable[[Snapshot], Iterator[Finding]],
    network: dict[str, Any],
    verdict: str,
    reason: str | None,
) -> None:
    """Judge a network without a router in force."""
    (finding,) = judge(lan.snapshot(networks=(lan.network(**network),)))
    assert (finding.verdict, finding.reason) == (verdict, reason)
