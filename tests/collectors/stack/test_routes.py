"""Default routes out of netlink's messages."""

from typing import Any

import pytest

from collectors.observation import StackRoute
from collectors.stack.routes import default_routes

NAMES = {2: "eth0", 3: "eth1"}
AF_INET, AF_INET6 = 2, 10


def message(family: int = AF_INET6, **fields: Any) -> dict[str, Any]:
    return {
        "family": family, "dst_len": 0, "type": 1, "flags": 0, "table": 254, "oif": 2,
        "gateway": "fe80::1",
    } | fields  # fmt: skip


def neighbour(state: int, dst: str = "fe80::1", ifindex: int = 2, flags: int = 0) -> dict[str, Any]:
    return {"ifindex": ifindex, "dst": dst, "state": state, "flags": flags}


BASE = StackRoute("ipv6", "fe80::1", "eth0")
CASES: list[Any] = [
    pytest.param([message()], [], (BASE,), id="static"),
    pytest.param(
        [message(cacheinfo={"rta_expires": 179_950}, pref=1)],
        [neighbour(0x02)],
        (StackRoute("ipv6", "fe80::1", "eth0", 1799, "high", "REACHABLE"),),
        id="advertised",
    ),
    pytest.param(
        [message()], [neighbour(0x20, ifindex=3), neighbour(0x04)],
        (StackRoute("ipv6", "fe80::1", "eth0", gateway_state="STALE"),), id="of its own link",
    ),
    pytest.param([message()], [neighbour(0x02, flags=8)], (BASE,), id="a proxy entry"),
    pytest.param(
        [message(AF_INET, gateway="10.66.0.1")], [neighbour(0x20, "10.66.0.1")],
        (StackRoute("ipv4", "10.66.0.1", "eth0", gateway_state="FAILED"),), id="IPv4",
    ),
    pytest.param(
        [message(AF_INET, gateway=None, via={"addr": "fe80::1"})], [],
        (StackRoute("ipv4", "fe80::1", "eth0"),), id="IPv4 through IPv6",
    ),
    pytest.param([message(gateway=None)], [], (StackRoute("ipv6", "", "eth0"),), id="on link"),
    pytest.param(
        [message(multipath=[{"oif": 2, "gateway": "fe80::1"}, {"oif": 3, "gateway": "fe80::2"}])],
        [], (BASE, StackRoute("ipv6", "fe80::2", "eth1")), id="two at once",
    ),
    pytest.param([message(type=7)], [], (), id="the kernel's own refusal"),
    pytest.param([message(dst_len=64)], [], (), id="not a default"),
    pytest.param([message(table=100)], [], (), id="of another table"),
    pytest.param([message(oif=9)], [], (), id="of a link that has gone"),
    pytest.param([message(cacheinfo={"rta_expires": -500})], [],
                 (StackRoute("ipv6", "fe80::1", "eth0", 0),), id="just over"),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "neighbours", "expected"), CASES)
def test_default_routes(messages: Any, neighbours: Any, expected: tuple[StackRoute, ...]) -> None:
    assert default_routes(messages, neighbours, NAMES) == expected
