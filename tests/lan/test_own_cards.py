"""The agent's card is renamed, pulled and plugged in again; another is taken away."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from agent.config.load import parse
from agent.lab import Lan, LanPlan, sized
from agent.lab.assembly import BRIDGE
from agent.plan import inventory_settings
from agent.presence import Presence
from agent.reach import Reach
from agent.tap_session import TapSession
from collectors.netlink import observe
from collectors.netlink.kernel import in_thread, read_routes
from collectors.scope import Link
from collectors.tap.messages import ArpSweep
from collectors.tap.scoping import sender_of
from inventory.inventory import Inventory
from inventory.snapshot import Device, Registered

pytestmark = [pytest.mark.lan, pytest.mark.timeout(120)]

HOSTS = 6
CONFIG = parse('[scope]\nnetworks = ["10.66.7.0/24"]\n[schedule]\npresence = 5\n', "c.toml")


class Agent:
    """The part of the agent that follows its own cards, looks at them and makes rounds."""

    def __init__(self) -> None:
        self.inventory = Inventory(inventory_settings(CONFIG), lambda mac: "", None)
        self.session = TapSession(self.inventory.apply, self.inventory.set_tap)
        self.reach = Reach(self.session)
        self.presence = Presence(
            self.inventory, lambda: self.session.client, lambda: self.reach.scope,
            lambda device: [], time.time,
        )  # fmt: skip

    async def begin(self) -> None:
        await self.reach.begin(CONFIG)
        self.inventory.set_scope(self.reach.scope)
        self.inventory.set_tap(self.session.state, time.time())
        self.inventory.set_cards(self.reach.cards, time.time())
        self.look()
        await self.sweep(self.reach.scope.links[0])
        for row, record in enumerate(self.inventory._ledger.book.records.values(), 2):
            record.registered = Registered(row=row, always_on=True)
        await self.until(lambda: self.all_up("eth0"), "everybody is up")

    def look(self) -> None:
        """What the kernel tells of the own interfaces, as in each discovery."""
        links = frozenset(link.interface for link in self.reach.scope.links)
        self.inventory.apply(observe(*in_thread(read_routes), links, time.time()))

    async def sweep(self, link: Link) -> None:
        tap = self.session.client
        assert tap is not None
        await tap.run(
            ArpSweep(id=tap.next_id(), sender=sender_of(link), networks=("10.66.7.0/24",))
        )

    async def round(self) -> None:
        if await self.reach.follow(CONFIG):
            self.inventory.set_scope(self.reach.scope)
            self.look()
        self.inventory.set_cards(self.reach.cards, time.time())
        await self.presence.round(1.0)
        await asyncio.sleep(0.2)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > 25.0:
                pytest.fail(f"not within 25 s: {what}; {self.shown()} {self.events()}")
            await self.round()

    def devices(self) -> list[Device]:
        shown = self.inventory.snapshot(time.time()).devices
        return [one for one in shown if one.macs and not one.own]

    def shown(self) -> list[str]:
        return [f"{one.macs[0]} {one.network} {one.state}" for one in self.devices()]

    def all_up(self, interface: str) -> bool:
        found = {(one.network, one.state) for one in self.devices()}
        return len(self.devices()) == HOSTS + 1 and found == {(f"net-{interface}", "up")}

    def events(self) -> list[str]:
        return [f"{one.kind}: {one.detail}" for one in self.inventory.recent_events(200)]

    def count(self, *kinds: str) -> int:
        return sum(one.kind in kinds for one in self.inventory.recent_events(1000))


def following(lan: Lan, scenario: Callable[[Agent], Awaitable[None]]) -> None:
    async def run() -> None:
        agent = Agent()
        try:
            await agent.begin()
            await scenario(agent)
        finally:
            await agent.session.close()

    lan.agent.enter(lambda: asyncio.run(run()))


@pytest.fixture(name="lan")
def a_lan(make_lan: Callable[[LanPlan], Lan]) -> Lan:
    return make_lan(sized(HOSTS, {"eui64": 1, "ipv4_only": 1}))


def test_a_renamed_card_goes_on(lan: Lan) -> None:
    async def scenario(agent: Agent) -> None:
        for command in ("eth0 down", "eth0 name lan0", "lan0 up"):
            lan.agent.run(["ip", "link", "set", *command.split()], check=True)
        await agent.until(lambda: agent.all_up("lan0"), "everybody is up on lan0")
        heard = max(one.last_seen for one in agent.devices())
        for _ in range(6):
            await agent.round()
        assert agent.all_up("lan0")
        assert min(one.last_seen for one in agent.devices()) >= heard - 60
        assert agent.session.state.restarts == 0
        assert agent.count("down", "silent", "scanner_ill") == 0, agent.events()
        assert [one.id for one in agent.inventory.snapshot(time.time()).networks] == ["net-lan0"]

        # Whoever fails now is found out, so the questions do go out on the new name.
        victim = next(name for name in lan.hosts if name != "gw")
        mac = lan.hosts[victim].truth().mac
        lan.hosts[victim].down()
        await agent.until(
            lambda: any(d.macs[0] == mac and d.state == "down" for d in agent.devices()),
            "one is down",
        )

    following(lan, scenario)


def test_a_card_that_is_pulled_and_plugged_in_again(lan: Lan) -> None:
    async def scenario(agent: Agent) -> None:
        mac = agent.reach.cards["eth0"].mac
        lan.agent.run(["ip", "link", "del", "eth0"], check=True)
        await agent.until(lambda: {d.state for d in agent.devices()} == {"unknown"}, "unknown")
        for _ in range(6):
            await agent.round()
        assert {d.state_reason for d in agent.devices()} == {"no_carrier"}
        assert agent.count("scanner_ill") == 1

        plug_in(lan, "usb1", mac, "10.66.7.2/24")
        await agent.until(lambda: agent.all_up("usb1"), "everybody is up on usb1")
        assert agent.count("down", "silent", "duplicate_address") == 0, agent.events()
        assert (agent.count("scanner_ill"), agent.count("scanner_well")) == (1, 1)
        assert agent.session.state.restarts == 0

    following(lan, scenario)


def test_a_card_that_is_made_anew_under_its_name(lan: Lan) -> None:
    async def scenario(agent: Agent) -> None:
        mac = agent.reach.cards["eth0"].mac
        lan.agent.run(["ip", "link", "del", "eth0"], check=True)
        plug_in(lan, "eth0", mac, "10.66.7.2/24")
        await asyncio.sleep(2.2)  # the tap looks at its cards once a second
        for _ in range(4):
            await agent.round()
        assert agent.all_up("eth0"), agent.shown()
        assert agent.count("down", "silent") == 0, agent.events()
        assert agent.session.state.restarts == 0
        before = agent.session.state.received
        await agent.sweep(agent.reach.scope.links[0])
        await agent.round()
        assert agent.session.state.received > before

    following(lan, scenario)


def test_a_second_card_that_is_taken_away(lan: Lan) -> None:
    async def scenario(agent: Agent) -> None:
        plug_in(lan, "usb2", "02:66:00:00:99:01", "10.66.7.130/26")
        await agent.until(
            lambda: any(one.interface == "usb2" for one in agent.reach.scope.links), "in scope"
        )
        await agent.round()
        lan.agent.run(["ip", "link", "del", "usb2"], check=True)
        for _ in range(6):
            await agent.round()
        assert agent.all_up("eth0"), agent.shown()
        assert agent.count("down", "silent") == 0
        assert agent.count("scanner_ill") == 1, agent.events()

    following(lan, scenario)


def plug_in(lan: Lan, interface: str, mac: str, address: str) -> None:
    """Give the agent's host one more card in the switch."""
    lan._namespaces[0].netlink.add_port(
        f"p-{interface}", interface, lan.agent.namespace.fd, mac, BRIDGE
    )
    lan.agent.run(["ip", "address", "add", address, "dev", interface], check=True)
    lan.agent.run(["ip", "link", "set", interface, "up"], check=True)
