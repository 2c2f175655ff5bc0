"""NetBIOS names."""

import pytest
from hypothesis import given

from collectors.wire import nbns
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import (
    IPV4,
    MAC,
    NODE_STATUS,
    NODE_STATUS_REQUEST,
    ROUTER_IPV4,
    octets,
)
from tests.collectors.wire.strategies import THOROUGH, nbns_messages

_REQUEST = NODE_STATUS_REQUEST[42:]
_STATUS = NODE_STATUS[42:]
_PC_01 = nbns.encode_name(b"PC-01", 0x20)[1:33]


def test_builds_the_request_of_50_octets() -> None:
    wire = nbns.build_node_status_request(0x1234)
    assert len(wire) == nbns.NODE_STATUS_REQUEST_BYTES
    assert wire == _REQUEST
    assert nbns.parse(wire) == nbns.NodeStatusRequest(0x1234)


def test_parses_a_status() -> None:
    status = nbns.parse(_STATUS)
    assert status == nbns.NodeStatus(
        0x1234, (nbns.NodeName(b"PC-01", 0, 0x0400), nbns.NodeName(b"STC", 0, 0x8400)), MAC
    )
    assert isinstance(status, nbns.NodeStatus)
    assert (status.computer, status.domain) == (b"PC-01", b"STC")
    assert status.names[0].is_active
    assert not status.names[0].is_in_conflict


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        pytest.param(
            nbns.build_name_query(7, b"wpad"),
            nbns.NameQuery(7, b"WPAD", 0, broadcast=True),
            id="query",
        ),
        pytest.param(
            octets(
                "0007 2910 0001 0000 0000 0001 20",
                _PC_01.hex(),
                "00 0020 0001",
                "c00c 0020 0001 000493e0 0006 0000 0a420009",
            ),
            nbns.NameRecord(
                7,
                nbns.OPCODE_REGISTRATION,
                False,
                0,
                b"PC-01",
                0x20,
                addresses=(IPV4,),
                ttl_s=300_000,
            ),
            id="registration",
        ),
        pytest.param(
            octets(
                "0007 8500 0000 0001 0000 0000 20",
                _PC_01.hex(),
                "00 0020 0001 00000000",
                "000c 8000 0a420009 8000 0a420001",
            ),
            nbns.NameRecord(7, 0, True, 0, b"PC-01", 0x20, True, (IPV4, ROUTER_IPV4)),
            id="answer-for-a-group",
        ),
        pytest.param(
            octets("0007 8583 0000 0001 0000 0000 20", _PC_01.hex(), "00 000a 0001 00000000 0000"),
            nbns.NameRecord(7, 0, True, 3, b"PC-01", 0x20),
            id="refusal",
        ),
        pytest.param(
            octets(
                "0007 bc00 0000 0001 0000 0000 20", _PC_01.hex(), "00 0020 0001 00000005 0002 2910"
            ),
            nbns.NameRecord(7, nbns.OPCODE_WACK, True, 0, b"PC-01", 0x20, ttl_s=5),
            id="wait-for-acknowledgement",
        ),
        pytest.param(
            _STATUS[:2]
            + octets("8400 0001 0001 0000 0000")
            + _REQUEST[12:]
            + octets("c00c 0021 0001 00000000 0001 00"),
            nbns.NodeStatus(0x1234, ()),
            id="question-repeated-and-no-names",
        ),
    ],
)
def test_parses(wire: bytes, expected: nbns.Message) -> None:
    assert nbns.parse(wire) == expected


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        pytest.param(
            _STATUS[:56] + b"\xff" + _STATUS[57:], "bad_length at octet 56", id="255-names"
        ),
        pytest.param(_STATUS[:54] + b"\0\0", "bad_length at octet 56", id="no-data"),
        pytest.param(_STATUS[:54] + b"\0\xff" + _STATUS[56:], "truncated", id="lying-length"),
        pytest.param(
            _REQUEST[:4] + b"\0\2" + _REQUEST[6:], "unsupported at octet 4", id="two-asked"
        ),
        pytest.param(
            _REQUEST[:2] + b"\x80\0" + _REQUEST[4:], "unsupported at octet 6", id="empty-answer"
        ),
        pytest.param(
            _REQUEST[:2] + b"\x29\x10" + _REQUEST[4:],
            "unsupported at octet 10",
            id="registration-of-nothing",
        ),
        pytest.param(_REQUEST[:-4] + b"\0\1\0\1", "bad_type at octet 46", id="address-question"),
        pytest.param(
            _REQUEST[:12] + b"\x1f" + _REQUEST[13:], "truncated|bad_name", id="name-of-31"
        ),
        pytest.param(_REQUEST[:13] + b"Q" + _REQUEST[14:], "bad_name at octet 12", id="letter-q"),
        pytest.param(_REQUEST[:12] + b"\0" + _REQUEST[13:], "bad_name", id="root"),
        pytest.param(
            octets(
                "0007 8500 0000 0001 0000 0000 20",
                _PC_01.hex(),
                "00 0020 0001 00000000",
                "0005 8000 0a4200",
            ),
            "bad_length",
            id="address-of-3",
        ),
        pytest.param(
            octets("0007 8500 0000 0001 0000 0000 20", _PC_01.hex(), "00 0001 0001 00000000 0000"),
            "bad_type",
            id="other-record",
        ),
    ],
)
def test_refuses(wire: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        nbns.parse(wire)


@pytest.mark.parametrize("wire", [_REQUEST, _STATUS], ids=["request", "status"])
def test_refuses_cut_messages(wire: bytes) -> None:
    for cut in range(len(wire)):
        with pytest.raises(DecodeError, match="truncated"):
            nbns.parse(wire[:cut])


@given(nbns_messages)
@THOROUGH
def test_round_trip(message: nbns.Message) -> None:
    assert nbns.parse(nbns.encode(message)) == message


def test_first_level_encoding_of_the_rfc() -> None:
    # RFC 1001 §14.1: "The NetBIOS name" is FRED padded with spaces to 16 octets.
    assert nbns.encode_name(b"FRED", 0x20)[1:33] == b"EGFCEFEECACACACACACACACACACACACA"


def test_encode_name_refuses() -> None:
    with pytest.raises(ValueError, match="15"):
        nbns.encode_name(b"SIXTEEN-LETTERS!", 0)
