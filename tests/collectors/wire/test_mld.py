"""Multicast listener discovery."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import checksum, mld
from collectors.wire.address import ALL_NODES, MDNS_IPV6, UNSPECIFIED_IPV6, solicited_node
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import (
    GLOBAL,
    LINK_LOCAL,
    MAC,
    MLD_QUERY,
    MLD_REPORT,
    octets,
)
from tests.collectors.wire.strategies import MODEST, THOROUGH, mld_messages

_QUERIER = octets("fe80000000000000fffffffffffffffe")
_QUERY = MLD_QUERY[62:]
_REPORT = MLD_REPORT[62:]
_SSM = octets("ff3e0000000000000000000000000001")


def _parse(wire: bytes, **changes: object) -> mld.Message:
    arguments = {"source": LINK_LOCAL, "hop_limit": 1, "router_alert": 0, **changes}
    return mld.parse(wire, **arguments)  # type: ignore[arg-type]


def _report(*records: str) -> bytes:
    return octets("8f00 0000 0000", f"{len(records):04x}", *records)


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        pytest.param(
            _QUERY, mld.Query(2, 1000, UNSPECIFIED_IPV6, False, 2, 125), id="general-query"
        ),
        pytest.param(_QUERY[:24], mld.Query(1, 1000), id="24-octets-are-version-1"),
        pytest.param(
            octets("82000000 8000 0000") + _SSM + octets("0a 80 0001") + GLOBAL,
            mld.Query(2, 32768, _SSM, True, 2, 128, (GLOBAL,)),
            id="group-and-source-query-with-floating-point",
        ),
        pytest.param(
            octets("82000000 ffff 0000") + bytes(16) + octets("00 ff 0000"),
            mld.Query(2, 8387584, UNSPECIFIED_IPV6, False, 0, 31744),
            id="largest-codes",
        ),
        pytest.param(octets("83000000 00000000") + MDNS_IPV6, mld.ReportV1(MDNS_IPV6), id="v1"),
        pytest.param(octets("84000000 00000000") + MDNS_IPV6, mld.Done(MDNS_IPV6), id="done"),
        pytest.param(
            _REPORT,
            mld.ReportV2(
                (
                    mld.Record(2, solicited_node(GLOBAL)),
                    mld.Record(2, MDNS_IPV6),
                    mld.Record(1, _SSM, (octets("20010db8006600000000000000000001"),)),
                )
            ),
            id="report-with-three-records",
        ),
        pytest.param(
            _report(f"04 01 0000 {MDNS_IPV6.hex()} 61626364", f"04 00 0000 {_SSM.hex()}"),
            mld.ReportV2((mld.Record(4, MDNS_IPV6), mld.Record(4, _SSM))),
            id="auxiliary-data-is-skipped",
        ),
        pytest.param(
            _report(f"07 00 0000 {MDNS_IPV6.hex()}", f"04 00 0000 {_SSM.hex()}"),
            mld.ReportV2((mld.Record(4, _SSM),), ignored=1),
            id="undefined-record-is-skipped",
        ),
        pytest.param(_report(), mld.ReportV2(()), id="report-of-nothing"),
    ],
)
def test_parses(wire: bytes, expected: mld.Message) -> None:
    assert _parse(wire) == expected


@pytest.mark.parametrize(
    ("kind", "sources", "groups", "left", "current"),
    [
        pytest.param(1, 1, 1, 0, True, id="is-include"),
        pytest.param(1, 0, 0, 0, True, id="is-include-of-nothing"),
        pytest.param(2, 0, 1, 0, True, id="is-exclude"),
        pytest.param(3, 0, 0, 1, False, id="leaves"),
        pytest.param(3, 1, 1, 0, False, id="to-include"),
        pytest.param(4, 0, 1, 0, False, id="joins"),
        pytest.param(5, 1, 1, 0, False, id="allows"),
        pytest.param(6, 1, 0, 0, False, id="blocks"),
    ],
)
def test_meaning(kind: int, sources: int, groups: int, left: int, current: bool) -> None:
    report = mld.ReportV2((mld.Record(kind, _SSM, (GLOBAL,) * sources),))
    assert (len(report.groups), len(report.left)) == (groups, left)
    assert report.is_current_state is current


@pytest.mark.parametrize(
    ("wire", "changes", "error"),
    [
        pytest.param(_QUERY, {"hop_limit": 64}, "bad_hop_limit", id="hop-limit"),
        pytest.param(_QUERY, {"router_alert": None}, "bad_option", id="no-router-alert"),
        pytest.param(_QUERY, {"source": GLOBAL}, "bad_address", id="global-source"),
        pytest.param(_QUERY, {"fragmented": True}, "fragmented", id="fragment-header"),
        pytest.param(_QUERY[:25], {}, "bad_length at octet 25", id="query-of-25"),
        pytest.param(_QUERY[:27], {}, "bad_length at octet 27", id="query-of-27"),
        pytest.param(_QUERY[:8] + GLOBAL, {}, "bad_address at octet 8", id="query-for-a-node"),
        pytest.param(_QUERY[:26] + b"\0\1", {}, "truncated at octet 28", id="query-lacks-source"),
        pytest.param(_QUERY[:26] + b"\2\1", {}, "too_many", id="query-with-513-sources"),
        pytest.param(b"\x83" + bytes(23), {}, "bad_address at octet 8", id="report-of-no-group"),
        pytest.param(b"\x85" + bytes(23), {}, "bad_type", id="other-type"),
        pytest.param(
            _REPORT[:6] + b"\0\4" + _REPORT[8:], {}, "truncated", id="report-lacks-record"
        ),
        pytest.param(_REPORT[:6] + b"\2\1" + _REPORT[8:], {}, "too_many", id="513-records"),
        pytest.param(_report(f"04 ff 0000 {_SSM.hex()}"), {}, "truncated", id="lying-auxiliary"),
        pytest.param(_report(f"04 00 0001 {_SSM.hex()}"), {}, "truncated", id="lying-sources"),
        pytest.param(_report(f"04 00 0000 {GLOBAL.hex()}"), {}, "bad_address", id="no-group"),
    ],
)
def test_refuses(wire: bytes, changes: dict[str, object], error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        _parse(wire, **changes)


@pytest.mark.parametrize("wire", [_QUERY[:24], _REPORT], ids=["query", "report"])
def test_refuses_cut_messages(wire: bytes) -> None:
    for cut in range(len(wire)):
        with pytest.raises(DecodeError, match="truncated"):
            _parse(wire[:cut])


def test_takes_the_unspecified_source() -> None:
    assert isinstance(_parse(_QUERY, source=UNSPECIFIED_IPV6), mld.Query)


@given(mld_messages)
@THOROUGH
def test_round_trip(message: mld.Message) -> None:
    assert _parse(mld.encode(message)) == message


@given(st.integers(0, 8387584), st.integers(0, 31744))
@MODEST
def test_floating_point_loses_little(max_response_ms: int, interval_s: int) -> None:
    message = _parse(mld.encode(mld.Query(2, max_response_ms, ALL_NODES, interval_s=interval_s)))
    assert isinstance(message, mld.Query)
    assert max_response_ms - max_response_ms // 4096 <= message.max_response_ms <= max_response_ms
    assert interval_s - interval_s // 16 <= message.interval_s <= interval_s


def test_builds_the_general_query_of_the_sample() -> None:
    frame = mld.build_general_query(MAC, _QUERIER)
    assert frame == MLD_QUERY
    message = frame[62:]
    assert len(message) >= 28  # 24 would put every host on the link into version 1
    assert message[24] & 7 == 2
    assert message[25] == 125
    assert checksum.is_valid_icmpv6(_QUERIER, ALL_NODES, message)


@pytest.mark.parametrize(
    ("source", "max_response_ms"),
    [(_QUERIER, 999), (_QUERIER, 3001), (UNSPECIFIED_IPV6, 1000), (GLOBAL, 1000)],
)
def test_general_query_cannot_harm(source: bytes, max_response_ms: int) -> None:
    with pytest.raises(ValueError, match=r"spread|link-local"):
        mld.build_general_query(MAC, source, max_response_ms)


def test_builds_the_report_of_the_sample() -> None:
    report = _parse(_REPORT)
    assert isinstance(report, mld.ReportV2)
    assert mld.build_report(MAC, LINK_LOCAL, report.records) == MLD_REPORT


def test_too_large_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        mld.encode(mld.Query(2, 8388608))
