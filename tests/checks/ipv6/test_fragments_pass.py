"""Paths that swallow fragments."""

from typing import Any

import pytest

from checks.ipv6 import fragments_pass
from collectors.observation import PathProbed, PathSize
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import lan, verdicts

ANCHORS = {"policy": Policy(anchors=("a:443", "b:443"))}


def path(number: int, fragments: bool | None, ago_s: float = 60.0) -> PathProbed:
    return PathProbed(
        at=lan.NOW - ago_s,
        source="anchors",
        address=f"2001:db8:ff::{number}",
        sizes=(PathSize(1280, answered=True), PathSize(1500, answered=fragments is not None)),
        upload="ok",
        fragments=fragments,
    )


CASES: list[Any] = [
    pytest.param(
        (), {"policy": Policy(internet=False)}, "not_applicable", None, id="cut off on purpose"
    ),
    pytest.param((), {}, "unknown", "not_configured", id="no anchors"),
    pytest.param((), ANCHORS, "unknown", "not_probed", id="not tried"),
    pytest.param((path(1, None),), ANCHORS, "unknown", "no_control", id="large ones vanish"),
    pytest.param((path(1, True), path(2, True)), ANCHORS, "pass", None, id="they arrive"),
    pytest.param((path(1, True), path(2, False)), ANCHORS, "pass", None, id="a far firewall"),
    pytest.param((path(1, False), path(2, None)), ANCHORS, "warn", None, id="nowhere"),
    pytest.param((path(1, False, 9 * 86400.0),), ANCHORS, "unknown", "not_probed", id="long ago"),
]


@pytest.mark.parametrize(("paths", "fields", "verdict", "reason"), CASES)
def test_verdict(
    paths: tuple[PathProbed, ...], fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    found = verdicts.of_office(fragments_pass.judge, Facts(paths=paths), fields)
    verdicts.expect(found, verdict, reason)
