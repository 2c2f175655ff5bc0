"""Ports that negotiate trunks, trunks, and silence."""

from typing import Any

import pytest

from checks.posture import trunk_offered
from collectors.observation import TrunkOffered
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import lan, verdicts


def offer(mode: str, trunking: bool = False, ago_s: float = 30.0, link: str = "eth0") -> Facts:
    said = TrunkOffered(
        at=lan.NOW - ago_s, source="tap", interface=link, mac="00:1b:54:00:07:03",
        mode=mode, trunking=trunking, domain="stc",  # type: ignore[arg-type]
    )  # fmt: skip
    return Facts(trunks=(said,))


DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(), {}, "pass", None, id="none"),
    pytest.param(offer("desirable"), {}, "fail", None, id="wants"),
    pytest.param(offer("auto"), {}, "fail", None, id="would"),
    pytest.param(offer("auto"), {"tap": DOWN}, "fail", None, id="it was heard all the same"),
    pytest.param(offer("on", trunking=True), {}, "warn", None, id="a trunk"),
    pytest.param(offer("auto", trunking=True), {}, "warn", None, id="a negotiated trunk"),
    pytest.param(offer("off"), {}, "pass", None, id="refuses"),
    pytest.param(offer("auto", ago_s=7200), {}, "pass", None, id="long ago"),
    pytest.param(offer("auto", link="eth9"), {}, "pass", None, id="on another link"),
    pytest.param(Facts(), {"listened_s": 30.0}, "unknown", "observed_too_short", id="too short"),
    pytest.param(Facts(), {"tap": DOWN}, "unknown", "no_tap", id="no tap"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(trunk_offered.judge, known, fields), verdict, reason)
