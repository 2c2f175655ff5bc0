"""Where the files are, and what the agent exposes."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run() -> Run:
    """Run a program to its end; the test is skipped where it is not installed."""

    def call(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        found = shutil.which(program, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        if found is None:
            pytest.skip(f"{program} is not installed (tests/provision/install test)")
        return subprocess.run(
            [found, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
        )

    return call


READINESS_CHANGE = "lanwarden:ipv6_readiness_ratio:change_at_equal_coverage_7d"


@pytest.fixture(scope="session")
def catalogue() -> dict[str, frozenset[str]]:
    """Each metric that the agent exposes or a rule records, with its labels."""
    from exporters.prometheus.families import FAMILIES

    exposed = {family.name: frozenset(family.labels) for family in FAMILIES}
    return exposed | {READINESS_CHANGE: exposed["lanwarden_ipv6_readiness_ratio"]}
