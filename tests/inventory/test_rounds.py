"""After a round: the scanner's illnesses, lost ways, flapping, and what a restart leaves."""

from typing import Any

import pytest

from collectors.observation import EchoAnswered, RouteSeen
from collectors.scope import Card
from inventory.inventory import Inventory
from inventory.saved import Saved
from inventory.snapshot import Device, Registered, TapState
from tests.inventory.builders import (
    ROUTER,
    T,
    devices,
    interface,
    kinds,
    new_inventory,
    seen,
    silent,
)

UP = TapState(available=True)
HOSTS = {f"00:1c:73:00:01:{n:02x}": f"10.66.7.{n}" for n in range(10, 22)}
GATEWAY = {ROUTER: "10.66.7.1"}
ALL = {**GATEWAY, **HOSTS}
MACS = list(HOSTS)


class Lan:
    """Rounds of 15 s on a link whose devices should all be on."""

    def __init__(self, gateway: bool = True, **settings: Any) -> None:
        self.inventory: Inventory = new_inventory(**settings)
        self.now = T
        self.hosts = ALL if gateway else HOSTS
        self.inventory.set_tap(UP, T)
        self.inventory.apply([seen(mac, address, T) for mac, address in self.hosts.items()])
        if gateway:
            route = RouteSeen(
                at=T, source="netlink", interface="eth0", family="ipv4", destination="default",
                gateway="10.66.7.1",
            )  # fmt: skip
            self.inventory.apply([route])
        for row, record in enumerate(self.inventory._ledger.book.records.values(), 2):
            record.registered = Registered(row=row, always_on=True)

    def rounds(self, count: int, quiet: list[str]) -> dict[str, Device]:
        """Everybody but these answers; the suspects do not answer an echo either."""
        for _ in range(count):
            self.now += 15.0
            asked = {target.mac for target in self.inventory.presence() if target.mac}
            self.inventory.apply(
                [seen(mac, self.hosts[mac], self.now) for mac in asked if mac not in quiet]
            )
            self.inventory.apply(
                [silent(self.hosts[mac], self.now + 2, mac=mac) for mac in asked if mac in quiet]
            )
            self.inventory.end_round(self.now, self.now + 2)
            for target in self.inventory.suspects():
                self.inventory.confirm(target.device, "echo", answered=False, at=self.now + 3)
        return devices(self.inventory, self.now + 4)

    def events(self, kind: str) -> list[str]:
        return [e.detail for e in self.inventory.recent_events(500) if e.kind == kind]


def states(found: dict[str, Device], macs: list[str]) -> set[tuple[str, str]]:
    return {(found[mac].state, found[mac].state_reason) for mac in macs}


def test_few_are_down_each_by_itself_after_four_rounds() -> None:
    lan = Lan()
    assert states(lan.rounds(3, MACS[:3]), MACS) == {("up", "")}
    assert states(lan.rounds(1, MACS[:3]), MACS[:3]) == {("down", "")}
    assert len(lan.events("down")) == 3
    assert lan.events("scanner_ill") == []


def test_many_are_unknown_first_and_then_one_event() -> None:
    lan = Lan()
    quiet = MACS[:6]
    assert states(lan.rounds(2, quiet), quiet) == {("unknown", "mass_silence")}
    (ill,) = lan.inventory.snapshot(lan.now).illnesses
    assert (ill.reason, ill.network) == ("mass_silence", "net-eth0")
    (said,) = lan.events("scanner_ill")
    assert said.startswith("6 of 13 devices of net-eth0 fell silent together: ")
    assert states(lan.rounds(3, quiet), quiet) == {("unknown", "mass_silence")}
    assert lan.events("down") == []
    found = lan.rounds(2, quiet)
    assert states(found, quiet) == {("down", "")}
    assert states(found, MACS[6:]) == {("up", "")}
    (down,) = lan.events("down")
    assert down.startswith("6 devices fell silent together and are gone: ")
    assert down.endswith(" and 1 more")
    assert lan.inventory.snapshot(lan.now).illnesses == ()
    assert len(lan.events("scanner_well")) == 1


