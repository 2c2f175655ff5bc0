"""From what was heard to what is asked: the solicit collector with a made-up tap."""

from collections.abc import Sequence

import msgspec
import pytest

from collectors import solicit
from collectors.contract import CollectorError, Context, Limits, NoData, Target
from collectors.memory import Until
from collectors.observation import (
    AddressSeen,
    AdvertisedPrefix,
    AnyObservation,
    GroupsReported,
    How,
    RouterAdvertised,
)
from collectors.scope import Link, Scope
from collectors.tap.messages import Candidate, Command, Finished, Solicit

OWN = "b8:27:eb:66:07:02"
HOST, ROUTER = "02:66:00:00:00:01", "00:1c:73:00:07:01"
NOW = 1_700_000_000.0
LINK = Link("eth0", 2, OWN, ("10.66.7.2/24",), ("fe80::2/64",))
PREFIX = "2001:db8:66:7::/64"


class FakeTap:
    """Remembers commands; hears what the test says."""

    def __init__(self, heard: Sequence[AnyObservation] = (), error: str = "") -> None:
        self.commands: list[Command] = []
        self.since = 0.0
        self._heard = heard
        self._error = error

    def next_id(self) -> int:
        return len(self.commands) + 1

    async def run(self, command: Command) -> Finished:
        self.commands.append(command)
        if self._error:
            raise CollectorError(self._error)
        return Finished(id=command.id)

    def heard_since(self, at: float) -> Sequence[AnyObservation]:
        self.since = at
        return self._heard


def context(
    tap: FakeTap | None,
    *,
    networks: tuple[str, ...] = ("10.66.7.0/24", PREFIX),
    targets: tuple[Target, ...] = (),
    links: tuple[Link, ...] = (LINK,),
) -> Context:
    return Context(
        scope=Scope(networks=networks, links=links),
        limits=Limits(),
        tap=tap,
        tap_missing="no right",
        targets=targets,
        progress=lambda done, total: None,
        clock=lambda: NOW,
    )


async def run(made: Context) -> None:
    assert [one async for one in solicit.collect(made)] == []


def seen(address: str, mac: str = HOST, how: How = "echo_reply", **more: object) -> AddressSeen:
    return AddressSeen(
        at=NOW,
        source="tap",
        interface="eth0",
        mac=mac,
        address=address,
        how=how,
        **more,  # type: ignore[arg-type]
    )


def reported(
    *groups: str, mac: str = HOST, left: tuple[str, ...] = (), complete: bool = True
) -> GroupsReported:
    return GroupsReported(
        at=NOW,
        source="tap",
        interface="eth0",
        mac=mac,
        address="fe80::1",
        groups=groups,
        left=left,
        complete=complete,
    )


def advertised() -> RouterAdvertised:
    return RouterAdvertised(
        at=NOW,
        source="tap",
        interface="eth0",
        mac=ROUTER,
        address="fe80::1",
        hop_limit=64,
        managed=False,
        other=False,
        preference="medium",
        lifetime_s=1800,
        prefixes=(
            AdvertisedPrefix(PREFIX, True, True, 3600, 3600),
            AdvertisedPrefix("2001:db8:ff::/64", False, False, 3600, 3600),
        ),
    )


def candidates(tap: FakeTap, to_all: bool = False) -> list[Candidate]:
    found: list[Candidate] = []
    for command in tap.commands:
        assert isinstance(command, Solicit)
        assert command.guessed
        assert command.sender.mac == OWN
        assert command.sender.ipv6 == ("fe80::2",)
        found += [one for one in command.candidates if bool(one.mac) is not to_all]
    return found


async def test_an_identifier_seen_on_one_prefix_is_asked_on_the_others() -> None:
    tap = FakeTap([advertised(), seen("fe80::aa:bb:cc:dd"), reported("ff02::1:ffcc:dd")])
    await run(context(tap))
    assert candidates(tap) == [Candidate("2001:db8:66:7:aa:bb:cc:dd", HOST)]
    assert tap.since == NOW - solicit.MEMORY_S


