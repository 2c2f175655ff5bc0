"""Start pages over both families."""

from typing import Any

import pytest

from checks.ipv6 import content_parity
from inventory.snapshot import (
    Device,
)
from inventory.traits import (
    Page,
)
from tests.checks import lan, verdicts


def page(at: str, title: str = "Printer", status: int = 200, **fields: Any) -> Page:
    values: dict[str, Any] = {"last_seen": lan.NOW - 60} | fields
    return Page(at, 80, secure=False, status=status, title=title, **values)


def host(*pages: Page) -> Device:
    return lan.device("d-1", "10.66.0.9", "2001:db8:66::9", pages=pages)


CASES: list[Any] = [
    pytest.param(host(page("10.66.0.9"), page("2001:db8:66::9")), {}, "pass", None, id="same"),
    pytest.param(
        host(page("10.66.0.9"), page("2001:db8:66::9", "It works")),
        {},
        "warn",
        None,
        id="another title",
    ),
    pytest.param(
        host(page("10.66.0.9"), page("2001:db8:66::9", status=404)),
        {},
        "warn",
        None,
        id="another status",
    ),
    pytest.param(host(page("10.66.0.9")), {}, "unknown", "not_probed", id="one family"),
    pytest.param(
        host(page("10.66.0.9"), page("2001:db8:66::9", last_seen=lan.NOW - 9 * 86400)),
        {},
        "unknown",
        "not_probed",
        id="long ago",
    ),
    pytest.param(host(), {}, "not_applicable", None, id="none"),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(content_parity.judge, device, fields), verdict, reason)
