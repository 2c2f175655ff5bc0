"""Paths that swallow large packets."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import pmtu_black_hole
from collectors.observation import PathProbed, PathSize
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import facts, lan

POLICY = Policy(anchors=("a:443",))


def path(
    *answered: int, lost: tuple[int, ...] = (), upload: Any = "ok", **fields: Any
) -> PathProbed:
    values: dict[str, Any] = {"address": "2001:db8:ff::1", "at": lan.NOW - 60, "mtu": None} | fields
    mtu = values.pop("mtu")
    sizes = [PathSize(size, answered=True) for size in answered]
    sizes += [PathSize(size, answered=False, too_big_mtu=mtu) for size in lost]
    return PathProbed(source="anchors", sizes=tuple(sizes), upload=upload, **values)


OWN6 = (lan.network(),)
NONE6 = (lan.network(agent_has_ipv6=False),)
CASES: list[Any] = [
    pytest.param(
        Facts(), {"policy": Policy(internet=False)}, "not_applicable", None, id="cut off on purpose"
    ),
    pytest.param(Facts(), {}, "unknown", "not_configured", id="no anchors"),
    pytest.param(Facts(), {"policy": POLICY}, "unknown", "not_probed", id="not tried"),
    pytest.param(Facts(paths=(path(),)), {"policy": POLICY}, "unknown", "no_rights", id="may not"),
    pytest.param(
        Facts(paths=(path(1280, 1400, 1500),)), {"policy": POLICY}, "pass", None, id="all sizes"
    ),
    pytest.param(
        Facts(paths=(path(1280, 1400, lost=(1500,), mtu=1400),)),
        {"policy": POLICY},
        "pass",
        None,
        id="told too big",
    ),
    pytest.param(
        Facts(paths=(path(1280, 1400, lost=(1500,), upload="stalled"),)),
        {"policy": POLICY},
        "fail",
        None,
        id="black hole",
    ),
    pytest.param(
        Facts(paths=(path(1280, lost=(1400, 1500)),)),
        {"policy": POLICY},
        "pass",
        None,
        id="one path, uploads work",
    ),
    pytest.param(
        Facts(
            paths=(
                path(1280, lost=(1500,)),
                path(1280, lost=(1500,), address="2001:db8:fe::1"),
            )
        ),
        {"policy": POLICY},
        "warn",
        None,
        id="all paths, uploads work",
    ),
    pytest.param(
        Facts(paths=(path(lost=(1280, 1500)),)),
        {"policy": POLICY},
        "unknown",
        "no_upstream",
        id="nothing gets through",
    ),
    pytest.param(
        Facts(paths=(path(1280, lost=(1500,), upload="stalled", at=lan.NOW - 9 * 86400),)),
        {"policy": POLICY},
        "unknown",
        "not_probed",
        id="long ago",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    (finding,) = pmtu_black_hole.judge(facts.snapshot(known, **({"networks": OWN6} | fields)))
    assert finding.subject == "organisation"
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary
    msgspec.json.encode(finding)
