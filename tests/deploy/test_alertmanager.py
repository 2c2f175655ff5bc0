"""The Alertmanager's own judgement, where alerts go, and the trap in inhibition rules."""

from pathlib import Path

import pytest
import yaml

from tests.deploy.conftest import DEPLOY, Run

CONFIG = DEPLOY / "alertmanager/alertmanager.yml"
PARSED = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))


def test_amtool_accepts_the_configuration(run: Run) -> None:
    result = run("amtool", "check-config", CONFIG)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["alertname=LanwardenDeviceDown", "severity=critical", "site=stc"], "officer-now"),
        (["alertname=LanwardenRogueRouter", "severity=critical", "site=stc"], "officer-now"),
        (["alertname=LanwardenDuplicateAddress", "severity=warning", "site=stc"], "officer"),
        (["alertname=LanwardenNewDevice", "severity=info", "site=stc"], "officer"),
        (["alertname=SomethingElse"], "officer"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else value,
)
def test_alerts_reach_their_receiver(run: Run, labels: list[str], receiver: str) -> None:
    result = run(
        "amtool", "config", "routes", "test", f"--config.file={CONFIG}",
        f"--verify.receivers={receiver}", *labels,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_wrong_route_would_be_noticed(run: Run) -> None:
    result = run(
        "amtool", "config", "routes", "test", f"--config.file={CONFIG}",
        "--verify.receivers=officer", "severity=critical",
    )  # fmt: skip
    assert result.returncode != 0


def test_news_waits_for_office_hours_in_viet_nam() -> None:
    news = next(r for r in PARSED["route"]["routes"] if 'severity="info"' in r["matchers"])
    (name,) = news["active_time_intervals"]
    interval = next(i for i in PARSED["time_intervals"] if i["name"] == name)
    assert interval["time_intervals"][0]["location"] == "Asia/Ho_Chi_Minh"
    assert PARSED["route"]["group_by"] == ["alertname", "site"]


def test_every_alert_carries_the_labels_that_inhibition_compares() -> None:
    """Where both alerts lack a label of `equal`, it counts as equal and silences other sites."""
    needed = {label for rule in PARSED["inhibit_rules"] for label in rule["equal"]}
    assert needed
    for path in sorted((DEPLOY / "prometheus/tests").glob("*.yml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            if "vanished" in test["name"]:
                continue  # no scrape job, no labels: it says so, and inhibits only its like
            for case in test["alert_rule_test"]:
                for alert in case["exp_alerts"]:
                    assert needed <= set(alert["exp_labels"]), (path.name, test["name"])


def test_every_scrape_job_gives_its_series_a_site() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    for job in config["scrape_configs"]:
        static = [group.get("labels", {}) for group in job.get("static_configs", [])]
        relabelled = {rule.get("target_label") for rule in job.get("relabel_configs", [])}
        assert "site" in relabelled or all("site" in labels for labels in static), job["job_name"]


def test_secrets_do_not_stand_in_the_file() -> None:
    text = Path(CONFIG).read_text(encoding="utf-8")
    assert "password:" not in text
    assert "api_url" not in text
