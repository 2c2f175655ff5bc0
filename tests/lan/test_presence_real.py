"""Rounds of presence among real stacks: pulled cables, a lost carrier, a switch that dies."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import pytest

from agent.lab import Lan, LanPlan, sized
from agent.lab.assembly import BRIDGE
from agent.presence import Presence
from collectors import arp
from collectors.netlink import observe, read_cards
from collectors.netlink.kernel import in_thread, read_routes
from collectors.observation import AnyObservation
from collectors.tap.messages import Command, Finished
from inventory.inventory import Inventory, Settings
from inventory.snapshot import Device, Registered, TapState
from tests.lan.hearing import Hearing, listening

pytestmark = [pytest.mark.lan, pytest.mark.timeout(120)]

INTERVAL_S = 1.0
HOSTS = 10


class Watcher:
    """Makes rounds as the agent does, as fast as it can be asked to."""

    def __init__(self, hearing: Hearing) -> None:
        self.hearing = hearing
        self.scope = hearing.context().scope
        settings = Settings("lab", presence_s=INTERVAL_S)
        self.inventory = Inventory(settings, lambda mac: "", None)
        self.inventory.set_scope(self.scope)
        self.inventory.set_tap(TapState(available=True), time.time())
        self.presence = Presence(
            self.inventory, lambda: self, lambda: self.scope, lambda device: [], time.time
        )
        self._taken = 0

    # The tap, as presence sees it: what a command brought is known when the command has ended.

    def next_id(self) -> int:
        return self.hearing.tap.next_id()

    async def run(self, command: Command) -> Finished:
        finished = await self.hearing.tap.run(command)
        self.take()
        return finished

    def heard_since(self, at: float) -> Sequence[AnyObservation]:
        return self.hearing.tap.heard_since(at)

    def take(self) -> None:
        news: list[AnyObservation] = self.hearing.observations[self._taken :]
        self._taken += len(news)
        self.inventory.apply(news)

    async def round(self) -> None:
        began = time.monotonic()
        self.inventory.set_cards(read_cards(), time.time())
        await self.presence.round(INTERVAL_S)
        await asyncio.sleep(max(0.0, began + INTERVAL_S - time.monotonic()))

    async def until(self, condition: Callable[[dict[str, Device]], bool], what: str) -> float:
        """Make rounds until the devices, by MAC, are so; the seconds that it took."""
        began = time.monotonic()
        while not condition(self.devices()):
            if time.monotonic() - began > 25.0:
                pytest.fail(f"not within 25 s: {what}; {self.states()} {self.events()}")
            await self.round()
        return time.monotonic() - began

    def devices(self) -> dict[str, Device]:
        self.take()
        shown = self.inventory.snapshot(time.time()).devices
        return {device.macs[0]: device for device in shown if device.macs and not device.own}

    def states(self) -> dict[str, str]:
        return {mac: f"{d.state} {d.state_reason}" for mac, d in self.devices().items()}

    def events(self) -> list[str]:
        return [f"{event.kind}: {event.detail}" for event in self.inventory.recent_events(200)]

    def count(self, kind: str) -> int:
        return sum(event.kind == kind for event in self.inventory.recent_events(1000))


def watching(lan: Lan, scenario: Callable[[Watcher], Awaitable[None]]) -> None:
    """Find everybody, take them all for always on, and make a first round."""

    async def run(hearing: Hearing) -> None:
        watcher = Watcher(hearing)
        await hearing.collect(arp.collect)
        tables = in_thread(read_routes)
        watcher.inventory.apply(observe(*tables, frozenset({"eth0"}), time.time()))
        watcher.take()
        for row, record in enumerate(watcher.inventory._ledger.book.records.values(), 2):
            record.registered = Registered(row=row, always_on=True)
        await watcher.until(all_up, "everybody is up")
        await scenario(watcher)

    listening(lan, run)


def all_up(devices: dict[str, Device]) -> bool:
    return len(devices) == HOSTS + 1 and all(d.state == "up" for d in devices.values())


def all_unknown(reason: str) -> Callable[[dict[str, Device]], bool]:
    return lambda devices: all(
        (d.state, d.state_reason) == ("unknown", reason) for d in devices.values()
    )


@pytest.fixture(name="lan")
def a_lan(make_lan: Callable[[LanPlan], Lan]) -> Lan:
    return make_lan(sized(HOSTS, {"eui64": 1, "ipv4_only": 1}))


def test_pulled_cables(lan: Lan, capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario(watcher: Watcher) -> None:
        names = [name for name in lan.hosts if name != "gw"]
        one, many = names[0], names[1:6]
        mac = lan.hosts[one].truth().mac
        lan.hosts[one].down()
        took = await watcher.until(lambda d: d[mac].state == "down", "one is down")
        with capsys.disabled():
            print(f"\none pulled cable, a round per {INTERVAL_S:g} s: down after {took:.1f} s")
        assert watcher.count("down") == 1
        assert watcher.count("scanner_ill") == 0
        lan.hosts[one].up()
        await watcher.until(all_up, "it is back")

        # Half of all, while the gateway answers: doubted first, then told as one.
        macs = {lan.hosts[name].truth().mac for name in many}
        for name in many:
            lan.hosts[name].down()
        took = await watcher.until(
            lambda d: all(d[mac].state == "unknown" for mac in macs), "the agent doubts itself"
        )
        more = await watcher.until(
            lambda d: all(d[mac].state == "down" for mac in macs), "they are down"
        )
        with capsys.disabled():
            print(f"five of eleven: unknown after {took:.1f} s, down {more:.1f} s later")
        await watcher.round()
        together = [one for one in watcher.events() if "fell silent together and are gone" in one]
        assert len(together) == 1
        assert together[0].startswith("down: 5 devices")
        assert watcher.count("down") == 2
        assert (watcher.count("scanner_ill"), watcher.count("scanner_well")) == (1, 1)
        assert all(d.state == "up" for m, d in watcher.devices().items() if m not in macs)

    watching(lan, scenario)


def test_the_own_cable_and_the_switch(lan: Lan, capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario(watcher: Watcher) -> None:
        lan.agent.down()
        took = await watcher.until(all_unknown("no_carrier"), "no carrier")
        for _ in range(6):
            await watcher.round()
        assert all_unknown("no_carrier")(watcher.devices())
        lan.agent.up()
        back = await watcher.until(all_up, "everybody is heard again")
        with capsys.disabled():
            print(f"\nown cable: unknown after {took:.1f} s, up {back:.1f} s after it was back")

        # The switch dies with all carriers up, as an unmanaged one does that hangs.
        switch = lan._namespaces[0].netlink
        switch.set_down(BRIDGE)
        took = await watcher.until(all_unknown("mass_silence"), "mass silence")
        for _ in range(10):
            await watcher.round()
        assert all_unknown("mass_silence")(watcher.devices())
        switch.set_up(BRIDGE)
        back = await watcher.until(all_up, "everybody is heard again")
        with capsys.disabled():
            print(f"dead switch: unknown after {took:.1f} s, up {back:.1f} s after it was back")
        for _ in range(8):  # the way has to be proven twice in a row
            await watcher.round()
            if watcher.count("scanner_well") == 2:
                break
        assert watcher.count("down") == watcher.count("silent") == 0
        assert (watcher.count("scanner_ill"), watcher.count("scanner_well")) == (2, 2)

    watching(lan, scenario)
