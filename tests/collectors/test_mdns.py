"""Multicast DNS names: what is asked where, whose answers count for which address."""

import ipaddress
from typing import Literal

import pytest

from collectors.contract import CollectorError, NoData, Target
from collectors.datagrams import Datagram, Endpoint
from collectors.mdns import ask
from collectors.observation import (
    AnyObservation,
    DescriptionSeen,
    NameSeen,
    ServiceAdvertised,
)
from collectors.scope import Scope
from collectors.wire import dns
from collectors.wire.name import Name, from_text
from tests.collectors.contexts import LINK, NOW, SCOPE, context, gathered
from tests.collectors.endpoints import Answer, PlayedEndpoint
from tests.collectors.virtual_time import run

IDENTIFIER = 0x2222
SERVICES = from_text("_services._dns-sd._udp.local")
PRINTER = Target("d-1", ("10.66.0.9", "2001:db8:66::9"))
OTHER = Target("d-2", ("10.66.0.8",))


class Net:
    """Opens played endpoints and keeps them by family and link."""

    def __init__(self, answer: Answer, error: OSError | None = None) -> None:
        self.endpoints: dict[tuple[int, int], PlayedEndpoint] = {}
        self._answer = answer
        self._error = error

    def __call__(self, version: Literal[4, 6], link: int = 0) -> Endpoint:
        endpoint = PlayedEndpoint(self._answer, self._error)
        self.endpoints[version, link] = endpoint
        return endpoint

    def asked(self, version: int) -> list[str]:
        return [
            ".".join(label.decode() for label in question.name)
            for _, data, *_ in self.endpoints[version, LINK.index].sent
            for question in dns.parse(data).questions
        ]


def survey(net: Net, *targets: Target, scope: Scope = SCOPE) -> list[tuple[str, str]]:
    found = run(gathered(observations(net, *targets, scope=scope)))
    return [(item.name, item.address) for item in found if isinstance(item, NameSeen)]


def observations(net: Net, *targets: Target, scope: Scope = SCOPE):  # type: ignore[no-untyped-def]
    return ask(context(*targets, scope=scope), net, lambda limit: IDENTIFIER)


def a(name: str, address: str) -> dns.Record:
    kind = dns.A if ":" not in address else dns.AAAA
    return dns.Record(from_text(name), kind, dns.Address(ipaddress.ip_address(address).packed), 10)


def ptr(name: str, target: str) -> dns.Record:
    return dns.Record(from_text(name), dns.PTR, dns.Target(from_text(target)), 10)


def reverse(address: str, target: str) -> dns.Record:
    return ptr(ipaddress.ip_address(address).reverse_pointer, target)


def srv(name: str, target: str) -> dns.Record:
    return dns.Record(from_text(name), dns.SRV, dns.Service(0, 0, 631, from_text(target)), 10)


def once(
    *records: dns.Record,
    source: str = "10.66.0.9",
    port: int = 5353,
    id: int = IDENTIFIER,
    asked: Name = SERVICES,
) -> Answer:
    """Answer the question for `asked`, over IPv4, with the records."""

    def answer(data: bytes, address: str) -> list[Datagram]:
        if ":" in address or asked not in [item.name for item in dns.parse(data).questions]:
            return []
        return [Datagram(dns.build_response(records, id=id), source, port)]

    return answer


def silence(data: bytes, address: str) -> list[Datagram]:
    return []


def test_known_addresses_and_services_are_asked_for_on_their_family() -> None:
    net = Net(silence)
    assert survey(net, PRINTER, Target("d-3", ("fe80::9%lan0", "fe80::8%wan0", "10.99.0.1"))) == []
    assert net.asked(4) == ["_services._dns-sd._udp.local", "9.0.66.10.in-addr.arpa"]
    assert net.asked(6) == [
        "_services._dns-sd._udp.local",
        ipaddress.ip_address("2001:db8:66::9").reverse_pointer,
        ipaddress.ip_address("fe80::9").reverse_pointer,
    ]
    sent = {key: {item[2:] for item in end.sent} for key, end in net.endpoints.items()}
    assert sent == {(4, 7): {("224.0.0.251", 5353, 7)}, (6, 7): {("ff02::fb", 5353, 7)}}
    for endpoint in net.endpoints.values():
        assert endpoint.closed
        questions = [item for _, data, *_ in endpoint.sent for item in dns.parse(data).questions]
        assert all(question.unicast and question.type == dns.PTR for question in questions)


