"""Route netlink answers, byte by byte."""

import struct
from collections.abc import Iterator
from ipaddress import ip_interface, ip_network

import pytest

from collectors.tap import own
from collectors.tap.own import OwnLink, read_own_links


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", len(data) + 4, kind) + data + bytes(-len(data) % 4)


def link(
    name: str, index: int, *, hardware: int = 1, flags: int = 0x41, mac: str = "020000000001"
) -> bytes:
    head = struct.pack("=BxHiII", 0, hardware, index, flags, 0)
    return head + attribute(3, name.encode() + b"\0") + attribute(1, bytes.fromhex(mac))


def address(index: int, text: str, *, flags: int = 0, peer: str = "") -> bytes:
    own_address = ip_interface(text)
    family = 2 if own_address.version == 4 else 10
    head = struct.pack("=BBBBI", family, own_address.network.prefixlen, flags, 0, index)
    if not peer:
        return head + attribute(1, own_address.ip.packed)
    return head + attribute(1, ip_interface(peer).ip.packed) + attribute(2, own_address.ip.packed)


def answers(monkeypatch: pytest.MonkeyPatch, links: list[bytes], addresses: list[bytes]) -> None:
    def dump(kind: int, body_bytes: int) -> Iterator[tuple[int, bytes]]:
        return iter([(0, body) for body in (links if kind == 18 else addresses)])

    monkeypatch.setattr(own, "_dump", dump)


def test_links_with_their_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(
        monkeypatch,
        [
            link("lo", 1, hardware=772, mac="000000000000"),
            link("eth0", 2),
            link("eth1", 3, flags=0x01, mac="020000000002"),
            link("tun0", 4, hardware=65534, mac=""),
        ],
        [
            address(2, "10.66.7.2/24"),
            address(2, "10.66.8.2/24"),
            address(2, "fe80::2/64"),
            address(2, "2001:db8::2/64", flags=0x40),
            address(2, "2001:db8::3/64", flags=0x08),
            address(4, "10.9.0.1/32", peer="10.9.0.2/32"),
            address(9, "10.1.1.1/24"),
        ],
    )
    found = {one.name: one for one in read_own_links()}
    assert found["lo"].mac == found["tun0"].mac == ""
    assert found["eth0"].mac == "02:00:00:00:00:01"
    assert (found["eth0"].running, found["eth1"].running) == (True, False)
    assert list(map(str, found["eth0"].addresses)) == [
        "10.66.7.2/24",
        "10.66.8.2/24",
        "fe80::2/64",
    ]
    assert list(map(str, found["tun0"].addresses)) == ["10.9.0.1/32"]


@pytest.mark.parametrize(
    "addresses",
    [
        [struct.pack("=BBBBI", 2, 24, 0, 0, 2)],
        [struct.pack("=BBBBI", 2, 24, 0, 0, 2) + b"\x01\x00\x01\x00"],
        [struct.pack("=BBBBI", 2, 24, 0, 0, 2) + attribute(1, b"\x0a")],
        [struct.pack("=BBBBI", 99, 24, 0, 0, 2) + attribute(1, bytes(4))],
    ],
    ids=["no address", "an attribute without length", "a short address", "another family"],
)
def test_odd_answers_are_passed_over(
    monkeypatch: pytest.MonkeyPatch, addresses: list[bytes]
) -> None:
    answers(monkeypatch, [link("eth0", 2), struct.pack("=BxHiII", 0, 1, 3, 0, 0)], addresses)
    assert [(one.name, one.addresses) for one in read_own_links()] == [("eth0", ())]


def test_a_link_touches_what_overlaps_its_subnets() -> None:
    one = OwnLink("eth0", 2, "", True, (ip_interface("10.66.7.2/24"),))
    assert one.touches(ip_network("10.66.7.128/25"))
    assert one.touches(ip_network("10.0.0.0/8"))
    assert not one.touches(ip_network("10.66.8.0/24"))
    assert not one.touches(ip_network("::/0"))