async def test_a_later_complete_report_replaces_earlier_groups() -> None:
    heard: list[AnyObservation] = [
        advertised(),
        seen("fe80::aa:bb:cc:dd"),
        reported("ff02::1:ffcc:dd"),
        reported("ff02::1:ff00:77"),
    ]
    tap = FakeTap(heard)
    await run(context(tap))
    assert "2001:db8:66:7:aa:bb:cc:dd" not in {one.address for one in candidates(tap)}


async def test_a_group_that_was_left_no_longer_speaks() -> None:
    heard: list[AnyObservation] = [
        advertised(),
        seen("fe80::aa:bb:cc:dd"),
        reported("ff02::1:ffcc:dd", "ff02::1:ff00:77"),
        reported(left=("ff02::1:ffcc:dd",), complete=False),
    ]
    tap = FakeTap(heard)
    await run(context(tap))
    assert "2001:db8:66:7:aa:bb:cc:dd" not in {one.address for one in candidates(tap)}


async def test_devices_of_the_inventory_are_asked_too() -> None:
    tap = FakeTap([advertised()])
    target = Target("d-1", ("10.66.7.9", "fe80::9%eth0"), HOST, "eth0")
    await run(context(tap, targets=(target,)))
    assert {one.address for one in candidates(tap)} >= {"fe80::9", "2001:db8:66:7::9"}


async def test_only_what_is_in_scope_is_asked() -> None:
    tap = FakeTap([advertised(), seen("fe80::aa:bb:cc:dd")])
    await run(context(tap, networks=("10.66.7.0/24",)))
    assert all(one.address.startswith("fe80::") for one in candidates(tap))


async def test_what_two_may_have_is_asked_of_all_and_first() -> None:
    other = "02:66:00:00:00:02"
    heard: list[AnyObservation] = [
        advertised(),
        seen("2001:db8:66:7::5"),
        seen("2001:db8:66:7::10"),
        reported("ff02::1:ff00:10", "ff02::1:ff00:5"),
        reported("ff02::1:ff00:10", mac=other),
    ]
    tap = FakeTap(heard)
    await run(context(tap))
    asked = [one.address for one in candidates(tap, to_all=True)]
    assert asked == ["2001:db8:66:7::10", "2001:db8:66:7::5"]
    assert Candidate("2001:db8:66:7::10", other) in candidates(tap)


async def test_the_others_are_asked_of_all_in_turn() -> None:
    addresses = [f"2001:db8:66:7::{number:x}" for number in range(1, 101)]
    memory = Until()
    made = [msgspec.structs.replace(
        context(FakeTap([seen(one) for one in addresses])),
        options={solicit.ASKED_ALL: memory},
        clock=lambda at=NOW + turn: at,
    ) for turn in range(4)]  # fmt: skip
    asked = []
    for one in made:
        await run(one)
        assert isinstance(one.tap, FakeTap)
        asked.append({each.address for each in candidates(one.tap, to_all=True)})
    assert [len(one) for one in asked] == [32] * 4
    assert set.union(*asked) == set(addresses)


async def test_the_anycast_address_of_all_routers_is_not_asked_of_all() -> None:
    tap = FakeTap([seen("2001:db8:66:7::"), seen("fe80::7")])
    await run(context(tap))
    assert [one.address for one in candidates(tap, to_all=True)] == ["fe80::7"]


async def test_oneself_and_other_links_are_left_out() -> None:
    elsewhere = AddressSeen(
        at=NOW, source="tap", interface="eth1", mac=HOST, address="fe80::9", how="echo_reply"
    )
    with pytest.raises(NoData):
        await run(context(FakeTap([elsewhere, seen("fe80::2", OWN)])))


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        pytest.param(context(None), "no right", id="no tap"),
        pytest.param(context(FakeTap()), "no station", id="nobody heard"),
        pytest.param(context(FakeTap(), links=()), "no station", id="no link"),
        pytest.param(
            context(FakeTap([seen("fe80::9")]), links=(Link("eth0", 2, OWN, ("10.66.7.2/24",)),)),
            "no station",
            id="a link without IPv6",
        ),
    ],
)
async def test_nothing_to_ask(made: Context, reason: str) -> None:
    with pytest.raises(NoData, match=reason):
        await run(made)


async def test_a_tap_that_refuses_is_an_error() -> None:
    with pytest.raises(CollectorError, match="down"):
        await run(context(FakeTap([advertised(), seen("fe80::9")], error="eth0 is down")))