def test_types_are_asked_for_once_and_their_hosts_are_seen() -> None:
    instance = "HP LaserJet\\.1._ipp._tcp.local"

    def answer(data: bytes, address: str) -> list[Datagram]:
        names = [item.name for item in dns.parse(data).questions]
        if ":" in address:
            return []
        if SERVICES in names:
            records = [ptr("_services._dns-sd._udp.local", "_ipp._tcp.local")] * 2
        elif from_text("_ipp._tcp.local") in names:
            records = [
                ptr("_ipp._tcp.local", instance),
                srv(instance, "printer-2f.local"),
                a("printer-2f.local", "10.66.0.9"),
                a("printer-2f.local", "2001:db8:66::9"),
            ]
        else:
            return []
        return [Datagram(dns.build_response(records, id=IDENTIFIER), "10.66.0.9", 5353)]

    net = Net(answer)
    assert survey(net, PRINTER) == [
        ("printer-2f.local", "10.66.0.9"), ("printer-2f.local", "2001:db8:66::9"),
    ]  # fmt: skip
    assert net.asked(4)[2:] == [
        "_ipp._tcp.local", "HP LaserJet.1._ipp._tcp.local",
        "HP LaserJet.1._device-info._tcp.local",
    ]  # fmt: skip


COUNTS = [
    pytest.param(
        [reverse("10.66.0.9", "printer-2f.local")], {}, [("printer-2f.local", "10.66.0.9")],
        id="a reverse name",
    ),
    pytest.param(
        [reverse("2001:db8:66::9", "printer-2f.local")], {},
        [("printer-2f.local", "2001:db8:66::9")],
        id="a reverse name of another family of the same device",
    ),
    pytest.param(
        [reverse("10.66.0.9", "printer-2f.local"), a("printer-2f.local", "10.66.0.9")], {},
        [("printer-2f.local", "10.66.0.9")], id="said twice, seen once",
    ),
    pytest.param(
        [a("printer-2f.local", "2001:db8:66::77")], {}, [("printer-2f.local", "2001:db8:66::77")],
        id="an address of its own that nobody knew",
    ),
    pytest.param(
        [srv("x._ipp._tcp.local", "printer-2f.local")], {}, [("printer-2f.local", "10.66.0.9")],
        id="a service host without an address is the one that answers",
    ),
    pytest.param(
        [a("p.local", "10.66.0.9")], {"id": 0}, [("p.local", "10.66.0.9")],
        id="without an identifier",
    ),
    pytest.param([a("printer-2f.local", "10.66.0.8")], {}, [], id="another device's address"),
    pytest.param([reverse("10.66.0.8", "evil.local")], {}, [], id="another device's reverse name"),
    pytest.param([a("printer-2f.local", "10.99.0.9")], {}, [], id="an address out of scope"),
    pytest.param([a("printer-2f.local", "10.66.0.66")], {}, [], id="an excluded address"),
    pytest.param([a("printer-2f.local", "224.0.0.251")], {}, [], id="a group"),
    pytest.param([a("bank.example", "10.66.0.9")], {}, [], id="a name outside .local"),
    pytest.param([reverse("10.66.0.9", "bank.example")], {}, [], id="a target outside .local"),
    pytest.param([ptr("9.0.66.in-addr.arpa", "x.local")], {}, [], id="half a reverse name"),
    pytest.param([ptr("a.b.c.d.in-addr.arpa", "x.local")], {}, [], id="no reverse name"),
    pytest.param(
        [srv("x._ipp._tcp.local", "one.local"), srv("y._ipp._tcp.local", "two.local")], {}, [],
        id="services of several hosts, none with an address",
    ),
    pytest.param([a("p.local", "10.66.0.9")], {"port": 1024}, [], id="from another port"),
    pytest.param([a("p.local", "10.66.0.9")], {"id": 1}, [], id="another identifier"),
    pytest.param([a("p.local", "10.66.0.9")], {"source": "10.99.0.1"}, [], id="from out of scope"),
]  # fmt: skip


@pytest.mark.parametrize(("records", "how", "expected"), COUNTS)
def test_which_statements_count(
    records: list[dns.Record], how: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    net = Net(once(*records, **how))  # type: ignore[arg-type]
    assert survey(net, PRINTER, OTHER) == expected


QUESTION = dns.build_query([dns.Question(SERVICES, dns.PTR)], id=IDENTIFIER)
LOOP = bytes.fromhex("2222 8400 0000 0001 0000 0000 c00c 000c 0001 0000 000a 0002 c00c")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(LOOP, id="a compression loop"),
        pytest.param(LOOP[:12] + b"\x3f" * 10_000, id="a name of 10 kB"),
        pytest.param(b"\xff" * 9000, id="rubbish"),
        pytest.param(QUESTION, id="a question"),
    ],
)  # fmt: skip
def test_rubbish_is_skipped_and_the_rest_counts(data: bytes) -> None:
    def answer(question: bytes, address: str) -> list[Datagram]:
        good = once(a("printer-2f.local", "10.66.0.9"))(question, address)
        return [Datagram(data, "10.66.0.9", 5353), *good]

    assert survey(Net(answer), PRINTER) == [("printer-2f.local", "10.66.0.9")]


