"""Tunnels: what one packet shows of them, and what is none."""

import pytest

from collectors.wire import frame, nd, tunnel
from collectors.wire.address import ip_bytes, ip_text
from collectors.wire.tunnel import Tunnelled
from tests.collectors.wire.samples_readiness import READINESS_FRAMES

KINDS = {
    "6in4": Tunnelled("6in4"),
    "6to4": Tunnelled("6to4"),
    "6to4-prefix": Tunnelled("6to4"),
    "isatap": Tunnelled("isatap"),
    "gre": Tunnelled("gre"),
    "teredo": Tunnelled("teredo"),
    "isatap-question": Tunnelled("isatap", True),
}


@pytest.mark.parametrize("key", KINDS)
def test_kinds(key: str) -> None:
    decoded = frame.decode(READINESS_FRAMES[key])
    assert decoded.payload == KINDS[key]
    assert ip_text(decoded.source) == "10.66.0.9"


@pytest.mark.parametrize("key", ["6in4", "6to4", "6to4-prefix", "isatap", "gre"])
def test_the_headers_are_enough(key: str) -> None:
    wire = READINESS_FRAMES[key]
    assert frame.decode(wire[: 14 + 20 + 24]).payload == KINDS[key]


def test_later_fragments_and_odd_contents() -> None:
    wire = bytearray(READINESS_FRAMES["6in4"])
    wire[20:22] = b"\x00\xb9"  # an offset: what follows is no header
    assert frame.decode(bytes(wire)).payload is None
    far = ip_bytes("198.51.100.1")
    assert tunnel.parse(41, far, b"") == Tunnelled("6in4")
    assert tunnel.parse(41, far, b"\x45" + bytes(60)) == Tunnelled("6in4")


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        pytest.param(bytes.fromhex("00010000") + bytes(60), True, id="authentication"),
        pytest.param(bytes.fromhex("0000f5bd399b9cfe") + bytes(40), True, id="origin"),
        pytest.param(bytes.fromhex("60000000") + bytes(36), True, id="bubble"),
        pytest.param(bytes.fromhex("60000000") + bytes(35), False, id="cut header"),
        pytest.param(bytes.fromhex("8080") + bytes(60), False, id="a voice on that port"),
        pytest.param(b"", False, id="nothing"),
        pytest.param(b"\0", False, id="one octet"),
    ],
)
def test_teredo(payload: bytes, found: bool) -> None:
    assert tunnel.parse_teredo(payload) == (Tunnelled("teredo") if found else None)


def question(name: bytes, flags: str = "0100", count: str = "0001") -> bytes:
    labels = b"".join(bytes((len(label),)) + label for label in name.split(b".") if label)
    head = bytes.fromhex("1234" + flags + count + "000000000000")
    return head + labels + b"\0" + bytes.fromhex("00010001")


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        pytest.param(question(b"isatap"), "isatap", id="isatap"),
        pytest.param(question(b"ISATAP.stc.example"), "isatap", id="in a domain"),
        pytest.param(question(b"teredo.ipv6.microsoft.com"), "teredo", id="teredo"),
        pytest.param(question(b"teredo.example"), None, id="another teredo"),
        pytest.param(question(b"www.isatap.example"), None, id="not the first label"),
        pytest.param(question(b"isatapx"), None, id="a longer name"),
        pytest.param(question(b"isatap", flags="8180"), None, id="an answer"),
        pytest.param(question(b"isatap", flags="2800"), None, id="an update"),
        pytest.param(question(b"isatap", count="0000"), None, id="no question"),
        pytest.param(question(b"isatap")[:20], None, id="cut"),
        pytest.param(question(b"")[:12] + b"\xc0\x0c" + bytes(20), None, id="a pointer"),
    ],
)
def test_names(payload: bytes, kind: str | None) -> None:
    found = tunnel.parse_question(payload)
    assert (found.kind if found else None) == kind
    assert found is None or found.sought


def test_a_redirect() -> None:
    decoded = frame.decode(READINESS_FRAMES["redirect"])
    assert isinstance(decoded.payload, nd.Redirect)
    assert ip_text(decoded.payload.target) == "fe80::66"
    assert ip_text(decoded.payload.destination) == "2001:db8:99::1"
