"""From observations to the kind, its reasons and what else follows, through the inventory."""

import time
from typing import Any

import msgspec
import pytest

from collectors.observation import (
    DescriptionSeen,
    DhcpClientSeen,
    EngineSeen,
    KeySeen,
    PageSeen,
    ServiceAdvertised,
)
from inventory.inventory import Inventory
from inventory.kinds.classify import classify
from inventory.kinds.facts import facts_of, maker
from inventory.kinds.hints import enterprise_of, pairs_of
from inventory.kinds.rules import table
from inventory.record import NameRecord, Record
from inventory.saved import Saved
from inventory.snapshot import (
    CommunityAnswer,
    DhcpClient,
    Policy,
    Registered,
)
from inventory.traits import (
    Advert,
    Announcement,
    Description,
)
from tests.inventory.builders import (
    PC,
    PRINTER,
    ROUTER,
    T,
    advertised,
    devices,
    named,
    new_inventory,
    one,
    port,
    seen,
)
from tests.inventory.kinds.recorded import recorded

ADDRESS = "10.66.7.9"


def judged(record: Record, policy: Policy | None = None, *gateways: str) -> Record:
    classify(record, set(gateways), policy or Policy())
    return record


def saved(inventory: Inventory) -> Saved:
    rows = inventory.take_changes().devices
    return Saved(devices=tuple(msgspec.json.decode(row.record, type=Record) for row in rows))


def test_every_kind_of_observation_is_evidence() -> None:
    base: dict[str, Any] = {"at": T, "source": "test", "address": ADDRESS}
    device = one(
        new_inventory(),
        [
            seen(PRINTER, ADDRESS),
            named("NPI1A2B3C", "dhcp", mac=PRINTER),
            port(ADDRESS, 631),
            KeySeen(
                **base, protocol="tls", port=443, algorithm="rsa", fingerprint="SHA256:x",
                subject="NPI1A2B3C",
            ),
            EngineSeen(**base, engine_id="8000098301001ba9000009"),
            PageSeen(**base, port=80, secure=False, status=200, title="HP LaserJet 400"),
            DescriptionSeen(
                **base, protocol="ipp", manufacturer="HP", model="LaserJet 400", serial="ABC123",
                firmware="20240101",
            ),
            ServiceAdvertised(
                **base, protocol="mdns", mac=PRINTER, kind="_ipp._tcp", name="HP LaserJet 400",
                details=("rp=ipp/print", "ty=HP LaserJet 400", "UUID=1", "adminurl=http://x/"),
            ),
        ],
    )  # fmt: skip
    assert (device.kind, device.confidence) == ("printer", 0.95)
    assert (device.model, device.serial, device.firmware) == ("LaserJet 400", "ABC123", "20240101")
    rules = {reason.rule for reason in device.kind_reasons}
    assert {"name.printer default", "tcp.631", "web.printer", "make.printer model"} <= rules
    assert "tls.printer" not in rules  # of the same origin as the title, and weaker


def test_the_register_decides_and_is_sure_even_of_a_random_mac() -> None:
    inventory = new_inventory()
    inventory.apply([seen("02:42:ac:11:00:02", ADDRESS), named("may-in", "dhcp", address=ADDRESS)])
    record = next(iter(inventory._book.records.values()))
    record.registered = Registered(row=3, kind="camera")
    inventory._book.reconsider(record)
    device = next(iter(devices(inventory).values()))
    assert (device.kind, device.confidence) == ("camera", 1.0)
    assert device.kind_reasons[0].evidence == "row 3 of the register says camera"
    record.registered = Registered(row=3)
    inventory._book.reconsider(record)
    device = next(iter(devices(inventory).values()))
    assert device.kind == "printer"
    assert device.confidence <= 0.7


def test_reasons_are_not_stored_and_come_back_after_a_start() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, ADDRESS), port(ADDRESS, 631)])
    before = devices(inventory)[PRINTER]
    row = inventory.take_changes().devices[0]
    assert b"kind_reasons" not in row.record
    assert before.kind_reasons

    again = new_inventory(Saved(devices=(msgspec.json.decode(row.record, type=Record),)))
    after = devices(again)[PRINTER]
    assert after.kind_reasons == before.kind_reasons
    assert (after.kind, after.confidence) == (before.kind, before.confidence)
    assert again.take_changes().devices == ()


def test_a_gateway_stays_a_router_after_a_start_while_no_route_is_known() -> None:
    inventory = new_inventory()
    inventory.apply([seen(ROUTER, "10.66.7.1")])
    inventory._ledger.gateway("10.66.7.1")
    assert devices(inventory)[ROUTER].kind == "router"
    again = new_inventory(saved(inventory))
    assert devices(again)[ROUTER].kind == "router"
    again._ledger.gateway("10.66.7.254")
    again._book.reconsider(again._book.by_mac[ROUTER])
    assert devices(again)[ROUTER].kind == "unknown"


