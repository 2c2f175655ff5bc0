"""Discovery of an SNMPv3 engine (RFC 3414 §4): exact octets, reports, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import snmpv3
from collectors.wire.errors import DecodeError
from tests.collectors.wire.strategies import MODEST

DISCOVERY = bytes.fromhex(
    "303e 020103"  # SNMPv3
    "3011 0204 12345678 020300ffe3 0401 04 020103"  # id, size, reportable, user-based
    "0410 300e 0400 020100 020100 0400 0400 0400"  # no engine, boots, time, user, keys
    "3014 0400 0400 a00e 0204 12345678 020100 020100 3000"  # GET of nothing
)
# What Net-SNMP 5.9 answers, with an engine identifier of its own format.
ENGINE_ID = bytes.fromhex("80001f88 80 5d0f3c2b 6a7b8c9d")


def test_the_discovery_octet_by_octet() -> None:
    assert snmpv3.build_discovery(0x12345678) == DISCOVERY
    assert snmpv3.parse_discovery(DISCOVERY) == 0x12345678


def test_pysnmp_reads_both() -> None:
    from pyasn1.codec.ber import decoder
    from pysnmp.proto.mpmod.rfc3412 import SNMPv3Message
    from pysnmp.proto.secmod.rfc3414.service import UsmSecurityParameters

    for wire, engine_id in (
        (DISCOVERY, b""),
        (snmpv3.encode_report(snmpv3.Engine(7, ENGINE_ID, 3, 99)), ENGINE_ID),
    ):
        message, rest = decoder.decode(wire, asn1Spec=SNMPv3Message())
        assert not rest
        assert int(message[0]) == 3
        security, rest = decoder.decode(bytes(message[2]), asn1Spec=UsmSecurityParameters())
        assert not rest
        assert bytes(security[0]) == engine_id


@given(
    st.builds(
        snmpv3.Engine,
        st.integers(0, (1 << 31) - 1),
        st.binary(min_size=5, max_size=32).map(lambda octets: b"\x80" + octets[1:]),
        st.integers(0, (1 << 31) - 1),
        st.integers(0, (1 << 31) - 1),
    )
)
@MODEST
def test_reports_round_trip(engine: snmpv3.Engine) -> None:
    assert snmpv3.parse_report(snmpv3.encode_report(engine)) == engine


def test_enterprise() -> None:
    assert snmpv3.Engine(1, ENGINE_ID).enterprise == 8072
    assert snmpv3.Engine(1, bytes.fromhex("0000000902000000")).enterprise == 9
    assert snmpv3.Engine(1, bytes.fromhex("8000000001")).enterprise is None


REPORT = snmpv3.encode_report(snmpv3.Engine(7, ENGINE_ID))
REFUSED = {
    "empty": (b"", "truncated"),
    "cut": (REPORT[:-1], "truncated"),
    "version 2": (REPORT.replace(b"\x02\x01\x03", b"\x02\x01\x01", 1), "bad_version"),
    "no report but a question": (DISCOVERY, "unsupported"),
    "indefinite length": (b"\x30\x80" + REPORT[2:], "bad_length"),
    "too long": (bytes(3000), "bad_length"),
    "no engine": (snmpv3.encode_report(snmpv3.Engine(7, b"")), "bad_address"),
    "a short engine": (snmpv3.encode_report(snmpv3.Engine(7, b"\x80abc")), "bad_address"),
    "a long engine": (snmpv3.encode_report(snmpv3.Engine(7, b"\x80" * 33)), "bad_address"),
    "an engine of zeros": (snmpv3.encode_report(snmpv3.Engine(7, bytes(8))), "bad_address"),
    "an engine of ones": (snmpv3.encode_report(snmpv3.Engine(7, b"\xff" * 8)), "bad_address"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, reason = REFUSED[case]
    with pytest.raises(DecodeError) as error:
        snmpv3.parse_report(wire)
    assert error.value.reason == reason
