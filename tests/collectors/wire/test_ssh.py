"""SSH codec: RFC 4253 packets, lists and keys; what is refused, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import ssh
from collectors.wire.errors import DecodeError
from tests.collectors.wire.strategies import MODEST

names = st.lists(st.from_regex(rb"[a-z0-9@.-]{1,20}", fullmatch=True), max_size=5).map(tuple)
inits = st.builds(
    ssh.KexInit,
    st.binary(min_size=16, max_size=16),
    st.tuples(*[names] * 10),
    st.booleans(),
)


def test_identification() -> None:
    seen = ssh.parse_identification(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3")
    assert (seen.protocol, seen.software) == (b"2.0", b"OpenSSH_9.2p1")
    assert ssh.parse_identification(b"SSH-1.99-Cisco-1.25").software == b"Cisco-1.25"


REFUSED_LINES = {
    "empty": (b"", "bad_type"),
    "http": (b"HTTP/1.1 400 Bad Request", "bad_type"),
    "version 1": (b"SSH-1.5-OpenSSH_1.2", "bad_version"),
    "no software": (b"SSH-2.0", "truncated"),
    "control": (b"SSH-2.0-x\x1b[2J", "bad_name"),
    "too long": (b"SSH-2.0-" + b"x" * 246, "bad_length"),
}


@pytest.mark.parametrize("case", REFUSED_LINES)
def test_refused_lines(case: str) -> None:
    line, reason = REFUSED_LINES[case]
    with pytest.raises(DecodeError) as error:
        ssh.parse_identification(line)
    assert error.value.reason == reason


@given(st.binary(min_size=1, max_size=2000))
@MODEST
def test_packets_round_trip(payload: bytes) -> None:
    wire = ssh.packet(payload)
    assert len(wire) % 8 == 0
    assert ssh.parse_packet(wire + b"next") == (payload, len(wire))
    assert ssh.parse_packet(wire[:-1]) is None


REFUSED_PACKETS = {
    # length, padding
    "too long": b"\x00\x01\x00\x04\x04",
    "not of whole blocks": b"\x00\x00\x00\x0d\x04",
    "too short": b"\x00\x00\x00\x04\x04",
    "little padding": b"\x00\x00\x00\x0c\x03",
    "padding beyond the end": b"\x00\x00\x00\x0c\x0c",
    "ssh text": b"SSH-2.0-x",
}


@pytest.mark.parametrize("case", REFUSED_PACKETS)
def test_refused_packets(case: str) -> None:
    with pytest.raises(DecodeError) as error:
        ssh.parse_packet(REFUSED_PACKETS[case])
    assert error.value.reason == "bad_length"


@given(inits)
@MODEST
def test_kexinit_round_trip(message: ssh.KexInit) -> None:
    assert ssh.parse_kexinit(ssh.encode_kexinit(message)) == message


@given(st.binary(max_size=99), st.binary(min_size=1, max_size=99), st.binary(max_size=99))
@MODEST
def test_reply_round_trip(key: bytes, public: bytes, signature: bytes) -> None:
    reply = ssh.KexReply(key, public, signature)
    assert ssh.parse_kex_reply(ssh.encode_kex_reply(reply)) == reply


@pytest.mark.parametrize(
    ("number", "wire"),
    [  # the examples of RFC 4251 §5
        (0, "00000000"),
        (0x9A378F9B2E332A7, "0000000809a378f9b2e332a7"),
        (0x80, "000000020080"),
    ],
)
def test_integers(number: int, wire: str) -> None:
    assert ssh.mpint(number).hex() == wire
    if number:
        assert ssh.integer(bytes.fromhex(wire)[4:]) == number


@pytest.mark.parametrize("field", [b"", b"\x00\x00", b"\xff", b"\x80\x01"])
def test_integers_that_no_key_has(field: bytes) -> None:
    with pytest.raises(DecodeError):
        ssh.integer(field)


def spoilt(**parts: object) -> bytes:
    base = ssh.KexInit(bytes(16), ((b"a",),) * 10)
    return ssh.encode_kexinit(ssh.KexInit(base.cookie, parts.get("lists", base.lists)))  # type: ignore[arg-type]


REFUSED_INITS = {
    "another message": (b"\x15", "bad_type"),
    "empty": (b"", "truncated"),
    "no lists": (b"\x14" + bytes(16), "truncated"),
    "a cut list": (spoilt()[:-20], "truncated"),
    "trailing": (spoilt() + b"\0", "bad_length"),
    "too many names": (spoilt(lists=((b"a",) * 129, *((),) * 9)), "too_many"),
    "an empty name": (spoilt(lists=((b"a", b""), *((),) * 9)), "bad_name"),
    "control": (spoilt(lists=((b"a\n",), *((),) * 9)), "bad_name"),
    "too long": (spoilt(lists=((b"a" * 17000,), *((),) * 9)), "bad_length"),
}


@pytest.mark.parametrize("case", REFUSED_INITS)
def test_refused_inits(case: str) -> None:
    wire, reason = REFUSED_INITS[case]
    with pytest.raises(DecodeError) as error:
        ssh.parse_kexinit(wire)
    assert error.value.reason == reason


def test_fields_of_a_key() -> None:
    blob = ssh.string(b"ssh-rsa") + ssh.string(b"\x01\x00\x01") + ssh.string(b"\x00\xc0")
    assert ssh.parse_fields(blob) == (b"ssh-rsa", b"\x01\x00\x01", b"\x00\xc0")
    for broken in (b"", blob[:-1], ssh.string(b"") * 2, ssh.string(b"a") * 5, bytes(5000)):
        with pytest.raises(DecodeError):
            ssh.parse_fields(broken)
