"""DHCP for IPv4."""

import pytest
from hypothesis import given

from collectors.wire import dhcpv4
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import DHCP_DISCOVER, IPV4, MAC, ROUTER_IPV4, octets
from tests.collectors.wire.strategies import THOROUGH, dhcp_messages

_DISCOVER = DHCP_DISCOVER[42:]
_HEAD = _DISCOVER[:240]


def _with(*options: str, sname: bytes = b"", file: bytes = b"") -> bytes:
    """A discover with these options before the end option."""
    head = _HEAD[:44] + sname.ljust(64, b"\0") + file.ljust(128, b"\0") + _HEAD[236:]
    return head + octets("350101", *options, "ff")


def test_parses_a_discover() -> None:
    message = dhcpv4.parse(_DISCOVER)
    assert message == dhcpv4.Dhcpv4(
        dhcpv4.DISCOVER,
        0xDEADBEEF,
        MAC,
        seconds=3,
        broadcast=True,
        hostname=b"pc",
        vendor_class=b"MSFT 5.0",
        client_id=b"\x01" + MAC,
        requested_address=IPV4,
        parameters=bytes((1, 3, 6, 15, 108, 252)),
        option_codes=bytes((53, 61, 50, 12, 60, 55)),
    )
    assert message.message_name == "discover"
    assert message.ipv6_only_capable is True


def test_parses_a_reply() -> None:
    request = dhcpv4.parse(_DISCOVER)
    offer = dhcpv4.parse(
        dhcpv4.build_reply(
            request,
            dhcpv4.OFFER,
            ROUTER_IPV4,
            IPV4,
            subnet_mask=octets("ffffff00"),
            routers=(ROUTER_IPV4,),
            resolvers=(ROUTER_IPV4, octets("0a420035")),
            lease_s=3600,
            ipv6_only_wait_s=1800,
        )
    )
    assert offer.from_server
    assert (offer.message_name, offer.transaction_id) == ("offer", 0xDEADBEEF)
    assert (offer.your_address, offer.server_id) == (IPV4, ROUTER_IPV4)
    assert (offer.routers, len(offer.resolvers)) == ((ROUTER_IPV4,), 2)
    assert (offer.lease_s, offer.ipv6_only_wait_s) == (3600, 1800)


@pytest.mark.parametrize(
    ("options", "capable"),
    [
        pytest.param((), None, id="says-nothing"),
        pytest.param(("37 02 01 03",), False, id="needs-ipv4"),
        pytest.param(("37 02 01 6c",), True, id="asks-for-108"),
    ],
)
def test_option_108_is_sent_to_those_who_ask(
    options: tuple[str, ...], capable: bool | None
) -> None:
    request = dhcpv4.parse(_with(*options))
    assert request.ipv6_only_capable is capable
    offer = dhcpv4.parse(
        dhcpv4.build_reply(request, dhcpv4.OFFER, ROUTER_IPV4, IPV4, ipv6_only_wait_s=300)
    )
    assert offer.ipv6_only_wait_s == (300 if capable else None)


@pytest.mark.parametrize(
    ("wire", "field", "value"),
    [
        pytest.param(_with("00 00 0c 02 7063 00"), "hostname", b"pc", id="pads"),
        pytest.param(_with("0c 01 70", "0c 01 63"), "hostname", b"pc", id="parts-are-joined"),
        pytest.param(_with("0c 00"), "hostname", b"", id="empty-hostname"),
        pytest.param(_with("51 08 04 00 00 02 7063 01 78"), "fqdn", b"pc.x", id="fqdn-partial"),
        pytest.param(_with("51 09 05 00 00 02 7063 01 78 00"), "fqdn", b"pc.x", id="fqdn-complete"),
        pytest.param(_with("51 05 00 00 00 7063"), "fqdn", b"pc", id="fqdn-ascii"),
        pytest.param(_with("fc 03 68747470"[:-2]), "wpad", b"htt", id="wpad"),
        pytest.param(
            _with("34 01 01", file=octets("0c 02 7063 ff")), "hostname", b"pc", id="overload-file"
        ),
        pytest.param(
            _with("34 01 02", sname=octets("0c 02 7063 ff")), "hostname", b"pc", id="overload-sname"
        ),
        pytest.param(
            _with("34 01 03", "0c 01 61", file=octets("0c 01 62 ff"), sname=octets("0c 01 63 ff")),
            "hostname",
            b"abc",
            id="overload-both-in-order",
        ),
        pytest.param(
            _with(sname=octets("0c 02 7063 ff")), "hostname", None, id="sname-without-overload"
        ),
    ],
)
def test_reads_options(wire: bytes, field: str, value: bytes | None) -> None:
    message = dhcpv4.parse(wire)
    assert getattr(message, field) == value
    assert message.malformed == 0


