"""Every open port is tried over the other family, and only there."""

import asyncio
import math
from collections.abc import Iterable
from typing import Any

import pytest

from collectors.contract import Limits, NoData, OpenPort, Target
from collectors.memory import Until
from collectors.netlink.kernel import Neighbour
from collectors.observation import AnyObservation, ServiceSeen, Unanswered
from collectors.parity import MAX_ADDRESSES, compare, errands_of
from collectors.places import Place
from collectors.ports import NEVER
from collectors.tcp.dial import Connection, Refused
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.tcp.test_probe import Device
from tests.collectors.virtual_time import run

UNPACED = Limits(connections_per_second=math.inf, attempts_per_second=math.inf)
V4, GUA, LL = "10.66.0.9", "2001:db8:66::9", "fe80::9"
BOTH = (V4, GUA, f"{LL}%lan0")


class ByPlace(Device):
    """Plays TCP with different ports on different addresses; several states: one after the other.

    Silence is played by several tries, so it must be said once for each.
    """

    def __init__(self, ports: dict[tuple[str, int], str]) -> None:
        super().__init__({})
        self.by_place = ports

    def dial(
        self, place: Place, port: int, timeout_s: float
    ) -> asyncio.Future[Connection | Refused]:
        first, _, rest = self.by_place.get((place.address, port), "silent").partition(" ")
        if rest:
            self.by_place[place.address, port] = rest
        self.ports = {port: first}
        return super().dial(place, port, timeout_s)


def target(*opened: tuple[str, int], addresses: tuple[str, ...] = BOTH, **more: Any) -> Target:
    ports = tuple(OpenPort(address, port) for address, port in opened)
    return Target("d-1", addresses, interface="lan0", open_ports=ports, **more)


async def refuse(place: Place, port: int, timeout_s: float) -> Refused:
    del place, port, timeout_s
    return Refused("closed")


def compared(
    device: Device, known: Target, *entries: Neighbour, **options: Any
) -> list[AnyObservation]:
    async def neighbours() -> Iterable[Neighbour]:
        return entries

    made = context(known, limits=UNPACED, **options)
    return run(gathered(compare(made, device, refuse, neighbours)))


def states(found: list[AnyObservation]) -> dict[tuple[str, int], str]:
    return {
        (item.address, item.port): item.state for item in found if isinstance(item, ServiceSeen)
    }


def neighbour(address: str, state: str = "reachable", age_s: float = 1.0) -> Neighbour:
    return Neighbour("lan0", address, "02:00:00:00:00:09", state, False, age_s)


def test_a_port_is_tried_on_every_lasting_address_of_the_other_family() -> None:
    device = ByPlace({(GUA, 22): "open", (LL, 22): "closed", (V4, 8443): "closed"})
    found = compared(device, target((V4, 22), (GUA, 8443)))
    assert states(found) == {(GUA, 22): "open", (LL, 22): "closed", (V4, 8443): "closed"}
    assert {item.source for item in found} == {"parity"}
    assert {item.interface for item in found if item.address == LL} == {"lan0"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        pytest.param(target((V4, 22), temporary=(GUA,)), {(LL, 22)}, id="not temporary ones"),
        pytest.param(target((V4, 9100), (V4, 22)), {(GUA, 22), (LL, 22)}, id="never print ports"),
        pytest.param(target((GUA, 22)), {(V4, 22)}, id="from IPv6 to IPv4"),
        pytest.param(
            target((V4, 22), addresses=(V4, "2001:db8:99::1", GUA)), {(GUA, 22)}, id="in scope only"
        ),
        pytest.param(
            target((V4, 22), addresses=(V4, *(f"2001:db8:66::{n:x}" for n in range(1, 30)))),
            {(f"2001:db8:66::{n:x}", 22) for n in range(1, MAX_ADDRESSES + 1)},
            id="so many addresses at most",
        ),
        pytest.param(target(addresses=BOTH), set(), id="no open port"),
        pytest.param(target((V4, 22), addresses=(V4,)), set(), id="one family"),
    ],
)
def test_what_is_tried(known: Target, wanted: set[tuple[str, int]]) -> None:
    errands = errands_of(context(known))
    found = {
        (one.place.address, p.number) for device in errands for one in device for p in one.ports
    }
    assert found == wanted
    assert not {port for _, port in found} & NEVER


