"""What TXT records say of a device: which pairs are kept, and the make that they state."""

import pytest

from collectors.service_text import Make, details_of, identifier, make_of
from collectors.wire import dns

MAKES = {
    # Bonjour Printing
    "a printer": (
        ("rp=ipp/print", "ty=Brother HL-L5100DN series", "product=(Brother HL-L5100DN series)",
         "usb_mfg=Brother", "usb_mdl=HL-L5100DN series", "note=Tang 2",
         "uuid=E3248000-80CE-11DB-8000-3C2AF4000007"),
        Make("Brother", "Brother HL-L5100DN series", uuid="e3248000-80ce-11db-8000-3c2af4000007"),
    ),
    "only a product": (("product=(HP LaserJet 400)",), Make(model="HP LaserJet 400")),
    "a cast device": (
        ("fn=Phong hop", "md=Chromecast"), Make(model="Chromecast", name="Phong hop"),
    ),
    "an AirPlay device": (
        ("model=AppleTV6,2", "fv=p20.1"), Make(model="AppleTV6,2", firmware="p20.1"),
    ),
    "a NAS": (
        ("vendor=Synology", "model=DS920+", "serial=2060QAR812345"),
        Make("Synology", "DS920+", "2060QAR812345"),
    ),
    "nothing": ((), Make()),
    "no pairs": (("ty", "=x", "ty="), Make()),
    "the first counts": (("md=a", "md=b"), Make(model="a")),
    "an empty serial": (("serialnumber=00000000", "sn=unknown"), Make()),
}  # fmt: skip


@pytest.mark.parametrize("case", MAKES)
def test_makes(case: str) -> None:
    details, make = MAKES[case]
    assert make_of(details) == make


def test_details_are_chosen_cleaned_and_bounded() -> None:
    text = dns.Text(
        (b"TY=\x1b]0;x\x07Brother \xff", b"ty=second", b"Color=T", b"note=" + b"n" * 250, b"md")
    )
    assert details_of(text) == ("ty=]0;xBrother \ufffd", "note=" + "n" * 155)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2060QAR812345", "2060QAR812345"), ("  A1B2C3  ", "A1B2C3"), ("", ""), ("0", ""),
        ("00000000", ""), ("0000-0000", ""), ("123", ""), ("Unknown", ""), ("FFFFFFFF", ""),
        ("To be filled by O.E.M.", ""), ("1234567890", ""),
        ("00000000-0000-0000-0000-000000000000", ""),
    ],
)  # fmt: skip
def test_identifiers(said: str, kept: str) -> None:
    assert identifier(said) == kept
