"""What devices said over SNMP, to judge."""

from typing import Any

from collectors.observation import SnmpAddress, SnmpListener, SnmpSeen
from inventory.readiness import Facts
from inventory.snapshot import Device, Policy
from tests.checks import lan

POLICY = Policy(snmp=("10.66.0.0/24",))
FOUR, SIX, LOCAL = "10.66.0.9", "2001:db8:66::9", "fe80::9"
MAC = "00:1b:a9:00:00:09"


def device(**fields: Any) -> Device:
    six = lan.address(SIX, answers=fields.pop("answers", True))
    return lan.device("d-1", FOUR, six, lan.address(LOCAL, "link-local"), **fields)


def seen(**fields: Any) -> SnmpSeen:
    values: dict[str, Any] = {
        "at": lan.NOW - 60, "source": "snmp_ipv6", "interface": "eth0", "address": FOUR, "mac": MAC,
        "outcome": "answered", "credential": "switches", "version": "v3",
    } | fields  # fmt: skip
    return SnmpSeen(**values)


def address(text: str = SIX, status: Any = "preferred") -> SnmpAddress:
    return SnmpAddress(text, 2, "linklayer", status)


def listener(port: int, families: str, transport: Any = "tcp") -> SnmpListener:
    return SnmpListener(transport, port, "4" in families, "6" in families)


def fields(*told: SnmpSeen, **more: Any) -> dict[str, Any]:
    """The fields of a snapshot in which devices said this."""
    return {"facts": Facts(snmp=told), "policy": POLICY} | more


NOBODY_SAID: list[tuple[dict[str, Any], str | None, str]] = [
    (fields(), "not_probed", "not asked"),
    (fields(seen(outcome="silent")), "device_unreachable", "silent"),
    (fields(seen(outcome="refused", detail="WrongDigest")), "no_rights", "refused"),
    (fields(seen(outcome="error", detail="TooBig")), "not_told", "unusable"),
    (fields(seen(at=lan.NOW - 9 * 86400)), "not_probed", "long ago"),
]
