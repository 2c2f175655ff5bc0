"""The table of families: names, helps and labels keep the rules, and the page agrees with it."""

import re
from collections import Counter
from pathlib import Path

import pytest

from exporters.prometheus import reference
from exporters.prometheus.families import FAMILIES
from exporters.prometheus.family import Family

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"
# Names that writing_exporters.md keeps for target labels, and site, which is one.
TARGET_LABELS = {"job", "instance", "site", "type", "region", "zone", "cluster", "owner", "env"}
IDS = [family.name for family in FAMILIES]


def test_names_are_unique_in_both_formats() -> None:
    assert len(set(IDS)) == len(IDS)
    openmetrics = [name.removesuffix("_total").removesuffix("_info") for name in IDS]
    assert [name for name, times in Counter(openmetrics).items() if times > 1] == []


@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_a_family_keeps_the_naming_rules(family: Family) -> None:
    assert re.fullmatch(r"lanwarden_[a-z0-9]+(_[a-z0-9]+)*", family.name)
    assert (family.kind == "counter") == family.name.endswith("_total")
    assert (family.kind == "info") == family.name.endswith("_info")
    assert not family.name.endswith(("_created", "_count", "_sum", "_bucket"))
    assert not re.search(r"_(ms|milliseconds|minutes|hours|percent|kb|mb)(_|$)", family.name)


@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_a_family_has_a_plain_help_and_proper_labels(family: Family) -> None:
    assert family.help.endswith(".")
    assert not set(family.help) & set('\\\n"')
    assert len(set(family.labels)) == len(family.labels)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", label) for label in family.labels)
    assert not set(family.labels) & TARGET_LABELS
    if family.scope in {"device", "network"}:
        assert family.labels[0] == family.scope


def test_only_info_metrics_carry_text_that_changes() -> None:
    free = {"name", "mac", "address", "vendor", "model", "os", "title", "reference"}
    assert [one.name for one in FAMILIES if one.kind != "info" and free & set(one.labels)] == []


def test_the_families_that_the_design_promises_are_there() -> None:
    promised = {
        "lanwarden_build_info",
        "lanwarden_device_info",
        "lanwarden_device_up",
        "lanwarden_device_state",
        "lanwarden_device_always_on",
        "lanwarden_device_reachable",
        "lanwarden_device_first_seen_timestamp_seconds",
        "lanwarden_device_last_seen_timestamp_seconds",
        "lanwarden_device_probes_missed_total",
        "lanwarden_check_subjects",
        "lanwarden_device_findings",
        "lanwarden_collector_success",
        "lanwarden_collector_duration_seconds",
        "lanwarden_collector_last_success_timestamp_seconds",
        "lanwarden_collector_interval_seconds",
        "lanwarden_tap_frames_received_total",
        "lanwarden_tap_frames_dropped_total",
        "lanwarden_tap_frames_malformed_total",
        "lanwarden_tap_frames_sent_total",
    }
    assert promised - set(IDS) == set()


def test_the_reference_page_agrees_with_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.page(), (
        "run: python -m exporters.prometheus.reference > docs/reference/metrics.md"
    )


def test_the_reference_page_has_one_row_per_family() -> None:
    rows = re.findall(r"^\| `(lanwarden_\w+)` \|", reference.page(), re.MULTILINE)
    assert sorted(rows) == sorted(IDS)
