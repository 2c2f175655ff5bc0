"""The aggregate: pictures, targets, the tap, runs, events."""

import pytest

from collectors.contract import OpenPort
from collectors.observation import AnyObservation, EchoAnswered
from collectors.scope import Scope
from inventory.inventory import Inventory, Settings
from inventory.saved import Saved
from inventory.snapshot import CollectorRun, EventKind, TapState
from tests.inventory.builders import (
    OWN,
    PC,
    PRINTER,
    ROUTER,
    SCOPE,
    T,
    advertised,
    devices,
    interface,
    kinds,
    named,
    new_inventory,
    port,
    seen,
    silent,
    vendor_of,
)

UP = TapState(available=True)


def run(name: str, at: float, status: str = "ok") -> CollectorRun:
    return CollectorRun(name, status, None, 1, 1, 2.0, at)  # type: ignore[arg-type]


def gone(inventory: Inventory, mac: str, address: str, after: float = T, rounds: int = 4) -> None:
    """Rounds of silence, and a second kind of probe."""
    for number in range(1, rounds + 1):
        assert mac not in {t.mac for t in inventory.suspects()}
        inventory.apply([silent(address, after + 15 * number, mac=mac)])
    (suspect,) = [t for t in inventory.suspects() if t.mac == mac]
    inventory.confirm(suspect.device, "echo", answered=False, at=after + 15 * rounds + 1)


def test_unchanged_devices_are_the_same_objects() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9"), seen(PC, "10.66.7.10")])
    before = devices(inventory)
    inventory.apply([seen(PRINTER, "10.66.7.9", T + 10), named("p", "dhcp", T + 10, mac=PC)])
    after = devices(inventory, T + 10)
    assert after[PRINTER] is before[PRINTER]
    assert after[PC] is not before[PC]


def test_last_seen_moves_in_steps() -> None:
    inventory = new_inventory()
    shown = []
    for second in range(0, 61, 10):
        inventory.apply([seen(PRINTER, "10.66.7.9", T + second)])
        shown.append(devices(inventory, T + second)[PRINTER].last_seen - T)
    assert shown == [0, 0, 0, 30, 30, 30, 60]


def test_the_number_rises_only_with_differences() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9")])
    first = inventory.snapshot(T)
    same = inventory.snapshot(T + 1)
    assert (same.number, same.taken_at) == (first.number, T + 1)
    assert same.devices is first.devices
    inventory.apply([named("p", "dhcp", T + 1, mac=PRINTER)])
    assert inventory.snapshot(T + 2).number == first.number + 1


def test_a_reload_changes_who_is_always_on() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9")])
    assert not devices(inventory)[PRINTER].always_on
    inventory.configure(Settings("stc", always_on_kinds=("printer",)))
    assert devices(inventory)[PRINTER].always_on


def test_time_alone_makes_a_state_unknown() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9")])
    assert devices(inventory, T + 890)[PRINTER].state == "up"
    assert devices(inventory, T + 930)[PRINTER].state == "unknown"


@pytest.mark.parametrize(
    ("always_on", "rounds", "state", "event", "counted"),
    [
        pytest.param(("printer",), 4, "down", "down", 1, id="always-on"),
        pytest.param((), 40, "asleep", "silent", 0, id="may-be-off"),
    ],
)
def test_silent_and_back(
    always_on: tuple[str, ...], rounds: int, state: str, event: EventKind, counted: int
) -> None:
    inventory = new_inventory(always_on_kinds=always_on)
    inventory.apply([seen(PRINTER, "10.66.7.9")])
    gone(inventory, PRINTER, "10.66.7.9", rounds=rounds)
    at = T + 15 * rounds + 2
    device = devices(inventory, at)[PRINTER]
    assert (device.state, device.missed, device.missed_total) == (state, rounds, rounds)
    assert device.addresses[0].answers is False
    assert kinds(inventory)[-1] == event
    inventory.apply([seen(PRINTER, "10.66.7.9", at + 10)])
    device = devices(inventory, at + 10)[PRINTER]
    assert (device.state, device.missed, device.missed_total) == ("up", 0, rounds)
    assert kinds(inventory)[-1] == "returned"
    totals = inventory.snapshot(at + 10).events_total
    assert (totals.get(event, 0), totals.get("returned", 0)) == (counted, counted)


