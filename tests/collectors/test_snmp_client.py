"""What pysnmp gives, turned into answers; and datagrams that it must not get."""

from typing import Any

import pytest
from pysnmp.proto import errind
from pysnmp.proto.rfc1902 import Counter64, Integer32, IpAddress, ObjectIdentifier, OctetString
from pysnmp.proto.rfc1905 import endOfMibView, noSuchInstance, noSuchObject

from collectors.places import Place
from collectors.snmp_client import MAX_DATAGRAM_BYTES, Answer, Missing, PysnmpClient, _failed
from collectors.snmp_login import Community, Secret, User
from tests.collectors.virtual_time import run

UDP = (1, 3, 6, 1, 6, 1, 1)
OLD = Community("old", Secret(b"community"))
NEW = User("new", "reader", "sha256", Secret(b"a passphrase"), "aes", Secret(b"another one"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(Integer32(-2), -2, id="a number"),
        pytest.param(Counter64(2**64 - 1), 2**64 - 1, id="a large number"),
        pytest.param(OctetString(hexValue="00ff"), b"\x00\xff", id="octets"),
        pytest.param(IpAddress("10.66.0.1"), b"\x0a\x42\x00\x01", id="an address"),
        pytest.param(noSuchObject, Missing.OBJECT, id="no object"),
        pytest.param(noSuchInstance, Missing.OBJECT, id="no instance"),
        pytest.param(endOfMibView, Missing.END, id="the end"),
        pytest.param(ObjectIdentifier("1.3.6"), None, id="what no table needs"),
    ],
)
def test_values(value: Any, expected: Any) -> None:
    async def main() -> Any:
        async with PysnmpClient(161) as client:
            return client._value(value)

    assert run(main()) == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (errind.requestTimedOut, Answer("silent")),
        (errind.wrongDigest, Answer("refused", detail="WrongDigest")),
        (errind.unknownUserName, Answer("refused", detail="UnknownUserName")),
        (errind.unsupportedSecurityLevel, Answer("refused", detail="UnsupportedSecurityLevel")),
        (errind.tooBig, Answer("error", detail="TooBig")),
    ],
)
def test_failures(failure: Any, expected: Answer) -> None:
    assert _failed(failure) == expected


@pytest.mark.parametrize("login", [OLD, NEW], ids=["v2c", "v3"])
@pytest.mark.parametrize(
    "datagram",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", id="a length without end"),
        pytest.param(b"\x30\x80" * 400, id="nested"),
        pytest.param(b"\x30\x03\x02\x01\x01", id="a version and no more"),
        pytest.param(b"\x30\x03\x02\x01\x03", id="version 3 and no more"),
        pytest.param(b"\x30\x82\x0f\xa2\x02\x82\x0f\x9e" + b"\x7f" * 3998, id="a huge version"),
        pytest.param(bytes(MAX_DATAGRAM_BYTES + 1), id="too long"),
    ],
)
def test_hostile_datagrams_raise_nothing(datagram: bytes, login: Any) -> None:
    async def main() -> None:
        async with PysnmpClient(161) as client:
            engine = client._engine(login)
            client._asked["10.66.0.2"] += 1
            client._received(engine, UDP, ("10.66.0.2", 161), datagram)
            client._received(engine, UDP, ("10.66.0.2", 162), datagram)
            client._received(engine, UDP, ("10.66.0.3", 161), datagram)
            assert client.dropped >= 2

    run(main())


def test_an_engine_per_credential_since_two_may_share_a_user() -> None:
    other = User("other", "reader", "sha", Secret(b"a third passphrase"))

    async def main() -> None:
        async with PysnmpClient(161) as client:
            assert client._engine(NEW) is client._engine(NEW)
            assert client._engine(NEW) is not client._engine(other)
            assert client._auth(NEW).userName == "reader"
            assert client._auth(OLD).communityName == "community"

    run(main())


def test_places_say_their_family() -> None:
    assert [Place("10.66.0.2").version, Place("fe80::2", 7, "lan0").version] == [4, 6]
