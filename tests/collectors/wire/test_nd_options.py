"""Options of neighbour discovery messages."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import nd_options
from collectors.wire.errors import DecodeError
from collectors.wire.nd_options import Options, Pref64, Prefix, Resolvers, Route, Search
from tests.collectors.wire.samples import MAC, octets
from tests.collectors.wire.strategies import THOROUGH, options

_PREFIX = octets("20010db8006600000000000000000000")


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        pytest.param("", Options(), id="none"),
        pytest.param("0101 001ba9000009", Options(source_mac=MAC), id="source-mac"),
        pytest.param("0201 001ba9000009", Options(target_mac=MAC), id="target-mac"),
        pytest.param("0501 0000 00000500", Options(mtu=1280), id="mtu"),
        pytest.param(
            "0304 40 f0 ffffffff 00000e10 00000000 20010db8006600000000000000000000",
            Options(prefixes=(Prefix(_PREFIX, 64, True, True, 0xFFFFFFFF, 3600, True, True),)),
            id="prefix-with-all-flags",
        ),
        pytest.param("1801 00 08 00000708", Options(routes=(Route(bytes(16), 0, "high", 1800),)),
                     id="default-route"),
        pytest.param("1802 40 00 00000708 20010db800660000",
                     Options(routes=(Route(_PREFIX, 64, "medium", 1800),)), id="route-64"),
        pytest.param("1803 80 18 00000708 20010db8006600000000000000000000",
                     Options(routes=(Route(_PREFIX, 128, "low", 1800),)), id="route-128"),
        pytest.param("1905 0000 00000000" + _PREFIX.hex() * 2,
                     Options(resolvers=(Resolvers((_PREFIX, _PREFIX), 0),)), id="two-resolvers"),
        pytest.param("1f02 0000 00000708 0162 0163 00 0161 00",
                     Options(search=(Search(((b"b", b"c"), (b"a",)), 1800),)), id="two-domains"),
        pytest.param("2602 0000 20010db8006600000000 0000", Options(
            pref64=(Pref64(_PREFIX, 96, 0),)), id="pref64-96-lifetime-0"),
        pytest.param("2602 fffd 20010db8006600000000 0000", Options(
            pref64=(Pref64(_PREFIX, 32, 65528),)), id="pref64-32-longest"),
        pytest.param("2502 68747470733a2f2f78 2f 00000000", Options(captive_portal=b"https://x/"),
                     id="captive-portal"),
        pytest.param("0e01 010203040506", Options(nonce=octets("010203040506")), id="nonce"),
        pytest.param("0402 000000000000 6000000000003aff",
                     Options(redirected=octets("6000000000003aff")), id="redirected-header"),
        pytest.param("fd02" + "00" * 14 + "0101 001ba9000009", Options(source_mac=MAC, unknown=1),
                     id="unknown-is-skipped"),
        pytest.param("0101 001ba9000009 0101 000000000001", Options(source_mac=MAC),
                     id="first-of-a-single-option"),
    ],
)  # fmt: skip
def test_parses(wire: str, expected: Options) -> None:
    assert nd_options.parse(octets(wire)) == expected


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param("0102" + "00" * 14, id="source-mac-of-14-octets"),
        pytest.param("0502" + "00" * 14, id="mtu-of-two-units"),
        pytest.param("0301" + "00" * 6, id="prefix-of-one-unit"),
        pytest.param("0304 81" + "00" * 29, id="prefix-length-129"),
        pytest.param("1801 40 00 00000708", id="route-without-its-prefix"),
        pytest.param("1804 80 00" + "00" * 28, id="route-of-four-units"),
        pytest.param("1801 00 10 00000708", id="route-with-reserved-preference"),
        pytest.param("1901" + "00" * 6, id="no-resolver"),
        pytest.param("1902" + "00" * 14, id="half-a-resolver"),
        pytest.param("1f01" + "00" * 6, id="no-domain"),
        pytest.param("1f02 0000 00000708 09 61626364 000000", id="label-beyond-option"),
        pytest.param("1f02 0000 00000708 0161 c000 00000000", id="compressed-domain"),
        pytest.param("1f02 0000 00000708 0161 00 00000000 05", id="rubbish-in-the-padding"),
        pytest.param("2602 000e" + "00" * 12, id="pref64-length-code-6"),
        pytest.param("2601" + "00" * 6, id="pref64-of-one-unit"),
        pytest.param("2501" + "00" * 6, id="empty-captive-portal"),
    ],
)
def test_a_malformed_option_does_not_hide_the_others(wire: str) -> None:
    parsed = nd_options.parse(octets(wire, "0501 0000 000005dc"))
    assert parsed == Options(mtu=1500, malformed=1)


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        pytest.param(octets("0100 001ba9000009"), "bad_option at octet 1", id="length-0"),
        pytest.param(octets("0102 001ba9000009"), "truncated at octet 8", id="length-beyond-end"),
        pytest.param(
            octets("0101 001ba9000009 05"), "truncated at octet 9", id="rest-of-an-option"
        ),
        pytest.param(octets("fd01000000000000") * 1153, "too_many at octet 0", id="flood"),
    ],
)
def test_refuses(wire: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        nd_options.parse(wire)


def test_a_full_jumbo_frame_is_read() -> None:
    assert nd_options.parse(octets("fd01000000000000") * 1152).unknown == 1152


@given(st.lists(options, min_size=1, max_size=3), st.data())
@THOROUGH
def test_an_unknown_option_in_front_changes_nothing(
    parts: list[Options], data: st.DataObject
) -> None:
    """The usual options are read in two ways: on their own, and behind a rarer one."""
    wire = bytearray(b"".join(map(nd_options.encode, parts)))
    for _ in range(data.draw(st.integers(0, 2)) if wire else 0):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    unknown = octets("fd01000000000000")
    try:
        alone = nd_options.parse(wire)
    except DecodeError as error:
        with pytest.raises(DecodeError, match=str(error.shifted(len(unknown)))):
            nd_options.parse(unknown + wire)
    else:
        behind = nd_options.parse(unknown + wire)
        assert behind == msgspec.structs.replace(alone, unknown=alone.unknown + 1)


@given(options)
@THOROUGH
def test_round_trip(value: Options) -> None:
    assert nd_options.parse(nd_options.encode(value)) == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Options(source_mac=b""), "octets"),
        (Options(resolvers=(Resolvers((), 0),)), "resolvers"),
        (Options(search=(Search((), 0),)), "domains"),
        (Options(search=(Search(((),), 0),)), "domains"),
        (Options(pref64=(Pref64(_PREFIX, 95, 0),)), "bits"),
        (Options(pref64=(Pref64(_PREFIX, 96, 4),)), "steps of 8"),
        (Options(pref64=(Pref64(_PREFIX, 96, 65536),)), "65528"),
        (Options(captive_portal=b"x" * 2040), "octets"),
    ],
)
def test_encode_refuses(value: Options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nd_options.encode(value)
