"""Managed devices, asked for what they know of IPv6."""

import asyncio
from typing import Any

import pytest

from collectors.contract import CollectorError, NoData, Target
from collectors.memory import Until
from collectors.observation import AnyObservation, NeighbourTold, SnmpSeen
from collectors.places import Place
from collectors.snmp_client import Answer, Missing, Oid, Value
from collectors.snmp_ipv6 import ask, collect
from collectors.snmp_login import Community, Login, Logins, Rule, Secret, User
from collectors.snmp_memory import AGAIN_S, SnmpMemory
from collectors.snmp_tables import COLUMNS, IPV6_FORWARDING, SYSTEM_UPTIME
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.virtual_time import run

NEW = User("new", "reader", "sha256", Secret(b"a passphrase"))
OLD = Community("old", Secret(b"community"))
LOGINS = Logins((Rule("10.66.0.0/24", (NEW, OLD)),))
SIX = "2001:db8:66::2"
SWITCH = Target("d-1", ("10.66.0.2", SIX, "fe80::2%lan0"), "00:1b:a9:00:00:02", "lan0")
PEER: Oid = (2, 2, 16, 0x20, 1, 0x0D, 0xB8, 0, 0x66, *([0] * 9), 7)
MAC = bytes.fromhex("001ba9000007")


class Agents:
    """Plays SNMP agents: a tree of objects behind one login, and who else answers how."""

    def __init__(
        self,
        takes: Login | None = OLD,
        tree: dict[Oid, Value] | None = None,
        others: Answer | None = None,
        only: str = "",
        error: str = "",
    ) -> None:
        self.greeted: list[tuple[str, str]] = []
        self.walked = 0
        self._takes = takes
        self._tree: dict[Oid, Value] = {SYSTEM_UPTIME: 77, IPV6_FORWARDING: 1, **(tree or {})}
        self._others = others or Answer("silent")
        self._only = only
        self._error = error

    async def get(self, place: Place, login: Login, oids: tuple[Oid, ...], tries: int) -> Answer:
        self.greeted.append((place.address, login.name))
        await asyncio.sleep(0.01)
        if self._error:
            raise OSError(self._error)
        if self._only and place.address != self._only:
            return Answer("silent")
        if login != self._takes:
            return self._others
        return Answer("answered", tuple((oid, self._tree.get(oid, Missing.OBJECT)) for oid in oids))

    async def after(self, place: Place, login: Login, oid: Oid, most: int, tries: int) -> Answer:
        self.walked += 1
        await asyncio.sleep(0.01)
        found = sorted(one for one in self._tree if one > oid)[:most]
        return Answer(
            "answered", tuple((one, self._tree[one]) for one in found) or ((oid, Missing.END),)
        )


def asked(agents: Agents, *targets: Target, **options: Any) -> list[AnyObservation]:
    values: dict[str, Any] = {"snmp_logins": LOGINS} | options
    return run(gathered(ask(context(*targets, **values), agents)))


def seen_of(found: list[AnyObservation]) -> SnmpSeen:
    (seen,) = (one for one in found if isinstance(one, SnmpSeen))
    return seen


TREE: dict[Oid, Value] = {
    (*COLUMNS["interfaces"][0], 2): 1,
    (*COLUMNS["tcp"][0], 1, 4, 0, 0, 0, 0, 22): 1,
    (*COLUMNS["neighbours"][0], *PEER): MAC,
    (*COLUMNS["neighbours"][0], 2, 1, 4, 10, 66, 0, 7): MAC,
}


