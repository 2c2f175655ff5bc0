"""What is kept of an assessment, and what changed between two."""

import pytest

from checks.readiness import history
from checks.readiness.history import Moved, Turned
from checks.verdict import Finding
from inventory.history import Assessed, PastScore
from tests.checks import lan
from tests.checks.readiness.builders import DEVICE, assessed, finding, findings, printer, snapshot


def past(**fields: object) -> Assessed:
    values: dict[str, object] = {
        "at": 1000.0, "dual_stack": PastScore(0.5, 0.9), "ipv6_only": PastScore(None, 0.0),
    }  # fmt: skip
    return Assessed(**{**values, **fields})  # type: ignore[arg-type]


def test_what_is_kept_of_an_assessment() -> None:
    made = [
        *findings(device_speaks_ipv6="fail", service_parity="unknown", dns_parity="pass"),
        finding("rogue_ra", "warn", "network:n-1"),
        lan_posture(),
    ]
    device = printer(discovery_cycles=5)
    readiness = assessed(made, device)
    kept = history.assessed(snapshot(device), made, readiness, {DEVICE: "printer", "x": "other"})
    assert kept.at == lan.NOW
    assert kept.devices == {DEVICE: 0}
    assert kept.names == {DEVICE: "printer"}
    assert kept.wrong == {
        "ipv6.device_speaks_ipv6": [f"device:{DEVICE}"],
        "ipv6.rogue_ra": ["network:n-1"],
    }
    assert kept.counts["ipv6.service_parity"] == {"unknown": 1}
    assert "posture.telnet_open" not in kept.counts
    assert not kept.truncated


def lan_posture() -> Finding:
    made = finding("x", "fail")
    return Finding(
        check="posture.telnet_open", subject=made.subject, verdict="fail",
        severity=made.severity, summary="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        pytest.param({"a": 1}, {"a": 3}, [("a", "up")], id="rose"),
        pytest.param({"a": 3}, {"a": 1}, [("a", "down")], id="fell"),
        pytest.param({"a": None}, {"a": 0}, [("a", "known")], id="became-known"),
        pytest.param({"a": 2}, {"a": None}, [("a", "unknown")], id="became-unknown"),
        pytest.param({"a": 2}, {"a": 2}, [], id="stayed"),
        pytest.param({}, {"a": 2}, [], id="new"),
        pytest.param({"a": 2}, {}, [], id="gone"),
        pytest.param(
            {"a": 1, "b": 3, "c": 4, "d": 2},
            {"a": 2, "b": 2, "c": 1, "d": None},
            [("c", "down"), ("b", "down"), ("d", "unknown"), ("a", "up")],
            id="falls-first-the-deepest-before",
        ),
    ],
)
def test_levels_that_moved(
    before: dict[str, int | None], after: dict[str, int | None], moved: list[tuple[str, str]]
) -> None:
    found = history.compare(past(devices=before), past(devices=after))
    assert [(one.id, one.direction) for one in found.devices] == moved
    assert found.new == tuple(sorted(after.keys() - before.keys()))
    assert found.gone == tuple(sorted(before.keys() - after.keys()))


def test_a_device_keeps_the_name_of_the_day() -> None:
    found = history.compare(
        past(devices={"a": 1}, names={"a": "old"}), past(devices={"a": 2}, names={"a": "new"})
    )
    assert found.devices == (Moved("a", "new", 1, 2),)


@pytest.mark.parametrize(
    ("before", "after", "appeared", "closed"),
    [
        pytest.param(
            {"wrong": {}}, {"wrong": {"c": ["device:a"]}}, ["device:a"], [], id="appeared"
        ),
        pytest.param({"wrong": {"c": ["device:a"]}}, {"wrong": {}}, [], ["device:a"], id="closed"),
        pytest.param(
            {"wrong": {"c": ["device:a"]}}, {"wrong": {"c": ["device:a"]}}, [], [], id="stayed"
        ),
        pytest.param(
            {"wrong": {}}, {"wrong": {"c": ["device:z"]}}, [], [], id="a-device-not-known-then"
        ),
        pytest.param(
            {"wrong": {}, "counts": {}},
            {"wrong": {"c": ["device:a"]}},
            [],
            [],
            id="a-check-that-did-not-exist-then",
        ),
        pytest.param(
            {"wrong": {"c": ["network:n"]}, "networks": {"n": 1}},
            {"wrong": {}, "networks": {}},
            [],
            [],
            id="a-network-that-is-gone",
        ),
        pytest.param(
            {"wrong": {}}, {"wrong": {"c": ["organisation"]}}, ["organisation"], [], id="of-all"
        ),
    ],
)
def test_findings_that_appeared_and_closed(
    before: dict[str, object], after: dict[str, object], appeared: list[str], closed: list[str]
) -> None:
    base: dict[str, object] = {"counts": {"c": {"fail": 1}}, "devices": {"a": 1}}
    then = past(**{**base, **before})
    now = past(**{**base, **after, "devices": {"a": 1, "z": 1}})
    found = history.compare(then, now)
    assert list(found.appeared) == [Turned("c", subject) for subject in appeared]
    assert list(found.closed) == [Turned("c", subject) for subject in closed]
