"""Whole processes on the lab's LAN, under the same guard as the LAN suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.lab import Lan, build, office
from tests.e2e.running import RunningAgent, config_text, running
from tests.lan.conftest import (
    nothing_leaves_the_lab,
    requires_namespaces,
    witness,
)

__all__ = ["nothing_leaves_the_lab", "requires_namespaces", "witness"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="module", name="lan")
def office_lan(requires_namespaces: None) -> Iterator[Lan]:
    """An office for one module, which may disturb it."""
    with build(office()) as lan:
        yield lan


@pytest.fixture(scope="module", name="agent")
def running_agent(lan: Lan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAgent]:
    """An agent that has made its first pass."""
    with running(lan, tmp_path_factory.mktemp("agent"), config_text()) as agent:
        agent.wait_for_passes()
        yield agent