def test_everybody_stays_unknown_for_as_long_as_it_takes() -> None:
    lan = Lan()
    assert states(lan.rounds(200, list(ALL)), list(ALL)) == {("unknown", "mass_silence")}
    assert lan.events("down") == []
    (said,) = lan.events("scanner_ill")
    assert "13 of 13 devices of net-eth0 fell silent together, the gateway among them" in said
    assert states(lan.rounds(2, []), list(ALL)) == {("up", "")}
    assert len(lan.events("scanner_well")) == 1
    assert lan.events("returned") == []


def test_a_neighbour_alone_does_not_prove_the_way_when_the_gateway_is_silent() -> None:
    lan = Lan()
    quiet = [ROUTER, *MACS[1:]]
    found = lan.rounds(40, quiet)
    assert states(found, quiet) == {("unknown", "mass_silence")}
    assert found[MACS[0]].state == "up"


def test_the_gateway_proves_the_way() -> None:
    lan = Lan()
    found = lan.rounds(10, MACS)
    assert states(found, MACS) == {("down", "")}
    assert found[ROUTER].state == "up"
    assert len(lan.events("down")) == 1


def test_who_falls_silent_while_others_are_doubted_is_judged_alone() -> None:
    lan = Lan()
    lan.rounds(7, MACS[:6])
    found = lan.rounds(4, [*MACS[:6], MACS[7]])
    assert found[MACS[7]].state == "down"
    assert len(lan.events("down")) == 2


def test_only_the_share_that_should_be_on_counts() -> None:
    lan = Lan()
    for mac in MACS[:9]:
        record = lan.inventory._ledger.book.by_mac[mac]
        record.registered = Registered(row=2, always_on=False)
    found = lan.rounds(8, MACS[:9])
    assert states(found, MACS[:9]) == {("asleep", "")}
    assert lan.events("scanner_ill") == lan.events("down") == []


@pytest.mark.parametrize("reason", ["clock_stepped", "suspended", "stalled"])
def test_what_happens_to_the_agent_makes_all_unknown_once(reason: Any) -> None:
    lan = Lan()
    lan.rounds(4, MACS[:1])
    step = -3600.0 if reason == "clock_stepped" else 600.0
    lan.now += step
    lan.inventory.lose_sight(reason, lan.now, "Something happened")
    found = devices(lan.inventory, lan.now)
    assert states(found, list(ALL)) == {("unknown", reason)}
    assert [one.reason for one in lan.inventory.snapshot(lan.now).illnesses] == [reason]
    found = lan.rounds(1, MACS[:1])
    assert states(found, MACS[1:]) == {("up", "")}
    assert found[MACS[0]].state == "down", "it was, and the first miss proves it anew"
    assert len(lan.events("scanner_ill")) == len(lan.events("scanner_well")) == 1
    assert len(lan.events("down")) == 1
    assert lan.inventory.snapshot(lan.now).illnesses == ()


def test_a_carrier_that_the_kernel_tells_of() -> None:
    lan = Lan()
    lan.inventory.apply([interface("eth0", "00:16:3e:00:00:02", "10.66.7.2/24", at=T)])
    lan.inventory.set_cards({"eth0": Card(True), "lo2": Card(True)}, T + 1)
    assert lan.events("scanner_ill") == []
    lan.inventory.set_cards({"eth0": Card(False)}, T + 2)
    assert states(devices(lan.inventory, T + 2), MACS) == {("unknown", "no_carrier")}
    assert lan.events("scanner_ill")[0].startswith("eth0 has no carrier")
    lan.inventory.set_cards({"eth0": Card(False)}, T + 3)
    lan.inventory.set_cards({"eth0": Card(True)}, T + 4)
    assert len(lan.events("scanner_ill")) == len(lan.events("scanner_well")) == 1
    assert states(devices(lan.inventory, T + 5), MACS) == {("unknown", "no_carrier")}


