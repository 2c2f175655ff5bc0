"""Which networks the ARP collector sweeps, and on which link."""

import pytest

from collectors import arp
from collectors.contract import CollectorError, NoData, Target
from collectors.scope import Link
from collectors.tap.messages import ArpSweep
from tests.collectors.test_solicit import LINK, FakeTap, context

OTHER = Link("eth1", 3, "b8:27:eb:66:07:03", ("10.66.7.3/24", "10.88.0.2/16"))


async def swept(
    networks: tuple[str, ...],
    links: tuple[Link, ...] = (LINK,),
    targets: tuple[Target, ...] = (),
) -> list[ArpSweep]:
    tap = FakeTap()
    made = context(tap, networks=networks, links=links, targets=targets)
    assert [one async for one in arp.collect(made)] == []
    return [command for command in tap.commands if isinstance(command, ArpSweep)]


@pytest.mark.parametrize(
    ("networks", "links", "expected"),
    [
        pytest.param(("10.66.7.0/24",), (LINK,), {"eth0": ("10.66.7.0/24",)}, id="the subnet"),
        pytest.param(("10.66.7.64/26",), (LINK,), {"eth0": ("10.66.7.64/26",)}, id="a part"),
        pytest.param(("10.0.0.0/8",), (LINK,), {"eth0": ("10.66.7.0/24",)}, id="a larger one"),
        pytest.param(
            ("10.66.7.0/25", "10.66.7.128/25"), (LINK,), {"eth0": ("10.66.7.0/24",)}, id="halves"
        ),
        pytest.param(
            ("10.66.7.0/24", "10.88.3.0/24"),
            (LINK, OTHER),
            {"eth0": ("10.66.7.0/24",), "eth1": ("10.88.3.0/24",)},
            id="a shared subnet is swept once",
        ),
        pytest.param(
            ("10.66.7.0/24", "10.99.0.0/24", "2001:db8::/32"),
            (LINK,),
            {"eth0": ("10.66.7.0/24",)},
            id="routed and IPv6 networks are not for ARP",
        ),
    ],
)
async def test_what_is_swept(
    networks: tuple[str, ...], links: tuple[Link, ...], expected: dict[str, tuple[str, ...]]
) -> None:
    commands = await swept(networks, links)
    assert {one.sender.interface: one.networks for one in commands} == expected


async def test_known_addresses_on_the_link_are_named() -> None:
    target = Target("d-1", ("10.66.7.9", "10.99.0.1", "fe80::9%eth0", "10.66.7.9"), "", "")
    (command,) = await swept(("10.66.7.0/24",), targets=(target,))
    assert command.known == ("10.66.7.9",)


@pytest.mark.parametrize("networks", [(), ("10.99.0.0/24",), ("2001:db8::/32",)])
async def test_nothing_on_the_link(networks: tuple[str, ...]) -> None:
    with pytest.raises(NoData, match="no IPv4 network in scope"):
        await swept(networks)


async def test_without_a_tap() -> None:
    with pytest.raises(NoData, match="no right"):
        _ = [one async for one in arp.collect(context(None))]


async def test_an_enormous_subnet_needs_a_smaller_scope() -> None:
    wide = Link("eth0", 2, LINK.mac, ("10.0.0.2/8",))
    with pytest.raises(CollectorError, match=r"name the smaller networks .* \[scope\] networks"):
        await swept(("10.0.0.0/8",), (wide,))
