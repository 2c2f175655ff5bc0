"""Rows of the tables of IPv6, and rows that make no sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.observation import SnmpAddress, SnmpInterface, SnmpListener
from collectors.snmp_client import Oid, Value
from collectors.snmp_tables import COLUMNS, MAX_LISTENERS, Neighbour, Parsed, parse

SIX: Oid = (2, 16, 0x20, 1, 0x0D, 0xB8, *([0] * 11), 9)
ZONED: Oid = (4, 20, 0xFE, 0x80, *([0] * 13), 9, 0, 0, 0, 2)
FOUR: Oid = (1, 4, 10, 66, 0, 9)
ANY4: Oid = (1, 4, 0, 0, 0, 0)
ANY6: Oid = (2, 16, *([0] * 16))
MAC = bytes.fromhex("001ba9000009")


def table(name: str, *columns: dict[Oid, Value]) -> Parsed:
    return parse(
        {oid: tuple(rows.items()) for oid, rows in zip(COLUMNS[name], columns, strict=False)}
    )


def test_interfaces() -> None:
    found = table("interfaces", {(1,): 1, (2,): 2, (3,): 7}, {(1,): 2, (2,): 1, (4,): 1})
    assert found.interfaces == (
        SnmpInterface(1, True, False), SnmpInterface(2, False, True), SnmpInterface(3),
        SnmpInterface(4, None, True),
    )  # fmt: skip


def test_addresses_of_both_families_and_kinds() -> None:
    found = table(
        "addresses",
        {FOUR: 2, SIX: 2, ZONED: 2, (*SIX[:-1], 1): 2},
        {FOUR: 1, SIX: 1, ZONED: 1, (*SIX[:-1], 1): 2},
        {FOUR: 4, SIX: 5, ZONED: 99},
        {FOUR: 1, SIX: 7, ZONED: b"x"},
    )
    assert found.addresses == (
        SnmpAddress("2001:db8::9", 2, "linklayer", "duplicate"),
        SnmpAddress("fe80::9", 2, "not_told", "unknown"),
        SnmpAddress("10.66.0.9", 2, "dhcp", "preferred"),
    )


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        pytest.param((*ANY4, 22), SnmpListener("tcp", 22, True, False), id="any IPv4"),
        pytest.param((1, 0, 22), SnmpListener("tcp", 22, True, False), id="any IPv4, empty"),
        pytest.param((*ANY6, 22), SnmpListener("tcp", 22, False, True), id="any IPv6"),
        pytest.param((0, 0, 22), SnmpListener("tcp", 22, True, True), id="any of both"),
        pytest.param((*FOUR, 22), SnmpListener("tcp", 22, True, False, "10.66.0.9"), id="one"),
        pytest.param((1, 4, 127, 0, 0, 1, 22), None, id="the loopback"),
    ],
)
def test_tcp_listeners(index: Oid, expected: SnmpListener | None) -> None:
    found = table("tcp", {index: 29560})
    assert found.listeners == (() if expected is None else (expected,))
    assert found.cut == 0


def test_udp_endpoints_that_talk_to_one_peer_do_not_listen() -> None:
    found = table(
        "udp",
        {(*ANY6, 161, *ANY6, 0, 77): 1, (*FOUR, 33036, *FOUR, 53, 78): 1, (*ANY4, 67): 1},
    )
    assert found.listeners == (
        SnmpListener("udp", 161, False, True), SnmpListener("udp", 67, True, False),
    )  # fmt: skip


def test_neighbours_are_stations_that_answer() -> None:
    others = [(2, *SIX[:-1], last) for last in range(1, 6)]
    found = table(
        "neighbours",
        {(2, *SIX): MAC, (2, *FOUR): MAC, others[0]: MAC, others[1]: MAC, others[2]: b"",
         others[3]: b"\x01" + bytes(5), others[4]: bytes(6)},
        {(2, *SIX): 3, others[0]: 2, others[1]: 3},
        {(2, *SIX): 1, others[1]: 7},
    )  # fmt: skip
    assert found.neighbours == (
        Neighbour("2001:db8::9", "00:1b:a9:00:00:09", "ipv6"),
        Neighbour("10.66.0.9", "00:1b:a9:00:00:09", "ipv4"),
    )
    assert found.cut == 3


@pytest.mark.parametrize(
    "index",
    [
        pytest.param((), id="empty"),
        pytest.param((2,), id="no length"),
        pytest.param((2, 4, 1, 2, 3, 4, 22), id="IPv6 of four octets"),
        pytest.param((2, 16, 1, 2), id="truncated"),
        pytest.param((1, 4, 10, 66, 0, 300, 22), id="an octet of 300"),
        pytest.param((*ANY4,), id="no port"),
        pytest.param((*ANY4, 70000), id="port 70000"),
        pytest.param((*ANY4, 22, 22), id="more than a port"),
        pytest.param((16, 3, 97, 98, 99, 22), id="a name"),
    ],
)
def test_rows_that_make_no_sense_are_counted(index: Oid) -> None:
    found = table("tcp", {index: 1})
    assert (found.listeners, found.cut) == ((), 1)


def test_what_is_kept_is_bounded() -> None:
    found = table("tcp", {(*ANY4, port): 1 for port in range(1, 5001)})
    assert (len(found.listeners), found.cut) == (MAX_LISTENERS, 5000 - MAX_LISTENERS)


_INDEX = st.lists(st.integers(0, 2**32 - 1), max_size=45).map(tuple)
_VALUE = st.one_of(st.integers(-(2**63), 2**64), st.binary(max_size=40), st.none())
_NEAR = st.tuples(
    st.sampled_from([SIX, ZONED, FOUR, ANY4, ANY6, (0, 0)]), st.lists(st.integers(0, 70000))
).map(lambda both: (*both[0], *both[1]))


@given(
    st.dictionaries(
        st.sampled_from([one for columns in COLUMNS.values() for one in columns]),
        st.lists(st.tuples(st.one_of(_INDEX, _NEAR), _VALUE), max_size=8).map(tuple),
    )
)
def test_any_rows_are_parsed(columns: dict[Oid, tuple[tuple[Oid, Value], ...]]) -> None:
    parse(columns)
