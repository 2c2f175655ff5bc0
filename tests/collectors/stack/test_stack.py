"""The own stack, put together of what was read."""

from typing import Any

import msgspec
import pytest

from collectors.netlink.kernel import Interface
from collectors.observation import InterfaceAddress
from collectors.stack import Readings, seen, tunnels, uplinks
from collectors.stack.counted import Counted


def link(name: str = "eth0", *addresses: str, **fields: Any) -> Interface:
    values: dict[str, Any] = {
        "index": 2, "mac": "02:00:00:00:00:01", "up": True, "carrier": True, "loopback": False,
        "mtu": 1500, "kind": "",
    } | fields  # fmt: skip
    own = tuple(InterfaceAddress(text, 64, "global", ("permanent",)) for text in addresses)
    return Interface(name=name, addresses=own, **values)


LO = link("lo", "::1", loopback=True, mac="")
READ = Readings(
    interfaces=(LO, link("eth0", "10.66.0.2", "2001:db8::2", "fe80::2")),
    routes=(),
    listeners=(),
    resolvers=("10.66.0.1",),
    present=True,
    settings={"disable_ipv6": "0"},
    per_interface={"eth0": {"disable_ipv6": "0"}},
    prefers_ipv4=False,
    filters={"ipv4": None, "ipv6": None},
    filtered_icmpv6=(),
    counters={"Ip6ReasmFails": 3},
)
SIT0 = {"kind": "sit", "up": False, "mac": ""}


def test_what_is_told() -> None:
    counted = Counted()
    first, second = (seen(READ, counted, 1.0) for _ in range(2))
    assert [one.address for one in first.addresses] == ["2001:db8::2", "fe80::2"]
    assert first.addresses[0].flags == ("permanent",)
    assert first.enabled
    assert (first.counters, second.counters) == (None, {"Ip6ReasmFails": 0})


@pytest.mark.parametrize(
    ("fields", "enabled"),
    [
        pytest.param({"present": False}, False, id="no IPv6 in the kernel"),
        pytest.param({"settings": {"disable_ipv6": "1"}, "per_interface": {}}, False, id="for all"),
        pytest.param({"settings": {"disable_ipv6": "1"}}, True, id="the link's own wins"),
        pytest.param({"per_interface": {"eth0": {"disable_ipv6": "1"}}}, False, id="on all links"),
        pytest.param({"settings": {}, "per_interface": {}}, True, id="nothing readable"),
    ],
)
def test_enabled(fields: dict[str, Any], enabled: bool) -> None:
    assert seen(msgspec.structs.replace(READ, **fields), Counted(), 1.0).enabled == enabled


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(link("sit0", **SIT0), (), id="of the module"),
        pytest.param(link("sit1", **{**SIT0, "up": True}), ("sit1 (sit)",), id="up"),
        pytest.param(link("sit1", "2001:db8::9", **SIT0), ("sit1 (sit)",), id="with an address"),
        pytest.param(link("tun6to4", "2002:c000:204::1", **SIT0), ("tun6to4 (6to4)",), id="6to4"),
        pytest.param(link("teredo", "2001:0:53aa::1"), ("teredo (teredo)",), id="Teredo"),
        pytest.param(link("is0", "fe80::5efe:a42:2"), ("is0 (isatap)",), id="ISATAP"),
        pytest.param(link("eth0", "2001:db8::2", "10.66.0.2"), (), id="no tunnel"),
    ],
)
def test_tunnels(one: Interface, expected: tuple[str, ...]) -> None:
    assert tunnels([one]) == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param(frozenset({"eth1"}), ("eth1",), id="in scope"),
        pytest.param(frozenset(), ("eth0",), id="no scope: what is up"),
    ],
)
def test_uplinks(scope: frozenset[str], expected: tuple[str, ...]) -> None:
    links = (LO, link("eth0", "10.66.0.2"), link("eth1"), link("docker0", carrier=False))
    assert uplinks(links, scope) == expected
