"""What a row of the truth table is, and how a scan is held against it."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tests.lan.scenarios.office import Office, Scan

Fault = Callable[[Office], Any]
Section = Mapping[str, object]
CYCLES = 3  # as many as a device must be known for


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One fault and what the checks must say of it.

    `fail`, `warn`, `passes` and `unknown` are `check@subject`, subjects in the names of the plan.
    `fail` is complete: nothing else may fail. `warn` comes on top of what the healthy office warns
    of, less `without`. `unknown` has the reason that must be given. `evidence` has texts that the
    finding must show. `number`: in the list of the page. `levels` are those of devices.
    """

    name: str
    told: str
    fault: Fault
    number: str = ""
    fail: frozenset[str] = frozenset()
    warn: frozenset[str] = frozenset()
    may_warn: frozenset[str] = frozenset()  # what depends on who is heard in time
    without: frozenset[str] = frozenset()
    passes: frozenset[str] = frozenset()
    unknown: Mapping[str, str] = {}
    evidence: Mapping[str, tuple[str, ...]] = {}
    level: str | None = None
    levels: Mapping[str, str] = {}
    config: Mapping[str, Section] = {}
    scans: int = 1
    cycles: int = 0  # quick passes that go before: without some, levels of devices are unknown
    before: int = 0  # scans of the healthy office that go before, into the same memory
    census: bool = False  # whether DHCP servers are asked, which takes ten seconds
    parity: bool = False  # whether services are tried over the other family
    domains: bool = False  # whether own domains are looked at
    most_routers: int = 8  # how many routers the document may list: memory is bounded


class Healthy(msgspec.Struct, frozen=True, kw_only=True):
    """What the healthy office gives: nothing fails, these warn."""

    warn: frozenset[str]
    level: str
    levels: Mapping[str, str]


def shortcomings(scan: Scan, scenario: Scenario) -> list[str]:
    """What should have passed, or been shown, and was not, as sentences."""
    passed = scan.verdicts("pass")
    told = [f"{key} does not pass: {scan.said(key)}" for key in scenario.passes - passed.keys()]
    told += [
        f"{key} does not show {text}: {scan.shown(key)}"
        for key, texts in scenario.evidence.items()
        for text in texts
        if text not in scan.shown(key)
    ]
    return sorted(told)


def differences(
    scan: Scan, fail: frozenset[str], warn: frozenset[str], unknown: Mapping[str, str]
) -> list[str]:
    """What of a scan is not as the table says, as sentences; empty when all is."""
    told = []
    for verdict, expected in (("fail", fail), ("warn", warn)):
        found = scan.verdicts(verdict)
        told += [
            f"{verdict} {key} is not in the table: {found[key]} {scan.shown(key)}"
            for key in found.keys() - expected
        ]
        told += [f"{verdict} {key} is missing: {scan.said(key)}" for key in expected - found.keys()]
    found = scan.verdicts("unknown")
    told += [
        f"{key} is not unknown for {reason}: {scan.said(key)}"
        for key, reason in unknown.items()
        if not found.get(key, "").startswith(f"{reason}:")
    ]
    return sorted(told)


HEALTHY = Healthy(
    warn=frozenset(),
    level="N3",
    levels=dict.fromkeys(("agent", "gw", "pc-1", "pc-2", "printer", "srv-web"), "L3"),
)
