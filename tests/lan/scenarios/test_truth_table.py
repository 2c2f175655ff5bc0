"""Every fault gives the verdicts of the table and no others; without it, the office is healthy.

The scenarios run side by side, each worker with an office of its own: they spend their time
waiting for answers that do not come.
"""

import os
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import nullcontext
from typing import Any

import pytest

from tests.lan.scenarios import beyond, managed, routers, stations
from tests.lan.scenarios.office import QUICK, Office, Scan
from tests.lan.scenarios.table import HEALTHY, Scenario, differences, shortcomings

pytestmark = pytest.mark.timeout(400)

SCENARIOS = (*routers.SCENARIOS, *stations.SCENARIOS, *beyond.SCENARIOS, *managed.SCENARIOS)
HEALTHY_SCANS = 20
WORKERS = int(os.environ.get("LANWARDEN_OFFICES", "6"))

Outcome = list[str]


class Stand:
    """Runs the scenarios that were asked for, some at a time."""

    def __init__(self, scenarios: list[Scenario | None]) -> None:
        self.results: dict[str, Future[Outcome]] = {}
        self.healthy: Future[list[Scan]] = Future()
        self._waiting: queue.SimpleQueue[Scenario | None] = queue.SimpleQueue()
        for scenario in scenarios:
            self._waiting.put(scenario)
            if scenario is not None:
                self.results[scenario.name] = Future()
        self._threads = [
            threading.Thread(target=self._work, daemon=True)
            for _ in range(min(WORKERS, len(scenarios)))
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        while not self._waiting.empty():
            self._waiting.get()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        office: Office | None = None
        while True:
            try:
                scenario = self._waiting.get_nowait()
            except queue.Empty:
                break
            future: Future[Any] = self.healthy if scenario is None else self.results[scenario.name]
            try:
                office = office or Office()
                future.set_result(judged(office, scenario) if scenario else healthy(office))
            except BaseException as error:  # noqa: BLE001  raised again in the test
                future.set_exception(error)
                if office is not None:
                    office.close()
                office = None
        if office is not None:
            office.close()


def judged(office: Office, scenario: Scenario) -> Outcome:
    """What is not as the table says, with the fault and then without it."""
    names = [name for name in ("parity", "domains") if getattr(scenario, name)]
    names += ["dhcp_census"] if scenario.census else []
    office.forget()
    for _ in range(scenario.before):
        office.scan(scenario.config, names)
    with scenario.fault(office):
        for _ in range(scenario.cycles):
            office.scan(scenario.config, only=QUICK)
        scans = [office.scan(scenario.config, names) for _ in range(scenario.scans)]
    scan = scans[-1]
    expected = (HEALTHY.warn | scenario.warn) - scenario.without
    expected |= scenario.may_warn & scan.verdicts("warn").keys()
    told = differences(scan, scenario.fail, expected, scenario.unknown)
    told += shortcomings(scan, scenario)
    told += levels(scan, scenario)
    office.forget()
    after = office.scan(None, names)
    told += [f"after it: {one}" for one in differences(after, frozenset(), HEALTHY.warn, {})]
    return told


def levels(scan: Scan, scenario: Scenario) -> Outcome:
    # Without the census nobody knows whether a stranger gives addresses by DHCPv6.
    wanted = scenario.level or (HEALTHY.level if scenario.census else "N2")
    unsaid = sorted(one for one in scan.verdicts("unknown") if "@device" not in one)
    told = [f"the network is {scan.level}, not {wanted}; unknown: {unsaid}"]
    if wanted in (scan.level, "?"):
        told.clear()
    told += [
        f"{name} is {scan.levels.get(name)}, not {level}"
        for name, level in scenario.levels.items()
        if scan.levels.get(name) != level
    ]
    routers = sum(len(one.routers) for one in scan.document.networks)
    if routers > scenario.most_routers:
        told.append(f"{routers} routers are kept")
    return told


def healthy(office: Office) -> list[Scan]:
    """Consecutive scans into one memory; DHCP servers are asked in the first and the last."""
    scans = []
    for number in range(HEALTHY_SCANS):
        often = ["dhcp_census", "parity"] if number in (0, HEALTHY_SCANS - 1) else []
        scans.append(office.scan(None, often))
    return scans


@pytest.fixture(scope="module", name="stand")
def running_stand(requires_namespaces: None, request: pytest.FixtureRequest) -> Iterator[Stand]:
    chosen: list[Scenario | None] = []
    for item in request.session.items:
        if item.path != request.path or not isinstance(item, pytest.Function):
            continue
        scenario: Any = item.callspec.params["scenario"] if hasattr(item, "callspec") else None
        chosen.append(scenario)
    stand = Stand(chosen)
    with nullcontext():
        try:
            yield stand
        finally:
            stand.close()


def test_a_healthy_office_never_fails(stand: Stand) -> None:
    scans = stand.healthy.result()
    wrong = [sorted(scan.verdicts("fail")) for scan in scans if scan.verdicts("fail")]
    print(f"\n{len(wrong)} of {len(scans)} scans of a healthy office with a wrong fail")
    assert wrong == []
    assert differences(scans[-1], frozenset(), HEALTHY.warn, {}) == []
    assert scans[-1].level == HEALTHY.level
    assert scans[-1].levels == HEALTHY.levels


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(one, id=one.name) for one in SCENARIOS],
)
def test_scenario(stand: Stand, scenario: Scenario) -> None:
    assert "\n".join(stand.results[scenario.name].result()) == ""
