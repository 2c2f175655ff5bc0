"""A first guess at what a device is, from a table of hints, with how sure it is.

Hints add up as independent evidence (1 - product of the doubts); the best kind wins when it reaches
`ENOUGH`, and otherwise the kind stays `unknown`. Vendors are matched at the start of the name, as
the registry of the IEEE spells it.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

import msgspec

from inventory.snapshot import DeviceKind

ENOUGH = 0.4
MOST = 0.95


class Hints(msgspec.Struct, frozen=True):
    """What is known of a device that tells its kind; `open_ports` are TCP."""

    vendor: str = ""
    open_ports: frozenset[int] = frozenset()
    banners: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    dhcp_vendor_class: str = ""
    descriptions: tuple[str, ...] = ()  # SNMP sysDescr
    groups: Collection[str] = ()
    advertises: bool = False  # sends router advertisements, or sets the R flag
    gateway: bool = False  # a default route or a DHCP server names it
    random_mac: bool = False


_VENDORS: tuple[tuple[str, DeviceKind, float], ...] = (
    ("brother", "printer", 0.7), ("canon inc", "printer", 0.6), ("kyocera", "printer", 0.6),
    ("ricoh", "printer", 0.7), ("seiko epson", "printer", 0.7), ("lexmark", "printer", 0.8),
    ("xerox", "printer", 0.7), ("konica minolta", "printer", 0.7), ("oki electric", "printer", 0.6),
    ("toshiba tec", "printer", 0.7), ("zebra tech", "printer", 0.6), ("pantum", "printer", 0.8),
    ("avision", "scanner", 0.6), ("sharp", "printer", 0.4), ("zhuhai pantum", "printer", 0.8),
    ("hangzhou hikvision", "camera", 0.8), ("zhejiang dahua", "camera", 0.8),
    ("axis communications", "camera", 0.8), ("vivotek", "camera", 0.8), ("hanwha", "camera", 0.7),
    ("zhejiang uniview", "camera", 0.8), ("reolink", "camera", 0.8),
    ("synology", "nas", 0.8), ("qnap", "nas", 0.8), ("buffalo", "nas", 0.5),
    ("western digital", "nas", 0.5), ("asustor", "nas", 0.8),
    ("ubiquiti", "access_point", 0.5), ("ruckus", "access_point", 0.7),
    ("cisco meraki", "access_point", 0.5), ("cambium", "access_point", 0.6),
    ("cisco systems", "switch", 0.5), ("juniper networks", "switch", 0.5),
    ("arista", "switch", 0.5), ("extreme networks", "switch", 0.6),
    ("allied telesis", "switch", 0.6), ("new h3c", "switch", 0.5), ("ruijie", "switch", 0.5),
    ("netgear", "switch", 0.4), ("d-link", "switch", 0.3), ("tp-link", "access_point", 0.3),
    ("draytek", "router", 0.7), ("routerboard", "router", 0.5), ("mikrotik", "router", 0.5),
    ("zyxel", "router", 0.4), ("peplink", "router", 0.7), ("vnpt technology", "router", 0.5),
    ("fortinet", "firewall", 0.8), ("palo alto", "firewall", 0.8), ("sophos", "firewall", 0.8),
    ("sonicwall", "firewall", 0.8), ("check point", "firewall", 0.8),
    ("watchguard tech", "firewall", 0.8),
    ("american power conversion", "ups", 0.8), ("cyberpower", "ups", 0.8),
    ("eaton", "ups", 0.5), ("riello", "ups", 0.8),
    ("yealink", "voip", 0.8), ("grandstream", "voip", 0.7), ("polycom", "voip", 0.8),
    ("fanvil", "voip", 0.8), ("avaya", "voip", 0.6), ("snom", "voip", 0.8),
    ("vmware", "virtual_machine", 0.7), ("xensource", "virtual_machine", 0.7),
    ("pcs systemtechnik", "virtual_machine", 0.6), ("parallels", "virtual_machine", 0.7),
    ("proxmox", "virtual_machine", 0.6), ("nutanix", "virtual_machine", 0.5),
    ("super micro", "server", 0.5), ("hewlett packard enterprise", "server", 0.3),
    ("espressif", "iot", 0.7), ("tuya", "iot", 0.7), ("raspberry pi", "iot", 0.4),
    ("nintendo", "other", 0.6), ("samsung electronics", "phone", 0.25),
    ("xiaomi communications", "phone", 0.4), ("guangdong oppo", "phone", 0.5),
    ("vivo mobile", "phone", 0.5), ("huawei device", "phone", 0.4),
    ("intel corp", "workstation", 0.25), ("dell inc", "workstation", 0.25),
    ("lenovo", "workstation", 0.25), ("hp inc", "workstation", 0.2),
    ("lcfc(hefei)", "laptop", 0.3), ("micro-star", "workstation", 0.3),
    ("giga-byte", "workstation", 0.35), ("asustek", "workstation", 0.25),
    ("asrock", "workstation", 0.35), ("azurewave", "laptop", 0.3),
)  # fmt: skip

_PORTS: tuple[tuple[int, DeviceKind, float], ...] = (
    (631, "printer", 0.5), (9100, "printer", 0.7), (515, "printer", 0.6),
    (554, "camera", 0.6), (8000, "camera", 0.1), (37777, "camera", 0.8),
    (5000, "nas", 0.2), (5001, "nas", 0.2), (2049, "nas", 0.3), (548, "nas", 0.4),
    (5060, "voip", 0.5), (5061, "voip", 0.4),
    (8006, "hypervisor", 0.7), (902, "hypervisor", 0.6), (623, "management_controller", 0.6),
    (88, "server", 0.5), (389, "server", 0.4), (53, "server", 0.25), (25, "server", 0.4),
    (3306, "server", 0.4), (5432, "server", 0.4), (1433, "server", 0.4),
    (445, "workstation", 0.25), (135, "workstation", 0.3), (3389, "workstation", 0.35),
    (8291, "router", 0.5), (62078, "phone", 0.8), (5555, "phone", 0.2), (8009, "tv", 0.5),
    (80, "server", 0.1), (443, "server", 0.1), (22, "server", 0.25),
)  # fmt: skip

# Where the pattern may stand: a DHCP vendor class, a banner, a name, an SNMP description.
_TEXTS: tuple[tuple[str, str, DeviceKind, float], ...] = (
    ("dhcp", r"^MSFT 5\.0", "workstation", 0.45), ("dhcp", r"^android-dhcp", "phone", 0.7),
    ("dhcp", r"^udhcp", "iot", 0.25), ("dhcp", r"^(Mfg=|Hewlett-Packard Jet)", "printer", 0.8),
    ("dhcp", r"ubnt|^ArubaAP|^Ruckus CPE|^Cisco AP", "access_point", 0.8),
    ("dhcp", r"^Cisco Systems, Inc\. IP Phone|yealink|^Polycom", "voip", 0.8),
    ("dhcp", r"^(PXEClient|iPXE)", "workstation", 0.1), ("dhcp", r"^dhcpcd", "iot", 0.1),
    ("dhcp", r"^FortiGate", "firewall", 0.8), ("dhcp", r"^HIKVISION|^dahua", "camera", 0.8),
    ("banner", r"JetDirect|LaserJet|OfficeJet|Brother|RICOH", "printer", 0.7),
    ("banner", r"RouterOS|MikroTik", "router", 0.5), ("banner", r"Hikvision|Dahua", "camera", 0.7),
    ("banner", r"Ubuntu|Debian|CentOS|Red Hat|Microsoft ESMTP|Postfix|Exim", "server", 0.4),
    ("banner", r"Cisco", "switch", 0.4), ("banner", r"OpenSSH_for_Windows", "workstation", 0.3),
    ("name", r"^(npi[0-9a-f]{6}|brn[0-9a-f]{12}|brw[0-9a-f]{12}|epson[0-9a-f]{6}|km[0-9a-f]{6})",
     "printer", 0.8),
    ("name", r"(^|[^a-z])(printer|mayin|may-in|laserjet|mfp|prn)", "printer", 0.6),
    ("name", r"(^|[^a-z])(camera|ipcam|cam)[^a-z]", "camera", 0.5),
    ("name", r"_(ipp|ipps|printer|pdl-datastream)\._tcp", "printer", 0.8),
    ("name", r"(^|[^a-z])(nas|diskstation|synology)", "nas", 0.6),
    ("name", r"^(iphone|android|galaxy|redmi|oppo|vivo)|('s|s)-(iphone|phone)", "phone", 0.7),
    ("name", r"ipad|(^|[^a-z])tablet", "tablet", 0.7),
    ("name", r"macbook|laptop|notebook|thinkpad", "laptop", 0.85),
    ("name", r"^(desktop-|pc[-0-9])|(^|[^a-z])(imac|workstation)", "workstation", 0.6),
    ("name", r"^(srv|server|dc|mail|web|db|file)[-_0-9.]|[-_](srv|server)[0-9]*(\.|$)",
     "server", 0.75),
    ("name", r"(^|[^a-z])(switch|sw)[-0-9]", "switch", 0.8),
    ("name", r"(^|[^a-z])(ap|wifi|wlan)[-0-9]", "access_point", 0.85),
    ("name", r"(^|[^a-z])(router|gateway|gw)([^a-z]|$)", "router", 0.7),
    ("name", r"(^|[^a-z])(firewall|fw|fortigate|pfsense|opnsense)([^a-z]|$)", "firewall", 0.6),
    ("name", r"(^|[^a-z])(ups|apc)[-0-9.]", "ups", 0.5),
    ("name", r"(^|[^a-z])(idrac|ilo|ipmi|bmc)", "management_controller", 0.8),
    ("name", r"(^|[^a-z])(esx|esxi|proxmox|pve|hyperv)", "hypervisor", 0.7),
    ("description", r"printer|laserjet|jetdirect|multifunction", "printer", 0.8),
    ("description", r"switch|catalyst|procurve", "switch", 0.8),
    ("description", r"routeros|router", "router", 0.7), ("description", r"\bups\b", "ups", 0.8),
    ("description", r"windows.*(server|domain controller)", "server", 0.7),
    ("description", r"linux", "server", 0.2), ("description", r"camera", "camera", 0.7),
)  # fmt: skip

_COMPILED = tuple(
    (place, re.compile(pattern, re.IGNORECASE), kind, weight)
    for place, pattern, kind, weight in _TEXTS
)
_TEXT_LIMIT = 256


def guess(hints: Hints) -> tuple[DeviceKind, float]:
    """The likeliest kind and how sure it is (0 to `MOST`); `unknown` and 0.0 below `ENOUGH`."""
    doubts: dict[DeviceKind, float] = {}
    for kind, weight in _evidence(hints):
        doubts[kind] = doubts.get(kind, 1.0) * (1.0 - weight)
    if not doubts:
        return "unknown", 0.0
    kind = min(doubts, key=lambda k: (doubts[k], k))
    sure = min(MOST, 1.0 - doubts[kind])
    return (kind, round(sure, 2)) if sure >= ENOUGH else ("unknown", 0.0)


def _evidence(hints: Hints) -> Iterator[tuple[DeviceKind, float]]:
    yield from _of_vendor(hints.vendor)
    yield from ((kind, weight) for port, kind, weight in _PORTS if port in hints.open_ports)
    for place, texts in (
        ("dhcp", (hints.dhcp_vendor_class,)),
        ("banner", hints.banners),
        ("name", hints.names),
        ("description", hints.descriptions),
    ):
        yield from _told(place, texts)
    if hints.advertises:
        yield "router", 0.6
    if hints.gateway:
        yield "router", 0.6
    if "ff02::2" in hints.groups:  # RFC 4291 §2.7.1; hosts that forward join it too
        yield "router", 0.3
    if "ff02::1:3" in hints.groups:  # LLMNR (RFC 4795): Windows
        yield "workstation", 0.3
    if hints.random_mac and not hints.open_ports:
        yield "phone", 0.2


@lru_cache(maxsize=1024)
def _of_vendor(vendor: str) -> tuple[tuple[DeviceKind, float], ...]:
    name = vendor.lower()
    return tuple((kind, weight) for start, kind, weight in _VENDORS if name.startswith(start))


def _told(place: str, texts: Iterable[str]) -> Iterator[tuple[DeviceKind, float]]:
    """Each row of the table counts once, however many texts it fits."""
    clipped = [text[:_TEXT_LIMIT] for text in texts if text]
    if not clipped:
        return
    for where, pattern, kind, weight in _COMPILED:
        if where == place and any(pattern.search(text) for text in clipped):
            yield kind, weight
