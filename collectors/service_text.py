"""What services say of the device behind them, in DNS-SD TXT records (RFC 6763 §6) and elsewhere.

Keys are those of Bonjour Printing 1.2 (`ty`, `product`, `usb_MFG`, `note`, …), AirPlay (`am`,
`model`), Google Cast (`md`, `fn`), HomeKit (`md`) and what makers of storage and telephones add.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from collectors.wire import dns
from collectors.wire.text import clean_text

MAX_DETAILS: Final = 24
MAX_DETAIL_CHARACTERS: Final = 160  # of key, equals sign and value together
LEAST_IDENTIFIER: Final = 4

KEPT: Final = frozenset(
    {
        b"am", b"device", b"deviceid", b"firmware", b"fn", b"fv", b"hw", b"integrator",
        b"mac", b"manufacturer", b"md", b"mfg", b"model", b"note", b"os", b"osxvers", b"pdl",
        b"product", b"rp", b"serial", b"serialnumber", b"sn", b"ty", b"type", b"usb_cmd",
        b"usb_mdl", b"usb_mfg", b"uuid", b"vendor", b"version",
    }
)  # fmt: skip

# Most telling first; keys as in the details, in lower case.
MANUFACTURER: Final = ("usb_mfg", "mfg", "manufacturer", "vendor", "integrator")
MODEL: Final = ("ty", "usb_mdl", "md", "model", "am", "product")
SERIAL: Final = ("serialnumber", "serial", "sn")
FIRMWARE: Final = ("fv", "firmware")


class Make(msgspec.Struct, frozen=True):
    """What a device's services name of it; "" for what none of them does."""

    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    uuid: str = ""
    name: str = ""
    firmware: str = ""


def details_of(text: dns.Text) -> tuple[str, ...]:
    """`key=value` for the keys that tell something of the device, clean, keys in lower case."""
    found: list[str] = []
    for key, value in text.pairs:
        if key in KEPT and value and len(found) < MAX_DETAILS:
            found.append(clean_text(key + b"=" + value, MAX_DETAIL_CHARACTERS))
    return tuple(found)


def make_of(details: Iterable[str]) -> Make:
    """The make that details of one device's services state; the first value of a key counts."""
    pairs: dict[str, str] = {}
    for detail in details:
        key, _, value = detail.partition("=")
        if value:
            pairs.setdefault(key, value)

    def first(keys: tuple[str, ...]) -> str:
        return next((pairs[key] for key in keys if key in pairs), "")

    model = first(MODEL)
    if model.startswith("(") and model.endswith(")"):
        model = model[1:-1]  # `product` has parentheses of its own
    return Make(
        manufacturer=first(MANUFACTURER),
        model=model,
        serial=identifier(first(SERIAL)),
        uuid=identifier(pairs.get("uuid", "").lower().removeprefix("urn:uuid:")),
        name=pairs.get("fn", ""),
        firmware=first(FIRMWARE),
    )


def identifier(text: str) -> str:
    """A serial number or UUID, "" for one that a maker left empty: too short, or one character."""
    text = text.strip()
    telling = {character for character in text.lower() if character.isalnum()}
    if len(text) < LEAST_IDENTIFIER or len(telling) < 2 or text.lower() in _PLACEHOLDERS:
        return ""
    return text


_PLACEHOLDERS: Final = frozenset(
    {
        "123456789", "1234567890", "0123456789", "12345678", "default", "default string", "none",
        "not specified", "null", "serial", "serialnumber", "system serial number",
        "to be filled by o.e.m.", "unknown", "undefined", "00000000-0000-0000-0000-000000000001",
    }
)  # fmt: skip
