"""DNS messages of multicast DNS and LLMNR."""

import pytest
from hypothesis import given

from collectors.wire import dns
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import IPV4, MDNS_RESPONSE, octets
from tests.collectors.wire.strategies import THOROUGH, dns_messages

_RESPONSE = MDNS_RESPONSE[42:]
_SERVICES = (b"_ipp", b"_tcp", b"local")
_INSTANCE = (b"p", *_SERVICES)
_HOST = (b"q", b"local")


def _response(*records: str, count: int | None = None) -> bytes:
    counted = len(records) if count is None else count
    return octets("0000 8400 0000", f"{counted:04x}", "0000 0000", *records)


_GOOD = "0161 00 0001 0001 00000078 0004 0a420009"
_ADDRESS = dns.Record((b"a",), dns.A, dns.Address(IPV4), 120)


def test_parses_a_response() -> None:
    assert dns.parse(_RESPONSE) == dns.Message(
        flags=dns.RESPONSE | dns.AUTHORITATIVE,
        answers=(
            dns.Record(_SERVICES, dns.PTR, dns.Target(_INSTANCE), 4500),
            dns.Record(_INSTANCE, dns.SRV, dns.Service(0, 0, 631, _HOST), 120, cache_flush=True),
            dns.Record(_INSTANCE, dns.TXT, dns.Text((b"a=1", b"B=xy")), 4500, cache_flush=True),
        ),
        additionals=(dns.Record(_HOST, dns.A, dns.Address(IPV4), 120, cache_flush=True),),
    )


def test_parses_a_query() -> None:
    question = dns.Question(_SERVICES, dns.PTR, unicast=True)
    known = dns.Record(_SERVICES, dns.PTR, dns.Target(_INSTANCE), 4500)
    message = dns.parse(dns.build_query([question], known_answers=[known]))
    assert message == dns.Message(questions=(question,), answers=(known,))
    assert not message.is_response
    assert (message.opcode, message.rcode) == (0, 0)


