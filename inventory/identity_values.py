"""What a mark says of whom: rooted in one piece of hardware, copied with an image, or nobody's.

A value that a maker left at its default, or that a tool fills in, names nobody. One that contains
the MAC of a card is rooted in that card. The others live on a disk and go with a copy of it.
"""

import re

from inventory import identity
from inventory.traits import (
    Mark,
)

Key = tuple[str, str]  # kind and canonical value, what two records are compared by

_MIN_SERIAL = 5
_MIN_OPAQUE = 8  # octets of a client identifier that somebody else hardly chooses as well
_ETHERNET = 1  # the hardware type of a DHCP client identifier (RFC 2132 §9.14, RFC 1700)
_IAID_AND_DUID = 0xFF  # RFC 4361 §6.1

# What stands in firmware where nobody entered a serial number (DMTF SMBIOS fields of board makers),
# and what free UPnP servers are built with.
_PLACEHOLDERS = frozenset(
    {
        "tobefilledbyoem", "defaultstring", "systemserialnumber", "serialnumber", "notspecified",
        "notapplicable", "none", "null", "unknown", "invalid", "empty", "default", "test",
        "notavailable", "chassisserialnumber", "baseboardserialnumber", "oem", "asset",
        "0123456789", "123456789", "1234567890", "12345678", "1234567", "123456", "12345",
        "123456789abc", "1234567890abcdef", "0123456789abcdef", "abcdefgh", "xxxxxxxx",
    }
)  # fmt: skip
_UUID_PLACEHOLDERS = frozenset(
    {
        "03000200040005000006000700080009",  # boards with an unset SMBIOS UUID
        "fefefefefefefefefefefefefefefefe",
        "12345678123412341234123456789012",
        "12345678123412341234123456789abc",
    }
)

_GENERIC_NAMES = frozenset(
    {
        "localhost", "unknown", "none", "default", "android", "iphone", "ipad", "ipod", "macbook",
        "macbook-pro", "macbook-air", "imac", "mac", "mac-mini", "macmini", "apple-tv", "appletv",
        "homepod", "watch", "phone", "mobile", "tablet", "laptop", "desktop", "pc", "mypc", "my-pc",
        "computer", "workstation", "printer", "scanner", "camera", "ipcam", "ipcamera", "nvr",
        "dvr", "nas", "server", "host", "client", "user", "admin", "administrator", "guest", "test",
        "debian", "ubuntu", "fedora", "centos", "rocky", "almalinux", "kali", "arch", "archlinux",
        "linux", "windows", "win10", "win11", "alpine", "raspberrypi", "raspberry", "pi",
        "openwrt", "router", "switch", "gateway", "ap", "wlan", "wifi", "modem", "ont", "vm",
        "new-host", "dhcp", "dhcpcd", "espressif", "esp", "esp8266", "esp32", "wlan0", "eth0",
        "chromecast", "google-home", "smart-tv", "smarttv", "tv", "kindle", "xbox", "ps4", "ps5",
    }
)  # fmt: skip
# Telephones call themselves by their model until the owner gives them a name of his own.
_MODEL_NAME = re.compile(
    r"(?:galaxy|sm-|gt-|redmi|xiaomi|poco|mi-|oppo|cph\d|vivo|realme|rmx|huawei|honor|pixel|nokia"
    r"|moto|oneplus|tecno|infinix|android|lenovo-tb|xperia)[-_\w ]*\Z"
)
_NUMBERED = re.compile(r"[-_ ]?\(?[2-9]\)?\Z")  # what a conflict of names appends (RFC 6762 §9)


def key(mark: Mark) -> Key | None:
    """What to compare a mark by; None when the value names nobody."""
    value = mark.value.strip()
    if mark.kind == "serial":
        return _serial(value)
    if mark.kind == "uuid":
        return _uuid(value)
    if mark.kind == "engine_id":
        return _engine(value)
    if mark.kind == "duid":
        return _duid(value)
    if mark.kind == "dhcp_client_id":
        return _client(value)
    if mark.kind == "chassis":
        lower = value.lower()
        return None if identity.is_mac(lower) and identity.shared_by(lower) else ("chassis", lower)
    if mark.kind in ("ssh_key", "tls_key"):
        return (mark.kind, value) if value else None
    return None