def test_hostile_labels_are_cleaned() -> None:
    name = (b"\x1b[2J\xed\xa0\x80<script>", b"local")
    record = dns.Record(name, dns.A, dns.Address(bytes((10, 66, 0, 9))), 10)
    ((text, _),) = survey(Net(once(record)), PRINTER)
    assert text == "[2J\ufffd\ufffd\ufffd<script>.local"


def test_names_are_bounded() -> None:
    def answer(data: bytes, address: str) -> list[Datagram]:
        batches = [
            [a(f"host-{batch}-{number}.local", "10.66.0.9") for number in range(500)]
            for batch in range(20)
        ]
        return [
            Datagram(dns.build_response(batch, id=IDENTIFIER), "10.66.0.9", 5353)
            for batch in batches
        ]

    assert len(survey(Net(answer), PRINTER)) == 4096


def test_many_addresses_share_packets() -> None:
    targets = [Target(f"d-{number}", (f"10.66.0.{number}",)) for number in range(1, 65)]
    net = Net(silence)
    survey(net, *targets)
    assert len(net.asked(4)) == 65
    assert len(net.endpoints[4, 7].sent) == 5


def test_without_a_link_there_is_nothing_to_ask_on() -> None:
    with pytest.raises(NoData, match="no link in scope"):
        survey(Net(silence), PRINTER, scope=Scope(networks=("10.66.0.0/24",)))


def test_when_nothing_can_be_sent_the_link_is_named() -> None:
    with pytest.raises(CollectorError, match=r"lan0: .*Network is unreachable"):
        survey(Net(silence, OSError(101, "Network is unreachable")), PRINTER)


def test_one_family_that_fails_does_not_silence_the_other() -> None:
    class Half(Net):
        def __call__(self, version: Literal[4, 6], link: int = 0) -> Endpoint:
            if version == 6:
                raise OSError(97, "Address family not supported by protocol")
            return super().__call__(version, link)

    assert survey(Half(once(a("p.local", "10.66.0.9"))), PRINTER) == [("p.local", "10.66.0.9")]


def test_an_observation_names_its_source_and_link() -> None:
    (seen,) = run(gathered(observations(Net(once(a("p.local", "10.66.0.9"))), PRINTER)))
    expected: AnyObservation = NameSeen(
        at=NOW, source="mdns", interface="lan0", name="p.local", address="10.66.0.9"
    )
    assert seen == expected


def test_services_and_the_make_that_they_name() -> None:
    instance = "HL._ipp._tcp.local"
    text = dns.Text((b"ty=Brother HL-L5100DN", b"usb_MFG=Brother", b"Color=T"))

    def answer(data: bytes, address: str) -> list[Datagram]:
        questions = [(item.name, item.type) for item in dns.parse(data).questions]
        records: list[dns.Record] = []
        if (SERVICES, dns.PTR) in questions:
            records = [ptr("_services._dns-sd._udp.local", "_ipp._tcp.local")]
        elif (from_text("_ipp._tcp.local"), dns.PTR) in questions:
            records = [ptr("_ipp._tcp.local", instance), srv(instance, "hl.local")]
        elif (from_text(instance), dns.TXT) in questions:
            records = [dns.Record(from_text(instance), dns.TXT, text, 10)]
        if ":" in address or not records:
            return []
        return [Datagram(dns.build_response(records, id=IDENTIFIER), "10.66.0.9", 5353)]

    found = run(gathered(observations(Net(answer), PRINTER)))
    assert found == [
        NameSeen(at=NOW, source="mdns", interface="lan0", name="hl.local", address="10.66.0.9"),
        ServiceAdvertised(
            at=NOW, source="mdns", interface="lan0", protocol="mdns", mac="", address="10.66.0.9",
            kind="_ipp._tcp", name="HL", port=631,
            details=("ty=Brother HL-L5100DN", "usb_mfg=Brother"),
        ),
        DescriptionSeen(
            at=NOW, source="mdns", interface="lan0", address="10.66.0.9", protocol="mdns",
            manufacturer="Brother", model="Brother HL-L5100DN",
        ),
    ]  # fmt: skip
