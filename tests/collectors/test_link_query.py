"""Which links the link query asks."""

import pytest

from collectors import link_query
from collectors.contract import NoData
from collectors.scope import Link
from collectors.tap.messages import LinkQuery
from tests.collectors.test_solicit import LINK, OWN, FakeTap, context

IPV4_ONLY = Link("eth1", 3, OWN, ("10.88.0.2/24",))
NO_MAC = Link("tun0", 4, "", ("10.89.0.2/24",), ("fe80::3/64",))


async def test_every_link_with_ipv6_is_asked() -> None:
    tap = FakeTap()
    made = context(tap, links=(LINK, IPV4_ONLY, NO_MAC))
    assert [one async for one in link_query.collect(made)] == []
    assert [type(one) for one in tap.commands] == [LinkQuery]
    assert tap.commands[0].sender.interface == "eth0"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("tap", "links", "networks", "reason"),
    [
        pytest.param(None, (LINK,), ("10.66.7.0/24",), "no right", id="no tap"),
        pytest.param(FakeTap(), (LINK,), (), "no network is in scope", id="listening only"),
        pytest.param(FakeTap(), (), ("10.66.7.0/24",), "no link in scope", id="no link"),
        pytest.param(FakeTap(), (IPV4_ONLY, NO_MAC), ("10.66.7.0/24",), "link-local", id="no IPv6"),
    ],
)
async def test_nobody_to_ask(
    tap: FakeTap | None, links: tuple[Link, ...], networks: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(NoData, match=reason):
        _ = [one async for one in link_query.collect(context(tap, links=links, networks=networks))]
