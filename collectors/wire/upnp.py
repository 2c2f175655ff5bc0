"""The description of a UPnP root device (UPnP Device Architecture 2.0 §2.3), strictly bounded.

Elements that are not listed cost nothing but their count.
"""

from typing import Final

import msgspec

from collectors.wire import guarded_xml
from collectors.wire.errors import Buffer, DecodeError

MAX_DOCUMENT_BYTES: Final = 65536


class Device(msgspec.Struct, frozen=True, gc=False):
    """The root device. The text is as hostile as its sender: it has still to pass `clean_text`."""

    device_type: str = ""
    friendly_name: str = ""
    manufacturer: str = ""
    model_name: str = ""
    model_number: str = ""
    model_description: str = ""
    serial_number: str = ""
    udn: str = ""


def parse(buf: Buffer) -> Device:
    """Parse a device description.

    Raises `bad_length` (over 64 KiB), `unsupported` (a document type or an entity, or no root
    device), `too_many` (elements, depth, text) and `bad_type` (not well-formed XML).
    """
    data = bytes(buf)
    reader = _Reader(_LIMITS)
    reader.read(data)
    if reader.device is None:
        raise DecodeError("unsupported", len(data))
    return reader.device


_FIELDS: Final = {
    "deviceType": "device_type",
    "friendlyName": "friendly_name",
    "manufacturer": "manufacturer",
    "modelName": "model_name",
    "modelNumber": "model_number",
    "modelDescription": "model_description",
    "serialNumber": "serial_number",
    "UDN": "udn",
}
_PATH: Final = ["root", "device"]
_LIMITS: Final = guarded_xml.Limits(MAX_DOCUMENT_BYTES, elements=2048, text=1024)


class _Reader(guarded_xml.Reader):
    """Collects the fields of the first `device` under `root`; embedded devices are passed over."""

    def __init__(self, limits: guarded_xml.Limits) -> None:
        super().__init__(limits)
        self.device: Device | None = None
        self._found: dict[str, str] = {}

    def ended(self, local: str, text: str) -> None:
        field = _FIELDS.get(local)
        if field is not None and self.path == _PATH:
            self._found.setdefault(field, text)
        elif local == "device" and self.path == _PATH[:1] and self.device is None:
            self.device = Device(**self._found)
