"""Whom other exporters are told to probe."""

import msgspec
import pytest

from collectors.scope import Scope
from exporters.prometheus.discovery import ROLES, Role, targets
from inventory.snapshot import CommunityAnswer, Device, Service
from tests.checks import lan

SCOPE = Scope(networks=("10.66.0.0/24", "2001:db8:66::/64"), exclude=("10.66.0.200/32",))
V6 = "2001:db8:66::9"


def found(role: Role, *devices: Device, scope: Scope = SCOPE) -> list[str]:
    return [text for one in targets(lan.snapshot(*devices), role, scope) for text in one.targets]


def host(*services: Service, **fields: object) -> Device:
    return lan.device("d-1", "10.66.0.9", V6, services=services, **fields)


def test_icmp_gets_one_lasting_address_per_family() -> None:
    device = lan.device(
        "d-1",
        lan.address("2001:db8:66::aaaa", "temporary"),
        lan.address(V6, "eui-64"),
        lan.address("fe80::9", "link-local"),
        lan.address("10.66.0.9"),
    )
    assert found("icmp", device) == ["10.66.0.9", V6]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("10.66.0.9", ["10.66.0.9"], id="inside"),
        pytest.param("10.66.1.9", [], id="outside"),
        pytest.param("10.66.0.200", [], id="excluded"),
        pytest.param("fe80::9", [], id="link-local"),
        pytest.param("2001:db8:67::9", [], id="IPv6 outside"),
    ],
)
def test_nothing_outside_the_scope_is_listed(address: str, expected: list[str]) -> None:
    assert found("icmp", lan.device("d-1", address)) == expected


@pytest.mark.parametrize("role", ROLES)
def test_without_networks_every_list_is_empty(role: Role) -> None:
    device = host(
        lan.service(80),
        lan.service(443),
        lan.service(22),
        kind="server",
        communities=(CommunityAnswer("10.66.0.9", "public", True, at=lan.NOW),),
    )
    assert found(role, device) != []
    assert found(role, device, scope=Scope()) == []


def test_services_get_one_target_per_open_port_and_address() -> None:
    device = host(
        lan.service(8080),
        lan.service(80),
        lan.service(80, at=V6),
        lan.service(8000, "closed"),
        lan.service(443, "filtered"),
        lan.service(80, at="10.66.5.5"),
    )
    assert found("http", device) == [
        "http://10.66.0.9:80/",
        "http://10.66.0.9:8080/",
        f"http://[{V6}]:80/",
    ]
    assert found("tls", device) == []


def test_tls_and_ssh_targets_have_a_port_and_brackets() -> None:
    device = host(lan.service(443, at=V6), lan.service(22))
    assert found("tls", device) == [f"[{V6}]:443"]
    assert found("ssh", device) == ["10.66.0.9:22"]


def test_snmp_lists_those_that_answered() -> None:
    answered = CommunityAnswer("10.66.0.9", "public", True, at=lan.NOW)
    silent = CommunityAnswer("10.66.0.9", "public", False, at=lan.NOW)
    udp = Service(V6, "udp", 161, "open")
    assert found("snmp", host(communities=(answered,))) == ["10.66.0.9"]
    assert found("snmp", host(communities=(silent,))) == []
    assert found("snmp", host(udp)) == [V6]


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        pytest.param(host(kind="server"), ["10.66.0.9:9100"], id="server"),
        pytest.param(host(kind="server", confidence=0.5), [], id="perhaps a server"),
        pytest.param(host(kind="printer", confidence=1.0), [], id="printer"),
        pytest.param(host(kind="unknown"), [], id="unknown"),
        pytest.param(host(lan.service(515), kind="server"), [], id="print server"),
        pytest.param(host(lan.service(631), kind="server"), [], id="IPP"),
        pytest.param(
            host(lan.service(631, "closed"), kind="server"), ["10.66.0.9:9100"], id="no IPP"
        ),
        pytest.param(host(kind="other", own=True), ["10.66.0.9:9100"], id="own host"),
    ],
)
def test_node_keeps_away_from_everything_that_may_print(
    device: Device, expected: list[str]
) -> None:
    assert found("node", device) == expected


def test_labels_describe_the_device() -> None:
    (group,) = targets(lan.snapshot(host(lan.service(22))), "ssh", SCOPE)
    assert group.labels == {
        "__meta_lanwarden_device": "d-1",
        "__meta_lanwarden_name": "printer-2f",
        "__meta_lanwarden_kind": "printer",
        "__meta_lanwarden_vendor": "Brother",
        "__meta_lanwarden_mac": "00:1b:a9:00:00:09",
        "__meta_lanwarden_network": "n-1",
        "__meta_lanwarden_division": "",
        "__meta_lanwarden_state": "up",
        "__meta_lanwarden_always_on": "true",
        "__meta_lanwarden_role": "ssh",
        "__meta_lanwarden_address": "10.66.0.9",
        "__meta_lanwarden_main_address": "10.66.0.9",
        "__meta_lanwarden_family": "ipv4",
        "__meta_lanwarden_port": "22",
    }


def test_hostile_names_are_still_json() -> None:
    device = host(name='"\ud800\n<script>', macs=())
    groups = targets(lan.snapshot(device), "icmp", SCOPE)
    decoded = msgspec.json.decode(msgspec.json.encode(groups))
    assert decoded[0]["targets"] == ["10.66.0.9"]
    assert decoded[0]["labels"]["__meta_lanwarden_name"] == '"��<script>'


def test_the_page_describes_every_role_and_label() -> None:
    import re
    from pathlib import Path

    page = Path(__file__).parents[3] / "docs" / "reference" / "http_sd.md"
    rows = re.findall(r"^\| `([a-z_]+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    (group,) = targets(lan.snapshot(host(lan.service(22))), "ssh", SCOPE)
    assert rows == [*ROLES, *group.labels]
