"""The LAN suite: real hosts in private namespaces, and a guard that nothing gets out of them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.lab import Lan, LanPlan, build, office
from agent.lab.namespaces import LabUnavailable, Namespace, prepare
from tests.lan.witness import Witness, watched

REQUIRED = os.environ.get("LANWARDEN_REQUIRE_LAN") == "1" or os.environ.get("CI") == "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, so that `-m "not lan"` leaves it out."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.lan)


@pytest.fixture(scope="session")
def witness() -> Iterator[Witness | None]:
    """Watches the machine's interfaces; None for ordinary users, who cannot send raw frames."""
    plan = office()
    hosts = (plan.agent, *plan.hosts)
    try:
        witness = Witness(
            macs=[nic.mac for host in hosts for nic in host.nics],
            names=[host.name for host in plan.hosts if "-" in host.name],
        )
    except PermissionError:
        if REQUIRED and os.geteuid() == 0:
            pytest.fail("without the capability NET_RAW nobody watches what leaves the lab")
        yield None
        return
    yield witness
    witness.close()


@pytest.fixture(autouse=True)
def nothing_leaves_the_lab(witness: Witness | None) -> Iterator[None]:
    """Fail every test that sends a lab's frame, or a scanner's probe, to a real network."""
    if witness is None:
        yield
        return
    with watched(witness):
        yield


@pytest.fixture(scope="session")
def requires_namespaces(witness: Witness | None) -> None:
    """Skip with the kernel's reason where namespaces are forbidden; in CI that is a failure."""
    del witness  # it must be open before this process enters a user namespace
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
def make_lan(requires_namespaces: None) -> Iterator[Callable[..., Lan]]:
    """`make_lan(plan, real_daemons=…, join=…)`: LANs of one's own, which end with the test."""
    built: list[Lan] = []

    def make(plan: LanPlan, *, real_daemons: bool = True, join: bool = True) -> Lan:
        built.append(build(plan, real_daemons=real_daemons, join=join))
        return built[-1]

    try:
        yield make
    finally:
        for lan in reversed(built):
            lan.close()
