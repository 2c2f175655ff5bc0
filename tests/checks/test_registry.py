"""The registry: what it finds, what it refuses, and that code, tests and pages go together."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from checks import registry
from checks.registry import BrokenCheckError, CheckModule
from checks.verdict import Check, Finding, Named, Reason, Severity, Verdict
from inventory.snapshot import Snapshot
from tests.checks import lan

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference" / "checks"
TESTS = ROOT / "tests" / "checks"
NAMES = [module.name for module in registry.load()]


def test_the_table_is_sorted_and_holds_the_first_five_checks() -> None:
    assert sorted(NAMES) == NAMES
    assert len(set(NAMES)) == len(NAMES)
    assert {
        "ipv6.ra_present",
        "ipv6.rogue_ra",
        "ipv6.device_has_global_address",
        "posture.telnet_open",
        "posture.snmp_default_community",
    } <= set(NAMES)


@pytest.mark.parametrize("module", registry.load(), ids=NAMES)
def test_every_check_has_a_complete_card_a_test_and_a_page(module: CheckModule) -> None:
    group, _, name = module.name.partition(".")
    check = module.check
    assert all((check.title, check.reference, check.remedy))
    assert (TESTS / group / f"test_{name}.py").is_file()
    page = (PAGES / group / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {module.name}\n")
    assert check.title in page
    assert check.reference in page
    assert f"Severity of a failure: {check.severity}" in page
    for heading in ("## Why", "## How it is judged", "## Evidence", "## What to do", "## Traps"):
        assert f"\n{heading}\n" in page, heading


def test_no_page_and_no_test_is_left_of_a_check_that_is_gone() -> None:
    pages = {f"{page.parent.name}.{page.stem}" for page in PAGES.glob("*/*.md")}
    tests = {
        f"{test.parent.name}.{test.stem.removeprefix('test_')}"
        for group in registry.GROUPS
        for test in TESTS.glob(f"{group}/test_*.py")
    }
    assert pages == set(NAMES)
    assert tests == set(NAMES)


def test_the_index_lists_every_check_and_every_reason_and_no_other() -> None:
    index = (PAGES / "index.md").read_text(encoding="utf-8")
    linked = re.findall(r"^\| \[`([a-z0-9_.]+)`\]\(([a-z0-9_./]+)\)", index, re.MULTILINE)
    assert [name for name, _ in linked] == NAMES
    assert all((PAGES / target).is_file() for _, target in linked)
    verdicts, reasons = (
        re.findall(r"^\| `([a-z0-9_]+)` \|", part, re.MULTILINE)
        for part in index.split("\n## Reasons\n")
    )
    assert verdicts == list(get_args(Verdict))
    assert reasons == list(get_args(Reason))


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(Snapshot(1, lan.NOW, "stc"), id="empty"),
        pytest.param(lan.snapshot(lan.device(), host=lan.host()), id="small LAN"),
    ],
)
def test_findings_say_why_they_know_nothing_and_only_then(snapshot: Snapshot) -> None:
    for finding in registry.judge(snapshot):
        assert (finding.reason is not None) == (finding.verdict == "unknown")
        if finding.verdict != "unknown":  # some of those say what the officer can do
            assert (finding.remedy != "") == (finding.verdict in {"warn", "fail"})
        assert finding.summary


def test_names_choose_the_checks() -> None:
    findings = registry.judge(lan.snapshot(lan.device()), {"ipv6.ra_present"})
    assert {finding.check for finding in findings} == {"ipv6.ra_present"}


def test_equal_findings_of_an_earlier_snapshot_are_kept() -> None:
    def of(*subjects: str, summary: str = "as before") -> tuple[CheckModule, ...]:
        card = Check(
            name="ipv6.example",
            title="An example",
            severity=Severity.LOW,
            reference="RFC 4861",
            remedy="None.",
        )
        made = [card.passed(Named(subject), summary) for subject in subjects]
        return (CheckModule(card, lambda _: iter(made)),)

    empty = Snapshot(number=1, taken_at=0.0, site="stc")
    first = registry.judge(empty, modules=of("service:a", "service:b"))
    grown = registry.judge(empty, modules=of("service:c", "service:a", "service:b"), before=first)
    assert [finding.subject for finding in grown] == ["service:c", "service:a", "service:b"]
    assert grown[1] is first[0]
    assert grown[2] is first[1]
    other = registry.judge(empty, modules=of("service:a", "service:b", summary="new"), before=first)
    assert [finding.summary for finding in other] == ["new", "new"]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError, match=r"no such check: ipv6\.nonsense"):
        registry.judge(lan.snapshot(), {"ipv6.nonsense"})


CARD = Check(name="ipv6.broken", title="t", severity=Severity.LOW, reference="r", remedy="m")


def _raises(snapshot: Snapshot) -> Iterator[Finding]:
    yield CARD.passed(snapshot)
    raise ZeroDivisionError


def test_a_broken_check_is_told_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    good = registry.load()[0]
    told: list[tuple[str, Exception]] = []
    findings = registry.judge(
        lan.snapshot(lan.device()),
        modules=(CheckModule(CARD, _raises), good),
        on_bug=lambda name, error: told.append((name, error)),
    )
    assert {finding.check for finding in findings} == {good.name}
    assert [(name, type(error)) for name, error in told] == [("ipv6.broken", ZeroDivisionError)]
    assert "ipv6.broken" in caplog.text


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("", r"checks\.ipv6\.odd must hold CHECK and judge", id="nothing"),
        pytest.param(
            "from checks.ipv6.ra_present import CHECK, judge",
            r"checks\.ipv6\.odd calls itself ipv6\.ra_present",
            id="other name",
        ),
    ],
)
def test_a_module_that_is_no_check_is_named(
    source: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    import checks.ipv6

    (tmp_path / "odd.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(checks.ipv6, "__path__", [*checks.ipv6.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "checks.ipv6.odd", raising=False)
    try:
        with pytest.raises(BrokenCheckError, match=message):
            registry.load()
    finally:
        sys.modules.pop("checks.ipv6.odd", None)
        vars(checks.ipv6).pop("odd", None)
