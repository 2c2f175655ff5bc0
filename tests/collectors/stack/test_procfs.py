"""The kernel's files, as they are, cut short, and absent."""

import pytest

from collectors.stack import procfs

CONF = procfs.CONF


def test_settings() -> None:
    files = {
        f"{CONF}/all/disable_ipv6": "0\n", f"{CONF}/all/forwarding": "1\n",
        f"{CONF}/eth0/accept_ra": "2\n", f"{CONF}/eth0/use_tempaddr": "x" * 999,
        f"{CONF}/eth0/mtu": "",
    }  # fmt: skip
    assert procfs.settings(files.get) == {"disable_ipv6": "0", "forwarding": "1"}
    assert procfs.interface_settings("eth0", files.get) == {
        "accept_ra": "2", "use_tempaddr": "x" * 64,
    }  # fmt: skip
    assert procfs.setting("eth0", "accept_ra", files.get) == "2"
    assert procfs.interface_settings("eth1", files.get) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, {}, id="no IPv6"),
        pytest.param(
            "Ip6ReasmFails                   \t7\nIp6InReceives                   \t9\n",
            {"Ip6ReasmFails": 7},
            id="those that matter",
        ),
        pytest.param("Ip6ReasmFails\nIp6InNoRoutes\t-1\n\tx\n", {}, id="nonsense"),
    ],
)
def test_counters(text: str | None, expected: dict[str, int]) -> None:
    assert procfs.counters({f"{procfs.NET}/snmp6": text}.get) == expected


@pytest.mark.parametrize(
    ("text", "prefers"),
    [
        pytest.param(None, False, id="no file"),
        pytest.param("#precedence ::ffff:0:0/96  100\n", False, id="as it is delivered"),
        pytest.param("precedence ::ffff:0:0/96  100\n", True, id="the usual advice"),
        pytest.param("precedence ::/0 40\nprecedence ::ffff:0:0/96 10\n", False, id="as the RFC"),
        pytest.param("label ::/0 1\nprecedence x\n", False, id="nonsense"),
    ],
)
def test_gai_conf(text: str | None, prefers: bool) -> None:
    assert procfs.prefers_ipv4({procfs.GAI_CONF: text}.get) == prefers


def test_a_kernel_without_ipv6() -> None:
    assert not procfs.has_ipv6(lambda path: False)
    assert procfs.has_ipv6(lambda path: path.endswith("/if_inet6"))
