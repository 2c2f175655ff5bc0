"""Metric families of the officer's register, and of how it agrees with what was seen."""

from exporters.prometheus.family import Family, Picture, Rows, SelfFacts
from inventory.register.reconcile import counts


def _devices(picture: Picture) -> Rows:
    snapshot = picture.snapshot
    if snapshot.register is None:
        return []
    found = counts(snapshot.register.rows, snapshot.devices, snapshot.taken_at)
    return [
        (("matched",), found.matched),
        (("unseen",), found.unseen),
        (("unregistered",), found.unregistered),
        (("differing",), found.differing),
    ]


def _rows(facts: SelfFacts) -> int | None:
    return None if facts.register is None else facts.register.rows


def _problems(facts: SelfFacts) -> int | None:
    return None if facts.register is None else facts.register.problems


def _read_successful(facts: SelfFacts) -> int | None:
    return None if facts.register is None else int(facts.register.read_ok)


def _success_time(facts: SelfFacts) -> float | None:
    return None if facts.register is None else facts.register.success_at


FAMILIES: tuple[Family, ...] = (
    Family(
        "lanwarden_register_devices",
        "gauge",
        "The register against what was seen: rows that are seen (matched), rows not seen for 30 "
        "days or ever (unseen), devices in no row without those of a random MAC (unregistered), "
        "rows in which a name, kind or serial number differs (differing).",
        ("state",),
        "agent",
        _devices,
    ),
    Family(
        "lanwarden_register_rows",
        "gauge",
        "Rows of the register that are in force.",
        (),
        "process",
        _rows,
    ),
    Family(
        "lanwarden_register_problems",
        "gauge",
        "Problems in the rows of the register when it was read last.",
        (),
        "process",
        _problems,
    ),
    Family(
        "lanwarden_register_last_read_successful",
        "gauge",
        "1 when the register file could be read as it is now, else 0: the one before is in force.",
        (),
        "process",
        _read_successful,
    ),
    Family(
        "lanwarden_register_last_success_timestamp_seconds",
        "gauge",
        "When the register was last read.",
        (),
        "process",
        _success_time,
    ),
)
