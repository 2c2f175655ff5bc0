"""The description of a UPnP root device (UPnP Device Architecture 2.0 §2.3), strictly bounded.

Document types and entities are refused in whatever encoding, as are depth, length and number
beyond the limits below; elements that are not listed cost nothing but their count.
"""

from typing import Final
from xml.parsers import expat

import msgspec

from collectors.wire.errors import Buffer, DecodeError

MAX_DOCUMENT_BYTES: Final = 65536
MAX_DEPTH: Final = 16
MAX_ELEMENTS: Final = 2048
MAX_TEXT: Final = 1024  # characters of one element


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
    if len(data) > MAX_DOCUMENT_BYTES:
        raise DecodeError("bad_length", MAX_DOCUMENT_BYTES)
    for forbidden in (b"<!DOCTYPE", b"<!ENTITY"):
        if (at := data.upper().find(forbidden)) >= 0:
            raise DecodeError("unsupported", at)
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        at = min(max(reader.parser.ErrorByteIndex, 0), len(data))
        raise DecodeError("bad_type", at) from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows, or that is broken
        raise DecodeError("bad_type", 0) from error
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
_SEPARATOR: Final = " "


class _Reader:
    """Collects the fields of the first `device` under `root`; embedded devices are passed over."""

    def __init__(self) -> None:
        self.device: Device | None = None
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.UnparsedEntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.buffer_text = True
        self._path: list[str] = []
        self._count = 0
        self._size = 0
        self._texts: list[str] = []
        self._found: dict[str, str] = {}

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._path) == MAX_DEPTH:
            raise DecodeError("too_many", self._offset())
        self._path.append(name.rpartition(_SEPARATOR)[2])
        self._texts = []
        self._size = 0

    def _text(self, text: str) -> None:
        self._size += len(text)
        if self._size > MAX_TEXT:
            raise DecodeError("too_many", self._offset())
        self._texts.append(text)

    def _end(self, _: str) -> None:
        local = self._path.pop()
        field = _FIELDS.get(local)
        if field is not None and self._path == _PATH:
            self._found.setdefault(field, "".join(self._texts).strip())
        elif local == "device" and self._path == _PATH[:1] and self.device is None:
            self.device = Device(**self._found)
        self._texts = []
        self._size = 0

    def _refuse(self, *_: object) -> int:
        raise DecodeError("unsupported", self._offset())

    def _offset(self) -> int:
        return max(self.parser.CurrentByteIndex, 0)
