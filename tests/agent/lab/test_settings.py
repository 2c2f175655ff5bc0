"""Which kernel settings give a host its habits."""

import pytest

from agent.lab import Host, Nic, settings
from agent.lab.topology import Behaviour, Ipv6Mode


def _host(mode: Ipv6Mode = "eui64", *behaviours: Behaviour) -> Host:
    return Host(name="h", kind="other", mac="02:00:00:00:00:01", ipv6=mode, behaviours=behaviours)


def _card(host: Host) -> dict[str, str]:
    found = dict(settings.for_card(host, host.nics[0], "eth0"))
    return {path.removeprefix("net/ipv6/conf/eth0/"): value for path, value in found.items()}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("eui64", {"accept_ra": "1", "addr_gen_mode": "0", "use_tempaddr": "0"}),
        ("stable", {"accept_ra": "1", "addr_gen_mode": "2", "use_tempaddr": "0"}),
        ("temporary", {"accept_ra": "1", "addr_gen_mode": "2", "use_tempaddr": "2"}),
        ("static", {"accept_ra": "0", "autoconf": "0", "addr_gen_mode": "0"}),
        ("none", {"disable_ipv6": "1"}),
    ],
)
def test_how_addresses_come_to_be(mode: Ipv6Mode, expected: dict[str, str]) -> None:
    assert expected.items() <= _card(_host(mode)).items()


def test_a_router_ignores_routers() -> None:
    assert _card(_host("eui64", "router"))["accept_ra"] == "0"


def test_each_host_has_its_own_lasting_secret() -> None:
    one, other = _host("stable"), Host(name="i", kind="other", mac="02::1", ipv6="stable")
    assert _card(one)["stable_secret"] == _card(one)["stable_secret"]
    assert _card(one)["stable_secret"] != _card(other)["stable_secret"]


@pytest.mark.parametrize(
    ("behaviours", "path", "value"),
    [
        (("ignore_multicast_echo",), "net/ipv6/icmp/echo_ignore_multicast", "1"),
        (("ignore_echo",), "net/ipv6/icmp/echo_ignore_all", "1"),
        (("ignore_echo",), "net/ipv4/icmp_echo_ignore_all", "1"),
        (("router",), "net/ipv4/ip_forward", "1"),
        (("router",), "net/ipv6/conf/all/forwarding", "1"),
        ((), "net/ipv4/ip_forward", "0"),
        ((), "net/ipv4/icmp_echo_ignore_all", "0"),
    ],
)
def test_habits(behaviours: tuple[Behaviour, ...], path: str, value: str) -> None:
    assert dict(settings.before_links(_host("eui64", *behaviours)))[path] == value


def test_two_cards_of_one_host_keep_to_themselves() -> None:
    host = Host(
        name="h", kind="other", mac="02:00:00:00:00:01", more_nics=(Nic(mac="02:00:00:00:00:02"),)
    )
    found = dict(settings.before_links(host))
    assert found["net/ipv4/conf/all/arp_ignore"] == "1"
    assert settings.interfaces(host) == ("eth0", "eth1")


def test_haste_ends_with_the_build() -> None:
    host = _host()
    during, after = settings.for_card(host, host.nics[0], "eth0"), settings.after_settling(host)
    path = "net/ipv6/neigh/eth0/retrans_time_ms"
    assert (dict(during)[path], dict(after)[path]) == ("100", "1000")
    assert settings.after_settling(_host("none")) == []