@pytest.mark.parametrize(
    ("wire", "records", "errors", "incomplete"),
    [
        pytest.param(_response(_GOOD, "0162 00 0001 0001 00000078 0003 0a4200", _GOOD),
                     2, 1, False, id="address-of-3"),
        pytest.param(_response(_GOOD, "0162 00 001c 0001 00000078 0004 0a420009", _GOOD),
                     2, 1, False, id="ipv6-address-of-4"),
        pytest.param(_response(_GOOD, "c0ff 0001 0001 00000078 0004 0a420009", _GOOD),
                     2, 1, False, id="owner-points-nowhere"),
        pytest.param(_response(_GOOD, "c00c 000c 0001 00000078 0002 c0ff", _GOOD),
                     2, 1, False, id="target-points-nowhere"),
        pytest.param(_response(_GOOD, "c00c 000c 0001 00000078 0003 c00c00", _GOOD),
                     2, 1, False, id="target-shorter-than-data"),
        pytest.param(_response(_GOOD, "c00c 000c 0001 00000078 0001 0161 00", _GOOD),
                     1, 2, True, id="target-beyond-data"),
        pytest.param(_response(_GOOD, "c00c 0021 0001 00000078 0005 0000000000", _GOOD),
                     2, 1, False, id="service-of-5"),
        pytest.param(_response(_GOOD, "c00c 0010 0001 00000078 0003 056162", _GOOD),
                     2, 1, False, id="string-beyond-data"),
        pytest.param(_response(_GOOD, "c00c 0001 0001 00000078 ffff 0a420009", _GOOD),
                     1, 1, True, id="lying-data-length"),
        pytest.param(_response(_GOOD, "41", _GOOD), 1, 1, True, id="label-of-65"),
        pytest.param(_response(_GOOD, count=9), 1, 1, True, id="lying-count"),
        pytest.param(_response(_GOOD, "0162 00 0001", count=2), 1, 1, True, id="record-cut"),
        pytest.param(_response(_GOOD, "c00c 0010 0001 00000078 0101" + "00" * 257, _GOOD),
                     2, 1, False, id="257-strings"),
    ],
)  # fmt: skip
def test_goes_on(wire: bytes, records: int, errors: int, incomplete: bool) -> None:
    message = dns.parse(wire)
    assert message.answers == (_ADDRESS,) * records
    assert (message.errors, message.incomplete) == (errors, incomplete)


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        pytest.param(b"", "truncated at octet 0", id="empty"),
        pytest.param(bytes(11), "truncated at octet 11", id="header-cut"),
        pytest.param(_response("ff", count=1), "truncated", id="nothing-readable"),
        pytest.param(_response("80", count=1), "bad_name at octet 12", id="reserved-label"),
    ],
)
def test_refuses_what_says_nothing(wire: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        dns.parse(wire)


def test_cut_messages_keep_what_came_before() -> None:
    whole = dns.parse(_RESPONSE)
    readable = 0
    for cut in range(dns.HEADER_BYTES, len(_RESPONSE)):
        try:
            message = dns.parse(_RESPONSE[:cut])
        except DecodeError:
            assert readable == 0
            continue
        assert message.incomplete
        assert message.records == whole.records[: len(message.records)]
        assert len(message.records) >= readable
        readable = len(message.records)
    assert readable == 3


def test_counts_are_bounded() -> None:
    message = dns.parse(_response("00 0010 0001 00000000 0000" * 600, count=600))
    assert len(message.answers) == dns.MAX_RECORDS
    assert message.incomplete


def test_pointers_cannot_multiply_the_work() -> None:
    long_name = "0161" * 120 + "00 0001 0001 00000078 0004 0a420009"
    message = dns.parse(_response(long_name, *["c00c 0001 0001 00000078 0004 0a420009"] * 400))
    assert len(message.answers) * 120 <= dns.MAX_LABELS + 121
    assert message.errors == 401 - len(message.answers)


def test_options_record_keeps_its_class() -> None:
    message = dns.parse(_response("00 0029 c1f8 00000000 0000"))
    assert message.answers[0].class_ == 0xC1F8
    assert not message.answers[0].cache_flush


@given(dns_messages)
@THOROUGH
def test_round_trip(message: dns.Message) -> None:
    assert dns.parse(dns.encode(message)) == message


def test_builds_a_response() -> None:
    message = dns.parse(dns.build_response([_ADDRESS], [_ADDRESS], id=7))
    assert message.is_response
    assert (message.id, message.answers, message.additionals) == (7, (_ADDRESS,), (_ADDRESS,))


def test_text_pairs() -> None:
    text = dns.Text((b"", b"=x", b"ty=Brother HL", b"TY=other", b"note", b"a=b=c"))
    assert text.pairs == ((b"ty", b"Brother HL"), (b"note", None), (b"a", b"b=c"))


def _pointing(questions: int) -> bytes:
    """Questions that all point at one name of 120 labels."""
    first = b"\x01a" * 120 + b"\0" + b"\0\x01\0\x01"
    counts = questions.to_bytes(2, "big") + bytes(6)
    return bytes(4) + counts + first + b"\xc0\x0c\0\x01\0\x01" * (questions - 1)


def test_a_short_message_may_not_cost_like_a_long_one() -> None:
    short, long = (dns.parse(_pointing(questions)) for questions in (36, 200))
    assert len(short.questions) * 120 <= dns.FREE_LABELS + 3 * len(_pointing(36)) + 121
    assert len(long.questions) <= 1 + dns.MAX_LABELS // 120 + 1
    assert short.errors == 36 - len(short.questions)


def test_many_reverse_names_fit() -> None:
    """The longest names that people use: 34 labels, compressed as far as they go."""
    suffix = b"\x01" + b"\x01".join(b"%x" % (digit % 16) for digit in range(28))
    suffix += b"\x03ip6\x04arpa\0"
    first = b"\x011\x012\x013\x014" + suffix
    rest = b"".join(b"\x011\x01%x\x013\x014\xc0\x14\0\x0c\0\x01" % (n % 16) for n in range(80))
    message = dns.parse(bytes(4) + b"\0\x51" + bytes(6) + first + b"\0\x0c\0\x01" + rest)
    assert len(message.questions) == 81
    assert {len(question.name) for question in message.questions} == {34}
    assert message.errors == 0
