"""The whole way: observations, the real inventory, the checks, every surface."""

import json

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from checks import registry
from checks.verdict import Finding
from collectors.observation import AddressSeen, AnyObservation, How, ServiceSeen, Solicited
from collectors.scope import Link, Scope
from exporters import document as documents
from exporters.prometheus.discovery import targets
from exporters.prometheus.exposition import Exposition
from inventory.inventory import Inventory
from inventory.settings import Settings
from inventory.snapshot import CollectorRun, Policy, Snapshot
from tests.checks import lan

SCOPE = Scope(
    networks=("10.66.0.0/24",),
    links=(
        Link(
            "eth0", 2, "02:00:00:00:00:02", ("10.66.0.2/24",), ("2001:db8:66::2/64", "fe80::2/64")
        ),
    ),
)
PRINTER = "00:1b:a9:00:00:09"
PC = "00:1e:67:00:00:10"


def seen(mac: str, address: str, how: How) -> AddressSeen:
    return AddressSeen(
        at=lan.NOW, source="watch", interface="eth0", mac=mac, address=address, how=how
    )


OBSERVED: list[AnyObservation] = [
    seen(lan.ROUTER_MAC, "10.66.0.1", "arp_reply"),
    seen(lan.ROUTER_MAC, "fe80::1", "router_advertisement"),
    lan.router(last_seen=lan.NOW).advertisement,
    seen(lan.ROGUE_MAC, "fe80::66", "router_advertisement"),
    lan.router(
        lan.ROGUE_MAC, "fe80::66", prefixes=("2001:db8:bad::/64",), last_seen=lan.NOW
    ).advertisement,
    seen(PRINTER, "10.66.0.9", "arp_reply"),
    seen(PRINTER, "fe80::21b:a9ff:fe00:9", "echo_reply"),
    seen(PC, "10.66.0.10", "arp_reply"),
    seen(PC, "2001:db8:66::10", "neighbour_advertisement"),
    ServiceSeen(
        at=lan.NOW, source="tcp", address="10.66.0.9", transport="tcp", port=23, state="open",
        evidence="iac",
    ),
    ServiceSeen(
        at=lan.NOW, source="tcp", address="10.66.0.10", transport="tcp", port=23, state="closed"
    ),
    ServiceSeen(
        at=lan.NOW, source="tcp", address="10.66.0.10", transport="tcp", port=22, state="open"
    ),
    Solicited(at=lan.NOW, source="link_query", interface="eth0", count=2, waited_s=4.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    settings = Settings(site="stc", policy=Policy(routers=(lan.ROUTER_MAC,)))
    inventory = Inventory(settings, lambda _: "Brother")
    inventory.set_scope(SCOPE)
    inventory.set_tap(lan.UP, lan.NOW - 60)
    inventory.apply(OBSERVED)
    for number in range(4):
        inventory.record_run(
            CollectorRun("link_query", "ok", None, 9, 9, 1.5, lan.NOW + 2 + number)
        )
    return inventory.snapshot(lan.NOW + 10)


@pytest.fixture(scope="module")
def findings(snapshot: Snapshot) -> tuple[Finding, ...]:
    return registry.judge(snapshot)


def device_at(snapshot: Snapshot, address: str) -> str:
    return next(
        device.id
        for device in snapshot.devices
        if address in {one.address for one in device.addresses}
    )


def test_the_checks_judge_what_the_inventory_made(
    snapshot: Snapshot, findings: tuple[Finding, ...]
) -> None:
    printer, pc = device_at(snapshot, "10.66.0.9"), device_at(snapshot, "10.66.0.10")
    verdicts = {(one.check, one.subject): one.verdict for one in findings}
    (network,) = (f"network:{one.id}" for one in snapshot.networks if one.interface == "eth0")
    assert verdicts["ipv6.ra_present", network] == "pass"
    assert verdicts["ipv6.rogue_ra", network] == "fail"
    assert verdicts["posture.telnet_open", f"device:{printer}"] == "fail"
    assert verdicts["posture.telnet_open", f"device:{pc}"] == "pass"
    assert verdicts["ipv6.device_has_global_address", f"device:{pc}"] == "pass"
    assert verdicts["ipv6.device_has_global_address", f"device:{printer}"] == "fail"
    assert verdicts["posture.snmp_default_community", "organisation"] == "unknown"


def test_the_metrics_show_the_same(snapshot: Snapshot, findings: tuple[Finding, ...]) -> None:
    exposition = Exposition()
    exposition.update(snapshot, findings)
    samples = [
        sample
        for family in text_string_to_metric_families(exposition.body().decode())
        for sample in family.samples
    ]
    infos = [one for one in samples if one.name == "lanwarden_device_info"]
    assert {one.labels["device"] for one in infos} == {one.id for one in snapshot.devices}
    rogues = [one.value for one in samples if one.name == "lanwarden_network_rogue_routers"]
    assert rogues == [1]


def test_the_document_shows_the_same(snapshot: Snapshot, findings: tuple[Finding, ...]) -> None:
    made = documents.document(snapshot, findings, lan.NOW - 8, lan.NOW)
    document = json.loads(documents.encode(made))
    jsonschema.validate(document, documents.schema())
    assert [one["id"] for one in document["devices"]] == [one.id for one in snapshot.devices]
    assert len(document["findings"]) == len(findings)


def test_discovery_lists_what_is_in_scope(snapshot: Snapshot) -> None:
    listed = [one.targets[0] for one in targets(snapshot, "icmp", SCOPE)]
    assert {"10.66.0.1", "10.66.0.9", "10.66.0.10"} <= set(listed)
    assert not any(":" in target for target in listed)
    assert [one.targets[0] for one in targets(snapshot, "ssh", SCOPE)] == ["10.66.0.10:22"]
