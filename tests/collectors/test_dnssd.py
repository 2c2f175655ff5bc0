"""Service instances from the records that come: whose they are, what is missing."""

import ipaddress

import pytest

from collectors.dnssd import MAX_INSTANCES, Instance, Instances
from collectors.wire import dns
from collectors.wire.name import from_text, to_text

HOST, OTHER = "10.66.0.9", "10.66.0.8"
KIND = "_ipp._tcp.local"
NAME = f"Printer.{KIND}"


def ptr(name: str = NAME, kind: str = KIND, ttl_s: int = 10) -> dns.Record:
    return dns.Record(from_text(kind), dns.PTR, dns.Target(from_text(name)), ttl_s)


def srv(host: str = "p.local", name: str = NAME, port: int = 631) -> dns.Record:
    return dns.Record(from_text(name), dns.SRV, dns.Service(0, 0, port, from_text(host)), 10)


def txt(*strings: bytes, name: str = NAME) -> dns.Record:
    return dns.Record(from_text(name), dns.TXT, dns.Text(strings), 10)


def a(address: str, name: str = "p.local") -> dns.Record:
    return dns.Record(from_text(name), dns.A, dns.Address(ipaddress.ip_address(address).packed), 10)


def take(*messages: tuple[dns.Record, ...], source: str = HOST) -> Instances:
    instances = Instances(lambda stated, source: stated == source or stated == "10.66.0.7")
    for records in messages:
        instances.take(dns.parse(dns.build_response(records)), source)
    return instances


def seen(
    address: str = HOST, port: int = 631, *details: str, kind: str = "_ipp._tcp"
) -> list[Instance]:
    return [Instance(address, kind, "Printer", port, details)]


CASES = {
    "all in one": (((ptr(), srv(), txt(b"ty=HL"), a(HOST)),), seen(HOST, 631, "ty=HL")),
    "piece by piece": (((ptr(),), (srv(),), (txt(b"ty=HL"),)), seen(HOST, 631, "ty=HL")),
    "text before its instance": (((txt(b"ty=HL"), ptr()),), seen(HOST, 0, "ty=HL")),
    "a pointer alone": (((ptr(),),), seen(HOST, 0)),
    "taken back": (((ptr(ttl_s=0),),), []),
    "a pointer to another type": (((ptr("x._http._tcp.local"),),), []),
    "a pointer outside": (((ptr("x.example", "_ipp._tcp.example"),),), []),
    "text of nobody": (((txt(b"ty=HL"),),), []),
    "a neighbour's": (((ptr(), srv(), a(OTHER)),), []),
    "of another own address": (((ptr(), srv(), a("10.66.0.7")),), seen("10.66.0.7")),
    "device info": (
        ((txt(b"model=MacPro", name="Printer._device-info._tcp.local"),),),
        seen(HOST, 0, "model=MacPro", kind="_device-info._tcp"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    messages, expected = CASES[case]
    assert list(take(*messages).found()) == expected


def asked(instances: Instances) -> list[tuple[str, int]]:
    return [(to_text(one.name), one.type) for one in instances.incomplete()]


INFO = ("Printer._device-info._tcp.local", dns.TXT)


def test_what_is_missing_is_asked_for() -> None:
    assert asked(take((ptr(),))) == [(NAME, dns.SRV), (NAME, dns.TXT), INFO]
    assert asked(take((ptr(), srv()))) == [(NAME, dns.TXT), INFO]
    assert asked(take((ptr(), srv(), txt(b"note=x")))) == [INFO]
    assert asked(take((ptr(), srv(), txt(b"ty=HL")))) == []
    assert asked(take()) == []


def test_bounds() -> None:
    messages = [
        tuple(ptr(f"p{batch}-{number}.{KIND}") for number in range(200)) for batch in range(20)
    ]
    instances = take(*messages)
    assert len(list(instances.found())) == MAX_INSTANCES
    assert instances.dropped == 4000 - MAX_INSTANCES
