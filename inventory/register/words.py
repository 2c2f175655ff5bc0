"""The words of a register, in English and Vietnamese: column titles, kinds, yes and no.

Words are compared without case, diacritics, spaces and punctuation (`fold`). The Vietnamese words
are those of the asset lists that offices keep ("Sổ tài sản"); the kinds are those of `DeviceKind`.
"""

import unicodedata
from functools import lru_cache
from typing import get_args

from inventory.register.model import Field
from inventory.snapshot import DeviceKind

_TITLES: dict[Field, tuple[str, ...]] = {
    "mac": (
        "MAC", "MACs", "MAC address", "MAC addresses", "Ethernet address", "Địa chỉ MAC",
        "Địa chỉ vật lý", "Physical address",
    ),
    "name": (
        "Name", "Device name", "Host name", "Computer name", "Tên", "Tên máy", "Tên thiết bị",
        "Tên máy tính", "Thiết bị",
    ),
    "division": (
        "Division", "Department", "Unit", "Office", "Phòng", "Đơn vị", "Phòng ban", "Bộ phận",
        "Đơn vị sử dụng", "Phòng/Đơn vị",
    ),
    "kind": ("Kind", "Type", "Device type", "Category", "Loại", "Loại thiết bị", "Loại máy"),
    "always_on": (
        "Always on", "Always_on", "24/7", "Luôn bật", "Luôn mở", "Bật liên tục", "Hoạt động 24/7",
    ),
    "classified": (
        "Classified", "Secret", "State secrets", "Mật", "Bảo mật", "Máy mật", "Bí mật nhà nước",
        "Soạn thảo mật",
    ),
    "serial": (
        "Serial", "Serial number", "Serial no", "S/N", "SN", "Số máy", "Số sê-ri", "Số seri",
        "Số serial", "Sê-ri",
    ),
    "mark": ("seen_status",),
}  # fmt: skip

# Columns that an export adds. They are written anew each time, so they are not read.
SEEN_COLUMNS = (
    "seen_status", "seen_device", "seen_name", "seen_kind", "seen_vendor", "seen_macs",
    "seen_addresses", "seen_network", "seen_first", "seen_last",
)  # fmt: skip
NEW = "new"

_KINDS: dict[DeviceKind, tuple[str, ...]] = {
    "router": ("bộ định tuyến", "thiết bị định tuyến", "router wifi", "gateway", "modem"),
    "switch": ("bộ chuyển mạch", "thiết bị chuyển mạch", "chuyển mạch", "sw", "hub"),
    "access_point": (
        "ap",
        "wifi",
        "wi-fi",
        "wireless",
        "điểm truy cập",
        "bộ phát wifi",
        "thiết bị wifi",
        "phát wifi",
        "bộ phát sóng wifi",
    ),
    "firewall": ("tường lửa", "thiết bị tường lửa", "utm", "fw"),
    "server": ("máy chủ", "srv"),
    "workstation": (
        "pc",
        "desktop",
        "computer",
        "máy tính",
        "máy tính để bàn",
        "máy vi tính",
        "máy trạm",
        "máy bàn",
        "máy tính bàn",
        "bộ máy tính",
        "all in one",
        "aio",
    ),
    "laptop": ("notebook", "máy tính xách tay", "xách tay", "máy xách tay"),
    "phone": ("điện thoại", "điện thoại di động", "smartphone", "mobile", "di động"),
    "tablet": ("máy tính bảng", "ipad"),
    "printer": ("máy in", "mfp", "máy in đa năng", "máy photocopy", "photocopy", "máy in laser"),
    "scanner": ("máy quét", "máy scan", "scan"),
    "camera": (
        "camera ip",
        "ip camera",
        "cctv",
        "máy quay",
        "camera an ninh",
        "camera giám sát",
        "nvr",
        "đầu ghi",
        "đầu ghi hình",
        "dvr",
    ),
    "nas": ("lưu trữ", "thiết bị lưu trữ", "thiết bị lưu trữ mạng", "storage"),
    "ups": ("bộ lưu điện", "lưu điện"),
    "voip": ("ip phone", "voip phone", "điện thoại ip", "điện thoại bàn", "điện thoại voip"),
    "tv": ("tivi", "ti vi", "television", "smart tv", "màn hình"),
    "iot": ("máy chấm công", "chấm công", "sensor", "cảm biến"),
    "virtual_machine": ("vm", "máy ảo", "máy chủ ảo"),
    "hypervisor": ("máy chủ ảo hóa", "ảo hóa", "esxi", "vmware host", "host ảo hóa"),
    "management_controller": ("bmc", "ilo", "idrac", "ipmi", "quản trị máy chủ"),
    "other": ("khác", "thiết bị khác"),
    "unknown": (),
}

_YES = ("1", "yes", "y", "true", "t", "x", "có", "co", "đúng", "on", "✓", "✔")
_NO = ("0", "no", "n", "false", "f", "không", "khong", "sai", "off", "-", "ko")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """A word as it is compared: no case, no diacritics, letters and digits only."""
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in plain.casefold() if c.isalnum() and not unicodedata.combining(c))


def field_of(title: str) -> Field | None:
    """What a column holds, by its title; None: something of the office's own."""
    return _BY_TITLE.get(fold(title))


def is_ours(title: str) -> bool:
    """Whether an export wrote the column."""
    return title.strip().casefold() in SEEN_COLUMNS


def kind_of(text: str) -> DeviceKind | None:
    """The kind that a word names; None when it names none."""
    return _BY_KIND.get(fold(text))


def truth_of(text: str) -> bool | None:
    """What a yes or no says; None when it says neither."""
    stripped = text.strip()
    if stripped in ("✓", "✔"):
        return True
    if stripped == "-":
        return False
    return _TRUTHS.get(fold(stripped))


_BY_TITLE: dict[str, Field] = {
    fold(title): field for field, titles in _TITLES.items() for title in titles
}
_BY_KIND: dict[str, DeviceKind] = {
    fold(word): kind for kind, words in _KINDS.items() for word in (kind, *words)
}
_TRUTHS = {fold(w): True for w in _YES if fold(w)} | {fold(w): False for w in _NO if fold(w)}
KINDS_ALLOWED = ", ".join(kind for kind in get_args(DeviceKind) if kind != "unknown")
