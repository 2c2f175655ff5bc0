"""How often the kind is right on what real products say, and how often one is given at all."""

from collections import Counter
from collections.abc import Iterable
from typing import get_args

import pytest

from inventory.kinds.classify import classify
from inventory.snapshot import DeviceKind, Policy
from tests.inventory.kinds.recorded import Recorded, recorded

PRECISION = 0.95
COVERAGE = 0.80
DEVICES = recorded()


def judged(device: Recorded) -> DeviceKind:
    record = device.record()
    classify(record, set(), Policy())
    return record.kind


def figures(devices: Iterable[Recorded]) -> tuple[int, float, float]:
    """How many, the precision where a kind is given, and the share to which one is given."""
    pairs = [(device.kind, judged(device)) for device in devices]
    given = [(true, kind) for true, kind in pairs if kind != "unknown"]
    right = sum(true == kind for true, kind in given)
    return len(pairs), right / len(given), len(given) / len(pairs)


def test_every_device_has_a_source_and_an_id_of_its_own() -> None:
    assert all(len(device.source) > 10 for device in DEVICES)
    assert max(Counter(device.id for device in DEVICES).values()) == 1


def test_the_set_is_large_and_has_every_kind() -> None:
    assert len(DEVICES) >= 150
    assert {device.kind for device in DEVICES} == set(get_args(DeviceKind))
    assert 0.2 < sum(device.held_out for device in DEVICES) / len(DEVICES) < 0.45


@pytest.mark.parametrize(
    ("name", "devices"),
    [
        pytest.param("all", DEVICES, id="all"),
        pytest.param("tuned on", [d for d in DEVICES if not d.held_out], id="tuned-on"),
        pytest.param("held out", [d for d in DEVICES if d.held_out], id="held-out"),
    ],
)
def test_figures(
    name: str, devices: Iterable[Recorded], capsys: pytest.CaptureFixture[str]
) -> None:
    number, precision, coverage = figures(devices)
    with capsys.disabled():
        print(f"\n  kinds, {name}: {number} devices, {precision=:.3f}, {coverage=:.3f}")
    assert precision >= PRECISION
    assert coverage >= COVERAGE


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_a_kind_is_given_with_its_reasons(device: Recorded) -> None:
    record = device.record()
    classify(record, set(), Policy())
    assert len(record.kind_reasons) <= 8
    if record.kind != "unknown":
        assert any(reason.kind == record.kind for reason in record.kind_reasons)
