"""What two stations claim is nobody's: no check of parity judges by it."""

from typing import Any

import pytest

from checks.ipv6 import content_parity, key_parity, open_on_ipv6_only, service_parity
from checks.parity import Compared, compare
from checks.verdict import Finding
from inventory.snapshot import Device, DuplicateAddress
from inventory.traits import Page
from tests.checks import lan

FOUR, SIX, OTHER = "10.66.0.9", "2001:db8:66::9", "2001:db8:66::19"
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02")
CHECKS = (service_parity, open_on_ipv6_only, content_parity, key_parity)


def host(name: str = "d-1", *addresses: str, **fields: Any) -> Device:
    services = (
        lan.service(80, at=FOUR),
        lan.service(80, "closed", SIX, against=FOUR),
        lan.service(22, "closed", FOUR, against=SIX),
        lan.service(22, at=SIX),
    )
    pages = tuple(
        Page(at, 80, secure=False, status=200, title=at, last_seen=lan.NOW) for at in (FOUR, SIX)
    )
    return lan.device(name, *(addresses or (FOUR, SIX)), services=services, pages=pages, **fields)


def judged(check: Any, *devices: Device, duplicates: tuple[str, ...] = ()) -> dict[str, Finding]:
    doubles = tuple(DuplicateAddress(one, MACS, 0.0, 0.0) for one in duplicates)
    network = lan.network(duplicates=doubles)
    found = check.judge(lan.snapshot(*devices, networks=(network,)))
    return {one.subject.removeprefix("device:"): one for one in found}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.CHECK.name)
@pytest.mark.parametrize("address", [FOUR, SIX])
def test_a_contested_address_makes_it_unknown(check: Any, address: str) -> None:
    rival = lan.device("d-2", address, "fe80::2")
    alone = judged(check, host())["d-1"]
    assert alone.reason != "address_contested"
    for found in (judged(check, host(), duplicates=(address,)), judged(check, host(), rival)):
        assert (found["d-1"].verdict, found["d-1"].reason) == ("unknown", "address_contested")
        assert found["d-1"].evidence == {"addresses": [address]}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.CHECK.name)
def test_the_same_address_on_another_network_is_no_contest(check: Any) -> None:
    found = judged(check, host(), host("d-2", network="n-2"))
    assert {one.reason == "address_contested" for one in found.values()} == {False}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.CHECK.name)
def test_other_devices_are_judged_as_ever(check: Any) -> None:
    alone = judged(check, host())["d-1"]
    other = lan.device("d-2", OTHER, "10.66.0.19")
    assert judged(check, host(), other, duplicates=(OTHER,))["d-1"] == alone


def test_ports_by_how_they_are_over_the_other_family() -> None:
    device = lan.device(
        "d-1",
        FOUR,
        SIX,
        OTHER,
        services=(
            *(lan.service(port, at=FOUR) for port in (22, 25, 53, 80, 443, 445)),
            lan.service(22, at=SIX),
            lan.service(25, "closed", SIX, against=FOUR),
            lan.service(53, at=SIX),
            lan.service(53, "filtered", OTHER, against=FOUR),
            lan.service(80, "filtered", SIX),
            lan.service(443, at=SIX),
            lan.service(443, "closed", OTHER),
        ),
    )
    found = compare(device, lan.NOW, "ipv4", "ipv6")
    assert found == Compared(
        ports=[22, 25, 53, 80, 443, 445],
        missing=[25],
        half=[53],
        unproven=[80, 443],
        untried=[445],
    )
