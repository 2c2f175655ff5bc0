"""The linter of expressions finds what it is there for."""

import pytest

from tests.deploy.expressions import complaints

CATALOGUE = {
    "lanwarden_device_up": frozenset({"device"}),
    "lanwarden_device_info": frozenset({"device", "name"}),
    "lanwarden_events_total": frozenset({"kind"}),
}


@pytest.mark.parametrize(
    "expr",
    [
        'sum by (site) (lanwarden_device_up{site=~"a|b"})',
        "lanwarden_device_up * on (device) group_left (name) lanwarden_device_info",
        'sum by (kind) (rate(lanwarden_events_total{kind="appeared"}[5m])) or vector(0)',
        'absent(up{job="lanwarden"})',
    ],
)
def test_sound_expressions_pass(expr: str) -> None:
    assert list(complaints(expr, CATALOGUE)) == []


@pytest.mark.parametrize(
    ("expr", "complaint"),
    [
        ("lanwarden_device_down", "no metric lanwarden_device_down"),
        ('lanwarden_device_up{kind="printer"}', "no label kind on lanwarden_device_up"),
        ("sum by (colour) (lanwarden_device_up)", "no metric here has a label colour"),
        (
            "lanwarden_device_up * on (uplink) group_left (name) lanwarden_device_info",
            "no metric here has a label uplink",
        ),
        (
            "lanwarden_device_up * on (device) group_left (vendor) lanwarden_device_info",
            "no metric here has a label vendor",
        ),
        ("rate(lanwarden_device_up[5m])", "rate of lanwarden_device_up, which is no counter"),
    ],
    ids=["metric", "matcher", "aggregation", "join", "group_left", "rate"],
)
def test_each_fault_is_named(expr: str, complaint: str) -> None:
    assert complaint in list(complaints(expr, CATALOGUE))
