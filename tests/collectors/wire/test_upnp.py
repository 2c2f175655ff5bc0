"""UPnP descriptions: the root device alone, and nothing that makes XML dangerous."""

import pytest

from collectors.wire import upnp
from collectors.wire.errors import DecodeError

DESCRIPTION = b"""<?xml version="1.0" encoding="utf-8"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
 <specVersion><major>1</major><minor>0</minor></specVersion>
 <device>
  <deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType>
  <friendlyName>TL-WR840N</friendlyName>
  <manufacturer>TP-Link</manufacturer>
  <modelName>TL-WR840N</modelName><modelNumber>6.0</modelNumber>
  <serialNumber>21A4B7C9</serialNumber>
  <UDN>uuid:9F0865B3-F5DA-4AD5-85B7-7404637FDF37</UDN>
  <deviceList><device>
   <deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType>
   <serialNumber>other</serialNumber>
  </device></deviceList>
 </device>
</root>"""


def test_description() -> None:
    assert upnp.parse(DESCRIPTION) == upnp.Device(
        device_type="urn:schemas-upnp-org:device:InternetGatewayDevice:1",
        friendly_name="TL-WR840N",
        manufacturer="TP-Link",
        model_name="TL-WR840N",
        model_number="6.0",
        serial_number="21A4B7C9",
        udn="uuid:9F0865B3-F5DA-4AD5-85B7-7404637FDF37",
    )


ENTITY = b'<!DOCTYPE r [<!ENTITY a "aaaa">]>' + DESCRIPTION
REFUSED = {
    "empty": (b"", "bad_type"),
    "html": (b"<html><body>404</body></html>", "unsupported"),
    "an entity": (ENTITY, "unsupported"),
    "an entity in UTF-16": (
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>'.encode(
            "utf-16"
        ),
        "unsupported",
    ),
    "an external entity": (
        b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>', "unsupported",
    ),
    "too deep": (b"<a>" * 17, "too_many"),
    "too many": (b"<root>" + b"<a/>" * 3000 + b"</root>", "too_many"),
    "too much text": (b"<root>" + b"a" * 2000 + b"</root>", "too_many"),
    "too long": (b"<root>" + b" " * 65536 + b"</root>", "bad_length"),
    "not closed": (b"<root><device>", "bad_type"),
    "an encoding that nobody knows": (b'<?xml version="1.0" encoding="x-no"?><root/>', "bad_type"),
    "no device": (b"<root/>", "unsupported"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, reason = REFUSED[case]
    with pytest.raises(DecodeError) as error:
        upnp.parse(wire)
    assert error.value.reason == reason
