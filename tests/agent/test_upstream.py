"""What the collectors of the way out are told."""

from typing import Any

import pytest

from agent.config.load import parse
from agent.config.sections import Config
from agent.plan import inventory_settings
from agent.upstream import upstream_options
from collectors.observation import AdvertisedPref64, AdvertisedResolvers
from inventory.readiness import Facts
from inventory.snapshot import Device, MustWork, Name, Policy, Snapshot
from tests.checks import facts, lan

CONFIG = """\
[ipv6]
resolvers = ["10.66.0.53"]
allocations = ["2001:db8::/32"]
anchors = ["www.example.vn:443", "[2001:DB8:ff::1]:53"]
must_work = ["e-office = EOffice.example:443", "time=10.66.0.1:123/udp"]
critical = ["srv-1"]
ipv6_only = true
[domains]
names = ["stc.example"]
"""


def config(more: str = "") -> Config:
    return parse(CONFIG.replace("ipv6_only = true", f"ipv6_only = true\n{more}"), "c.toml")


def snapshot(*devices: Device, **fields: Any) -> Snapshot:
    policy = inventory_settings(config()).policy
    return lan.snapshot(*devices, policy=policy, **fields)


def test_the_policy_is_that_of_the_config() -> None:
    policy = inventory_settings(config("internet = false")).policy
    assert policy == Policy(
        allocations=("2001:db8::/32",),
        resolvers=("10.66.0.53",),
        anchors=("www.example.vn:443", "[2001:db8:ff::1]:53"),
        domains=("stc.example",),
        must_work=(
            MustWork("e-office", "eoffice.example", 443),
            MustWork("time", "10.66.0.1", 123, "udp"),
        ),
        critical=("srv-1",),
        ipv6_only=True,
        internet=False,
    )


@pytest.mark.parametrize(
    ("more", "anchors"),
    [
        pytest.param("", ("www.example.vn:443", "[2001:db8:ff::1]:53"), id="as configured"),
        pytest.param("internet = false", (), id="none where there is no Internet"),
    ],
)
def test_anchors_and_domains(more: str, anchors: tuple[str, ...]) -> None:
    told = upstream_options(config(more), snapshot())
    assert told["anchors"] == anchors
    assert told["domains"] == ("stc.example",)


def test_names_are_those_that_must_work_and_those_of_the_domains() -> None:
    told = upstream_options(config(), snapshot())
    assert told["resolver_names"] == ("eoffice.example", "stc.example", "www.stc.example")


def test_resolvers_of_all_origins() -> None:
    heard = Facts(
        dhcp=(facts.offer(resolvers=("10.66.0.1",)), facts.offer(message="nak", resolvers=("x",))),
        dhcpv6=(facts.server6(resolvers=("fe80::53", "2001:db8::53")),),
    )
    router = lan.router(
        resolvers=(
            AdvertisedResolvers(("2001:db8::1", "fe80::1"), 1800),
            AdvertisedResolvers(("2001:db8::dead",), 0),
        ),
        pref64=(AdvertisedPref64("64:ff9b::/96", 1800),),
    )
    made = snapshot(facts=heard, networks=(lan.network(routers=(router,)),))
    told = upstream_options(config(), made)
    assert told["resolvers"] == (
        ("10.66.0.53", "config"), ("2001:db8::1", "ra"), ("fe80::1%eth0", "ra"),
        ("10.66.0.1", "dhcpv4"), ("fe80::53%eth0", "dhcpv6"), ("2001:db8::53", "dhcpv6"),
    )  # fmt: skip
    assert told["nat64_prefixes"] == ("64:ff9b::/96",)


def test_names_of_devices_with_those_first_that_are_always_on() -> None:
    def named(id_: str, name: str, source: str, always_on: bool) -> Device:
        names = (Name(name, source, lan.NOW),)
        return lan.device(id_, names=names, always_on=always_on)

    told = upstream_options(
        config(),
        snapshot(
            named("d-1", "pc.example", "rdns", False),
            named("d-2", "Srv.example.", "rdns", True),
            named("d-3", "tv.local", "mdns", True),
        ),
    )
    assert told["device_names"] == ("srv.example", "pc.example")


def test_resolvers_that_answered_in_this_pass() -> None:
    heard = Facts(
        resolvers=(
            facts.tried(resolver="10.66.0.1"),
            facts.tried(resolver="10.66.0.2", outcome="timeout"),
            facts.tried(resolver="fe80::53", interface="eth0"),
            facts.tried(resolver="10.66.0.4", at=lan.NOW - 7200),
        )
    )
    told = upstream_options(config(), snapshot(facts=heard))
    assert told["answering_resolvers"] == ("10.66.0.1", "fe80::53%eth0")
