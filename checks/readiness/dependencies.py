"""Which devices depend on IPv4, by their questions on the link and to resolvers.

A question on the link shows that a device is about to talk to a neighbour, over one family. Left
out: what a router asks for others, what a sweep or a keep-alive asks once, answers to those who
asked more often themselves, and the agent's own questions.
"""

from collections.abc import Iterable, Iterator

import msgspec

from checks.readiness.names import RECENT_S, Names
from inventory.readiness import Edge, Lookup
from inventory.snapshot import Device, Snapshot

FEWEST = 2  # questions that make a dependency
SWEEP = 64  # addresses that only a scanner asks for
TTL_S = 86400.0  # for so long a client may keep an answer and not ask again


class Dependency(msgspec.Struct, frozen=True, gc=False):
    """A device that needs a peer (a device, or none that is known) over IPv4.

    `name` is set when it follows from a resolver's log alone. `names` are lookups of the device
    that lead to `target`; None: what it asks resolvers for, or what they answer, is not seen.
    `unexplained`: why, where its questions are seen. `also6`: the two talk over IPv6 as well.
    """

    device: Device
    target: str
    peer: Device | None
    count: int
    days: int
    evidence: str
    is_gateway: bool = False
    also6: bool = False
    name: str = ""
    names: tuple[Lookup, ...] | None = None
    unexplained: str = ""


def dependencies(snapshot: Snapshot, names: Names) -> Iterator[Dependency]:
    """Every dependency of the last month: neighbours first, then names that lead elsewhere."""
    devices = {device.id: device for device in snapshot.devices}
    gateways = {d.id for d in snapshot.devices if d.router or d.kind == "router"}
    asked = _lookups_of(snapshot.devices, names)
    covered: set[tuple[str, str]] = set()
    for found in _neighbours(snapshot, devices, gateways, _Askers(asked, names)):
        if found.peer is not None and not found.is_gateway:
            covered.add((found.device.id, found.peer.id))
        yield found
    owners = {one.address: device for device in snapshot.devices for one in device.addresses}
    for client, lookups in asked.items():
        device = devices[client]
        if device.own or client in gateways:
            continue
        for one in lookups:
            target = next((a for a in one.answers if ":" not in a), "")
            if not target and "ipv4" in one.lacks:
                continue  # the name leads nowhere, with IPv4 or without it
            peer = owners.get(target)
            if peer is not None and (peer is device or (client, peer.id) in covered):
                continue
            yield Dependency(
                device, target or one.name, peer, max(1, one.a), one.days,
                f"asked for {one.name} {one.a} times over IPv4, {one.aaaa} times over IPv6",
                name=one.name, names=(one,),
            )  # fmt: skip


def _neighbours(
    snapshot: Snapshot,
    devices: dict[str, Device],
    gateways: set[str],
    askers: "_Askers",
) -> Iterator[Dependency]:
    recent = [
        edge for edge in snapshot.facts.edges if snapshot.taken_at - edge.last_seen <= RECENT_S
    ]
    also6 = {(edge.device, edge.target_device) for edge in recent if edge.family == "ipv6"}
    recent = [edge for edge in recent if edge.family == "ipv4"]
    counts: dict[tuple[str, str], int] = {}
    for edge in recent:
        pair = (edge.device, edge.target_device)
        counts[pair] = counts.get(pair, 0) + edge.count
    sweepers = _sweepers(recent)
    for edge in recent:
        device, peer = devices.get(edge.device), devices.get(edge.target_device)
        if device is None or peer is None or peer is device:
            continue  # nobody has the address: a question that leads nowhere
        if device.own or peer.own or edge.device in gateways:
            continue
        if edge.count < FEWEST or (edge.device in sweepers and edge.count <= 2 * edge.days):
            continue
        if counts.get((edge.target_device, edge.device), 0) > counts[(device.id, peer.id)]:
            continue  # the other one asks more often: this is how it is answered
        leading, unexplained = askers.leading(edge)
        yield Dependency(
            device, edge.target, peer, edge.count, edge.days,
            f"asked for {edge.target} {edge.count} times on {edge.days} days",
            is_gateway=edge.target_device in gateways,
            also6=(edge.device, edge.target_device) in also6,
            names=leading, unexplained=unexplained,
        )  # fmt: skip


class _Askers:
    """Which names lead a device to an address, where that can be told."""

    def __init__(self, asked: dict[str, list[Lookup]], names: Names) -> None:
        self._asked = asked
        self._names = names
        self._since: dict[str, float] = {}
        self._open: dict[str, tuple[str, ...]] = {}
        for device, lookups in asked.items():
            self._since[device] = names.remembered_since(lookups)
            self._open[device] = tuple(one.name for one in lookups if not names.explained(one))

    def leading(self, edge: Edge) -> tuple[tuple[Lookup, ...] | None, str]:
        """The lookups that lead to the edge's target; or None, and why that is not known.

        That there is none proves the use of a bare address: but only while all answers are known.
        """
        lookups = self._asked.get(edge.device)
        if lookups is None:
            return None, ""
        leading = tuple(one for one in lookups if self._leads(one, edge.target))
        if leading:
            return leading, ""
        if edge.last_seen < self._since[edge.device] + TTL_S:
            return None, "its questions to resolvers are not known for a day before"
        if self._open[edge.device]:
            name = self._open[edge.device][0]
            return None, f"the resolver's log does not show where {name} and others lead"
        return (), ""

    def _leads(self, one: Lookup, target: str) -> bool:
        return target in one.answers or (bool(one.a) and target in self._names.name(one.name).ipv4)


def _lookups_of(devices: Iterable[Device], names: Names) -> dict[str, list[Lookup]]:
    """By device: what all its addresses asked for, each name once."""
    found: dict[str, list[Lookup]] = {}
    for device in devices:
        merged: dict[str, Lookup] = {}
        for address in device.addresses:
            for one in names.of(address.address):
                known = merged.get(one.name)
                merged[one.name] = one if known is None else _joined(known, one)
        if merged:
            found[device.id] = list(merged.values())
    return found


def _joined(first: Lookup, second: Lookup) -> Lookup:
    return msgspec.structs.replace(
        first,
        a=first.a + second.a,
        aaaa=first.aaaa + second.aaaa,
        days=max(first.days, second.days),
        first_seen=min(first.first_seen, second.first_seen),
        last_seen=max(first.last_seen, second.last_seen),
        answers=tuple(dict.fromkeys((*first.answers, *second.answers))),
        with_answers=first.with_answers or second.with_answers,
        lacks=tuple(sorted({*first.lacks, *second.lacks})),
    )


def _sweepers(edges: Iterable[Edge]) -> set[str]:
    """Devices that ask for so many addresses, most of which nobody has, that they scan."""
    asked: dict[str, tuple[int, int]] = {}
    for edge in edges:
        every, held = asked.get(edge.device, (0, 0))
        asked[edge.device] = (every + 1, held + bool(edge.target_device))
    return {device for device, (every, held) in asked.items() if every >= SWEEP and held < every}
