"""The register against what was seen."""

from typing import Any

import msgspec

from inventory.register.reconcile import counts, reconcile
from inventory.snapshot import (
    Device,
    Name,
    Registered,
)
from inventory.traits import (
    Mark,
)
from tests.checks import lan

NOW = lan.NOW
A, B, C, D = (f"00:1c:73:00:00:0{n}" for n in "abcd")


def row(number: int, *macs: str, **fields: Any) -> Registered:
    return Registered(row=number, macs=macs, **fields)


def device(id_: str, mac: str, tied: Registered | None = None, **fields: Any) -> Device:
    values: dict[str, Any] = {"macs": (mac,), "registered": tied, "names": ()} | fields
    return msgspec.structs.replace(lan.device(id_), **values)


def test_who_is_missing_and_who_is_a_stranger() -> None:
    rows = [row(2, A), row(3, B), row(4, C)]
    devices = [
        device("d-1", A, rows[0], last_seen=NOW),
        device("d-2", B, rows[1], last_seen=NOW - 31 * 86400),
        device("d-3", D),
        device("d-4", "02:00:00:00:00:01", random_mac=True),
        device("d-5", "00:16:3e:00:00:02", own=True),
    ]
    found = reconcile(rows, devices, NOW)
    assert [(u.row.row, u.last_seen) for u in found.unseen] == [(3, NOW - 31 * 86400), (4, None)]
    assert [d.id for d in found.unregistered] == ["d-3"]
    assert [d.id for d in found.random] == ["d-4"]
    assert found.counts == counts(3, devices, NOW)
    assert (found.counts.matched, found.counts.unseen, found.counts.unregistered) == (1, 2, 1)


def test_fields_that_differ() -> None:
    tied = row(2, A, name="PC-01", kind="printer", serial="SN-4711")
    seen = device(
        "d-1", A, tied, guessed="switch",
        names=(Name("PC-01", "register", NOW), Name("sw-7.local", "mdns", NOW)),
        marks=(Mark("serial", "SN-0815"),),
    )  # fmt: skip
    found = reconcile([tied], [seen], NOW)
    assert [(d.field, d.registered, d.seen) for d in found.differing] == [
        ("name", "PC-01", "sw-7.local"),
        ("kind", "printer", "switch"),
        ("serial", "SN-4711", "SN-0815"),
    ]
    assert found.counts.differing == 1


def test_what_agrees_or_was_not_seen_does_not_differ() -> None:
    tied = row(2, A, name="Máy Tính 01", kind="laptop", serial="SN-4711")
    seen = device(
        "d-1", A, tied, guessed="workstation",
        names=(Name("may-tinh-01.stc.example", "rdns", NOW),), marks=(Mark("serial", "sn4711"),),
    )  # fmt: skip
    assert (
        reconcile([tied], [seen, device("d-2", B, row(3, B, name="x", kind="nas"))], NOW).differing
        == ()
    )


def test_rows_and_devices_that_do_not_pair() -> None:
    both = row(2, A, B)
    first, second = row(3, C), row(4, D)
    devices = [
        device("d-1", A, both),
        device("d-2", B, both),
        device("d-3", C, first, macs=(C, D)),
    ]
    found = reconcile([both, first, second], devices, NOW)
    assert [(one.rows, one.devices) for one in found.doubled] == [
        ((2,), ("d-1", "d-2")),
        ((3, 4), ("d-3",)),
    ]