def test_what_a_device_says() -> None:
    found = asked(Agents(tree=TREE), SWITCH)
    seen = seen_of(found)
    assert (seen.outcome, seen.credential, seen.version) == ("answered", "old", "v2c")
    assert (seen.address, seen.mac, seen.interface) == ("10.66.0.2", SWITCH.mac, "lan0")
    assert seen.tables == {
        "interfaces": "read", "addresses": "absent", "tcp": "read", "udp": "absent",
        "neighbours": "read",
    }  # fmt: skip
    assert seen.forwarding is True
    assert [one.enabled for one in seen.interfaces] == [True]
    assert [one.port for one in seen.listeners] == [22]
    assert seen.neighbours == {"ipv6": 1, "ipv4": 1}
    assert seen.over_ipv6 == {SIX: "answered"}
    assert found[1:] == [
        NeighbourTold(
            at=NOW, source="snmp_ipv6", interface="lan0", router="10.66.0.2",
            mac="00:1b:a9:00:00:07", address="2001:db8:66::7",
        )
    ]  # fmt: skip


def test_the_neighbours_of_a_plain_host_are_counted_and_no_more() -> None:
    found = asked(Agents(tree=TREE | {IPV6_FORWARDING: 2}), SWITCH)
    assert seen_of(found).neighbours == {"ipv6": 1, "ipv4": 1}
    assert len(found) == 1


def test_no_such_object_is_not_off() -> None:
    agents = Agents()
    agents._tree.pop(IPV6_FORWARDING)
    seen = seen_of(asked(agents, SWITCH))
    assert (seen.outcome, seen.forwarding) == ("answered", None)
    assert set(seen.tables.values()) == {"absent"}


def test_credentials_are_tried_in_their_order_and_what_works_comes_first_next_time() -> None:
    memory = SnmpMemory()
    agents = Agents()
    asked(agents, SWITCH, snmp_memory=memory)
    assert agents.greeted[:2] == [("10.66.0.2", "new"), ("10.66.0.2", "old")]
    again = Agents()
    asked(again, SWITCH, snmp_memory=memory)
    assert again.greeted[0] == ("10.66.0.2", "old")
    assert ("10.66.0.2", "new") not in again.greeted


def test_who_is_silent_is_asked_once_with_each_and_left_alone() -> None:
    memory, agents = SnmpMemory(), Agents(takes=None)
    seen = seen_of(asked(agents, SWITCH, snmp_memory=memory))
    assert (seen.outcome, seen.credential) == ("silent", "old")
    assert agents.greeted == [("10.66.0.2", "new"), ("10.66.0.2", "old")]
    assert agents.walked == 0
    with pytest.raises(NoData, match="due"):
        asked(agents, SWITCH, snmp_memory=memory)
    asked(agents, SWITCH, snmp_memory=memory, clock=lambda: NOW + AGAIN_S)
    assert len(agents.greeted) == 4


def test_a_refused_credential_rests() -> None:
    memory = SnmpMemory()
    refusing = Agents(takes=None, others=Answer("refused", detail="WrongDigest"))
    logins = Logins((Rule("10.66.0.0/24", (NEW,)),))
    seen = seen_of(asked(refusing, SWITCH, snmp_memory=memory, snmp_logins=logins))
    assert (seen.outcome, seen.detail, seen.version) == ("refused", "WrongDigest", "v3")
    with pytest.raises(NoData):
        asked(refusing, SWITCH, snmp_memory=memory, snmp_logins=logins)
    assert len(refusing.greeted) == 1


def test_a_wrong_secret_is_not_shown_to_the_whole_network() -> None:
    targets = [Target(f"d-{n}", (f"10.66.0.{n}",)) for n in range(1, 60)]
    agents = Agents(others=Answer("refused", detail="WrongDigest"))
    with pytest.raises(CollectorError, match=r"credential new was refused by \d+ devices"):
        asked(agents, *targets)
    shown = [one for one in agents.greeted if one[1] == "new"]
    assert len(shown) <= 3 + 8
    assert len([one for one in agents.greeted if one[1] == "old"]) == 59


def test_a_credential_that_some_take_is_not_given_up() -> None:
    targets = [Target(f"d-{n}", (f"10.66.0.{n}",)) for n in range(1, 20)]

    class Mixed(Agents):
        async def get(self, place: Place, login: Login, oids: Any, tries: int) -> Answer:
            answer = await super().get(place, login, oids, tries)
            refused = place.address != "10.66.0.1" and login == NEW
            return Answer("refused") if refused else answer

    agents = Mixed(takes=NEW)
    asked(agents, *targets)
    assert len([one for one in agents.greeted if one[1] == "new"]) == 19


