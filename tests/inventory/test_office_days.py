"""Days in a simulated office: nobody is called down who is there, and who fails is found.

LANWARDEN_OFFICE_SEEDS says how many offices of 72 hours are simulated (default 1), and
LANWARDEN_OFFICE_INTERVAL how far apart the rounds are (default 120 s, for speed).
"""

import os

import pytest

from tests.inventory.builders import DAY
from tests.inventory.office_days import HOUR, Office, Outcome, Troubles

SEEDS = int(os.environ.get("LANWARDEN_OFFICE_SEEDS", "1"))
INTERVAL_S = float(os.environ.get("LANWARDEN_OFFICE_INTERVAL", "120"))
pytestmark = pytest.mark.timeout(240)
NEVER = (30 * DAY, 30 * DAY)


def told(outcome: Outcome, label: str) -> None:
    kinds = sorted({event.kind for event in outcome.events})
    print(
        f"\n{label}: {outcome.rounds} rounds, {outcome.watched_hours:.0f} always-on device hours, "
        f"{len(outcome.false_downs)} false downs, failure found after {outcome.delay_s} s, "
        f"{100 * outcome.right / outcome.looks:.2f} % of states right, "
        f"{100 * outcome.unknown / outcome.looks:.2f} % unknown; events: "
        + ", ".join(f"{kind} {outcome.count(kind)}" for kind in kinds)
    )


@pytest.mark.parametrize("seed", range(SEEDS))
def test_three_days(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    office = Office(seed, INTERVAL_S)
    outcome = office.run()
    with capsys.disabled():
        told(outcome, f"72 h, a round per {INTERVAL_S:g} s, seed {seed}")
    assert outcome.watched_hours > 22 * 60
    assert outcome.false_downs == []
    assert outcome.doubted <= 22  # those behind the power cut that just came back
    assert outcome.right / outcome.looks > 0.95

    # The server that fails is found: four rounds and the second kind of probe.
    assert outcome.delay_s is not None
    assert outcome.delay_s <= 4 * INTERVAL_S + 10.0
    downs = [event for event in outcome.events if event.kind == "down"]
    assert [event.device for event in downs if "srv-3" in event.detail]

    # The power cut is one event for all that it took, the agent's own illnesses are one each.
    together = [event for event in downs if "together" in event.detail]
    assert len(together) == 1
    assert len(downs) == 2
    assert outcome.count("scanner_ill") == outcome.count("scanner_well") == 4

    # What changes by design is no news.
    assert outcome.temporary > 300
    assert outcome.count("address") == 0
    assert outcome.count("duplicate_address") == 0
    assert outcome.count("flapping") == 0
    assert outcome.count("silent") + outcome.count("returned") < 6 * len(office.hosts)
    counted = office.inventory.snapshot(1e10).events_total
    assert counted.get("silent", 0) == 0
    assert counted.get("down", 0) == 2


@pytest.mark.parametrize("after_s", [0.0, 14.9])
def test_a_failure_at_the_default_pace(after_s: float, capsys: pytest.CaptureFixture[str]) -> None:
    """Rounds of 15 s: a switch that reboots for 40 s is no failure, a server that stays away is."""
    failure = 14 * HOUR + after_s
    office = Office(
        7, 15.0, days=1,
        troubles=Troubles(
            reboot=(13.5 * HOUR, 13.5 * HOUR + 40.0), power_cut=NEVER, own_cable=NEVER,
            suspended=NEVER, clock_back=(30 * DAY, 0.0), failure=failure,
        ),
    )  # fmt: skip
    outcome = office.run(13.3 * HOUR, failure + 120.0)
    with capsys.disabled():
        told(outcome, f"a failure {after_s:g} s after a round of 15 s")
    assert outcome.false_downs == []
    assert outcome.delay_s is not None
    assert outcome.delay_s < 90.0
    assert [event.kind for event in outcome.events].count("down") == 1
    assert outcome.count("scanner_ill") == 0