def test_an_interface_that_vanished_has_no_carrier() -> None:
    lan = Lan()
    lan.inventory.set_cards({"eth9": Card(True)}, T + 2)
    assert states(devices(lan.inventory, T + 2), MACS) == {("unknown", "no_carrier")}


FAR = "10.66.9.5"


def far_lan(destination: str, gateway: str) -> Lan:
    lan = Lan()
    route = RouteSeen(
        at=T, source="netlink", interface="eth0", family="ipv4", destination=destination,
        gateway=gateway,
    )  # fmt: skip
    lan.inventory.apply([route, EchoAnswered(at=T, source="echo", address=FAR)])
    return lan


@pytest.mark.parametrize(
    ("destination", "gateway", "quiet", "reason"),
    [
        pytest.param("10.66.9.0/24", "10.66.7.10", MACS[:1], "router_down", id="its-own-route"),
        pytest.param("10.66.9.0/24", "10.66.7.10", MACS[1:2], "", id="another-router"),
        pytest.param("10.66.9.0/24", "10.66.7.10", [ROUTER], "", id="the-default-is-not-used"),
        pytest.param("10.66.8.0/24", "10.66.7.10", [ROUTER], "router_down", id="default-route"),
    ],
)
def test_behind_a_router_that_is_silent(
    destination: str, gateway: str, quiet: list[str], reason: str
) -> None:
    lan = far_lan(destination, gateway)
    found = lan.rounds(2, quiet)[FAR]
    assert (found.state, found.state_reason) == ("unknown" if reason else "up", reason)
    if not reason:
        return
    for number in range(10):
        lan.inventory.apply([silent(FAR, lan.now + 4 + 15 * number, "echo", interface="")])
    lan.rounds(10, quiet)
    found = devices(lan.inventory, lan.now + 4)[FAR]
    assert (found.state, found.missed) == ("unknown", 0)
    lan.rounds(1, [])
    lan.inventory.apply([EchoAnswered(at=lan.now + 5, source="echo", address=FAR)])
    assert devices(lan.inventory, lan.now + 6)[FAR].state == "up"


def test_what_comes_and_goes_is_said_once() -> None:
    lan = Lan()
    mac = MACS[0]
    for _ in range(12):
        lan.rounds(9, [mac])
        lan.rounds(2, [])
    assert 3 <= len(lan.events("down")) <= 4
    assert len(lan.events("flapping")) == 1
    assert lan.rounds(0, [])[mac].flapping
    lan.rounds(300, [])
    assert [text.endswith("is steady again") for text in lan.events("flapping")] == [True, False]
    assert not lan.rounds(0, [])[mac].flapping


def test_a_longer_patience_is_learnt_and_survives_the_store() -> None:
    lan = Lan()
    mac = MACS[0]
    for _ in range(6):
        lan.rounds(3, [mac])
        lan.rounds(2, [])
    for _ in range(4):
        lan.rounds(7, [mac])
        lan.rounds(2, [])
    learnt = lan.rounds(0, [])[mac].patience
    assert learnt > 4
    saved = Saved(devices=tuple(lan.inventory._ledger.book.records.values()))
    again = new_inventory(saved)
    assert devices(again, lan.now)[mac].patience == learnt


def test_after_a_restart_nothing_is_known_without_fresh_evidence() -> None:
    lan = Lan()
    lan.rounds(4, MACS[:1])
    saved = Saved(devices=tuple(lan.inventory._ledger.book.records.values()))
    again = new_inventory(saved)
    assert devices(again, lan.now)[MACS[1]].state == "up", "as the store says"
    again.set_tap(UP, lan.now + 7200)
    found = devices(again, lan.now + 7200)
    assert states(found, MACS) == {("unknown", "restarted")}
    lan.inventory, lan.now = again, lan.now + 7200
    assert lan.rounds(1, MACS[:1])[MACS[0]].state == "down"
    assert "down" not in kinds(again), "that was said before"