@pytest.mark.parametrize(
    ("entries", "evidence"),
    [
        pytest.param((neighbour(GUA), neighbour(LL)), "timeout; it answers neighbour discovery",
            id="it answers neighbour discovery"),
        pytest.param((neighbour(GUA, "failed"),), "", id="it does not"),
        pytest.param((neighbour(GUA, "stale", 900.0),), "", id="it did, some time ago"),
        pytest.param((), "", id="not a word"),
    ],
)  # fmt: skip
def test_silence_counts_as_a_filter_only_of_an_address_that_is_there(
    entries: tuple[Neighbour, ...], evidence: str
) -> None:
    found = compared(ByPlace({}), target((V4, 22), (V4, 80), addresses=(V4, GUA)), *entries)
    seen = {
        (item.port, item.state, item.evidence) for item in found if isinstance(item, ServiceSeen)
    }
    silent = [item for item in found if isinstance(item, Unanswered)]
    if evidence:
        assert seen == {(22, "filtered", evidence), (80, "filtered", evidence)}
        assert not silent
    else:
        assert not seen
        assert [(item.address, item.source) for item in silent] == [(GUA, "parity")]


def test_another_port_proves_that_the_address_is_there() -> None:
    device = ByPlace({(V4, 80): "open"})
    found = compared(device, target((GUA, 445), (V4, 80), addresses=(V4, GUA)), neighbour(LL))
    seen = {(i.address, i.port): i.evidence for i in found if isinstance(i, ServiceSeen)}
    assert seen[V4, 445] == "timeout; port 80 answers"


@pytest.mark.parametrize(
    ("there", "here", "state", "against"),
    [
        pytest.param("open", "closed", "closed", V4, id="closed"),
        pytest.param("open", "silent", "filtered", V4, id="filtered"),
        pytest.param("open", "closed open", "open", "", id="open after all"),
        pytest.param("open", "silent silent open", "open", "", id="a lost packet"),
        pytest.param("closed", "closed", "closed", "", id="gone over both"),
        pytest.param("silent", "silent", "filtered", "", id="silent over both"),
        pytest.param("closed", "silent silent open", "filtered", "", id="no control"),
        pytest.param("open", "open", "open", "", id="open over both"),
    ],
)
def test_what_is_not_open_is_tried_again_beside_the_other_family(
    there: str, here: str, state: str, against: str
) -> None:
    """Port 22 answers here all the time, so silence of port 445 is no silence of the address."""
    ports = {(V4, 22): "open", (GUA, 22): "open", (V4, 445): there, (GUA, 445): here}
    found = compared(ByPlace(ports), target((V4, 22), (V4, 445), addresses=(V4, GUA)))
    last = [i for i in found if isinstance(i, ServiceSeen) and (i.address, i.port) == (GUA, 445)]
    assert (last[-1].state, last[-1].against) == (state, against)
    assert [one.against for one in last[:-1]] == [""] * (len(last) - 1)
    if there == "closed":
        assert states(found)[V4, 445] == "closed", "what is gone there is said as well"


def test_a_silent_address_is_compared_when_it_is_there() -> None:
    device = ByPlace({(V4, 22): "open"})
    found = compared(device, target((V4, 22), addresses=(V4, GUA)), neighbour(GUA))
    last = [i for i in found if isinstance(i, ServiceSeen) and i.address == GUA][-1]
    assert (last.state, last.against) == ("filtered", V4)
    assert last.evidence == "timeout; it answers neighbour discovery"


def test_a_device_in_quarantine_is_left_alone() -> None:
    quarantine = Until()
    quarantine.put("d-1", NOW + 60)
    with pytest.raises(NoData, match="no device with an open TCP port"):
        compared(ByPlace({}), target((V4, 22)), quarantine=quarantine)


def test_a_device_that_falls_silent_is_left_alone_from_then_on() -> None:
    device = ByPlace({(GUA, 22): "open"})
    device.dies_after_connections = 1
    quarantine = Until()
    compared(device, target((V4, 22)), quarantine=quarantine)
    assert quarantine.holds("d-1", NOW)
    assert {place for _, place, _, _ in device.dialled} == {GUA}