def test_the_order_of_options_has_each_once() -> None:
    message = dhcpv4.parse(_with("e0 01 61", "0c 01 70", "00", "e1 00", "e0 01 62", "0c 01 63"))
    assert message.option_codes == bytes((53, 0xE0, 12, 0xE1))
    assert message.hostname == b"pc"


@pytest.mark.parametrize(
    ("option", "field"),
    [
        pytest.param("32 03 0a4200", "requested_address", id="address-of-3"),
        pytest.param("36 05 0a42000900", "server_id", id="server-of-5"),
        pytest.param("33 02 0e10", "lease_s", id="lease-of-2"),
        pytest.param("6c 00", "ipv6_only_wait_s", id="108-of-0"),
        pytest.param("01 01 ff", "subnet_mask", id="mask-of-1"),
        pytest.param("51 02 0000", "fqdn", id="fqdn-of-2"),
        pytest.param("51 05 04 00 00 3f 61", "fqdn", id="fqdn-lying-label"),
    ],
)
def test_a_malformed_option_does_not_hide_the_message(option: str, field: str) -> None:
    message = dhcpv4.parse(_with(option, "0c 02 7063"))
    assert getattr(message, field) is None
    assert (message.hostname, message.malformed) == (b"pc", 1)


@pytest.mark.parametrize("option", ["03 00", "03 03 0a4200", "06 44" + "0a420001" * 17])
def test_malformed_address_lists(option: str) -> None:
    message = dhcpv4.parse(_with(option))
    assert (message.routers, message.resolvers, message.malformed) == ((), (), 1)


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        pytest.param(b"\x03" + _DISCOVER[1:], "bad_type at octet 0", id="operation"),
        pytest.param(b"\x01\x06" + _DISCOVER[2:], "bad_type at octet 1", id="token-ring"),
        pytest.param(b"\x01\x01\x10" + _DISCOVER[3:], "bad_length at octet 2", id="hlen-16"),
        pytest.param(_HEAD[:236] + bytes(64), "unsupported at octet 236", id="bootp"),
        pytest.param(_HEAD + b"\xff", "unsupported at octet 240", id="no-message-type"),
        pytest.param(_HEAD + octets("3500ff"), "bad_option", id="empty-message-type"),
        pytest.param(_HEAD + octets("350113ff"), "bad_type", id="message-type-19"),
        pytest.param(_HEAD + octets("350100ff"), "bad_type", id="message-type-0"),
        pytest.param(_HEAD + octets("350101 0c"), "truncated at octet 244", id="no-length"),
        pytest.param(_HEAD + octets("350101 0cff7063"), "truncated", id="lying-length"),
        pytest.param(_with("34 01 00"), "bad_option", id="overload-0"),
        pytest.param(_with("34 01 04"), "bad_option", id="overload-4"),
        pytest.param(_with("34 00"), "bad_option", id="overload-empty"),
        pytest.param(_with("34 01 01", file=b"\x0c\xff"), "truncated at octet 236", id="file-lies"),
        pytest.param(
            _with("34 01 02", sname=b"\0" * 63 + b"\x0c"), "truncated at octet 108", id="sname-lies"
        ),
        pytest.param(_with("e000" * 256), "too_many", id="257-options"),
    ],
)
def test_refuses(wire: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        dhcpv4.parse(wire)


def test_refuses_cuts_that_are_not_between_options() -> None:
    boundaries = {240}
    while _DISCOVER[max(boundaries)] != dhcpv4.END:
        boundaries.add(max(boundaries) + 2 + _DISCOVER[max(boundaries) + 1])
    for cut in range(max(boundaries)):
        if cut in boundaries - {240}:
            assert len(dhcpv4.parse(_DISCOVER[:cut]).option_codes) < 6
        else:
            with pytest.raises(DecodeError, match=r"truncated|unsupported"):
                dhcpv4.parse(_DISCOVER[:cut])


@pytest.mark.parametrize("tail", [b"", b"\0", b"\0" * 60])
def test_takes_a_message_without_end_option(tail: bytes) -> None:
    assert dhcpv4.parse(_HEAD + octets("350101 0c 02 7063") + tail).hostname == b"pc"


def test_unnamed_message_types_have_their_number() -> None:
    assert dhcpv4.parse(_HEAD + octets("35010dff")).message_name == "13"


@given(dhcp_messages)
@THOROUGH
def test_round_trip(message: dhcpv4.Dhcpv4) -> None:
    parsed = dhcpv4.parse(dhcpv4.encode(message))
    assert parsed == dhcpv4.Dhcpv4(
        **{
            name: getattr(message, name)
            for name in message.__struct_fields__
            if name != "option_codes"
        },
        option_codes=parsed.option_codes,
    )


def test_builds_a_discover_that_asks_for_108() -> None:
    wire = dhcpv4.build_discover(MAC, 7, b"pc")
    assert len(wire) == dhcpv4.PADDED_BYTES
    message = dhcpv4.parse(wire)
    assert message.ipv6_only_capable
    assert (message.message_type, message.hostname, message.broadcast) == (1, b"pc", True)
