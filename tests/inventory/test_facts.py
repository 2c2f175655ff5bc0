"""Facts of readiness: the last word on each thing, bounded, kept over a restart; edges."""

from pathlib import Path

import msgspec
import pytest

from collectors.observation import (
    DhcpAsked,
    DhcpServerSeen,
    Family,
    NeighbourCompared,
    ResolverTried,
    SnmpListener,
    SnmpSeen,
    StackSeen,
    TargetAsked,
)
from inventory import edges as edges_module
from inventory import facts as facts_module
from inventory.inventory import Inventory
from inventory.store import Store
from tests.inventory.builders import DAY, LAPTOP, PC, PRINTER, T, new_inventory, seen


def asked(target: str, at: float = T, mac: str = PC, family: Family = "ipv4") -> TargetAsked:
    return TargetAsked(
        at=at, source="tap", interface="eth0", mac=mac, address="10.66.7.10", target=target,
        family=family,
    )  # fmt: skip


def tried(question: str = "a.example AAAA", at: float = T, **fields: object) -> ResolverTried:
    values: dict[str, object] = {
        "resolver": "10.66.7.1", "family": "ipv4", "transport": "udp", "origin": "host",
        "outcome": "answered",
    } | fields  # fmt: skip
    return msgspec.convert(
        {"type": "ResolverTried", "at": at, "source": "resolvers", "question": question, **values},
        ResolverTried,
    )


def with_two_hosts() -> Inventory:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10"), seen(PRINTER, "10.66.7.9")])
    return inventory


def test_the_last_word_on_each_thing_is_kept() -> None:
    inventory = new_inventory()
    compared = NeighbourCompared(
        at=T, source="x", interface="eth0", mac=PC, address="fe80::1", multicast=False, unicast=True
    )
    later = msgspec.structs.replace(compared, at=T + 60, multicast=True)
    inventory.apply([compared, tried(), later, tried(at=T + 5, outcome="timeout")])
    facts = inventory.snapshot(T + 61).facts
    assert facts.compared == (later,)
    assert [one.outcome for one in facts.resolvers] == ["timeout"]


def test_asking_is_counted_and_servers_are_kept_beside_what_the_inventory_makes_of_them() -> None:
    inventory = new_inventory()
    ask = DhcpAsked(
        at=T, source="dhcp", interface="eth0", message="discover", count=1, waited_s=6.0
    )
    offer = DhcpServerSeen(
        at=T, source="tap", interface="eth0", mac=PRINTER, address="10.66.7.1", message="offer",
        ipv6_only_wait_s=1800,
    )  # fmt: skip
    inventory.apply([ask, ask, offer])
    facts = inventory.snapshot(T + 1).facts
    assert [(one.message, one.count) for one in facts.asked] == [("discover", 2)]
    assert facts.dhcp == (offer,)


def test_what_a_client_gets_without_option_108_hides_nothing_of_what_another_gets_with_it() -> None:
    inventory = new_inventory()

    def offered(client: str, at: float, wait_s: int | None) -> DhcpServerSeen:
        return DhcpServerSeen(
            at=at, source="tap", interface="eth0", mac=PRINTER, address="10.66.7.1",
            message="offer", client_mac=client, ipv6_only_wait_s=wait_s,
        )  # fmt: skip

    with_it, without = offered(PC, T, 1800), offered(LAPTOP, T + 1, None)
    inventory.apply([with_it, without])
    assert set(inventory.snapshot(T + 2).facts.dhcp) == {with_it, without}
    taken_back = offered(PC, T + 3, None)
    inventory.apply([taken_back])
    assert inventory.snapshot(T + 4).facts.dhcp == (taken_back,)


def test_facts_are_the_same_object_while_nothing_changes() -> None:
    inventory = with_two_hosts()
    inventory.apply([tried(), asked("10.66.7.9")])
    first = inventory.snapshot(T + 1)
    second = inventory.snapshot(T + 200)
    assert second.facts is first.facts


def test_an_edge_needs_a_device_that_is_known_and_another_address() -> None:
    inventory = with_two_hosts()
    inventory.apply(
        [
            asked("10.66.7.9"),
            asked("10.66.7.9", T + 2 * DAY),
            asked("10.66.7.10"),
            asked("10.66.7.9", mac=LAPTOP),
        ]
    )
    (edge,) = inventory.snapshot(T + 2 * DAY + 1).facts.edges
    printer = next(d for d in inventory.snapshot(T + 2 * DAY + 2).devices if PRINTER in d.macs)
    assert (edge.target, edge.count, edge.days) == ("10.66.7.9", 2, 2)
    assert edge.target_device == printer.id


@pytest.mark.parametrize("kept", [False, True], ids=["commit fails first", "commit works"])
def test_facts_and_edges_outlive_a_restart(tmp_path: Path, kept: bool) -> None:
    inventory = with_two_hosts()
    inventory.apply([tried(), asked("10.66.7.9"), StackSeen(at=T, source="stack", enabled=True)])
    before = inventory.snapshot(T + 1).facts
    changes = inventory.take_changes()
    if not kept:
        inventory.restore_changes(changes)
        changes = inventory.take_changes()
    store = Store.open(tmp_path / "x.db", lambda: T)
    store.commit(changes)
    saved = store.load()
    store.close()
    assert new_inventory(saved).snapshot(T + 2).facts == before
    assert inventory.take_changes().facts is None


def test_both_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_module, "MAX_PER_KIND", 4)
    monkeypatch.setattr(edges_module, "MAX_EDGES", 50)
    inventory = with_two_hosts()
    inventory.apply(tried(f"{n}.example A", T + n) for n in range(9))
    inventory.apply(asked(f"10.66.9.{n}", T + n) for n in range(200))
    facts = inventory.snapshot(T + 300).facts
    assert [one.question for one in facts.resolvers] == [f"{n}.example A" for n in range(5, 9)]
    assert len(facts.edges) == 50
    assert inventory.skipped["facts_refused"] == 5
    assert inventory.skipped["edges_refused"] == 150
    assert all(edge.target != "10.66.9.0" for edge in facts.edges)


def test_what_a_device_said_over_snmp_is_its_last_word() -> None:
    inventory = with_two_hosts()
    first = SnmpSeen(
        at=T, source="snmp_ipv6", interface="eth0", address="10.66.7.9", mac=PRINTER,
        outcome="answered", credential="old", version="v2c", tables={"tcp": "read"},
        listeners=(SnmpListener("tcp", 22, True, False),), over_ipv6={"2001:db8::9": "silent"},
    )  # fmt: skip
    later = msgspec.structs.replace(first, at=T + 60, address="2001:db8::9", outcome="silent")
    behind = msgspec.structs.replace(first, mac="", address="10.77.0.9")
    inventory.apply([first, later, behind])
    facts = inventory.snapshot(T + 61).facts
    assert sorted(facts.snmp, key=lambda one: one.address) == [behind, later]
    assert msgspec.json.decode(msgspec.json.encode(facts), type=type(facts)) == facts