def test_an_access_list_of_ipv4_shows() -> None:
    seen = seen_of(asked(Agents(only="10.66.0.2"), SWITCH))
    assert seen.over_ipv6 == {SIX: "silent"}


def test_link_local_when_there_is_nothing_better_and_no_temporary_address() -> None:
    target = Target(
        "d-1", ("10.66.0.2", "2001:db8:66::7e", "fe80::2%lan0"), "", "lan0",
        temporary=("2001:db8:66::7e",),
    )  # fmt: skip
    assert seen_of(asked(Agents(), target)).over_ipv6 == {"fe80::2": "answered"}


def test_by_ipv6_when_there_is_no_ipv4() -> None:
    logins = Logins((Rule("2001:db8:66::/64", (OLD,)),))
    seen = seen_of(asked(Agents(), Target("d-1", (SIX,)), snmp_logins=logins))
    assert (seen.address, seen.over_ipv6) == (SIX, {})


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(Target("d-1", ("10.99.0.1",)), id="out of scope"),
        pytest.param(Target("d-1", (SIX,)), id="without a credential"),
        pytest.param(Target("d-1", ("10.66.0.66",)), id="excluded"),
    ],
)
def test_who_is_not_asked(target: Target) -> None:
    agents = Agents()
    with pytest.raises(NoData, match="due"):
        asked(agents, target)
    assert agents.greeted == []


def test_a_device_that_suffered_is_left_alone() -> None:
    quarantine = Until()
    quarantine.put("d-1", NOW + 1)
    with pytest.raises(NoData):
        asked(Agents(), SWITCH, quarantine=quarantine)


@pytest.mark.parametrize("logins", [None, Logins(), "public"])
def test_without_credentials_nothing_is_sent(logins: Any) -> None:
    with pytest.raises(NoData, match="credentials"):
        run(gathered(collect(context(SWITCH, snmp_logins=logins))))


def test_a_credential_that_cannot_be_used_fails_the_run_after_the_others() -> None:
    logins = Logins(LOGINS.rules, 161, ("snmp.credentials.third.auth_file: it is gone",))
    found: list[AnyObservation] = []

    async def all_of_it() -> None:
        async for one in ask(context(SWITCH, snmp_logins=logins), Agents()):
            found.append(one)  # noqa: PERF401  what came before the error is looked at

    with pytest.raises(CollectorError, match=r"third\.auth_file: it is gone"):
        run(all_of_it())
    assert seen_of(found).outcome == "answered"


def test_what_cannot_be_sent_is_an_error() -> None:
    with pytest.raises(CollectorError, match="Network is unreachable"):
        asked(Agents(error="Network is unreachable"), SWITCH)


def test_a_device_that_dies_in_the_middle_is_not_waited_for_long() -> None:
    class Dying(Agents):
        async def after(self, *question: Any) -> Answer:
            self.walked += 1
            await asyncio.sleep(2.0)
            return Answer("silent")

    agents = Dying()
    seen = seen_of(asked(agents, SWITCH))
    assert set(seen.tables.values()) == {"partial"}
    assert agents.walked == 4


def test_a_device_without_end_is_cut_off() -> None:
    class Endless(Agents):
        async def after(self, place: Place, login: Login, oid: Oid, most: int, _: int) -> Answer:
            self.walked += 1
            inside = next(c for cs in COLUMNS.values() for c in cs if oid[: len(c)] == c)
            last = oid[len(inside)] if len(oid) > len(inside) else 0
            return Answer("answered", tuple(((*inside, last + 1 + n), 1) for n in range(most)))

    agents = Endless()
    seen = seen_of(asked(agents, SWITCH))
    assert seen.tables["interfaces"] == "partial"
    assert agents.walked <= 20_000 / 25 + 10
    assert len(seen.interfaces) == 256
    assert seen.cut > 0