def rooted_in(kind: str, value: str) -> str:
    """The MAC that a canonical value was made from; empty when there is none in it."""
    if kind == "chassis":
        return value if identity.is_mac(value) else ""
    if kind == "engine_id" and value[8:10] == "03":
        return _mac(value[10:22])
    if kind == "uuid":
        return _mac(value[-12:])
    if kind == "duid" and value[:8] == "00010001":  # DUID-LLT over Ethernet (RFC 8415 §11.2)
        return _mac(value[16:28])
    if kind == "duid" and value[:8] == "00030001":  # DUID-LL (RFC 8415 §11.4)
        return _mac(value[8:20])
    return ""


def folded(name: str) -> str:
    """The host part of a name, to compare by; empty for one that many devices bear."""
    label = name.strip().rstrip(".").partition(".")[0].lower()
    bare = _NUMBERED.sub("", label)
    if len(label) < 3 or not bare or bare in _GENERIC_NAMES or label in _GENERIC_NAMES:
        return ""
    return "" if _MODEL_NAME.match(label) else label


def are_near(mac: str, other: str, within: int) -> bool:
    """Whether two universal MACs are of one block of so many: cards of one box, often."""
    if identity.is_random(mac) or identity.is_random(other):
        return False
    return abs(int(mac.replace(":", ""), 16) - int(other.replace(":", ""), 16)) <= within


def _serial(value: str) -> Key | None:
    bare = re.sub(r"[^a-z0-9]", "", value.lower())
    if len(bare) < _MIN_SERIAL or len(set(bare)) < 3 or bare in _PLACEHOLDERS:
        return None
    return None if any(word in bare for word in ("tobefilled", "oem00")) else ("serial", bare)


def _uuid(value: str) -> Key | None:
    bare = value.lower().removeprefix("urn:").removeprefix("uuid:").replace("-", "").strip("{}")
    if not re.fullmatch(r"[0-9a-f]{32}", bare) or len(set(bare)) < 4 or bare in _UUID_PLACEHOLDERS:
        return None
    return ("uuid", bare)


def _engine(value: str) -> Key | None:
    """Five to 32 octets (RFC 3411 §5), with something after the format that differs by device."""
    lower = value.lower().removeprefix("0x")
    if not re.fullmatch(r"(?:[0-9a-f]{2}){5,32}", lower):
        return None
    rest = lower[10:]
    if not int(lower[0], 16) & 8:  # the old form: the maker's own twelve octets
        return ("engine_id", lower) if len(lower) == 24 and len(set(lower[8:])) > 2 else None
    form = int(lower[8:10], 16)
    if form in (1, 2, 4):  # an address or a text that an administrator or a maker wrote
        return None
    if len(rest) < 12 or len(set(rest)) < 3:
        return None
    if form == 3 and not _mac(rest[:12]):
        return None
    return ("engine_id", lower)


def _duid(value: str) -> Key | None:
    lower = value.lower().replace(":", "")
    if not re.fullmatch(r"(?:[0-9a-f]{2}){6,130}", lower) or len(set(lower[4:])) < 3:
        return None
    if lower[:8] in ("00010001", "00030001") and not rooted_in("duid", lower):
        return None
    return ("duid", lower)


def _client(value: str) -> Key | None:
    lower = value.lower()
    if not re.fullmatch(r"(?:[0-9a-f]{2})+", lower):
        return None
    form, rest = int(lower[:2], 16), lower[2:]
    if form == _ETHERNET:
        return None  # it is the MAC once more
    if form == _IAID_AND_DUID:
        return _duid(rest[8:])
    if len(rest) < 2 * _MIN_OPAQUE or len(set(rest)) < 4:
        return None
    return ("dhcp_client_id", lower)


def _mac(digits: str) -> str:
    """Twelve hexadecimal digits as a MAC, if it is one of a single card."""
    if len(digits) != 12:
        return ""
    mac = ":".join(digits[at : at + 2] for at in range(0, 12, 2))
    return "" if not identity.is_mac(mac) or identity.shared_by(mac) else mac
