"""Prometheus' own judgement of the configuration and the rules, and ours of what it cannot know."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from collectors.scope import Scope
from exporters.prometheus import discovery
from tests.checks import lan
from tests.deploy.conftest import DEPLOY, Run
from tests.deploy.expressions import complaints

PROMETHEUS = DEPLOY / "prometheus"
RULES = PROMETHEUS / "rules/lanwarden.yml"
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
    if "alert" in rule
]
NAMES = sorted({alert["alert"] for alert in ALERTS})
RUNBOOKS = DEPLOY.parent / "docs/runbooks"


def test_promtool_accepts_the_configuration(run: Run) -> None:
    result = run("promtool", "check", "config", PROMETHEUS / "prometheus.yml")
    assert result.returncode == 0, result.stderr
    assert "1 rule files found" in result.stdout


def test_discovery_jobs_ask_for_roles_and_labels_that_the_agent_serves() -> None:
    device = lan.device()
    (group,) = discovery.targets(lan.snapshot(device), "icmp", Scope(networks=("10.66.0.0/24",)))
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    jobs = [job for job in config["scrape_configs"] if "http_sd_configs" in job]
    assert jobs
    for job in jobs:
        (url,) = (httpx.URL(one["url"]) for one in job["http_sd_configs"])
        assert (url.path, url.params["role"]) == ("/sd", "icmp")
        assert url.params["role"] in discovery.ROLES
        for rule in job["relabel_configs"]:
            for label in rule.get("source_labels", []):
                assert label == "__address__" or label in group.labels


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_promtool_runs_the_rule_tests(run: Run, path: Path) -> None:
    result = run("promtool", "test", "rules", path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("before", "after", "by"),
    [
        ("lanwarden_device_always_on == 1", "lanwarden_device_always_on >= 0", "device_down"),
        ("topk by (job, instance, device) (1, lanwarden_device_info)", "lanwarden_device_info",
         "device_down"),
        ("> 86400", "> 60", "new_device"),
        ("< 3600", "< 86400", "new_device"),
        ("duplicate_addresses > 0", "duplicate_addresses >= 0", "network"),
        ('check="ipv6.rogue_ra", ', "", "network"),
        ("> 2.5 *", "> 1 *", "agent"),
        ('up{job="lanwarden"} == 0 or absent', "absent", "agent"),
        (" or absent(up{job=\"lanwarden\"})", "", "agent"),
        ("unless lanwarden_collector_last_success_timestamp_seconds", "", "agent"),
        ("keep_firing_for: 5m", "keep_firing_for: 1m", "device_down"),
        ("<= 0.02", "<= 2", "readiness"),
        ("change_at_equal_coverage_7d < -0.05", "change_at_equal_coverage_7d < -0.01", "readiness"),
        ("2.5 * 86400", "0.5 * 86400", "readiness"),
        ('check="ipv6.pmtu_black_hole", verdict="fail"', 'verdict="fail"', "readiness"),
        (") < 0\n", ") <= 0\n", "readiness"),
        ("unless on (job, instance, network) lanwarden_network_scanner_ill == 1", "",
         "scanner_ill"),
        ("lanwarden_scanner_ill == 1\n        for: 2m", "lanwarden_scanner_ill == 1",
         "scanner_ill"),
    ],
)  # fmt: skip
def test_a_broken_rule_fails_its_tests(
    run: Run, tmp_path: Path, before: str, after: str, by: str
) -> None:
    text = RULES.read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/lanwarden.yml").write_text(text.replace(before, after), encoding="utf-8")
    (tmp_path / "tests").mkdir()
    copy = tmp_path / f"tests/{by}.yml"
    copy.write_text((PROMETHEUS / f"tests/{by}.yml").read_text(encoding="utf-8"), encoding="utf-8")
    assert run("promtool", "test", "rules", copy).returncode != 0


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_rule_asks_for_what_the_agent_exposes(
    alert: dict[str, Any], catalogue: dict[str, frozenset[str]]
) -> None:
    assert list(complaints(alert["expr"], catalogue)) == []


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_says_how_bad_what_and_where_to_read_on(alert: dict[str, Any]) -> None:
    assert re.fullmatch(r"Lanwarden([A-Z][a-z]+)+", alert["alert"])
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert "{{" not in alert["annotations"]["summary"], "the summary is one fixed sentence"
    assert alert["annotations"]["description"]
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_has_a_runbook(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    for part in ("**What it means.**", "**What it does not mean.**", "## First three things to do"):
        assert part in text
    steps = text.split("## First three things to do")[1].split("\n## ")[0]
    assert re.findall(r"^(\d)\. ", steps, re.MULTILINE) == ["1", "2", "3"]
    assert f"({name}.md)" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_no_runbook_is_left_over() -> None:
    assert sorted(path.stem for path in RUNBOOKS.glob("Lanwarden*.md")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_tested_firing_and_quiet(name: str) -> None:
    cases = [
        case
        for path in RULE_TESTS
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == name
    ]
    assert any(case["exp_alerts"] for case in cases)
    assert any(not case["exp_alerts"] for case in cases)
