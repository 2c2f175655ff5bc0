"""SSDP: three kinds of message, bounded headers, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import frame, ssdp
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples_discovery import SSDP_NOTIFY
from tests.collectors.wire.strategies import MODEST


def test_notification() -> None:
    message = frame.decode(SSDP_NOTIFY).payload
    assert isinstance(message, ssdp.Ssdp)
    assert (message.kind, message.target) == ("notify", b"upnp:rootdevice")
    assert (message.lifetime_s, message.is_farewell) == (1800, False)
    assert message.header(b"location") == b"http://10.66.0.9:8080/desc.xml"
    assert message.header(b"nothing") == b""


KINDS = {
    "search": (b"M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\nMX: 1\r\n\r\n", "search", b"ssdp:all"),
    "response": (b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n", "response", b"upnp:rootdevice"),
    "bare line ends": (b"NOTIFY * HTTP/1.0\nNT: a\n\n", "notify", b"a"),
    "no empty line": (b"NOTIFY * HTTP/1.1\r\nNT: a", "notify", b"a"),
    "body ignored": (b"NOTIFY * HTTP/1.1\r\nNT:a\r\n\r\nST: b\r\nNT: c", "notify", b"a"),
    "first counts": (b"NOTIFY * HTTP/1.1\r\nNT: a\r\nnt : b\r\n\r\n", "notify", b"a"),
}


@pytest.mark.parametrize("case", KINDS)
def test_kinds(case: str) -> None:
    wire, kind, target = KINDS[case]
    message = ssdp.parse(wire)
    assert (message.kind, message.target) == (kind, target)


def test_farewell_and_odd_lines() -> None:
    message = ssdp.parse(
        b"NOTIFY * HTTP/1.1\r\nNTS: SSDP:ByeBye\r\nno colon\r\n: no name\r\n"
        b'Cache-Control: no-cache, Max-Age = "60"\r\n\r\n'
    )
    assert message.is_farewell
    assert message.malformed == 2
    assert message.lifetime_s == 60


REFUSED = {
    "empty": (b"", "bad_type"),
    "http": (b"GET / HTTP/1.1\r\n\r\n", "bad_type"),
    "another target": (b"NOTIFY / HTTP/1.1\r\n\r\n", "bad_type"),
    "not found": (b"HTTP/1.1 404 No\r\n\r\n", "unsupported"),
    "too many headers": (b"NOTIFY * HTTP/1.1\r\n" + b"a: b\r\n" * 65, "too_many"),
    "too long": (b"NOTIFY * HTTP/1.1\r\na: " + b"b" * 8192, "bad_length"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, reason = REFUSED[case]
    with pytest.raises(DecodeError) as error:
        ssdp.parse(wire)
    assert error.value.reason == reason


@pytest.mark.parametrize("value", [b"", b"max-age", b"max-age=x", b"max-age=" + b"9" * 5000])
def test_a_lifetime_that_says_nothing(value: bytes) -> None:
    assert ssdp.Ssdp("notify", ((b"cache-control", value),)).lifetime_s is None


@given(
    st.sampled_from(("notify", "search", "response")),
    st.dictionaries(
        st.from_regex(rb"[a-z][a-z-]{0,10}", fullmatch=True),
        st.from_regex(rb"([!-~]( ?[!-~]){0,20})?", fullmatch=True),
        max_size=8,
    ),
)
@MODEST
def test_round_trip(kind: ssdp.Kind, headers: dict[bytes, bytes]) -> None:
    message = ssdp.Ssdp(kind, tuple(headers.items()))
    assert ssdp.parse(ssdp.encode(message)) == message