def test_any_frame_is_life() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10")])
    for number in range(1, 10):
        at = T + 15 * number
        inventory.apply([seen(PC, "10.66.7.10", at - 1, "arp_request"), silent("10.66.7.10", at)])
    device = devices(inventory, T + 140)[PC]
    assert (device.state, device.missed) == ("up", 0)
    assert inventory.suspects() == ()


def test_a_forgotten_address_that_stays_silent_does_not_count() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10"), seen(PC, "10.66.7.11", T + 100)])
    for number in range(1, 9):
        inventory.apply([silent("10.66.7.10", T + 100 + 15 * number, mac=PC)])
    device = devices(inventory, T + 230)[PC]
    assert device.missed == 0
    assert {a.address: a.answers for a in device.addresses} == {
        "10.66.7.10": False,
        "10.66.7.11": True,
    }


def test_a_lost_tap_is_a_gap_and_nothing_is_missed_meanwhile() -> None:
    inventory = new_inventory()
    inventory.apply([interface("eth0", OWN, "10.66.7.2/24"), seen(PRINTER, "10.66.7.9")])
    inventory.set_tap(UP, T)
    inventory.set_tap(TapState(available=False, reason="killed"), T + 10)
    assert kinds(inventory)[-1] == "tap_gap"
    held = devices(inventory, T + 10)
    assert (held[PRINTER].state, held[OWN].state) == ("unknown", "up")
    for number in range(1, 10):
        inventory.apply([silent("10.66.7.9", T + 10 + 15 * number)])
    assert devices(inventory, T + 150)[PRINTER].missed_total == 0
    inventory.set_tap(UP, T + 160)
    inventory.apply([seen(PRINTER, "10.66.7.9", T + 161)])
    assert devices(inventory, T + 161)[PRINTER].state == "up"
    assert kinds(inventory).count("tap_gap") == 1


def test_a_tap_that_never_was_is_no_gap() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9", how="neighbour_table")])
    inventory.set_tap(TapState(available=False, reason="no right"), T)
    assert devices(inventory)[PRINTER].state == "up"
    assert "tap_gap" not in kinds(inventory)
    assert inventory.snapshot(T).tap.reason == "no right"


def test_a_lost_carrier_makes_its_devices_unknown_and_only_those() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            interface("eth0", OWN, "10.66.7.2/24"),
            interface("eth1", "00:16:3e:00:00:03", "10.66.8.2/24"),
            seen(PRINTER, "10.66.7.9"),
            seen(PC, "10.66.8.10", interface="eth1"),
            interface("eth0", OWN, "10.66.7.2/24", at=T + 10, up=False),
        ]
    )
    for number in range(1, 9):
        inventory.apply([silent("10.66.7.9", T + 10 + 15 * number)])
    held = devices(inventory, T + 140)
    assert (held[PRINTER].state, held[PRINTER].missed) == ("unknown", 0)
    assert held[PC].state == "up"


def test_a_device_that_died_in_a_gap_is_found_down_after_it() -> None:
    inventory = new_inventory(always_on_kinds=("printer",))
    inventory.apply([seen(PRINTER, "10.66.7.9")])
    inventory.set_tap(UP, T)
    inventory.set_tap(TapState(available=False), T + 1)
    inventory.set_tap(UP, T + 100)
    gone(inventory, PRINTER, "10.66.7.9", T + 100)
    assert devices(inventory, T + 162)[PRINTER].state == "down"


def test_targets_are_in_scope_only() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            seen(PRINTER, "10.66.7.9"),
            seen(PRINTER, "fe80::9", how="mld_report"),
            seen(PRINTER, "2001:db8:66::9", how="echo_reply"),
            seen(PC, "198.51.100.10"),
            seen(ROUTER, "10.66.7.250"),
            seen("00:1c:73:00:00:0c", "fe80::c", interface="eth7", how="mld_report"),
            EchoAnswered(at=T, source="tap", address="10.66.9.5"),
        ]
    )
    targets = {t.addresses: t for t in inventory.targets()}
    assert set(targets) == {("10.66.7.9", "2001:db8:66::9", "fe80::9%eth0"), ("10.66.9.5",)}
    target = targets["10.66.7.9", "2001:db8:66::9", "fe80::9%eth0"]
    assert (target.mac, target.interface) == (PRINTER, "eth0")


