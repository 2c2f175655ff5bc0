"""The documents of readiness: as published, and worst first."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.readiness import names
from checks import registry
from checks.readiness.assessment import assess
from checks.readiness.levels import AGENT_FIRST
from exporters import readiness, rehearsal
from exporters.document import encode
from inventory.readiness import Facts
from tests.agent.test_readiness_table import office
from tests.checks import facts, lan

DOCS = Path(__file__).parents[2] / "docs/reference"


@pytest.mark.parametrize(
    ("module", "name"),
    [(readiness, "ipv6"), (rehearsal, "ipv6-rehearsal")],
    ids=["readiness", "rehearsal"],
)
def test_the_published_schema_is_that_of_the_structs(module: Any, name: str) -> None:
    committed = (DOCS / f"{name}.schema.json").read_bytes()
    assert committed == encode(module.schema(), pretty=True), (
        f"run: python -m {module.__name__} > docs/reference/{name}.schema.json"
    )


@pytest.mark.parametrize("count", [0, 5], ids=["empty", "five"])
def test_documents_keep_to_their_schemas(count: int) -> None:
    snapshot = office(count)
    findings = registry.judge(snapshot)
    assessed = assess(snapshot, findings)
    made = readiness.readiness_document(snapshot, findings, assessed, names())
    jsonschema.validate(json.loads(encode(made)), readiness.schema())
    told = rehearsal.rehearsal_document(snapshot, assessed, names({}))
    jsonschema.validate(json.loads(encode(told)), rehearsal.schema())


def test_of_one_network_only_its_devices_are_told() -> None:
    snapshot = office(3)
    findings = registry.judge(snapshot)
    assessed = assess(snapshot, findings)
    made = readiness.readiness_document(snapshot, findings, assessed, names({}), "elsewhere")
    assert (made.networks, made.devices, sum(made.histogram.values())) == ([], [], 0)


def test_worst_first_and_the_unknown_last() -> None:
    def device(name: str, level: str | None, critical: bool = False) -> Any:
        return readiness.DeviceReadinessEntry(
            id=name, name=name, address="", kind="other", role="client", network="",
            level=level, cause="device", blockers=[name], next_step=level or "wait",
            disposition="", critical=critical,
        )  # fmt: skip

    made = [device("a", None), device("b", "L2"), device("c", "L0"), device("d", "L5"),
            device("e", "L2", critical=True), device("f", "L2")]  # fmt: skip
    found = [[one.name for one in step.devices] for step in readiness.steps(made)]
    assert found == [["c"], ["e"], ["b", "f"], ["a"]]
    assert readiness.steps(made)[2].why == "b, and the like"


@pytest.mark.parametrize(
    ("stack", "summary", "next_step"),
    [
        pytest.param(True, "switched off", "sysctl -w net.ipv6.conf.eth0.disable_ipv6=0", id="off"),
        pytest.param(False, "no IPv6 address on eth0", "ip -6 address show dev eth0", id="none"),
    ],
)
def test_an_agent_that_sees_no_ipv6_says_so_first(
    stack: bool, summary: str, next_step: str
) -> None:
    off = {"eth0": {"disable_ipv6": "1"}}
    seen = facts.stack(enabled=False, interfaces=off) if stack else None
    snapshot = facts.snapshot(
        Facts(stack=seen), lan.device(), networks=(lan.network(agent_has_ipv6=False),)
    )
    findings = registry.judge(snapshot)
    made = readiness.readiness_document(snapshot, findings, assess(snapshot, findings), names({}))
    assert made.blind is not None
    assert summary in made.blind.summary
    assert next_step in made.blind.next_step
    assert {one.next_step for one in made.networks} == {AGENT_FIRST}
    assert {one.next_step for one in made.devices} == {AGENT_FIRST}
    assert not [one for one in findings if one.verdict == "fail" and one.check[:5] == "ipv6."]


def test_an_agent_that_sees_ipv6_is_not_blind() -> None:
    snapshot = office(1)
    findings = registry.judge(snapshot)
    made = readiness.readiness_document(snapshot, findings, assess(snapshot, findings), names({}))
    assert made.blind is None
