"""Which own links hold the scope."""

import pytest

from agent.scope import holds_one_of
from collectors.scope import Link

LINK = Link(
    interface="eth0",
    index=2,
    mac="b8:27:eb:00:00:02",
    ipv4=("10.66.7.200/24",),
    ipv6=("2001:db8:66:7::2/64", "fe80::2/64"),
)


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        pytest.param(["10.66.7.0/24"], True, id="its own subnet"),
        pytest.param(["10.66.7.0/28"], True, id="a range without the agent in it"),
        pytest.param(["10.66.0.0/16"], True, id="a wider network"),
        pytest.param(["2001:db8:66:7::/64"], True, id="its IPv6 subnet"),
        pytest.param(["10.66.8.0/24"], False, id="another subnet"),
        pytest.param(["2001:db8:66:8::/64"], False, id="another IPv6 subnet"),
        pytest.param([], False, id="none"),
    ],
)
def test_a_link_holds_what_its_subnets_overlap(networks: list[str], expected: bool) -> None:
    assert holds_one_of(LINK, networks) is expected