def test_targets_tell_the_open_ports_with_their_greetings() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            seen(PRINTER, "10.66.7.9"),
            port("10.66.7.9", 22, banner="SSH-2.0-x"),
            port("10.66.7.9", 80),
            port("10.66.7.9", 443, "closed"),
            port("10.66.7.9", 445, "filtered"),
        ]
    )
    (target,) = inventory.targets()
    assert set(target.open_ports) == {
        OpenPort("10.66.7.9", 22, "SSH-2.0-x"), OpenPort("10.66.7.9", 80),
    }  # fmt: skip
    assert inventory.presence()[0].open_ports == ()


def test_an_empty_scope_has_no_targets() -> None:
    inventory = Inventory(Settings("stc"), vendor_of)
    inventory.set_scope(Scope(links=SCOPE.links))
    inventory.apply(
        [seen(PRINTER, "10.66.7.9"), EchoAnswered(at=T, source="x", address="10.0.0.1")]
    )
    assert inventory.targets() == inventory.presence() == inventory.suspects() == ()


def test_presence_asks_one_address_per_family_and_leaves_the_absent_alone() -> None:
    inventory = new_inventory(always_on_kinds=("router",))
    inventory.apply(
        [
            interface("eth0", OWN, "10.66.7.2/24"),
            seen(PRINTER, "10.66.7.9"),
            seen(PRINTER, "10.66.7.19", T + 1),
            seen(PRINTER, "2001:db8:66::9", how="echo_reply"),
            seen(PRINTER, "fe80::9", how="mld_report"),
            advertised(),
            seen(ROUTER, "10.66.7.1"),
        ]
    )
    asked = {t.mac: t.addresses for t in inventory.presence()}
    assert asked == {
        PRINTER: ("10.66.7.19", "fe80::9%eth0"),
        ROUTER: ("10.66.7.1", "fe80::1%eth0"),
    }
    gone(inventory, ROUTER, "10.66.7.1")
    gone(inventory, PRINTER, "10.66.7.19", rounds=40)
    assert [t.mac for t in inventory.presence()] == [ROUTER]
    assert PRINTER not in {t.mac for t in inventory.targets()}


def test_confirming_a_stranger_is_harmless() -> None:
    inventory = new_inventory()
    inventory.confirm("d-nobody", "echo", answered=False, at=T)
    assert inventory.snapshot(T).devices == ()


def test_devices_found_by_the_first_pass_are_listed_but_not_counted() -> None:
    inventory = new_inventory(first_pass=True)
    inventory.apply([seen(PRINTER, "10.66.7.9")])
    inventory.end_first_pass(T + 30)
    inventory.apply([seen(PC, "10.66.7.10", T + 60)])
    assert kinds(inventory) == ["appeared", "appeared"]
    assert inventory.snapshot(T + 60).events_total == {"appeared": 1}
    newest, first = inventory.recent_events()
    assert "first pass" in first.detail
    assert "first time" in newest.detail
    assert (newest.number, newest.network) == (2, "net-eth0")


def test_the_first_pass_ends_by_itself() -> None:
    inventory = new_inventory(first_pass=True)
    inventory.apply([seen(PRINTER, "10.66.7.9"), seen(PC, "10.66.7.10", T + 601)])
    assert inventory.snapshot(T + 601).events_total == {"appeared": 1}


def test_a_device_cannot_flood_the_log() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10")])
    inventory.apply(seen(PC, f"10.66.7.{n}", T + 5000 + n, "arp_request") for n in range(20, 200))
    assert kinds(inventory).count("address") == 10
    assert inventory.skipped["events_muted"] == 170


def test_discovery_cycles_count_good_link_queries_since_the_device_is_known() -> None:
    inventory = new_inventory()
    inventory.apply(
        [seen(PRINTER, "10.66.7.9"), EchoAnswered(at=T, source="t", address="10.66.9.5")]
    )
    inventory.record_run(run("link_query", T + 1))  # it began before the device was seen
    for number in range(1, 3):
        inventory.record_run(run("link_query", T + 300 * number))
    inventory.record_run(run("link_query", T + 900, "failed"))
    inventory.record_run(run("arp", T + 900))
    held = devices(inventory, T + 900)
    assert held[PRINTER].discovery_cycles == 2
    assert held["10.66.9.5"].discovery_cycles == 0
    for number in range(20):
        inventory.record_run(run("link_query", T + 1000 + 300 * number))
    assert devices(inventory, T + 9000)[PRINTER].discovery_cycles == 10


