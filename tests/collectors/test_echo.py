"""Which networks the echo collector sweeps: those that no own link reaches."""

import pytest

from collectors import echo
from collectors.contract import NoData, Target
from collectors.tap.messages import EchoSweep
from tests.collectors.test_solicit import FakeTap, context


async def swept(networks: tuple[str, ...], targets: tuple[Target, ...] = ()) -> EchoSweep:
    tap = FakeTap()
    assert [
        one async for one in echo.collect(context(tap, networks=networks, targets=targets))
    ] == []
    (command,) = tap.commands
    assert isinstance(command, EchoSweep)
    return command


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        pytest.param(("10.99.0.0/24",), ("10.99.0.0/24",), id="a routed one"),
        pytest.param(("10.66.7.0/24", "10.99.0.0/24"), ("10.99.0.0/24",), id="beside the own"),
        pytest.param(("10.66.6.0/23",), ("10.66.6.0/24",), id="around the own"),
        pytest.param(("10.99.0.0/25", "10.99.0.128/25"), ("10.99.0.0/24",), id="halves"),
    ],
)
async def test_what_is_swept(networks: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert (await swept(networks)).networks == expected


async def test_known_addresses_behind_routers_are_named() -> None:
    target = Target("d-1", ("10.99.0.9", "10.66.7.9"), "", "")
    assert (await swept(("10.99.0.0/24",), (target,))).known == ("10.99.0.9",)


@pytest.mark.parametrize("networks", [(), ("10.66.7.0/24",), ("2001:db8::/32",)])
async def test_nothing_routed(networks: tuple[str, ...]) -> None:
    with pytest.raises(NoData, match="behind a router"):
        await swept(networks)


async def test_without_a_tap() -> None:
    with pytest.raises(NoData, match="no right"):
        _ = [one async for one in echo.collect(context(None))]
