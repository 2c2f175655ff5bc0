"""Links come and go; the scope and the tap follow."""

from collections.abc import Sequence
from typing import cast

import pytest

from agent.config.load import parse
from agent.config.sections import Config
from agent.errors import UsageRefusal
from agent.reach import Reach
from agent.scope import advice, scope_of
from agent.tap_session import TapSession, TapSettings
from collectors.contract import CollectorError
from collectors.scope import Card, Link

ETH0 = Link("eth0", 2, "b8:27:eb:66:07:02", ("10.66.7.2/24",), ("fe80::2/64",))
ETH1 = Link("eth1", 3, "b8:27:eb:66:08:02", ("10.66.8.2/24",), ("fe80::3/64",))
TUNNEL = Link("tun0", 4, "", ("10.66.9.2/32",))
OFFICE = parse('[scope]\nnetworks = ["10.66.7.0/24"]\n', "c.toml")


class FakeTap:
    def __init__(self) -> None:
        self.settings: list[TapSettings] = []

    async def start(self, settings: TapSettings) -> bool:
        self.settings.append(settings)
        return True

    async def change(self, settings: TapSettings) -> None:
        if settings != self.settings[-1]:
            self.settings.append(settings)


class Bench:
    def __init__(self, *links: Link) -> None:
        self.links: Sequence[Link] | None = links
        self.tap = FakeTap()
        self.reach = Reach(
            cast("TapSession", self.tap),
            self._read,
            lambda: ("10.66.7.0/24", "10.66.8.0/24"),
            lambda: {link.interface: Card(True) for link in self.links or ()},
        )

    def _read(self) -> Sequence[Link]:
        if self.links is None:
            raise CollectorError("netlink does not answer")
        return self.links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        pytest.param("", ["eth0", "eth1"], id="no-networks-every-ethernet"),
        pytest.param('[scope]\nnetworks=["10.66.7.0/24"]', ["eth0"], id="holds-the-network"),
        pytest.param('[scope]\nnetworks=["10.66.0.0/16"]', ["eth0", "eth1", "tun0"], id="wider"),
        pytest.param('[scope]\nnetworks=["198.51.100.0/24"]', [], id="behind-a-router"),
        pytest.param('[tap]\ninterfaces=["eth1"]', ["eth1"], id="named"),
        pytest.param(
            '[scope]\nnetworks=["10.66.7.0/24"]\n[tap]\ninterfaces=["eth1"]', [], id="contradiction"
        ),
    ],
)
def test_which_links_hold_the_scope(text: str, links: list[str]) -> None:
    scope = scope_of(parse(text, "c.toml"), (ETH0, ETH1, TUNNEL))
    assert [link.interface for link in scope.links] == links


def test_an_interface_that_is_not_there() -> None:
    config = parse('[tap]\ninterfaces = ["eth9"]\n', "c.toml")
    with pytest.raises(UsageRefusal, match="there are: eth0, eth1"):
        scope_of(config, (ETH0, ETH1))
    assert scope_of(config, (ETH0, ETH1), strict=False).links == ()


async def test_a_link_that_goes_and_comes_back() -> None:
    bench = Bench(ETH0)
    await bench.reach.begin(OFFICE)
    assert bench.tap.settings[-1].interfaces == ("eth0",)
    assert not await bench.reach.follow(OFFICE)
    bench.links = ()
    assert await bench.reach.follow(OFFICE)
    assert not bench.reach.scope.links
    assert bench.reach.scope.networks == ("10.66.7.0/24",)
    bench.links = (ETH0,)
    assert await bench.reach.follow(OFFICE)
    assert bench.reach.scope.links == (ETH0,)
    assert len(bench.tap.settings) == 3


async def test_links_that_cannot_be_read_leave_all_as_it_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(ETH0)
    await bench.reach.begin(OFFICE)
    bench.links = None
    assert not await bench.reach.follow(OFFICE)
    assert bench.reach.scope.links == (ETH0,)
    assert "netlink does not answer" in caplog.text


async def test_a_new_config_changes_scope_and_tap() -> None:
    bench = Bench(ETH0, ETH1)
    await bench.reach.begin(Config())
    assert "--network 10.66.7.0/24 --network 10.66.8.0/24" in bench.reach.advice
    assert await bench.reach.follow(OFFICE)
    assert bench.reach.advice == ""
    assert bench.tap.settings[-1].networks == ("10.66.7.0/24",)
    assert not bench.tap.settings[-1].started_like(bench.tap.settings[0])


def test_advice_on_no_lan() -> None:
    assert "on no LAN" in advice(())