def test_a_failed_run_keeps_the_last_success() -> None:
    inventory = new_inventory()
    inventory.record_run(run("arp", T))
    inventory.record_run(run("arp", T + 300, "failed"))
    (shown,) = inventory.snapshot(T + 300).runs
    assert (shown.status, shown.last_success_at) == ("failed", T)


def test_runs_are_bounded() -> None:
    inventory = new_inventory()
    for number in range(500):
        inventory.record_run(run(f"c{number}", T))
    assert len(inventory.snapshot(T).runs) == 64


def test_changes_are_taken_once_and_can_be_given_back() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9"), advertised()])
    inventory.record_run(run("arp", T))
    taken = inventory.take_changes()
    assert {d.id for d in taken.devices} == {d.id for d in devices(inventory).values()}
    inventory.snapshot(T)
    inventory.take_changes()
    assert not inventory.take_changes()
    inventory.restore_changes(taken)
    again = inventory.take_changes()
    assert again.devices == taken.devices
    assert (again.events, again.networks, again.runs) == (taken.events, taken.networks, taken.runs)
    assert again.totals is not None


def test_events_kept_for_a_store_that_never_takes_them_are_bounded() -> None:
    inventory = new_inventory(max_devices=20_000, new_devices_per_minute=20_000)
    macs = [f"00:1c:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}:01" for n in range(10_500)]
    inventory.apply(seen(mac, "10.66.7.9", how="neighbour_table") for mac in macs)
    taken = inventory.take_changes()
    assert len(taken.events) == 10_000
    inventory.apply([seen("00:1d:00:00:00:01", "10.66.7.10")])
    inventory.restore_changes(taken)
    assert len(inventory.take_changes().events) == 10_000
    assert inventory.skipped["events_lost"] == 501


def test_a_renewed_store_is_an_event() -> None:
    inventory = new_inventory(Saved(renewed="lanwarden.db was damaged", renewed_at=T))
    (event,) = inventory.recent_events()
    assert (event.kind, event.detail, event.at) == ("store_renewed", "lanwarden.db was damaged", T)


def test_a_service_of_a_duplicate_address_belongs_to_the_one_known_longest() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10"), seen(PRINTER, "10.66.7.10", T + 1)])
    inventory.apply([port("10.66.7.10", 80, at=T + 2)])
    held = devices(inventory, T + 2)
    assert len(held[PC].services) == 1
    assert held[PRINTER].services == ()


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        pytest.param([], "unknown", id="nothing-but-the-card"),
        pytest.param([port("10.66.7.2", 22), port("10.66.7.2", 10460)], "unknown", id="agent"),
        pytest.param([named("srv-monitor", "dns", address="10.66.7.2")], "server", id="name"),
    ],
)
def test_the_maker_of_its_card_does_not_tell_what_the_own_host_is(
    more: list[AnyObservation], kind: str
) -> None:
    inventory = Inventory(Settings("stc"), lambda mac: "Raspberry Pi Trading Ltd")
    inventory.apply([seen(PRINTER, "10.66.7.9"), interface("eth0", OWN, "10.66.7.2/24"), *more])
    held = devices(inventory)
    assert (held[PRINTER].kind, held[OWN].kind) == ("iot", kind)
    assert held[OWN].vendor == "Raspberry Pi Trading Ltd"


@pytest.mark.parametrize(
    ("kind", "answered", "state"),
    [
        pytest.param("tcp", False, "asleep", id="silent-to-two-kinds"),
        pytest.param("tcp", True, "up", id="answers-over-tcp"),
        pytest.param("echo", False, "up", id="the-same-kind-again-decides-nothing"),
    ],
)
def test_a_device_behind_a_router(kind: str, answered: bool, state: str) -> None:
    inventory = new_inventory()
    inventory.apply([EchoAnswered(at=T, source="tap", address="10.66.9.5")])
    for number in range(1, 5):
        assert inventory.suspects() == ()
        inventory.apply([silent("10.66.9.5", T + 300 * number, "echo", interface="")])
    (suspect,) = inventory.suspects()
    assert (suspect.addresses, suspect.mac) == (("10.66.9.5",), "")
    inventory.confirm(suspect.device, kind, answered, T + 1201)
    assert devices(inventory, T + 1202)["10.66.9.5"].state == state
    inventory.apply([EchoAnswered(at=T + 1500, source="tap", address="10.66.9.5")])
    assert devices(inventory, T + 1501)["10.66.9.5"].state == "up"