@pytest.mark.parametrize(
    ("routers", "kind"),
    [
        pytest.param((), "router", id="no-list"),
        pytest.param((ROUTER,), "router", id="listed"),
        pytest.param(("fe80::1",), "router", id="listed-by-address"),
        pytest.param(("00:1c:73:00:07:99",), "unknown", id="not-listed"),
    ],
)
def test_who_may_not_advertise_is_no_router_for_doing_so(
    routers: tuple[str, ...], kind: str
) -> None:
    inventory = new_inventory(policy=Policy(routers=routers))
    inventory.apply([seen(ROUTER, "fe80::1", how="neighbour_solicitation"), advertised()])
    assert devices(inventory)[ROUTER].kind == kind


def test_a_new_list_of_routers_is_weighed_at_once() -> None:
    inventory = new_inventory()
    inventory.apply([seen(ROUTER, "fe80::1", how="neighbour_solicitation"), advertised()])
    assert devices(inventory)[ROUTER].kind == "router"
    settings = msgspec.structs.replace(
        inventory._ledger.settings, policy=Policy(routers=("00:1c:73:00:07:99",))
    )
    inventory.configure(settings)
    assert devices(inventory)[ROUTER].kind == "unknown"


def test_a_pc_that_advertises_is_not_always_on() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            seen(PC, "fe80::a", how="neighbour_solicitation"),
            advertised(mac=PC, address="fe80::a"),
            DhcpClientSeen(
                at=T, source="tap", mac=PC, message="request", vendor_class="MSFT 5.0"
            ),
        ]
    )  # fmt: skip
    device = devices(inventory)[PC]
    assert (device.kind, device.always_on, device.router) == ("workstation", False, True)
    assert device.os == "Windows"


def test_the_own_host_is_not_told_by_its_card() -> None:
    record = Record("d-own", T, T, vendor="Brother Industries, Ltd.", own=True, random_mac=True)
    record.os = "Linux 6.1"
    judged(record)
    assert (record.kind, record.kind_reasons, record.os) == ("unknown", (), "Linux 6.1")


def test_evidence_is_bounded() -> None:
    record = Record("d-big", T, T)
    for number in range(64):
        record.adverts[str(number)] = Advert(
            "mdns", f"_x{number}._tcp", "n", details=tuple(f"ty={n}" for n in range(64))
        )
    assert len(pairs_of(record, False, False, table().text_keys)) <= 512


@pytest.mark.parametrize(
    ("engine", "enterprise"),
    [
        ("8000098301001ba9000009", 2435),
        ("80001f8880e9630000d61ff449", 8072),
        ("00000009", 0),
        ("0000000902001ba90000", 0),  # the first bit is clear: no format of RFC 3411
        ("", 0),
        ("zzzzzzzzzzzz", 0),
    ],
)
def test_enterprise_of_an_engine(engine: str, enterprise: int) -> None:
    assert enterprise_of(engine) == enterprise


def test_facts_of_fields_come_before_those_of_texts() -> None:
    record = Record("d-f", T, T)
    record.dhcp = DhcpClient(vendor_class="Mfg=Xerox;Typ=MFP;Mod=VersaLink C405;Ser=ABC123456")
    facts = facts_of(record, pairs_of(record, False, False, ()), table())
    assert (facts.model, facts.serial) == ("VersaLink C405", "ABC123456")
    record.descriptions["upnp"] = Description("upnp", "Xerox", "C405DN", "", "")
    record.announcement = Announcement("lldp", model="other", serial="S2")
    facts = facts_of(record, pairs_of(record, False, False, ()), table())
    assert (facts.model, facts.serial) == ("C405DN", "S2")
    assert maker(record) == "Xerox"


def test_a_shared_queue_is_not_the_model_of_the_host() -> None:
    record = Record("d-q", T, T)
    record.adverts["a"] = Advert(
        "mdns", "_ipp._tcp", "Laser", details=("rp=printers/Laser", "ty=HP LaserJet 1020")
    )
    assert judged(record).model is None
    assert record.kind != "printer"


def test_snmp_gives_model_serial_and_firmware() -> None:
    record = Record("d-s", T, T)
    text = "APC Web/SNMP Management Card (MB:v3.6.8 AF1:v2.6.1 MN:AP9619 HR:A10 SN: ZA0624022354)"
    record.communities["c"] = CommunityAnswer(ADDRESS, "public", True, text)
    judged(record)
    assert (record.kind, record.model, record.serial, record.firmware) == (
        "ups", "AP9619", "ZA0624022354", "2.6.1",
    )  # fmt: skip


def test_a_maker_that_the_device_names_stands_in_for_that_of_its_mac() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            seen(PC, ADDRESS),
            DescriptionSeen(
                at=T, source="test", address=ADDRESS, protocol="upnp", manufacturer="Synology"
            ),
        ]
    )  # fmt: skip
    assert devices(inventory)[PC].vendor == "Synology"
    assert devices(inventory)[PC].kind == "nas"


def test_classifying_is_fast_enough() -> None:
    """Ten times the figure in the docs, as a safety net on a busy machine."""
    records: list[Record] = []
    for round_ in range(5):
        for entry in recorded():
            record = entry.record()
            record.names.append(NameRecord(f"pc-{round_}-{entry.id}.stc.example", "rdns", T, T))
            records.append(record)
    table()
    began = time.process_time()
    for record in records:
        classify(record, set(), Policy())
    assert (time.process_time() - began) / len(records) < 0.005
