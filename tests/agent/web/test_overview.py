"""What the start page says of the whole."""

import msgspec
import pytest

from agent.web.overview import Coverage, coverage, network_lines
from collectors.observation import RouterAdvertised
from inventory.snapshot import Network, Router, Snapshot, TapState
from tests.agent.web.office import NOW, SNAPSHOT, STRANGE, device

ADVERTISED = RouterAdvertised(
    at=NOW, source="ra", mac="00:1c:73:00:07:01", address="fe80::1", hop_limit=64, managed=False,
    other=True, preference="medium", lifetime_s=1800,
)  # fmt: skip


def router(allowed: bool | None, of: str = "") -> Router:
    return Router("fe80::1", "00:1c:73:00:07:01", ADVERTISED, NOW, NOW, allowed, of)


def office(network: Network, *devices: object, tap: bool = True) -> Snapshot:
    return msgspec.structs.replace(
        SNAPSHOT, networks=(network,), devices=devices,
        tap=TapState(available=tap, reason="" if tap else "no right to"),
    )  # fmt: skip


def test_coverage_counts_what_was_judged_and_what_was_not() -> None:
    verdicts = ("pass", "pass", "warn", "fail", "unknown", "not_applicable")
    findings = [msgspec.structs.replace(STRANGE, verdict=one) for one in verdicts]
    findings.append(msgspec.structs.replace(STRANGE, check="other", verdict="pass"))
    assert coverage(findings, STRANGE.check) == Coverage(passed=2, judged=4, unknown=1)
    assert coverage([], STRANGE.check) == Coverage(0, 0, 0)


@pytest.mark.parametrize(
    ("allowed", "standing"),
    [(True, "allowed"), (False, "not allowed"), (None, "unknown")],
    ids=["yes", "no", "unknown"],
)
def test_routers(allowed: bool | None, standing: str) -> None:
    owner = device(1, "gw")
    network = Network("net-eth0", "eth0", (), (), routers=(router(allowed, owner.id),))
    (line,) = network_lines(office(network, owner))
    assert [(one.standing, one.device) for one in line.routers] == [(standing, owner)]
    assert line.devices == 1


@pytest.mark.parametrize(
    ("network", "tap", "unseen", "expected"),
    [
        pytest.param(Network("n", "eth0", (), (), agent_has_ipv6=True), True, 0, "", id="nothing"),
        pytest.param(
            Network("n", "eth0", (), (), agent_has_ipv6=True), True, 1, "1 more IPv6 address is",
            id="one-address",
        ),
        pytest.param(
            Network("n", "eth0", (), (), agent_has_ipv6=True), True, 3, "6 more IPv6 addresses are",
            id="addresses",
        ),
        pytest.param(Network("n", "eth0", (), ()), True, 0, "no IPv6 address here", id="agent"),
        pytest.param(Network("n", "eth0", (), ()), False, 0, "no right to", id="no-tap"),
        pytest.param(Network("n", "", (), ()), True, 0, "behind a router", id="routed"),
    ],
)  # fmt: skip
def test_what_is_unseen(network: Network, tap: bool, unseen: int, expected: str) -> None:
    devices = [device(n, network="n", groups_unseen=unseen) for n in (1, 2)[: max(1, unseen - 1)]]
    (line,) = network_lines(office(network, *devices, tap=tap))
    assert bool(line.unseen) == bool(expected)
    assert expected in " ".join(line.unseen)
