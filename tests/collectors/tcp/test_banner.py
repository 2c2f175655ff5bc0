"""What a peer said first: cleaned, and what it proves."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.ports import Port
from collectors.tcp.banner import evidence_of, text_of, without_negotiation

SSH = Port(22, "ssh", speaks_first=True)
TELNET = Port(23, "telnet", speaks_first=True)
ALTERNATIVE = Port(2323, "telnet-alt", speaks_first=True)


@pytest.mark.parametrize(
    ("port", "heard", "evidence", "text"),
    [
        pytest.param(SSH, b"SSH-2.0-OpenSSH_9.2p1\r\n", "", "SSH-2.0-OpenSSH_9.2p1", id="ssh"),
        pytest.param(SSH, b"login: ", "", "login:", id="a prompt elsewhere proves nothing"),
        pytest.param(
            TELNET, b"\xff\xfd\x18\xff\xfd\x20printer login: ", "iac", "printer login:", id="both"
        ),
        pytest.param(TELNET, b"\xff\xfb\x01", "iac", "", id="a negotiation alone"),
        pytest.param(ALTERNATIVE, b"\xff\xfd\x18", "iac", "", id="on the other port"),
        pytest.param(TELNET, b"\r\nUser Name : ", "login-prompt", "User Name :", id="a prompt"),
        pytest.param(TELNET, b"Password:", "login-prompt", "Password:", id="a password prompt"),
        pytest.param(TELNET, b"SSH-2.0-x\r\n", "", "SSH-2.0-x", id="not telnet at all"),
        pytest.param(TELNET, b"", "", "", id="silent"),
        pytest.param(SSH, b"\x1b[31m<b>\xe2\x80\xae\xed\xa0\x80", "", "[31m<b>\ufffd\ufffd\ufffd",
            id="control characters, direction marks, a lone surrogate"),
    ],
)  # fmt: skip
def test_banners(port: Port, heard: bytes, evidence: str, text: str) -> None:
    assert evidence_of(port, heard) == evidence
    assert text_of(port, heard) == text


@pytest.mark.parametrize(
    ("heard", "data"),
    [
        pytest.param(b"a\xff\xffb", b"a\xffb", id="an escaped 255 is data"),
        pytest.param(b"a\xff\xfa\x18\x01\xff\xf0b", b"ab", id="a subnegotiation"),
        pytest.param(b"a\xff\xfa\x18\x01", b"a", id="a subnegotiation that never ends"),
        pytest.param(b"a\xff\xf1b", b"ab", id="a command of two octets"),
        pytest.param(b"a\xff\xfd\x18b", b"ab", id="a command of three octets"),
        pytest.param(b"a\xff\xfd", b"a", id="cut in a command"),
        pytest.param(b"a\xff", b"a", id="cut after 255"),
    ],
)
def test_negotiation_is_no_text(heard: bytes, data: bytes) -> None:
    assert without_negotiation(heard) == data


def test_a_banner_is_short() -> None:
    assert len(text_of(SSH, b"x" * 10_000)) == 256


@given(st.binary(max_size=600), st.sampled_from((SSH, TELNET)))
def test_any_bytes_become_clean_text(heard: bytes, port: Port) -> None:
    text = text_of(port, heard)
    assert len(text) <= 256
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in text)
    assert evidence_of(port, heard) in {"", "iac", "login-prompt"}
