"""The LAN suite: real hosts in private namespaces, and a guard that nothing gets out of them."""

import os
from collections.abc import Callable, Iterator

import pytest

from agent.lab import Lan, LanPlan, build, office
from agent.lab.namespaces import LabUnavailable, Namespace, prepare

REQUIRED = os.environ.get("LANWARDEN_REQUIRE_LAN") == "1" or os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def requires_namespaces() -> None:
    """Skip with the kernel's reason where namespaces are forbidden; in CI that is a failure."""
    try:
        prepare()
        Namespace("trial").close()
    except LabUnavailable as error:
        if REQUIRED:
            pytest.fail(f"the LAN suite is required here, but {error}")
        pytest.skip(str(error))


@pytest.fixture(scope="session", name="office")
def running_office(requires_namespaces: None) -> Iterator[Lan]:
    """The demo's office, shared by all tests of the session: look, do not change."""
    with build(office()) as lan:
        yield lan


@pytest.fixture
def make_lan(requires_namespaces: None) -> Iterator[Callable[[LanPlan], Lan]]:
    """Build LANs of one's own; they end with the test."""
    built: list[Lan] = []

    def make(plan: LanPlan) -> Lan:
        built.append(build(plan))
        return built[-1]

    try:
        yield make
    finally:
        for lan in reversed(built):
            lan.close()
