"""WS-Discovery: what is read of an envelope, and that no XML bomb goes off."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import frame, wsd
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples_discovery import WSD_HELLO
from tests.collectors.wire.strategies import MODEST

COMPUTER = wsd.Endpoint("urn:uuid:9", ("Device", "Computer"), (), ("http://10.66.0.9:5357/9",))
HELLO = wsd.encode(wsd.Wsd("hello", "urn:uuid:1", (COMPUTER,)))


def test_hello() -> None:
    assert frame.decode(WSD_HELLO).payload == wsd.Wsd("hello", "urn:uuid:1", (COMPUTER,))


@pytest.mark.parametrize("namespace", [wsd.DRAFT, wsd.OASIS], ids=["draft", "oasis"])
@pytest.mark.parametrize("action", ["hello", "bye", "probe_match", "resolve_match"])
def test_actions(action: wsd.Action, namespace: str) -> None:
    message = wsd.Wsd(action, "urn:uuid:2", (COMPUTER,))
    assert wsd.parse(wsd.encode(message, namespace)) == message


def test_several_matches() -> None:
    printer = wsd.Endpoint("urn:uuid:3", ("PrintDeviceType",), ("ldap:///x", "onvif://y"))
    message = wsd.Wsd("probe_match", "m", (COMPUTER, printer))
    assert wsd.parse(wsd.encode(message)) == message


def test_a_probe_names_nobody() -> None:
    assert wsd.parse(wsd.encode(wsd.Wsd("probe", "m"))) == wsd.Wsd("probe", "m")


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><l>&c;</l>'
)
OUTSIDE = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'
REFUSED = {
    "empty": (b"", "bad_type"),
    "not XML": (b"hello", "bad_type"),
    "cut": (HELLO[:-9], "bad_type"),
    "entities": (BOMB, "unsupported"),
    "outer entity": (OUTSIDE, "unsupported"),
    "document type in lower case": (b"<!doctype html><html/>", "unsupported"),
    "entities in UTF-16": (BOMB.decode().encode("utf-16"), "unsupported"),
    "undefined entity": (HELLO.replace(b"urn:uuid:1", b"&x;"), "bad_type"),
    "another action": (HELLO.replace(b"Hello</a", b"Howdy</a"), "unsupported"),
    "no action": (b"<a/>", "unsupported"),
    "too deep": (b"<a>" * 17 + b"</a>" * 17, "too_many"),
    "too many elements": (b"<a>" + b"<b/>" * 512 + b"</a>", "too_many"),
    "too long a text": (b"<a>" + b"b" * 2049 + b"</a>", "too_many"),
    "too many matches": (wsd.encode(wsd.Wsd("probe_match", "m", (COMPUTER,) * 17)), "too_many"),
    "too long": (HELLO + b" " * wsd.MAX_MESSAGE_BYTES, "bad_length"),
    "two documents": (HELLO + HELLO, "bad_type"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, reason = REFUSED[case]
    began = time.process_time()
    with pytest.raises(DecodeError) as error:
        wsd.parse(wire)
    assert error.value.reason == reason
    assert 0 <= error.value.offset <= len(wire)
    assert time.process_time() - began < 5


words = st.lists(st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,10}", fullmatch=True), max_size=3).map(tuple)
endpoints = st.builds(
    wsd.Endpoint, st.from_regex(r"urn:[a-z0-9&<>]{1,20}", fullmatch=True), words, words, words
)


@given(
    st.sampled_from(("probe_match", "resolve_match")),
    st.from_regex(r"[a-z:]{0,20}", fullmatch=True),
    st.lists(endpoints, max_size=4).map(tuple),
)
@MODEST
def test_round_trip(action: wsd.Action, message_id: str, found: tuple[wsd.Endpoint, ...]) -> None:
    message = wsd.Wsd(action, message_id, found)
    assert wsd.parse(wsd.encode(message)) == message
