"""HTTP service discovery: which devices other exporters may probe, as Prometheus' http_sd wants it.

Only addresses inside the scope are listed, so that a scrape config made from this list probes
nothing that the officer did not name. Labels are described in docs/reference/http_sd.md.
"""

import ipaddress
from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

from collectors.scope import Scope
from exporters.prometheus.device_families import main_address, rank
from exporters.prometheus.text import printable
from inventory.snapshot import Address, Device, Snapshot

Role = Literal["icmp", "snmp", "http", "tls", "ssh", "node"]
ROLES: tuple[Role, ...] = get_args(Role)

PREFIX = "__meta_lanwarden_"


class TargetGroup(msgspec.Struct, frozen=True):
    """One entry of the list: a single target and its labels."""

    targets: tuple[str, ...]
    labels: dict[str, str]


def targets(snapshot: Snapshot, role: Role, scope: Scope) -> list[TargetGroup]:
    """The devices that fit the role, one target per device and address family (or open port).

    `icmp`: every device. `snmp`: those that answered over SNMP. `http`, `tls`, `ssh`: those with
    such a port open. `node`: servers, at port 9100, but nothing that may be a printer, because a
    printer prints what it gets there.
    """
    reach = _Reach(scope)
    return [
        TargetGroup((target,), _labels(device, address, role, port))
        for device in snapshot.devices
        for target, address, port in _OF_ROLE[role](device, reach)
    ]


_Found = Iterator[tuple[str, str, int | None]]


class _Reach:
    """The scope with its networks parsed once. Link-local addresses are outside: no target may
    carry a zone."""

    def __init__(self, scope: Scope) -> None:
        self._inside = [ipaddress.ip_network(text) for text in scope.networks]
        self._outside = [ipaddress.ip_network(text) for text in scope.exclude]

    def __contains__(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address)
        return (
            not parsed.is_link_local
            and any(parsed in network for network in self._inside)
            and not any(parsed in network for network in self._outside)
        )


def _icmp(device: Device, reach: _Reach) -> _Found:
    for address in _best(device, reach):
        yield address, address, None


def _snmp(device: Device, reach: _Reach) -> _Found:
    answered = {answer.address for answer in device.communities if answer.answered}
    answered |= {
        one.address
        for one in device.services
        if (one.transport, one.port, one.state) == ("udp", 161, "open")
    }
    for address in sorted(answered, key=_order):
        if address in reach:
            yield address, address, 161


def _http(device: Device, reach: _Reach) -> _Found:
    for address, port in _open(device, reach, _HTTP_PORTS):
        yield f"http://{_host(address)}:{port}/", address, port


def _tls(device: Device, reach: _Reach) -> _Found:
    for address, port in _open(device, reach, _TLS_PORTS):
        yield f"{_host(address)}:{port}", address, port


def _ssh(device: Device, reach: _Reach) -> _Found:
    for address, port in _open(device, reach, _SSH_PORTS):
        yield f"{_host(address)}:{port}", address, port


def _node(device: Device, reach: _Reach) -> _Found:
    certain = device.own or (device.kind in _SERVERS and device.confidence >= _SURE)
    if not certain or any(
        one.port in _PRINT_PORTS and one.state == "open" for one in device.services
    ):
        return
    for address in _best(device, reach)[:1]:
        yield f"{_host(address)}:{_NODE_PORT}", address, _NODE_PORT


_OF_ROLE = {"icmp": _icmp, "snmp": _snmp, "http": _http, "tls": _tls, "ssh": _ssh, "node": _node}

_HTTP_PORTS = frozenset({80, 8000, 8080})
_TLS_PORTS = frozenset({443, 636, 853, 993, 995, 5986, 8443, 8883})
_SSH_PORTS = frozenset({22})
_PRINT_PORTS = frozenset({515, 631, *range(9100, 9110), *range(9112, 9117)})
_NODE_PORT = 9100
_SERVERS = frozenset({"server", "virtual_machine", "hypervisor"})
_SURE = 0.7


def _best(device: Device, reach: _Reach) -> list[str]:
    """The most lasting address in scope per family, IPv4 first."""
    best: dict[str, Address] = {}
    for address in sorted(device.addresses, key=_rank):
        if address.family not in best and address.address in reach:
            best[address.family] = address
    return [best[family].address for family in ("ipv4", "ipv6") if family in best]


def _rank(address: Address) -> tuple[tuple[bool, bool, int, bool], float]:
    return rank(address), -address.last_seen


def _open(device: Device, reach: _Reach, ports: frozenset[int]) -> Iterator[tuple[str, int]]:
    found = {
        (one.address, one.port)
        for one in device.services
        if one.transport == "tcp" and one.state == "open" and one.port in ports
    }
    for address, port in sorted(found, key=lambda one: (_order(one[0]), one[1])):
        if address in reach:
            yield address, port


def _order(address: str) -> tuple[int, int]:
    parsed = ipaddress.ip_address(address)
    return parsed.version, int(parsed)


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _labels(device: Device, address: str, role: Role, port: int | None) -> dict[str, str]:
    values = {
        "device": device.id,
        "name": device.name,
        "kind": device.kind,
        "vendor": device.vendor,
        "mac": device.macs[0] if device.macs else "",
        "network": device.network,
        "division": device.division,
        "state": device.state,
        "always_on": "true" if device.always_on else "false",
        "role": role,
        "address": address,
        "main_address": main_address(device),
        "family": "ipv6" if ":" in address else "ipv4",
        "port": "" if port is None else str(port),
    }
    return {PREFIX + name: printable(value) for name, value in values.items()}
