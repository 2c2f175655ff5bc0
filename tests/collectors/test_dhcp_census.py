"""Which links the DHCP census asks."""

import pytest

from collectors import dhcp_census
from collectors.contract import NoData
from collectors.scope import Link
from collectors.tap.messages import DhcpCensus, Sender
from tests.collectors.test_link_query import IPV4_ONLY, NO_MAC
from tests.collectors.test_solicit import LINK, OWN, FakeTap, context


async def test_every_ethernet_link_is_asked() -> None:
    tap = FakeTap()
    made = context(tap, links=(LINK, IPV4_ONLY, NO_MAC))
    assert [one async for one in dhcp_census.collect(made)] == []
    assert [type(one) for one in tap.commands] == [DhcpCensus, DhcpCensus]
    assert [one.sender.interface for one in tap.commands] == ["eth0", "eth1"]  # type: ignore[union-attr]


def test_a_run_asks_often_enough_for_a_verdict() -> None:
    from checks.dhcp import FEWEST_QUESTIONS

    census = DhcpCensus(id=1, sender=Sender(interface="eth0", mac=OWN))
    assert census.tries >= FEWEST_QUESTIONS
    assert census.wait_s >= 6.0  # dnsmasq looks for 3 s whether the address is in use


@pytest.mark.parametrize(
    ("tap", "links", "networks", "reason"),
    [
        pytest.param(None, (LINK,), ("10.66.7.0/24",), "no right", id="no tap"),
        pytest.param(FakeTap(), (LINK,), (), "no network is in scope", id="listening only"),
        pytest.param(FakeTap(), (NO_MAC,), ("10.66.7.0/24",), "no Ethernet link", id="no link"),
    ],
)
async def test_nobody_to_ask(
    tap: FakeTap | None, links: tuple[Link, ...], networks: tuple[str, ...], reason: str
) -> None:
    made = context(tap, links=links, networks=networks)
    with pytest.raises(NoData, match=reason):
        _ = [one async for one in dhcp_census.collect(made)]
