"""The anchors: what is tried, what is never tried, and what the outcomes are called."""

from typing import Any

import pytest

from collectors.anchors import ask, is_far
from collectors.contract import CollectorError, NoData
from collectors.observation import PathProbed, PathSize, ReachTried
from collectors.places import Place
from collectors.talk.channel import Channel
from collectors.talk.path import EchoForbidden, Upload
from collectors.tcp.dial import Refused
from tests.collectors.askers import Zone
from tests.collectors.contexts import context, gathered
from tests.collectors.talk.played import PlayedChannel, Says

OWN = ("10.66.0.1",)
ZONE = {
    "dual.example A": ("198.51.100.12",),
    "dual.example AAAA": ("2001:db8:ff::12", "fe80::1", "::1"),
    "old.example A": ("198.51.100.13", "127.0.0.1"),
}


class Ways:
    """Far hosts that answer, but those named."""

    def __init__(self, *, echoes: bool = True) -> None:
        self.refused: dict[str, Refused] = {}
        self.called: list[tuple[str, int]] = []
        self.echoed: list[tuple[str, int]] = []
        self.uploaded: list[str] = []
        self._echoes = echoes
        self.largest = 1500
        self.fragments = True

    async def caller(self, place: Place, port: int, timeout_s: float) -> Channel | Refused:
        self.called.append((place.address, port))
        return self.refused.get(place.address) or PlayedChannel(Says())

    async def echoer(
        self, address: str, size_bytes: int, *, in_fragments: bool = False
    ) -> PathSize:
        if not self._echoes:
            raise EchoForbidden("not permitted")
        if in_fragments:
            return PathSize(size_bytes, self.fragments)
        self.echoed.append((address, size_bytes))
        return PathSize(size_bytes, size_bytes <= self.largest)

    async def uploader(self, place: Place, port: int) -> Upload:
        self.uploaded.append(place.address)
        return "ok"


async def tried(
    ways: Ways, anchors: object, gateways: tuple[Place, ...] = (), **options: Any
) -> tuple[dict[tuple[str, str], ReachTried], dict[str, PathProbed]]:
    made = context(anchors=anchors, **options)
    found = await gathered(ask(made, OWN, gateways, Zone(ZONE), ways))  # type: ignore[arg-type]
    reached = {(one.name, one.address): one for one in found if isinstance(one, ReachTried)}
    return reached, {one.address: one for one in found if isinstance(one, PathProbed)}


async def test_names_and_literals_of_both_families() -> None:
    ways = Ways()
    reached, paths = await tried(ways, ("dual.example:443", "[2001:db8:ff::11]:53"))
    assert {key: one.outcome for key, one in reached.items()} == {
        ("dual.example:443", "198.51.100.12"): "answered",
        ("dual.example:443", "2001:db8:ff::12"): "answered",
        ("[2001:db8:ff::11]:53", "2001:db8:ff::11"): "answered",
    }
    assert set(paths) == {"2001:db8:ff::12", "2001:db8:ff::11"}
    assert {one.upload for one in paths.values()} == {"ok"}
    assert [size.size_bytes for size in paths["2001:db8:ff::11"].sizes] == [1280, 1400, 1500]


@pytest.mark.parametrize(
    ("refused", "outcome"),
    [
        pytest.param(Refused("silent"), "timeout", id="silence"),
        pytest.param(Refused("closed"), "refused", id="a reset"),
        pytest.param(Refused("unreachable", "EHOSTUNREACH"), "unreachable", id="ICMPv6"),
        pytest.param(Refused("local", "EACCES"), "unreachable", id="administratively prohibited"),
        pytest.param(Refused("local", "EMFILE"), "error", id="an error of our own"),
    ],
)
async def test_outcomes(refused: Refused, outcome: str) -> None:
    ways = Ways()
    ways.refused["2001:db8:ff::12"] = refused
    reached, paths = await tried(ways, ("dual.example:443",))
    assert reached["dual.example:443", "2001:db8:ff::12"].outcome == outcome
    assert paths["2001:db8:ff::12"].upload == "no_connection"
    assert ways.uploaded == []


async def test_one_that_answers_no_echo_gets_no_larger_ones() -> None:
    ways = Ways()
    ways.largest = 100
    _, paths = await tried(ways, ("dual.example:443",))
    assert paths["2001:db8:ff::12"].sizes == (PathSize(1280, False),)
    assert paths["2001:db8:ff::12"].upload == "ok"


async def test_echoes_that_the_kernel_forbids() -> None:
    _, paths = await tried(Ways(echoes=False), ("dual.example:443",))
    path = paths["2001:db8:ff::12"]
    assert (path.sizes, path.fragments, path.upload) == ((), None, "ok")


@pytest.mark.parametrize(
    ("largest", "passing", "told"),
    [
        pytest.param(1500, True, True, id="they arrive"),
        pytest.param(1500, False, False, id="they vanish"),
        pytest.param(1400, False, None, id="whole large ones vanish as well: not asked"),
    ],
)
async def test_fragments(largest: int, passing: bool, told: bool | None) -> None:
    ways = Ways()
    ways.largest, ways.fragments = largest, passing
    _, paths = await tried(ways, ("dual.example:443",))
    assert paths["2001:db8:ff::12"].fragments is told


async def test_through_nat64() -> None:
    prefixes = ("2001:db8:64::/96", "64:ff9b::/96", "nonsense")
    reached, _ = await tried(Ways(), ("old.example:443",), nat64_prefixes=prefixes)
    # The well-known prefix must not stand for an address that is not global.
    assert set(reached) == {
        ("old.example:443", "198.51.100.13"), ("nat64", "2001:db8:64::c633:640d"),
    }  # fmt: skip
    assert reached["nat64", "2001:db8:64::c633:640d"].family == "ipv6"


async def test_routers() -> None:
    gateways = (Place("10.66.0.1"), Place("fe80::1", 7, "lan0"))
    ways = Ways()
    ways.refused["10.66.0.1"] = Refused("closed")
    reached, _ = await tried(ways, ("old.example:443",), gateways)
    assert reached["", "10.66.0.1"].outcome == "refused"
    assert (reached["", "fe80::1"].interface, reached["", "fe80::1"].port) == ("lan0", 53)


async def test_nothing_goes_to_whom_nobody_named() -> None:
    ways = Ways()
    await tried(ways, ("dual.example:443", "nonsense", 7, "[fe80::1]:443", "127.0.0.1:22"))
    assert {address for address, _ in ways.called} == {"198.51.100.12", "2001:db8:ff::12"}
    assert {address for address, _ in ways.echoed} == {"2001:db8:ff::12"}


@pytest.mark.parametrize("given", [(), None, ("nonsense",), "dual.example:443"])
async def test_no_anchors(given: object) -> None:
    ways = Ways()
    with pytest.raises(NoData, match="anchors"):
        await tried(ways, given)
    assert ways.called == []


async def test_names_that_nobody_knows() -> None:
    with pytest.raises(CollectorError, match="no anchor has an address"):
        await tried(Ways(), ("gone.example:443",))


async def test_many_anchors_are_bounded() -> None:
    ways = Ways()
    await tried(ways, tuple(f"[2001:db8:ff::{number:x}]:443" for number in range(1, 99)))
    assert len(ways.called) == 16
    assert len(ways.uploaded) == 6


@pytest.mark.parametrize("text", ["::1", "fe80::1", "::", "ff02::1", "::ffff:10.0.0.1", "x", ""])
def test_what_is_no_far_host(text: str) -> None:
    assert not is_far(text)
